-- Time in the hands of the client: exactly so many ticks, then stillness.

local fail = require("scripts.failure")
local operations = require("scripts.operations")

local MOST_TICKS = 1000000
local MOST_SPEED = 1000

operations.add("step", { ticks = "integer" }, function(request)
  if request.ticks < 1 or request.ticks > MOST_TICKS then
    fail("bad_argument", "step: ticks must be 1 to %d, found %d", MOST_TICKS, request.ticks)
  end
  game.tick_paused = true
  game.ticks_to_run = request.ticks
  return { to = game.tick + request.ticks }
end)

operations.add("poll", {}, function()
  local left = game.tick_paused and game.ticks_to_run or 0
  return { done = left == 0, left = left }
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
