-- What a client sees: the character, its inventory, the map around it and the entities nearest to it; the whole, or
-- what has changed since an observation that the client has.

local agent = require("scripts.agent")
local labs = require("scripts.labs")
local local_map = require("scripts.local_map")
local operations = require("scripts.operations")
local power = require("scripts.power")

local observation = {}

local NEAREST = 16
local MOST_ENTITIES = 5000
local RADIUS = local_map.size / 2

-- The last observation that was sent, to send only what differs from it. After a load it is gone: all is sent.
local last = { revision = 0 }

local function contents(inventory)
  local items = {}
  for _, stack in ipairs(inventory.get_contents()) do
    items[stack.name] = (items[stack.name] or 0) + stack.count
  end
  return items
end

local function queue(character)
  local crafts = {}
  if character.crafting_queue_size > 0 then
    for index, craft in ipairs(character.crafting_queue) do
      crafts[index] = { recipe = craft.recipe, count = craft.count }
    end
  end
  return crafts
end

-- What the agent is about; between two ticks the game may say that nobody walks.
local function activity(character)
  local state = storage.agent
  if state.mine then
    return "mining"
  elseif state.walk then
    return "walking"
  end
  return character.crafting_queue_size > 0 and "crafting" or "idle"
end

local function player_of(character)
  local walking, selected = character.walking_state, character.selected
  return {
    position = character.position,
    health = character.health,
    walking = walking.walking,
    direction = walking.direction,
    mining = character.mining_state.mining,
    selected = selected and selected.name,
    queue = queue(character),
    crafting = character.crafting_queue_size > 0 and character.crafting_queue_progress or nil,
    activity = activity(character),
  }
end

-- What can be told of an entity; what its type does not have is left out.
local function describe(entity)
  local kind, told = entity.type, { name = entity.name, type = entity.type, position = entity.position }
  if kind == "resource" then
    told.amount = entity.amount
    return told
  end
  told.direction, told.unit_number, told.health = entity.direction, entity.unit_number, entity.health
  if kind == "assembling-machine" or kind == "furnace" then
    local recipe = entity.get_recipe()
    told.recipe, told.progress = recipe and recipe.name, entity.crafting_progress
  elseif kind == "item-entity" then
    told.item, told.count = entity.stack.name, entity.stack.count
  end
  return told
end

local function square(position, radius)
  return { { position.x - radius, position.y - radius }, { position.x + radius, position.y + radius } }
end

-- Entities but resources within the map, and the agent's own character.
local function around(character)
  local found = {}
  local question = { area = square(character.position, RADIUS + 1), type = "resource", invert = true }
  for _, entity in ipairs(character.surface.find_entities_filtered(question)) do
    if entity ~= character and not power.is_hidden(entity) then
      found[#found + 1] = entity
    end
  end
  return found
end

-- The nearest entities, nearest first; those equally far in order of their place.
local function nearest(entities, position)
  local sorted = {}
  for index, entity in ipairs(entities) do
    local place = entity.position
    local dx, dy = place.x - position.x, place.y - position.y
    sorted[index] = { entity, dx * dx + dy * dy, place.y, place.x }
  end
  table.sort(sorted, function(a, b)
    for key = 2, 4 do
      if a[key] ~= b[key] then
        return a[key] < b[key]
      end
    end
    return a[1].name < b[1].name
  end)
  local told = {}
  for index = 1, math.min(NEAREST, #sorted) do
    told[index] = describe(sorted[index][1])
  end
  return told
end

local function whole_map(map)
  return { left = map.left, top = map.top, data = helpers.encode_string(table.concat(map.rows)) }
end

-- The rows that differ, counted from 0 at the top; nil when none does.
local function changed_map(map, before)
  if map.left ~= before.left or map.top ~= before.top then
    return whole_map(map)
  end
  local places, rows = {}, {}
  for index, row in ipairs(map.rows) do
    if row ~= before.rows[index] then
      places[#places + 1], rows[#rows + 1] = index - 1, row
    end
  end
  return #rows > 0 and { rows = places, data = helpers.encode_string(table.concat(rows)) } or nil
end

-- `since` is the revision of an observation that the client has; if it is the last one, only changes are told.
function observation.take(since)
  local character = agent.character()
  local entities = around(character)
  local seen = {
    revision = last.revision + 1,
    map = local_map.read(character.surface, character.position, entities, character.force),
    inventory = contents(agent.inventory()),
    near = nearest(entities, character.position),
  }
  seen.inventory_text, seen.near_text = helpers.table_to_json(seen.inventory), helpers.table_to_json(seen.near)
  local before = last
  last = seen
  local told = { revision = seen.revision, tick = game.tick, player = player_of(character) }
  if since == nil or since ~= before.revision or not before.map then
    told.full, told.map, told.inventory, told.entities = true, whole_map(seen.map), seen.inventory, seen.near
    return told
  end
  told.map = changed_map(seen.map, before.map)
  told.inventory = seen.inventory_text ~= before.inventory_text and seen.inventory or nil
  told.entities = seen.near_text ~= before.near_text and seen.near or nil
  return told
end

local function entities_in(request)
  local surface = request.surface and labs.get(request.surface).surface or agent.character().surface
  local told = {}
  for _, entity in ipairs(surface.find_entities_filtered({ area = request.area, limit = MOST_ENTITIES })) do
    if not power.is_hidden(entity) then
      told[#told + 1] = describe(entity)
    end
  end
  return told
end

operations.add("observe", { since = "integer?" }, function(request)
  return observation.take(request.since)
end)

operations.add("entities", { surface = "string?", area = "table" }, function(request)
  local corners = operations.check("area", { "table", "table" }, request.area)
  for _, corner in ipairs(corners) do
    operations.check("a corner of the area", { "number", "number" }, corner)
  end
  return { entities = entities_in(request) }
end)

-- What a force has made and used on a surface since the beginning; "input" is the game's word for made.
operations.add("statistics", { surface = "string?" }, function(request)
  local surface, force
  if request.surface then
    local lab = labs.get(request.surface)
    surface, force = lab.surface, lab.force
  else
    surface, force = agent.character().surface, agent.character().force
  end
  local statistics = force.get_item_production_statistics(surface)
  return { made = statistics.input_counts, used = statistics.output_counts }
end)

return observation
