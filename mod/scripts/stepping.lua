-- Time in the hands of the client: exactly so many ticks, then stillness.

local agent = require("scripts.agent")
local fail = require("scripts.failure")
local observation = require("scripts.observation")
local operations = require("scripts.operations")

local MOST_TICKS = 1000000
local MOST_SPEED = 1000

-- With `walk` the character walks in that direction for as long as the step takes.
operations.add("step", { ticks = "integer", walk = "direction?" }, function(request)
  if request.ticks < 1 or request.ticks > MOST_TICKS then
    fail("bad_argument", "step: ticks must be 1 to %d, found %d", MOST_TICKS, request.ticks)
  end
  if request.walk then
    agent.walk({ direction = request.walk, till = game.tick + request.ticks })
  end
  game.tick_paused = true
  game.ticks_to_run = request.ticks
  return { to = game.tick + request.ticks }
end)

-- Whether the step is over; with `since` (0: the whole) what is seen then comes with the answer.
operations.add("poll", { since = "integer?" }, function(request)
  local left = game.tick_paused and game.ticks_to_run or 0
  local seen = left == 0 and request.since and observation.take(request.since) or nil
  return { done = left == 0, left = left, seen = seen }
end)

-- Let time run by itself, at so many times the usual speed (a cap: the machine may be slower), or stop it.
operations.add("time", { paused = "boolean", speed = "number?" }, function(request)
  if request.speed then
    if request.speed < 0.01 or request.speed > MOST_SPEED then
      fail("bad_argument", "time: speed must be 0.01 to %d, found %g", MOST_SPEED, request.speed)
    end
    game.speed = request.speed
  end
  game.tick_paused = request.paused
  return { paused = game.tick_paused, speed = game.speed }
end)
