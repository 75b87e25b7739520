-- The recorder: what people and the agent do, as events of the journal.
--
-- An event states an effect on the world with the tick in which it happened (docs/record.md of the Python side lists
-- them), so that the same effects in the same ticks make the same world again: everything else is the game's own doing.
-- What is asked of the agent comes before its effects as an `act` event. storage.recorder is
--   {every, from, actors = {[number] = {character, lab, x, y, walks, sampled, items, dirty, mining}}}
-- The agent has the number 0, players have their index.

local agent = require("scripts.agent")
local digest = require("scripts.digest")
local fail = require("scripts.failure")
local journal = require("scripts.journal")
local operations = require("scripts.operations")

local recorder = {}

recorder.AGENT = 0
local SAMPLE = 15 -- ticks between positions of who keeps walking in one direction
local WRITE = 60 -- ticks between writes to the server's file
local EVERY = 1800 -- ticks between digests, unless the client asks otherwise

function recorder.init()
  storage.recorder = storage.recorder or { every = EVERY, from = 0, actors = {}, watched = {} }
end

function recorder.is_on()
  return storage.journal.on
end

-- Items by name, those of quality as name@quality.
function recorder.contents(character)
  local found = {}
  for _, stack in ipairs(character.get_inventory(defines.inventory.character_main).get_contents()) do
    local quality = stack.quality ~= "normal" and "@" .. stack.quality or ""
    found[stack.name .. quality] = (found[stack.name .. quality] or 0) + stack.count
  end
  return found
end

-- How the counts of `now` differ from those of `before`, by name; nil when they do not.
function recorder.difference(before, now)
  local changed = {}
  for name, count in pairs(now) do
    if count ~= before[name] then
      changed[name] = count - (before[name] or 0)
    end
  end
  for name, count in pairs(before) do
    if not now[name] then
      changed[name] = -count
    end
  end
  return next(changed) and changed or nil
end

-- The name of the lab on a surface, or nil.
local function lab_on(surface)
  for name, lab in pairs(storage.labs) do
    if lab.surface.valid and lab.surface.index == surface.index then
      return name
    end
  end
end

-- From now on what this character does is noted under this number.
function recorder.announce(number, character, player_name)
  local position, items = character.position, recorder.contents(character)
  local lab = lab_on(character.surface)
  storage.recorder.actors[number] = {
    character = character, lab = lab, x = position.x, y = position.y, items = items, sampled = game.tick,
    surface = character.surface_index,
  }
  journal.note("actor", {
    a = number, player = player_name, lab = lab, surface = not lab and character.surface.name or nil, x = position.x,
    y = position.y, items = next(items) and items or nil,
  })
end

local function walks(character)
  local state = character.walking_state
  return state.walking and state.direction or nil
end

local function sample_position(number, actor)
  local position = actor.character.position
  actor.x, actor.y, actor.walks, actor.sampled = position.x, position.y, walks(actor.character), game.tick
  journal.note("move", { a = number, x = position.x, y = position.y, d = actor.walks })
end

local function has_moved(actor)
  local position = actor.character.position
  return position.x ~= actor.x or position.y ~= actor.y
end

local function watch_items(number, actor)
  local character = actor.character
  local is_busy = character.crafting_queue_size > 0 or character.mining_state.mining
  if not is_busy and not actor.busy and not actor.dirty then
    return
  end
  actor.busy, actor.dirty = is_busy, nil
  local now = recorder.contents(character)
  local changed = recorder.difference(actor.items, now)
  if changed then
    actor.items = now
    journal.note("items", { a = number, items = changed })
  end
end

-- Where an actor stands and what it holds, before it does something.
local function settle(number)
  local actor = storage.recorder.actors[number]
  if not actor or not actor.character.valid then
    return
  end
  if has_moved(actor) or walks(actor.character) ~= actor.walks then
    sample_position(number, actor)
  end
  if actor.dirty then
    watch_items(number, actor)
  end
end

local function watch_position(number, actor)
  local is_due = game.tick - actor.sampled >= SAMPLE and has_moved(actor)
  if is_due or walks(actor.character) ~= actor.walks then
    sample_position(number, actor)
  end
end

-- A resource that is mined by hand: how much of it is left.
local function watch_mining(number, actor)
  local mining = actor.mining
  if not mining then
    return
  end
  local left = mining.entity.valid and mining.entity.amount or 0
  if left ~= mining.left then
    mining.left = left
    journal.note("ore", { a = number, name = mining.name, x = mining.x, y = mining.y, left = left })
  end
  if left == 0 or not actor.character.mining_state.mining then
    actor.mining = nil
  end
end

-- What became of all actors since the last look.
local function watch()
  for number, actor in pairs(storage.recorder.actors) do
    if not actor.character.valid then
      storage.recorder.actors[number] = nil
      journal.note("gone", { a = number })
    else
      watch_position(number, actor)
      watch_mining(number, actor)
      watch_items(number, actor)
    end
  end
end

-- The contents of every lab that somebody is on, to be compared when the recording is replayed.
local function check()
  local names, seen = {}, {}
  for number, actor in pairs(storage.recorder.actors) do
    settle(number)
    actor.dirty = true
    if actor.lab and not seen[actor.lab] then
      seen[actor.lab] = true
      names[#names + 1] = actor.lab
    end
  end
  watch()
  table.sort(names)
  for _, name in ipairs(names) do
    journal.note("check", { lab = name, digest = digest.of(storage.labs[name].surface) })
  end
end

function recorder.update(tick)
  if not storage.journal.on then
    return
  end
  watch()
  local state = storage.recorder
  if tick > state.from and (tick - state.from) % state.every == 0 then
    check()
  end
  if tick % WRITE == 0 then
    journal.flush()
  end
end

-- Effects. Positions are of entities' centres, in the game's coordinates.

-- Note what an actor has done to an entity, or to a place.
function recorder.note(kind, number, event)
  if not storage.journal.on then
    return
  end
  settle(number)
  local actor = storage.recorder.actors[number]
  if actor then
    actor.dirty = true
  end
  event.a = number
  journal.note(kind, event)
end

-- What nobody in particular has done.
function recorder.world(kind, event)
  journal.note(kind, event)
end

-- The same as `note` for the agent's deeds; `entity` gives name and place.
function recorder.agent(kind, entity, event)
  if storage.journal.on then
    local position = entity.position
    event.name, event.x, event.y = entity.name, position.x, position.y
    recorder.note(kind, recorder.AGENT, event)
  end
end

-- From now on `entity` is mined by hand: pieces of a resource are counted, anything else is gone at once when it goes.
function recorder.mining(number, entity)
  if not storage.journal.on then
    return
  end
  local position, actor = entity.position, storage.recorder.actors[number]
  local mining = { name = entity.name, x = position.x, y = position.y }
  if entity.type == "resource" then
    mining.entity, mining.left = entity, entity.amount
    actor.mining = mining
  else
    local registration = script.register_on_object_destroyed(entity)
    storage.recorder.watched[registration] = { a = number, name = mining.name, x = mining.x, y = mining.y }
  end
end

-- Called by the event of that name.
function recorder.destroyed(registration)
  local watched = storage.recorder.watched[registration]
  storage.recorder.watched[registration] = nil
  if watched and storage.journal.on then
    recorder.note("removed", watched.a, watched)
  end
end

-- Operations that make or change a lab, and not a player's region: they are noted as they were asked.
recorder.ON_LABS = { surface = true, clear = true, build = true, put = true, undo = true, remove = true }

operations.watch(function(name, request)
  if storage.journal.on and name == "act" then
    settle(recorder.AGENT)
    journal.note("act", { a = recorder.AGENT, request = request })
  end
end, function(name, request, result, failure)
  if not storage.journal.on then
    return
  end
  if failure and name == "act" then
    journal.note("failed", { a = recorder.AGENT, code = failure.code })
  elseif failure then
    return
  elseif recorder.ON_LABS[name] and not request.request then
    journal.note("operation", { name = name, request = next(request) and request or nil })
  elseif name == "scenario" or name == "reset" then
    local scenario = storage.scenario
    journal.note("scenario", { name = scenario.name, seed = scenario.seed, digest = result.digest })
    recorder.announce(recorder.AGENT, agent.character())
  elseif name == "clean" then
    journal.note("clean", {})
  end
end)

-- Switching it

-- Called when a recording begins, to tell who is there beside the agent.
local greeters = {}

function recorder.when_begun(greet)
  greeters[#greeters + 1] = greet
end

local function begin(request)
  if not request.id or not request.id:match("^%w+$") then
    fail("bad_argument", "record: on needs an id of letters and digits")
  end
  if storage.journal.on and storage.journal.id ~= request.id then
    fail("recording", "the recording %s is under way: stop it first", storage.journal.id)
  end
  if storage.journal.on then
    return
  end
  if request.every and request.every < 1 then
    fail("bad_argument", "record: every must be 1 or more ticks, found %d", request.every)
  end
  journal.start(request.id)
  storage.recorder = { every = request.every or EVERY, from = game.tick, actors = {}, watched = {} }
  journal.note("start", {
    format = 1, id = request.id, factorio = helpers.game_version, mods = script.active_mods,
    every = storage.recorder.every,
  })
  local character = storage.agent.character
  if character and character.valid then
    recorder.announce(recorder.AGENT, character)
  end
  for _, greet in ipairs(greeters) do
    greet()
  end
end

local function finish()
  if storage.journal.on then
    check()
    journal.note("end", {})
    journal.stop()
  end
end

local SWITCH = { on = begin, off = finish, status = function() end }

operations.add("record", { action = "string", id = "string?", every = "integer?" }, function(request)
  if not SWITCH[request.action] then
    fail("bad_argument", "record: action must be on, off or status, found %q", request.action)
  end
  SWITCH[request.action](request)
  return journal.status()
end)

return recorder
