-- What the character does: the operation act, whose `kind` says which.

local agent = require("scripts.agent")
local fail = require("scripts.failure")
local operations = require("scripts.operations")
local placing = require("scripts.placing")
local recorder = require("scripts.recorder")

local actions = {}

local WALKABLE = 2 -- directions of walking are even: eight of the sixteen

-- The entity on a tile that a player would point at: no resource where something stands on it.
local function entity_at(x, y)
  local found
  local place = { x = x + 0.5, y = y + 0.5 }
  for _, entity in ipairs(agent.character().surface.find_entities_filtered({ position = place })) do
    if entity.type ~= "character" and (not found or found.type == "resource") then
      found = entity
    end
  end
  if not found then
    fail("nothing_there", "nothing stands at %d,%d", x, y)
  end
  return found
end

-- Let the agent be near enough, or note that it was not.
local function check_reach(distance, reach, what)
  if distance <= reach then
    return
  end
  if agent.is_honest() then
    fail("out_of_reach", "%s is %.1f tiles away; reach is %.1f", what, distance, reach)
  end
  agent.count_fast()
end

local function reachable(x, y)
  local entity = entity_at(x, y)
  check_reach(agent.distance(entity.position), agent.character().reach_distance, entity.name)
  return entity
end

local function walk(request)
  if request.position then
    operations.check("position", { x = "number", y = "number" }, request.position)
    if agent.is_honest() then
      agent.walk({ goal = { x = request.position.x, y = request.position.y } })
    else
      agent.count_fast()
      agent.stop()
      return { moved = agent.character().teleport(request.position) }
    end
  elseif request.direction and request.direction % WALKABLE == 0 then
    agent.walk({ direction = request.direction })
  else
    fail("bad_argument", "walk needs a direction (0, 2 ... 14) or a position")
  end
end

local function mine(request)
  local character, entity = agent.character(), entity_at(request.x, request.y)
  local mined = entity.prototype.mineable_properties
  if not mined.minable or not entity.minable then
    fail("not_minable", "%s cannot be mined", entity.name)
  end
  local is_resource = entity.type == "resource"
  local reach = is_resource and character.resource_reach_distance or character.reach_distance
  check_reach(agent.distance(entity.position), reach, entity.name)
  local product = mined.products and mined.products[1]
  recorder.mining(recorder.AGENT, entity)
  if agent.is_honest() and product then
    agent.mine(entity, product.name, request.count or 1)
    return { mining = product.name }
  end
  agent.count_fast()
  return { mined = character.mine_entity(entity) }
end

-- What lies on the ground, as near as a player picks it up.
local function take()
  local character, inventory = agent.character(), agent.inventory()
  local question = { position = character.position, radius = character.item_pickup_distance, type = "item-entity" }
  local taken = {}
  for _, entity in ipairs(character.surface.find_entities_filtered(question)) do
    local name, count = entity.stack.name, entity.stack.count
    if inventory.insert(entity.stack) == count then
      taken[name] = (taken[name] or 0) + count
      recorder.agent("took", entity, { item = name, count = count })
      entity.destroy()
    end
  end
  return { taken = taken }
end

local function item_for(prototype)
  local items = prototype.items_to_place_this
  if not items or not items[1] then
    fail("cannot_place", "no item places %s", prototype.name)
  end
  return items[1].name
end

local function check_items(item)
  if agent.inventory().get_item_count(item) > 0 then
    return true
  end
  if agent.is_honest() then
    fail("insufficient_items", "there is no %s in the inventory", item)
  end
  agent.count_fast()
  return false
end

-- Whether the game would let the character build there; who is fast may be out of reach.
local function has_room(character, prototype, position, direction)
  local question = { name = prototype.name, position = position, direction = direction }
  if agent.is_honest() then
    return character.can_place_entity(question)
  end
  question.force, question.build_check_type = character.force, defines.build_check_type.manual
  return character.surface.can_place_entity(question)
end

local function place(request)
  local character = agent.character()
  local prototype = request.name and prototypes.entity[request.name]
  if not prototype then
    fail("unknown_entity", "no entity has the name %q", tostring(request.name))
  end
  local direction = request.direction or 0
  local position, width, height = placing.centre(request.name, request.x, request.y, direction)
  local item = item_for(prototype)
  local is_held = check_items(item)
  check_reach(agent.distance(position), character.build_distance, "the place for " .. request.name)
  if not has_room(character, prototype, position, direction) then
    local names = placing.blockers(character.surface, request.x, request.y, width, height)
    fail("cannot_place", "%s cannot stand at %d,%d: %s", request.name, request.x, request.y, table.concat(names, ", "))
  end
  local entity = character.surface.create_entity({
    name = request.name, position = position, direction = direction, force = character.force, type = request.type,
    raise_built = true,
  })
  if is_held then
    agent.inventory().remove({ name = item, count = 1 })
  end
  recorder.agent("built", entity, { d = direction, type = request.type })
  if request.recipe then
    actions.kinds.recipe({ x = request.x, y = request.y, recipe = request.recipe })
  end
  return { placed = entity.name, unit_number = entity.unit_number }
end

local function rotate(request)
  local entity = reachable(request.x, request.y)
  local rotated = entity.rotate({ reverse = request.reverse or false })
  if rotated then
    local kind = entity.type == "underground-belt" and entity.belt_to_ground_type or nil
    recorder.agent("rotated", entity, { reverse = request.reverse, d = entity.direction, type = kind })
  end
  return { rotated = rotated, direction = entity.direction }
end

-- Give items to the agent; what finds no room falls to the ground.
local function give(item, count)
  local character = agent.character()
  local left = count - (count > 0 and agent.inventory().insert({ name = item, count = count }) or 0)
  if left > 0 then
    recorder.agent("spilled", character, { item = item, count = left })
    character.surface.spill_item_stack({ position = character.position, stack = { name = item, count = left } })
  end
end

local function recipe(request)
  local entity = reachable(request.x, request.y)
  if entity.type ~= "assembling-machine" then
    fail("bad_argument", "%s takes no recipe", entity.name)
  end
  local wanted = request.recipe
  if wanted and not prototypes.recipe[wanted] then
    fail("unknown_recipe", "no recipe has the name %q", wanted)
  end
  local left_over = entity.set_recipe(wanted)
  recorder.agent("recipe", entity, { recipe = wanted })
  for _, stack in ipairs(left_over) do
    give(stack.name, stack.count)
  end
  return { recipe = wanted }
end

local function check_item(name)
  if not name or not prototypes.item[name] then
    fail("unknown_item", "no item has the name %q", tostring(name))
  end
end

-- Items from the agent into an entity, or out of it.
local function transfer(request)
  check_item(request.item)
  local entity, inventory = reachable(request.x, request.y), agent.inventory()
  local stack = { name = request.item, count = request.count or 1 }
  if stack.count < 1 then
    fail("bad_argument", "transfer: count must be 1 or more, found %d", stack.count)
  end
  if request.to == "self" then
    local moved = entity.remove_item(stack)
    if moved > 0 then
      recorder.agent("transfer", entity, { items = { [request.item] = -moved } })
    end
    give(request.item, moved)
    return { moved = moved }
  end
  stack.count = math.min(stack.count, inventory.get_item_count(request.item))
  if stack.count == 0 then
    fail("insufficient_items", "there is no %s in the inventory", request.item)
  end
  local moved = entity.can_insert(stack) and entity.insert(stack) or 0
  if moved > 0 then
    inventory.remove({ name = request.item, count = moved })
    recorder.agent("transfer", entity, { items = { [request.item] = moved } })
  end
  return { moved = moved }
end

local function craft(request)
  local character = agent.character()
  if not request.recipe or not prototypes.recipe[request.recipe] then
    fail("unknown_recipe", "no recipe has the name %q", tostring(request.recipe))
  end
  local begun = character.begin_crafting({ recipe = request.recipe, count = request.count or 1, silent = true })
  if begun == 0 then
    fail("insufficient_items", "%s cannot be crafted from what is in the inventory", request.recipe)
  end
  return { crafting = begun }
end

-- Several actions in one tick, each with its own outcome.
local function compound(request)
  local outcomes = {}
  for index, part in ipairs(request.parts or {}) do
    if type(part) ~= "table" or part.kind == "compound" then
      fail("bad_argument", "compound: part %d must be an action, and not compound itself", index)
    end
    local result, failure = operations.try("act", part)
    outcomes[index] = result or { err = failure }
  end
  return { parts = outcomes }
end

actions.kinds = {
  walk = walk, mine = mine, take = take, place = place, rotate = rotate, recipe = recipe, transfer = transfer,
  craft = craft, compound = compound, stop = agent.stop,
}
local ON_A_TILE = { mine = true, place = true, rotate = true, recipe = true, transfer = true }

local ACT = {
  kind = "string", x = "integer?", y = "integer?", position = "table?", direction = "direction?", name = "string?",
  type = "string?", recipe = "string?", reverse = "boolean?", item = "string?", count = "integer?", to = "string?",
  parts = "table?",
}

operations.add("act", ACT, function(request)
  local run = actions.kinds[request.kind]
  if not run then
    fail("bad_argument", "act: no kind %q", request.kind)
  end
  if ON_A_TILE[request.kind] and not (request.x and request.y) then
    fail("bad_argument", "act: %s needs the tile, x and y", request.kind)
  end
  return run(request)
end)

return actions
