-- One entity, described as in a Factory file (docs/formats.md of the Python side), as an entity on a lab surface.

local fail = require("scripts.failure")
local operations = require("scripts.operations")
local power = require("scripts.power")

local placing = {}

local FIELDS = {
  name = "string", x = "integer", y = "integer", dir = "direction?", type = "string?", recipe = "string?",
  stack_size = "integer?", filters = "table?", filter = "string?", input_priority = "string?",
  output_priority = "string?", modules = "table?", quality = "string?", fuel = "string?", bar = "integer?",
}
local SIDES = { left = true, right = true, none = true }

-- Sizes in tiles of entities facing north, by name: prototypes never change while a game runs.
local sizes = {}

-- The centre of an entity whose top-left tile, as it stands, is (x, y); facing east or west swaps its sides.
function placing.centre(name, x, y, direction)
  local size = sizes[name]
  if not size then
    local prototype = prototypes.entity[name]
    if not prototype then
      fail("unknown_entity", "no entity has the name %q", name)
    end
    size = { prototype.tile_width, prototype.tile_height }
    sizes[name] = size
  end
  local width, height = size[1], size[2]
  if direction % 8 == 4 then
    width, height = height, width
  end
  return { x = x + width / 2, y = y + height / 2 }, width, height
end

-- The top-left tile of an entity, and its width and height as it stands.
function placing.corner(entity)
  local centre, width, height = placing.centre(entity.name, 0, 0, entity.direction)
  local position = entity.position
  return math.floor(position.x - centre.x + 0.5), math.floor(position.y - centre.y + 0.5), width, height
end

-- Names of what stands on a rectangle of tiles.
function placing.blockers(surface, x, y, width, height)
  local found, names = {}, {}
  local area = { { x + 0.1, y + 0.1 }, { x + width - 0.1, y + height - 0.1 } }
  for _, entity in ipairs(surface.find_entities_filtered({ area = area })) do
    if not found[entity.name] and not power.HIDDEN[entity.name] then
      found[entity.name] = true
      names[#names + 1] = entity.name
    end
  end
  table.sort(names)
  return names
end

local function check_room(lab, spec, name, position, width, height)
  local question = {
    name = name, position = position, direction = spec.dir or 0, force = lab.force,
    build_check_type = defines.build_check_type.manual,
  }
  if not lab.surface.can_place_entity(question) then
    local names = placing.blockers(lab.surface, spec.x, spec.y, width, height)
    local by = #names > 0 and "by " .. table.concat(names, ", ") or "by the rules of the game"
    fail("blocked", "%s at %d,%d is blocked %s", spec.name, spec.x, spec.y, by)
  end
end

local function with_quality(text)
  local name, quality = text:match("^(.-)@(.+)$")
  return name or text, quality or "normal"
end

local function set_filters(entity, spec)
  if #spec.filters > entity.filter_slot_count then
    fail("bad_argument", "%s has %d filters, found %d", spec.name, entity.filter_slot_count, #spec.filters)
  end
  entity.use_filters = true
  for index, item in ipairs(spec.filters) do
    entity.set_filter(index, { name = item })
  end
end

local function set_splitter(entity, spec)
  if spec.filter then
    entity.splitter_filter = { name = spec.filter }
  end
  for _, side in ipairs({ "input_priority", "output_priority" }) do
    local wanted = spec[side]
    if wanted then
      if not SIDES[wanted] then
        fail("bad_argument", "%s must be left, right or none, found %q", side, wanted)
      end
      entity["splitter_" .. side] = wanted
    end
  end
end

local function add_modules(entity, spec)
  local inventory = entity.get_module_inventory()
  for _, module in ipairs(spec.modules) do
    local name, quality = with_quality(module)
    if not inventory or inventory.insert({ name = name, count = 1, quality = quality }) == 0 then
      fail("bad_argument", "%s takes no module %s (any more)", spec.name, module)
    end
  end
end

local function set_recipe(entity, recipe)
  -- A furnace makes what its ingredients allow; the game takes no recipe for it.
  if entity.type == "furnace" then
    return
  end
  if entity.type ~= "assembling-machine" and entity.type ~= "rocket-silo" then
    fail("bad_argument", "%s has no recipe", entity.name)
  end
  entity.set_recipe(recipe)
end

local function set_bar(entity, bar)
  local inventory = entity.get_inventory(defines.inventory.chest)
  if not inventory or not inventory.supports_bar() then
    fail("bad_argument", "%s has no bar", entity.name)
  end
  inventory.set_bar(bar + 1)
end

local SPLITTERS = { splitter = true, ["lane-splitter"] = true }

local function configure(entity, spec)
  if spec.recipe then
    set_recipe(entity, spec.recipe)
  end
  if spec.stack_size and entity.type == "inserter" then
    entity.inserter_stack_size_override = spec.stack_size
  end
  if spec.filters and #spec.filters > 0 and entity.type == "inserter" then
    set_filters(entity, spec)
  end
  if SPLITTERS[entity.type] then
    set_splitter(entity, spec)
  end
  if spec.modules then
    add_modules(entity, spec)
  end
  if spec.bar then
    set_bar(entity, spec.bar)
  end
end

local function check_names(spec)
  if spec.recipe and not prototypes.recipe[spec.recipe] then
    fail("unknown_recipe", "no recipe has the name %q", spec.recipe)
  end
  if spec.filter and not prototypes.item[spec.filter] then
    fail("unknown_item", "no item has the name %q", spec.filter)
  end
  for _, list in ipairs({ spec.filters or {}, spec.modules or {} }) do
    for _, text in ipairs(list) do
      if type(text) ~= "string" or not prototypes.item[(with_quality(text))] then
        fail("unknown_item", "no item has the name %q", tostring(text))
      end
    end
  end
end

-- An entity where nothing is; `own_name` may differ from the spec's (the mod's own prototypes).
function placing.create(lab, spec, own_name)
  local name, direction = own_name or spec.name, spec.dir or 0
  local position, width, height = placing.centre(name, spec.x, spec.y, direction)
  check_room(lab, spec, name, position, width, height)
  local entity = lab.surface.create_entity({
    name = name, position = position, direction = direction, force = lab.force, type = spec.type,
    quality = spec.quality, raise_built = lab.player ~= nil,
  })
  if not entity then
    fail("blocked", "the game refused %s at %d,%d", spec.name, spec.x, spec.y)
  end
  return entity
end

-- An entity as a Factory file says.
function placing.place(lab, spec)
  return placing.put(lab, operations.check("an entity", FIELDS, spec))
end

-- An entity as its spec says, whose fields are of the right kinds; nothing is left behind where it cannot be made so.
function placing.put(lab, spec)
  check_names(spec)
  local entity = placing.create(lab, spec)
  local ok, failure = pcall(configure, entity, spec)
  if not ok then
    entity.destroy()
    error(failure, 0)
  end
  if spec.fuel then
    lab.fuelled[#lab.fuelled + 1] = { entity = entity, item = spec.fuel }
  end
  return entity
end

return placing
