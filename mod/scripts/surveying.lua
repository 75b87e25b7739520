-- A region of a surface as a Factory file has it: what stands there, its endpoints, ore, and where nothing may stand.

local placing = require("scripts.placing")

local surveying = {}

local function add(list, value)
  list[#list + 1] = value
end

-- Lists that are empty are left out: the game writes an empty list as it writes an empty object.
local function unless_empty(list)
  return next(list) ~= nil and list or nil
end

local function is_within(site, x, y, width, height)
  return x >= 0 and y >= 0 and x + width <= site.width and y + height <= site.height
end

-- The name of an item in a filter that was read: the tables of the API say that filters hold prototypes then.
local function item_name(item)
  return type(item) == "string" and item or item.name
end

local function filters_of(entity)
  local items = {}
  if not entity.use_filters then
    return nil
  end
  for index = 1, entity.filter_slot_count do
    local filter = entity.get_filter(index)
    if filter then
      add(items, item_name(filter.name))
    end
  end
  return unless_empty(items)
end

local function modules_of(entity)
  local inventory = entity.get_module_inventory()
  local names = {}
  for _, stack in ipairs(inventory and inventory.get_contents() or {}) do
    for _ = 1, stack.count do
      add(names, stack.quality == "normal" and stack.name or stack.name .. "@" .. stack.quality)
    end
  end
  return unless_empty(names)
end

local function side(priority)
  return priority ~= "none" and priority or nil
end

-- What only entities of a type have.
local SETTINGS = {
  ["assembling-machine"] = function(entity, told)
    local recipe = entity.get_recipe()
    told.recipe = recipe and recipe.name
  end,
  inserter = function(entity, told)
    told.filters = filters_of(entity)
    local size = entity.inserter_stack_size_override
    told.stack_size = size > 0 and size or nil
  end,
  splitter = function(entity, told)
    local filter = entity.splitter_filter
    told.filter = filter and item_name(filter.name)
    told.input_priority = side(entity.splitter_input_priority)
    told.output_priority = side(entity.splitter_output_priority)
  end,
  ["underground-belt"] = function(entity, told) told.type = entity.belt_to_ground_type end,
  ["loader-1x1"] = function(entity, told) told.type = entity.loader_type end,
  loader = function(entity, told) told.type = entity.loader_type end,
}

local function entity_of(entity, x, y)
  local told = { name = entity.name, x = x, y = y, dir = entity.direction, modules = modules_of(entity) }
  local settings = SETTINGS[entity.type]
  if settings then
    settings(entity, told)
  end
  return told
end

-- An endpoint's item, or those of its lanes; a chest may have been set by hand.
local function marks_of(endpoint, entity, x, y)
  local belt = endpoint.kind == "belt"
  local left, right = endpoint.left, endpoint.right
  if not belt and endpoint.role == "source" then
    local filter = entity.get_infinity_container_filter(1)
    left, right = filter and item_name(filter.name), nil
  end
  local function mark(item, lanes)
    return {
      id = endpoint.id .. (lanes and "-" .. lanes or ""),
      kind = endpoint.kind, x = x, y = y, dir = belt and entity.direction or nil,
      item = item, lanes = lanes, belt = belt and entity.name:gsub("^factorion%-%a+%-", "") or nil,
    }
  end
  if endpoint.role == "sink" or not belt or left == right then
    return (left or endpoint.role == "sink") and { mark(left) } or {}
  end
  local marks = {}
  if left then
    add(marks, mark(left, "left"))
  end
  if right then
    add(marks, mark(right, "right"))
  end
  return marks
end

local function add_endpoint(told, endpoint, entity, x, y)
  local list = endpoint.role == "source" and told.sources or told.sinks
  for _, each in ipairs(marks_of(endpoint, entity, x, y)) do
    add(list, each)
  end
end

-- Tiles of the region that a box covers, as a rectangle; nil for none.
local function covered(site, box)
  local left, top = math.floor(box.left_top.x) - site.x, math.floor(box.left_top.y) - site.y
  local right, bottom = math.ceil(box.right_bottom.x) - site.x, math.ceil(box.right_bottom.y) - site.y
  left, top = math.max(left, 0), math.max(top, 0)
  right, bottom = math.min(right, site.width), math.min(bottom, site.height)
  return right > left and bottom > top and { left, top, right - left, bottom - top } or nil
end

local PASSABLE = { character = true, ["item-entity"] = true, ["entity-ghost"] = true, ["tile-ghost"] = true }

local function add_thing(told, site, entity)
  local x, y, width, height = placing.corner(entity)
  x, y = x - site.x, y - site.y
  local endpoint = entity.unit_number and storage.endpoints[entity.unit_number]
  local items = entity.prototype.items_to_place_this
  if not is_within(site, x, y, width, height) or entity.force ~= site.force or not (items and items[1]) then
    -- Trees, rocks, what is of others, what only reaches in: it stays where it is.
    local area = covered(site, entity.bounding_box)
    if area then
      add(told.blocked, area)
    end
  elseif endpoint then
    add_endpoint(told, endpoint, entity, x, y)
  else
    add(told.entities, entity_of(entity, x, y))
    told.has_pole = told.has_pole or entity.type == "electric-pole"
  end
end

local function add_water(told, site, area)
  for _, tile in ipairs(site.surface.find_tiles_filtered({ area = area, collision_mask = "player" })) do
    add(told.blocked, { tile.position.x - site.x, tile.position.y - site.y, 1, 1 })
  end
end

-- The Factory of a site. A region without a pole of its own is taken to have power everywhere.
function surveying.survey(site)
  local told = { entities = {}, sources = {}, sinks = {}, resources = {}, blocked = {} }
  local area = { { site.x, site.y }, { site.x + site.width, site.y + site.height } }
  for _, entity in ipairs(site.surface.find_entities_filtered({ area = area })) do
    if entity.type == "resource" then
      local x, y = math.floor(entity.position.x) - site.x, math.floor(entity.position.y) - site.y
      add(told.resources, { name = entity.name, area = { x, y, 1, 1 }, amount = entity.amount })
    elseif not PASSABLE[entity.type] then
      add_thing(told, site, entity)
    end
  end
  add_water(told, site, area)
  return {
    id = site.name, size = { site.width, site.height }, power = { mode = told.has_pole and "poles" or "unlimited" },
    entities = unless_empty(told.entities), sources = unless_empty(told.sources), sinks = unless_empty(told.sinks),
    resources = unless_empty(told.resources),
    task = #told.blocked > 0 and { blocked = told.blocked } or nil,
  }
end

return surveying
