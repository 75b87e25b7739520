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
local HIDDEN = power.HIDDEN

-- The last observation that was sent, to send only what differs from it. After a load it is gone: all is sent.
local last = { revision = 0 }

local held = { stacks = {}, items = {} }

local function is_as_held(stacks)
  local before = held.stacks
  for index = 1, math.max(#stacks, #before) do
    local now, then_ = stacks[index], before[index]
    if not now or not then_ or now.count ~= then_.count or now.name ~= then_.name then
      return false
    end
  end
  return true
end

-- Items by name; the same table as long as nothing about them changes, so that it need not be compared.
local function contents(inventory)
  local stacks = inventory.get_contents()
  if not is_as_held(stacks) then
    local items = {}
    for _, stack in ipairs(stacks) do
      items[stack.name] = (items[stack.name] or 0) + stack.count
    end
    held = { stacks = stacks, items = items }
  end
  return held.items
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
local function activity(is_crafting)
  local state = storage.agent
  if state.mine then
    return "mining"
  elseif state.walk then
    return "walking"
  end
  return is_crafting and "crafting" or "idle"
end

local function player_of(character, position)
  local walking, selected, crafts = character.walking_state, character.selected, queue(character)
  return {
    position = position,
    health = character.health,
    walking = walking.walking,
    direction = walking.direction,
    mining = character.mining_state.mining,
    selected = selected and selected.name,
    queue = crafts,
    crafting = #crafts > 0 and character.crafting_queue_progress or nil,
    activity = activity(#crafts > 0),
  }
end

local CRAFTING = { ["assembling-machine"] = true, furnace = true }

-- What can be told of an entity, of which a record is known or not; what its type does not have is left out. As long
-- as nothing about a building changes it is the same table, so that it need not be compared.
local function describe(entity, record)
  record = record or local_map.record(entity, entity.unit_number)
  local kind = record.kind.type
  if kind == "resource" then
    return { name = record.name, type = kind, position = { x = record.x, y = record.y }, amount = entity.amount }
  end
  local health, recipe, progress = entity.health, nil, nil
  if CRAFTING[kind] then
    recipe, progress = entity.get_recipe(), entity.crafting_progress
    recipe = recipe and recipe.name
  end
  local told = record.told
  if told and told.health == health and told.direction == record.direction and told.recipe == recipe
    and told.progress == progress then
    return told
  end
  told = {
    name = record.name, type = kind, position = { x = record.x, y = record.y }, direction = record.direction,
    unit_number = record.unit_number, health = health, recipe = recipe, progress = progress,
  }
  if kind == "item-entity" then
    told.item, told.count = entity.stack.name, entity.stack.count
  end
  record.told = told
  return told
end

local function square(position, radius)
  return { { position.x - radius, position.y - radius }, { position.x + radius, position.y + radius } }
end

-- The records that were found last, and the same as they were sorted.
local last_found, last_sorted = {}, {}

local function are_last_found(records)
  for index = 1, math.max(#records, #last_found) do
    if records[index] ~= last_found[index] then
      return false
    end
  end
  return true
end

-- Records of the entities but resources within the map, and but the agent's own character; the same table as before as
-- long as the same buildings are found.
local function around(character, surface, position)
  local found, own = {}, character.unit_number
  local question = { area = square(position, RADIUS + 1), type = "resource", invert = true }
  for _, entity in ipairs(surface.find_entities_filtered(question)) do
    local unit = entity.unit_number
    local record = unit ~= own and local_map.record(entity, unit)
    if record and not HIDDEN[record.name] then
      found[#found + 1] = record
    end
  end
  return are_last_found(found) and last_found or found
end

local function is_nearer(a, b)
  if a.far ~= b.far then
    return a.far < b.far
  elseif a.y ~= b.y then
    return a.y < b.y
  elseif a.x ~= b.x then
    return a.x < b.x
  end
  return a.name < b.name
end

-- Sorts what is nearly sorted.
local function settle(sorted)
  for index = 2, #sorted do
    local record, place = sorted[index], index
    while place > 1 and is_nearer(record, sorted[place - 1]) do
      sorted[place] = sorted[place - 1]
      place = place - 1
    end
    sorted[place] = record
  end
end

-- The records, nearest first; those equally far in order of their place. As one walks among the same buildings their
-- order hardly changes from step to step.
local function by_distance(records, position)
  for _, record in ipairs(records) do
    local dx, dy = record.x - position.x, record.y - position.y
    record.far = dx * dx + dy * dy
  end
  if records == last_found then
    settle(last_sorted)
  else
    last_found, last_sorted = records, { table.unpack(records) }
    table.sort(last_sorted, is_nearer)
  end
  return last_sorted
end

local function nearest(records, position)
  local sorted, told = by_distance(records, position), {}
  for index = 1, math.min(NEAREST, #sorted) do
    told[index] = describe(sorted[index].entity, sorted[index])
  end
  return told
end

local function whole_map(map)
  return { left = map.left, top = map.top, data = helpers.encode_string(table.concat(map.rows)) }
end

-- The rows that differ, counted from 0 at the top; nil when none does.
local function changed_map(map, before)
  if map == before then
    return nil
  end
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

local TOLD = { "name", "type", "direction", "unit_number", "health", "recipe", "progress", "item", "count" }

local function is_same_entity(a, b)
  if a == b then
    return true
  end
  for _, field in ipairs(TOLD) do
    if a[field] ~= b[field] then
      return false
    end
  end
  return a.position.x == b.position.x and a.position.y == b.position.y
end

local function are_same_entities(these, those)
  if #these ~= #those then
    return false
  end
  for index, entity in ipairs(these) do
    if not is_same_entity(entity, those[index]) then
      return false
    end
  end
  return true
end

-- For a client that has the entities of before: of each that is still the same its place among those, from 0, and the
-- others whole. As one walks their order changes more often than they do.
local function changed_entities(near, before)
  if are_same_entities(near, before) then
    return nil
  end
  local places, told = {}, {}
  for index, entity in ipairs(before) do
    places[entity] = index - 1
  end
  for index, entity in ipairs(near) do
    told[index] = places[entity] or entity
  end
  return told
end

local function are_same_items(these, those)
  if these == those then
    return true
  end
  for item, count in pairs(these) do
    if those[item] ~= count then
      return false
    end
  end
  for item in pairs(those) do
    if not these[item] then
      return false
    end
  end
  return true
end

-- `since` is the revision of an observation that the client has; if it is the last one, only changes are told.
function observation.take(since)
  local character = agent.character()
  local surface, position = character.surface, character.position
  local records = around(character, surface, position)
  local seen = {
    revision = last.revision + 1,
    map = local_map.read(surface, position, records, character.force_index),
    inventory = contents(agent.inventory()),
    near = nearest(records, position),
  }
  local before = last
  last = seen
  local told = { revision = seen.revision, tick = game.tick, player = player_of(character, position) }
  if since == nil or since ~= before.revision or not before.map then
    told.full, told.map, told.inventory, told.entities = true, whole_map(seen.map), seen.inventory, seen.near
    return told
  end
  told.map = changed_map(seen.map, before.map)
  told.inventory = not are_same_items(seen.inventory, before.inventory) and seen.inventory or nil
  told.entities = changed_entities(seen.near, before.near)
  return told
end

local function entities_in(request)
  local surface = request.surface and labs.get(request.surface).surface or agent.character().surface
  local told = {}
  for _, entity in ipairs(surface.find_entities_filtered({ area = request.area, limit = MOST_ENTITIES })) do
    if not HIDDEN[entity.name] then
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
