-- Recorded effects, done again: the operation enact. Each stands for what somebody did in this tick; what the game did
-- with it is left to the game, and `digest` tells whether it came to the same.

local agent = require("scripts.agent")
local fail = require("scripts.failure")
local labs = require("scripts.labs")
local operations = require("scripts.operations")
local settings = require("scripts.settings")

local enacting = {}

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

local function entity_at(event)
  local surface, place = actor(event).surface, { x = event.x, y = event.y }
  for _, entity in ipairs(surface.find_entities_filtered({ position = place, name = event.name })) do
    local position = entity.position
    if position.x == event.x and position.y == event.y then
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
  recipe = function(event) entity_at(event).set_recipe(event.recipe) end,
  settings = function(event) settings.apply(entity_at(event), event.settings or {}) end,
  transfer = transfer,
  ore = function(event)
    local entity = entity_at(event)
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
  gone = function(event) actor(event).destroy() end,
  operation = function(event)
    local _, failure = operations.try(event.name, event.request or {})
    if failure then
      error(failure, 0)
    end
  end,
}

-- Which kinds of events do something to the world; all others are told, and not done.
enacting.KINDS = KINDS

local EVENT = {
  k = "string", n = "integer", t = "integer", a = "integer?", x = "number?", y = "number?", d = "integer?",
  name = "string?", type = "string?", quality = "string?", items = "table?", item = "string?", count = "integer?",
  left = "integer?", recipe = "string?", reverse = "boolean?", settings = "table?", request = "table?", lab = "string?",
  player = "string?", surface = "string?",
}

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
    if type(event) ~= "table" or not KINDS[event.k] then
      fail("bad_argument", "enact: event %d is of no kind that can be done", index)
    end
    operations.check("enact: event " .. index, EVENT, event)
    KINDS[event.k](event)
  end
  return { done = #request.events }
end)

return enacting
