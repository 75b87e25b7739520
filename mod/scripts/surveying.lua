-- A region of a surface as a Factory file has it: what stands there, its endpoints, ore, and where nothing may stand.

local placing = require("scripts.placing")
local settings = require("scripts.settings")

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

-- Which end an underground or loader is.
local ENDS = { ["underground-belt"] = "belt_to_ground_type", loader = "loader_type", ["loader-1x1"] = "loader_type" }

local function entity_of(entity, x, y)
  local told = settings.of(entity) or {}
  told.name, told.x, told.y, told.dir = entity.name, x, y, entity.direction
  told.recipe, told.modules = settings.recipe(entity), modules_of(entity)
  told.type = ENDS[entity.type] and entity[ENDS[entity.type]] or nil
  return told
end

-- An endpoint's item, or those of its lanes; a chest may have been set by hand.
local function marks_of(endpoint, entity, x, y)
  local belt = endpoint.kind == "belt"
  local left, right = endpoint.left, endpoint.right
  if not belt and endpoint.role == "source" then
    local filter = entity.get_infinity_container_filter(1)
    left, right = settings.item(filter), nil
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
