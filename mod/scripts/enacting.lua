-- Recorded effects, done again: the operation enact. Each stands for what somebody did in this tick; what the game did
-- with it is left to the game, and `digest` tells whether it came to the same.

local agent = require("scripts.agent")
local fail = require("scripts.failure")
local labs = require("scripts.labs")
local operations = require("scripts.operations")
local recorder = require("scripts.recorder")
local settings = require("scripts.settings")

-- Characters of the actors by number; the agent's is its own.
local function actor(event)
  if event.a == 0 then
    return agent.character()
  end
  local character = storage.enacted and storage.enacted[event.a]
  if not character or not character.valid then
    fail("diverged", "there is no actor %s", tostring(event.a))
  end
  return character
end

local function stack(name, count)
  local item, quality = name:match("^(.-)@(.+)$")
  return { name = item or name, count = count, quality = quality }
end

local function entity_at(event, kind)
  local surface, place = actor(event).surface, { x = event.x, y = event.y }
  for _, entity in ipairs(surface.find_entities_filtered({ position = place, name = event.name })) do
    local position = entity.position
    if position.x == event.x and position.y == event.y and (kind or entity.type) == entity.type then
      return entity
    end
  end
  fail("diverged", "no %s stands at %g,%g", tostring(event.name), event.x, event.y)
end

local function change(holder, items, where)
  for name, count in pairs(items) do
    local wanted = stack(name, math.abs(count))
    local moved = count > 0 and holder.insert(wanted) or holder.remove(wanted)
    if moved ~= wanted.count then
      fail("diverged", "%d of %d %s went into or out of %s", moved, wanted.count, name, where)
    end
  end
end

local function inventory(character)
  return character.get_inventory(defines.inventory.character_main)
end

-- Who plays in the agent's stead is the agent here: what the agent sees is what that player saw.
local function succeed()
  for _, character in pairs(storage.enacted or {}) do
    if character.valid then
      storage.agent.character = character
    end
  end
end

-- A character of its own, with what it carried then, where the scenario has not made it already.
local function appear(event)
  if event.a == 0 then
    local character = agent.character()
    inventory(character).clear()
    character.teleport({ x = event.x, y = event.y })
  else
    local lab = labs.get(event.lab)
    storage.enacted = storage.enacted or {}
    local old = storage.enacted[event.a]
    if old and old.valid then
      old.destroy()
    end
    local spec = { name = "character", position = { x = event.x, y = event.y }, force = lab.force }
    storage.enacted[event.a] = lab.surface.create_entity(spec)
  end
  change(inventory(actor(event)), event.items or {}, "the inventory")
end

local function transfer(event)
  local entity = entity_at(event)
  for name, count in pairs(event.items) do
    local wanted = stack(name, math.abs(count))
    local moved = count > 0 and entity.insert(wanted) or entity.remove_item(wanted)
    if moved ~= wanted.count then
      fail("diverged", "%d of %d %s went into or out of %s", moved, wanted.count, name, event.name)
    end
  end
end

local function build(event)
  local character = actor(event)
  local entity = character.surface.create_entity({
    name = event.name, position = { x = event.x, y = event.y }, direction = event.d, force = character.force,
    type = event.type, quality = event.quality, raise_built = true, fast_replace = true,
  })
  if not entity then
    fail("diverged", "%s cannot stand at %g,%g", event.name, event.x, event.y)
  end
end

local function take(event)
  local question = { position = { x = event.x, y = event.y }, radius = 0.01, type = "item-entity" }
  for _, entity in ipairs(actor(event).surface.find_entities_filtered(question)) do
    if entity.stack.name == event.item and entity.stack.count == event.count then
      entity.destroy()
      return
    end
  end
  fail("diverged", "no %s lies at %g,%g", event.item, event.x, event.y)
end

local KINDS = {
  actor = appear,
  move = function(event) actor(event).teleport({ x = event.x, y = event.y }) end,
  items = function(event) change(inventory(actor(event)), event.items, "the inventory") end,
  built = build,
  removed = function(event) entity_at(event).destroy() end,
  rotated = function(event)
    local entity = entity_at(event)
    entity.rotate({ reverse = event.reverse or false })
    if entity.direction ~= event.d then
      fail("diverged", "%s faces %d, expected %d", event.name, entity.direction, event.d)
    end
  end,
  recipe = function(event) entity_at(event, "assembling-machine").set_recipe(event.recipe) end,
  settings = function(event) settings.apply(entity_at(event), event.settings or {}) end,
  transfer = transfer,
  ore = function(event)
    local entity = entity_at(event, "resource")
    if event.left == 0 then
      entity.destroy()
    else
      entity.amount = event.left
    end
  end,
  took = take,
  spilled = function(event)
    local surface, place = actor(event).surface, { x = event.x, y = event.y }
    surface.spill_item_stack({ position = place, stack = stack(event.item, event.count) })
  end,
  dropped = function(event)
    local surface, place = actor(event).surface, { x = event.x, y = event.y }
    surface.spill_item_stack({ position = place, stack = stack(event.item, event.count) })
  end,
  gone = function(event)
    actor(event).destroy()
    if event.a == 0 then
      succeed()
    end
  end,
  operation = function(event)
    local _, failure = operations.try(event.name, event.request or {})
    if failure then
      error(failure, 0)
    end
  end,
}

local PLACE, THING, GROUND = { "a", "x", "y" }, { "a", "name", "x", "y" }, { "a", "x", "y", "item", "count" }
-- What an event of each kind cannot be without.
local NEEDED = {
  actor = PLACE, move = PLACE, items = { "a", "items" }, built = THING, removed = THING, recipe = THING,
  settings = THING, rotated = { "a", "name", "x", "y", "d" }, transfer = { "a", "name", "x", "y", "items" },
  ore = { "a", "name", "x", "y", "left" }, took = GROUND, spilled = GROUND, dropped = GROUND, gone = { "a" },
  operation = { "name" },
}
local SETTINGS = {
  filters = "table?", stack_size = "integer?", filter = "string?", input_priority = "string?",
  output_priority = "string?", bar = "integer?",
}
local MOST, MOST_LYING = 4294967295, 100000 -- pieces of anything, and on the ground
local SIDES = { left = true, right = true, none = true }

local EVENT = {
  k = "string", n = "integer", t = "integer", a = "integer?", x = "number?", y = "number?", d = "direction?",
  name = "string?", type = "string?", quality = "string?", items = "table?", item = "string?", count = "integer?",
  left = "integer?", recipe = "string?", reverse = "boolean?", settings = "table?", request = "table?", lab = "string?",
  player = "string?", surface = "string?",
}

local function check_item(name)
  if type(name) ~= "string" or not prototypes.item[stack(name, 1).name] then
    fail("unknown_item", "no item has the name %q", tostring(name))
  end
end

local function check_settings(wanted)
  operations.check("settings", SETTINGS, wanted)
  for _, name in ipairs(wanted.filters or {}) do
    check_item(name)
  end
  for _, side in ipairs({ wanted.input_priority or "none", wanted.output_priority or "none" }) do
    if not SIDES[side] then
      fail("bad_argument", "a priority must be left, right or none, found %q", side)
    end
  end
  if wanted.filter then
    check_item(wanted.filter)
  end
  for _, number in ipairs({ wanted.stack_size or 0, wanted.bar or 0 }) do
    if number < 0 or number > 255 then
      fail("bad_argument", "a hand or a bar must be 0 to 255, found %d", number)
    end
  end
end

local function check(index, event)
  if type(event) ~= "table" or not KINDS[event.k] then
    fail("bad_argument", "enact: event %d is of no kind that can be done", index)
  end
  operations.check("enact: event " .. index, EVENT, event)
  for _, name in ipairs(NEEDED[event.k]) do
    if event[name] == nil then
      fail("bad_argument", "enact: event %d, of kind %s, needs %s", index, event.k, name)
    end
  end
  if event.k ~= "operation" and event.name and not prototypes.entity[event.name] then
    fail("unknown_entity", "no entity has the name %q", event.name)
  end
  if event.recipe and not prototypes.recipe[event.recipe] then
    fail("unknown_recipe", "no recipe has the name %q", event.recipe)
  end
  if event.quality and not prototypes.quality[event.quality] then
    fail("bad_argument", "no quality has the name %q", event.quality)
  end
  if event.k == "operation" and not recorder.ON_LABS[event.name] then
    fail("bad_argument", "the operation %q is none that is recorded", event.name)
  end
  if event.type and event.type ~= "input" and event.type ~= "output" then
    fail("bad_argument", "a type must be input or output, found %q", event.type)
  end
  local lying, left = event.count or 1, event.left or 0
  if lying < 1 or lying > MOST_LYING or left < 0 or left > MOST then
    fail("bad_argument", "enact: event %d has a count that cannot be", index)
  end
  if event.item then
    check_item(event.item)
  end
  for name, count in pairs(event.items or {}) do
    check_item(name)
    if type(count) ~= "number" or count % 1 ~= 0 or count == 0 or math.abs(count) > MOST then
      fail("bad_argument", "enact: event %d moves %s of %s", index, tostring(count), name)
    end
  end
  check_settings(event.settings or {})
end

-- Whoever was enacted is no part of what comes next.
operations.watch(function(name)
  if name == "clean" or name == "scenario" or name == "reset" then
    for _, character in pairs(storage.enacted or {}) do
      if character.valid then
        character.destroy()
      end
    end
    storage.enacted = nil
  end
end, function() end)

operations.add("enact", { events = "table" }, function(request)
  for index, event in ipairs(request.events) do
    check(index, event)
    KINDS[event.k](event)
  end
  return { done = #request.events }
end)
