-- The character that a client plays: it has no player. storage.agent is
--   {character, honest, walk = {direction | goal, till}, mine = {entity, item, wanted}}
-- Honest means by the game's own rules: reach, time, collision and items. What is done otherwise is counted as fast.

local fail = require("scripts.failure")
local operations = require("scripts.operations")

local agent = {}

local NEAR = 0.15 -- tiles: a step of the character (running_speed), so that it does not walk to and fro around a goal
local EIGHTHS = 8 / (2 * math.pi)

function agent.init()
  storage.agent = storage.agent or { honest = true, fast = 0 }
end

-- The agent's character, or an error that says how to get one.
function agent.character()
  local character = storage.agent.character
  if not character or not character.valid then
    fail("no_agent", "there is no character to act with: load a scenario first")
  end
  return character
end

function agent.is_honest()
  return storage.agent.honest
end

-- Note that something was done that no player could have done so.
function agent.count_fast()
  storage.agent.fast = storage.agent.fast + 1
end

-- As before any scenario was loaded.
function agent.remove()
  local character = storage.agent.character
  if character and character.valid then
    character.destroy()
  end
  storage.agent = { honest = true, fast = 0 }
end

function agent.create(surface, position, force)
  local old = storage.agent.character
  if old and old.valid then
    old.destroy()
  end
  local character = surface.create_entity({ name = "character", position = position, force = force })
  storage.agent = { honest = storage.agent.honest, fast = 0, character = character }
  return character
end

-- The agent's inventory, asked for once for each character; remembered only for speed.
local owner, inventory

function agent.inventory()
  local character = agent.character()
  if character ~= owner then
    owner, inventory = character, character.get_inventory(defines.inventory.character_main)
  end
  return inventory
end

-- Distance in tiles from the character to a position.
function agent.distance(position)
  local from = agent.character().position
  return math.sqrt((position.x - from.x) ^ 2 + (position.y - from.y) ^ 2)
end

function agent.stop()
  local character, state = agent.character(), storage.agent
  if state.mine then
    character.mining_state = { mining = false }
  end
  state.walk, state.mine = nil, nil
  character.walking_state = { walking = false, direction = character.walking_state.direction }
end

-- Walk in a direction (0, 2 ... 14) or to a goal, until the tick `till` or until stopped. Who mines cannot walk: the
-- game takes the walking state back. Who walks already need not stand still first: the next tick says where it goes.
function agent.walk(walk)
  agent.character()
  if not storage.agent.walk then
    agent.stop()
  end
  storage.agent.walk = walk
end

function agent.mine(entity, item, count)
  local character = agent.character()
  agent.stop()
  local held = agent.inventory().get_item_count(item)
  storage.agent.mine = { entity = entity, item = item, wanted = held + count }
  character.selected = entity
  character.mining_state = { mining = true, position = entity.position }
end

-- The direction of the eight that comes nearest to (dx, dy); y runs south.
local function direction_to(dx, dy)
  local eighth = math.floor(math.atan2(dx, -dy) * EIGHTHS + 0.5) % 8
  return 2 * eighth
end

local function keep_walking(character, state, tick)
  local walk, direction = state.walk, state.walk.direction
  if walk.goal then
    local position = character.position
    local dx, dy = walk.goal.x - position.x, walk.goal.y - position.y
    direction = math.max(math.abs(dx), math.abs(dy)) > NEAR and direction_to(dx, dy) or nil
  end
  if not direction or (walk.till and tick >= walk.till) then
    agent.stop()
    return
  end
  -- Written every tick: a character without a player may not go on by itself.
  character.walking_state = { walking = true, direction = direction }
end

local function keep_mining(state)
  local mine = state.mine
  if not mine.entity.valid or agent.inventory().get_item_count(mine.item) >= mine.wanted then
    agent.stop()
  end
end

function agent.update(tick)
  local state = storage.agent
  if not state.walk and not state.mine then
    return
  end
  local character = state.character
  if not character.valid then
    state.walk, state.mine = nil, nil
  elseif state.walk then
    keep_walking(character, state, tick)
  else
    keep_mining(state)
  end
end

operations.add("mode", { honest = "boolean?" }, function(request)
  if request.honest ~= nil then
    storage.agent.honest = request.honest
  end
  return { honest = storage.agent.honest, fast = storage.agent.fast }
end)

return agent
