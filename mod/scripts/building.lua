-- A whole Factory (the JSON of a Factory file) on a lab surface, and single entities by the client's own ids.

local assistant = require("scripts.assistant")
local fail = require("scripts.failure")
local labs = require("scripts.labs")
local operations = require("scripts.operations")
local placing = require("scripts.placing")
local power = require("scripts.power")
local registry = require("scripts.registry")
local sites = require("scripts.sites")

local building = {}

local ENDLESS = 4294967295 -- the most that a tile of ore can hold
local NORMAL_YIELD = 300000 -- amount of a field of fluid whose yield is 100 %
local FUEL, FUEL_KEPT, FUEL_TICKS = "coal", 5, 60
local DEFAULT_BELT, CHEST = "transport-belt", "infinity-chest"

-- The keys of a Factory file that are built; all others describe it.
local PARTS = { entities = "table?", sources = "table?", sinks = "table?", resources = "table?", research = "table?",
  power = "table?" }
local RESOURCE = { name = "string", area = "table", amount = "any?", yield = "number?" }
local ENDPOINT = {
  id = "string", kind = "string", x = "integer?", y = "integer?", dir = "direction?", item = "string?",
  belt = "string?", lanes = "string?", of = "table?",
}
-- What a Factory file may say that the game has no counterpart of.
local BEYOND = { "fluid", "unlimited_io", "level", "beacons", "working", "light", "steam_temperature" }
-- Research that a Factory file may name; the keys are those of LuaForce.
local RESEARCH = {
  inserter_stack_size_bonus = "inserter_stack_size_bonus",
  bulk_inserter_capacity_bonus = "bulk_inserter_capacity_bonus",
  belt_stack_size_bonus = "belt_stack_size_bonus",
  laboratory_speed_modifier = "laboratory_speed_modifier",
  mining_productivity = "mining_drill_productivity_bonus",
}

local function buildable(raw)
  local spec = {}
  for key, value in pairs(raw) do
    spec[key] = value
  end
  for _, key in ipairs(BEYOND) do
    if spec[key] ~= nil then
      fail("unbuildable", "the game has no counterpart of %s", key)
    end
  end
  if spec.count ~= nil and spec.count ~= 1 then
    fail("unbuildable", "%s stands for several: a schematic factory cannot be built", tostring(spec.name))
  end
  spec.count = nil
  spec.x, spec.y = spec.x or 0, spec.y or 0
  return spec
end

local function lay_resources(lab, resources)
  for _, resource in ipairs(resources) do
    operations.check("a resource", RESOURCE, resource)
    local x, y, width, height = table.unpack(resource.area)
    local amount = type(resource.amount) == "number" and resource.amount or ENDLESS
    if resource.yield then
      amount = resource.yield * NORMAL_YIELD
    end
    for dx = 0, width - 1 do
      for dy = 0, height - 1 do
        local position = { x = x + dx + 0.5, y = y + dy + 0.5 }
        lab.surface.create_entity({ name = resource.name, position = position, amount = amount })
      end
    end
  end
end

local function research(lab, wanted)
  for name, value in pairs(wanted) do
    if not RESEARCH[name] then
      fail("unbuildable", "research %q is none that the game has as a number", tostring(name))
    end
    lab.force[RESEARCH[name]] = value
  end
end

-- Sources that share a tile are one entity in the game.
local function by_tile(role, ends, tiles, order)
  for _, mark in ipairs(ends) do
    operations.check("a " .. role, ENDPOINT, mark)
    if mark.kind ~= "output" then
      local key = mark.x .. "," .. mark.y
      if not tiles[key] then
        tiles[key] = { role = role, marks = {} }
        order[#order + 1] = tiles[key]
      end
      table.insert(tiles[key].marks, mark)
    end
  end
end

local function place_endpoint(lab, role, marks)
  local first = marks[1]
  local base = first.kind == "belt" and (first.belt or DEFAULT_BELT) or CHEST
  local spec = { name = base, x = first.x, y = first.y, dir = first.kind == "belt" and first.dir or 0 }
  local entity = placing.create(lab, spec, "factorion-" .. role .. "-" .. base)
  registry.add(entity, role, registry.settings(marks), lab.name)
end

local function place_output(lab, mark)
  local x, y = table.unpack(mark.of)
  for _, entity in ipairs(lab.surface.find_entities_filtered({ position = { x = x + 0.5, y = y + 0.5 } })) do
    if entity.type == "assembling-machine" or entity.type == "furnace" then
      lab.outputs[#lab.outputs + 1] = { id = mark.id, item = mark.item, entity = entity }
      return
    end
  end
  fail("unbuildable", "the sink %s counts the products of %d,%d, where no machine stands", mark.id, x, y)
end

local function attempt(failures, what, act, ...)
  local ok, failure = pcall(act, ...)
  if not ok then
    local found = type(failure) == "table" and failure or { code = "internal", msg = tostring(failure) }
    failures[#failures + 1] = { what = what, code = found.code, msg = found.msg }
  end
  return ok
end

local function parts_of(raw)
  local parts = {}
  for key in pairs(PARTS) do
    parts[key] = raw[key]
  end
  return operations.check("a factory", PARTS, parts)
end

local function top_up(burner)
  local inventory = burner.entity.get_fuel_inventory()
  local item = burner.item == "unlimited" and FUEL or burner.item
  local missing = inventory and FUEL_KEPT - inventory.get_item_count(item) or 0
  if missing > 0 then
    inventory.insert({ name = item, count = missing })
  end
end

-- Fuel that a Factory file calls unlimited. What cannot be fuelled is given up and named, so that no tick ever fails.
local function refuel(lab)
  local kept, failures = {}, {}
  for _, burner in ipairs(lab.fuelled) do
    if burner.entity.valid and attempt(failures, "fuel of " .. burner.entity.name, top_up, burner) then
      kept[#kept + 1] = burner
    end
  end
  lab.fuelled = kept
  return failures
end

local function build(lab, raw_factory)
  local factory = parts_of(raw_factory)
  local failures, built = {}, 0
  attempt(failures, "resources", lay_resources, lab, factory.resources or {})
  attempt(failures, "research", research, lab, factory.research or {})
  for index, raw in ipairs(factory.entities or {}) do
    local done = attempt(failures, "entity " .. (index - 1), function()
      lab.placed["#" .. index - 1] = placing.place(lab, buildable(raw))
    end)
    built = built + (done and 1 or 0)
  end
  local order, tiles = {}, {}
  by_tile("source", factory.sources or {}, tiles, order)
  by_tile("sink", factory.sinks or {}, tiles, order)
  for _, tile in ipairs(order) do
    attempt(failures, tile.role .. " " .. tostring(tile.marks[1].id), place_endpoint, lab, tile.role, tile.marks)
  end
  for _, mark in ipairs(factory.sinks or {}) do
    if mark.kind == "output" then
      attempt(failures, "sink " .. tostring(mark.id), place_output, lab, mark)
    end
  end
  attempt(failures, "power", power.supply, lab, factory.power)
  for _, failure in ipairs(refuel(lab)) do
    failures[#failures + 1] = failure
  end
  return { built = built, failed = failures }
end

function building.update(tick)
  if tick % FUEL_TICKS == 0 then
    for _, lab in pairs(storage.labs) do
      refuel(lab)
    end
  end
end

operations.add("build", { surface = "string?", factory = "table" }, function(request)
  return build(labs.get(request.surface), request.factory)
end)

local PUT = {
  surface = "string?", request = "string?",
  id = "string", name = "string", x = "integer", y = "integer", direction = "direction?",
  type = "string?", recipe = "string?", filters = "table?", modules = "table?", quality = "string?", fuel = "string?",
  stack_size = "integer?", filter = "string?", input_priority = "string?", output_priority = "string?",
  bar = "integer?",
}

-- What is called the same in a Factory file.
local SAME_FIELDS = {
  "name", "x", "y", "type", "recipe", "filters", "modules", "quality", "fuel", "stack_size", "filter", "input_priority",
  "output_priority", "bar",
}

local function place_in_lab(lab, id, spec)
  local entity = placing.put(lab, spec)
  lab.placed[id] = entity
  power.follow(lab, entity)
  return entity
end

-- Placing is idempotent by id, so that a client that lost a reply may ask again.
operations.add("put", PUT, function(request)
  local site = sites.get(request)
  local known = site.placed[request.id]
  if known and known.valid then
    return { placed = known.name, again = true }
  end
  local spec = { dir = request.direction }
  for _, field in ipairs(SAME_FIELDS) do
    spec[field] = request[field]
  end
  local place = request.request and assistant.place or place_in_lab
  local entity = place(site, request.id, spec)
  return { placed = entity.name, unit_number = entity.unit_number }
end)

local function take_away(entity)
  if entity.unit_number then
    registry.forget(entity.unit_number)
  end
  entity.destroy()
end

-- What was placed under an id, or all that was placed for a request.
operations.add("undo", { surface = "string?", request = "string?", id = "string?" }, function(request)
  if request.request then
    return { removed = assistant.take_back(sites.request(request.request)) }
  elseif not request.id then
    fail("bad_argument", "undo needs the argument id or request")
  end
  local lab = labs.get(request.surface)
  local entity = lab.placed[request.id]
  lab.placed[request.id] = nil
  if not entity or not entity.valid then
    return { removed = false }
  end
  take_away(entity)
  return { removed = true }
end)

operations.add("remove", { surface = "string?", x = "integer", y = "integer" }, function(request)
  local lab = labs.get(request.surface)
  local place = { x = request.x + 0.5, y = request.y + 0.5 }
  local removed = {}
  for _, entity in ipairs(lab.surface.find_entities_filtered({ position = place, force = lab.force })) do
    if not power.HIDDEN[entity.name] then
      removed[#removed + 1] = entity.name
      take_away(entity)
    end
  end
  return { removed = removed }
end)

return building
