-- What players do, told to the recorder by the game's own events. What no event tells (recipes, filters, items moved in
-- an entity's window) is found by comparing what was with what is, while that window is open.

local fail = require("scripts.failure")
local labs = require("scripts.labs")
local operations = require("scripts.operations")
local recorder = require("scripts.recorder")
local settings = require("scripts.settings")

local people = {}

local SCENARIO = "scenario" -- the lab that scenarios are loaded on

local function actor_of(player_index)
  return recorder.is_on() and storage.recorder.actors[player_index] or nil
end

-- Items that a player has in the hand.
local function in_hand(player)
  local stack = player.cursor_stack
  return stack and stack.valid_for_read and { [stack.name] = stack.count } or {}
end

-- Items by name that a player holds in all.
local function held(actor, player)
  local found = recorder.contents(actor.character)
  for name, count in pairs(in_hand(player)) do
    found[name] = (found[name] or 0) + count
  end
  return found
end

-- Tell the recorder who is there: again whenever a player has another character, or is somewhere else.
local function announce(player)
  local character = player.character
  if not recorder.is_on() or not character or not character.valid then
    return
  end
  recorder.announce(player.index, character, player.name)
  local actor = storage.recorder.actors[player.index]
  actor.held, actor.made = held(actor, player), {}
end

recorder.when_begun(function()
  for _, player in ipairs(game.connected_players) do
    announce(player)
  end
end)

local function note(kind, event, entity, more)
  if not actor_of(event.player_index) then
    return
  end
  local position = entity.position
  more.name, more.x, more.y = entity.name, position.x, position.y
  recorder.note(kind, event.player_index, more)
end

local function end_type(entity)
  return entity.type == "underground-belt" and entity.belt_to_ground_type or nil
end

-- What a player holds in all, less what is explained: made by hand, mined or picked up. The rest went to or came from
-- an entity.
local function moved(actor, player)
  local now, found = held(actor, player), {}
  for name, count in pairs(recorder.difference(actor.held, now) or {}) do
    local rest = count - (actor.made[name] or 0)
    found[name] = rest ~= 0 and -rest or nil
  end
  actor.held, actor.made = now, {}
  return next(found) and found or nil
end

local function explain(player_index, name, count)
  local actor = actor_of(player_index)
  if actor and actor.made then
    actor.made[name] = (actor.made[name] or 0) + count
  end
end

local function note_settings(event, entity)
  local now = settings.of(entity)
  if now then
    note("settings", event, entity, { settings = next(now) and now or nil })
  end
end

-- Compare an entity whose window is open with what it was.
local function watch_window(player_index, actor)
  local window, event = actor.window, { player_index = player_index }
  local entity = window.entity
  if not entity.valid then
    actor.window = nil
    return
  end
  local recipe = settings.recipe(entity)
  local is_new_recipe = recipe ~= window.recipe
  if is_new_recipe then
    window.recipe = recipe
    note("recipe", event, entity, { recipe = recipe })
  end
  local set = settings.of(entity)
  local text = set and helpers.table_to_json(set)
  if text ~= window.text then
    window.text = text
    note_settings(event, entity)
  end
  if actor.touched then
    local items = moved(actor, game.get_player(player_index))
    -- A new recipe gives back what the machine held: that is part of setting it.
    if items and not is_new_recipe then
      note("transfer", event, entity, { items = items })
    end
  end
end

local function open(event)
  local actor, entity = actor_of(event.player_index), event.entity
  if actor and entity then
    moved(actor, game.get_player(event.player_index))
    local set = settings.of(entity)
    actor.window = { entity = entity, recipe = settings.recipe(entity), text = set and helpers.table_to_json(set) }
  end
end

local function close(event)
  local actor = actor_of(event.player_index)
  if actor and actor.window then
    actor.touched = true
    watch_window(event.player_index, actor)
    actor.window = nil
  end
end

-- Items moved without a window: by Ctrl and a click, or dropped into something.
local function handed_over(event)
  local actor = actor_of(event.player_index)
  local items = actor and moved(actor, game.get_player(event.player_index))
  if items then
    note("transfer", event, event.entity, { items = items })
  end
end

local function changed(event)
  local actor = actor_of(event.player_index)
  if actor then
    actor.dirty, actor.touched = true, true
  end
end

local function built(event)
  local entity = event.entity
  if entity.type == "entity-ghost" then
    note("ghost", event, entity, { item = entity.ghost_name, d = entity.direction })
    return
  end
  local quality = entity.quality.name
  note("built", event, entity, {
    d = entity.direction, type = end_type(entity), quality = quality ~= "normal" and quality or nil,
  })
end

local function mined(event)
  if event.entity.type ~= "resource" then
    note("removed", event, event.entity, {})
  end
end

-- Fields of ore are counted before and after; the game tells only that a piece is about to be mined.
local function mining(event)
  local actor, entity = actor_of(event.player_index), event.entity
  if actor and entity.type == "resource" and not (actor.mining and actor.mining.entity == entity) then
    recorder.mining(event.player_index, entity)
  end
end

local function rotated(event)
  local entity = event.entity
  local quarter = (entity.direction - event.previous_direction) % 16
  note("rotated", event, entity, { d = entity.direction, reverse = quarter == 12 or nil, type = end_type(entity) })
end

local function crafted(event)
  if actor_of(event.player_index) then
    explain(event.player_index, event.item_stack.name, event.item_stack.count)
    recorder.note("crafted", event.player_index, { item = event.item_stack.name, count = event.item_stack.count })
  end
end

local function begun(event)
  if not actor_of(event.player_index) then
    return
  end
  for _, stack in ipairs(event.items.get_contents()) do
    explain(event.player_index, stack.name, -stack.count)
  end
  recorder.note("craft", event.player_index, { recipe = event.recipe.name, count = event.queued_count })
end

local function cancelled(event)
  if actor_of(event.player_index) then
    for _, stack in ipairs(event.items.get_contents()) do
      explain(event.player_index, stack.name, stack.count)
    end
    recorder.note("cancelled", event.player_index, { recipe = event.recipe.name, count = event.cancel_count })
  end
end

-- From belts and the ground, which the game does not tell apart.
local function picked(event)
  if actor_of(event.player_index) then
    explain(event.player_index, event.item_stack.name, event.item_stack.count)
    recorder.note("picked", event.player_index, { item = event.item_stack.name, count = event.item_stack.count })
  end
end

local function dropped(event)
  if actor_of(event.player_index) then
    local stack = event.entity.stack
    explain(event.player_index, stack.name, -stack.count)
    note("dropped", event, event.entity, { item = stack.name, count = stack.count })
  end
end

local function researched(event)
  if recorder.is_on() then
    recorder.world("research", { name = event.research.name, done = event.research.researched })
  end
end

local function somewhere_else(event)
  local player = game.get_player(event.player_index)
  if player then
    announce(player)
  end
end

local HANDLERS = {
  on_player_joined_game = somewhere_else,
  on_player_respawned = somewhere_else,
  on_player_controller_changed = somewhere_else,
  on_player_changed_surface = somewhere_else,
  on_player_mined_entity = mined,
  on_pre_player_mined_item = mining,
  on_player_rotated_entity = rotated,
  on_player_fast_transferred = handed_over,
  on_player_dropped_item_into_entity = handed_over,
  on_gui_opened = open,
  on_gui_closed = close,
  on_player_main_inventory_changed = changed,
  on_player_cursor_stack_changed = changed,
  on_player_crafted_item = crafted,
  on_pre_player_crafted_item = begun,
  on_player_cancelled_crafting = cancelled,
  on_picked_up_item = picked,
  on_player_dropped_item = dropped,
  on_research_started = researched,
  on_research_finished = researched,
}

-- The handlers of events that nobody else listens to; `built` and `pasted` are called by who does.
function people.listen()
  for name, handler in pairs(HANDLERS) do
    -- Some are younger than 2.0.61, the oldest game that the mod runs in.
    if defines.events[name] then
      script.on_event(defines.events[name], handler)
    end
  end
end

function people.built(event)
  if event.player_index and recorder.is_on() then
    built(event)
  end
end

function people.pasted(event)
  if actor_of(event.player_index) then
    note("recipe", event, event.destination, { recipe = settings.recipe(event.destination) })
    note_settings(event, event.destination)
  end
end

-- What windows show, at the start of a tick.
function people.update()
  if not recorder.is_on() then
    return
  end
  for number, actor in pairs(storage.recorder.actors) do
    if actor.made and actor.character.valid then
      if actor.window then
        watch_window(number, actor)
      elseif actor.touched then
        moved(actor, game.get_player(number))
      end
      actor.touched = nil
    end
  end
end

-- Let a player play the scenario in the agent's stead: at its place, with its kit beside what the player has already.
operations.add("join", { player = "string" }, function(request)
  local player, lab = game.get_player(request.player), labs.get(SCENARIO)
  if not player or not player.connected or not player.character then
    fail("no_player", "no player %q with a character is in the game", request.player)
  end
  local agent = storage.agent.character
  if not agent or not agent.valid then
    fail("no_agent", "the agent is gone: load the scenario again")
  end
  local main = defines.inventory.character_main
  local kit, position = agent.get_inventory(main).get_contents(), agent.position
  agent.destroy()
  player.teleport(position, lab.surface)
  player.force = lab.force
  for _, stack in ipairs(kit) do
    player.character.get_inventory(main).insert(stack)
  end
  announce(player)
  return { player = player.name, index = player.index }
end)

return people
