-- Items per second into each sink of a lab: after a warm-up, over a window of so many ticks.
--
-- The rate is the slope of the straight line that fits the cumulated count best (least squares), which is the same as
-- weighting an item that arrives in tick t of T by (t + 1)(T - t): whether the window happens to hold 37 or 38 items
-- hardly matters. The simulator of the Python side reckons the same way.

local fail = require("scripts.failure")
local operations = require("scripts.operations")
local registry = require("scripts.registry")
local sites = require("scripts.sites")

local measurement = {}

local MOST_TICKS = 1000000 -- above that the weights would no longer be exact
local SECOND = 60
local PARTS = 120 -- of a window, after each of which sinks are read where the server remembers what they took

local function full_weight(ticks)
  return ticks * (ticks + 1) * (ticks + 2) / 6
end

-- What a machine makes; a furnace between two crafts names what it made last.
local function products_of(entity)
  local recipe = entity.get_recipe()
  if not recipe and entity.type == "furnace" and entity.previous_recipe then
    recipe = entity.previous_recipe.name
  end
  return recipe and recipe.products or {}
end

local function finished(lab)
  local counts = {}
  for index, output in ipairs(lab.outputs) do
    counts[index] = output.entity.valid and output.entity.products_finished or 0
  end
  return counts
end

local function start(lab, warmup, ticks)
  local part = math.max(math.floor(ticks / PARTS), 1)
  lab.measure = { warmup = warmup, ticks = ticks, from = game.tick + warmup, part = part, done = false }
  return { from = lab.measure.from, to = lab.measure.from + ticks }
end

local function lane_rates(endpoint, ticks)
  local rates = {}
  for lane, weights in pairs(endpoint.weights) do
    rates[lane] = {}
    for item, weight in pairs(weights) do
      rates[lane][item] = SECOND * weight / full_weight(ticks)
    end
  end
  return rates
end

local function sink_rates(lab, ticks)
  local sinks = {}
  for _, endpoint in ipairs(registry.of_lab(lab.name, "sink")) do
    sinks[endpoint.id] = { kind = endpoint.kind, rates = lane_rates(endpoint, ticks), counts = endpoint.counts }
  end
  return sinks
end

-- What machines have made that a sink of kind "output" watches: counted whole, since the game counts crafts.
local function output_rates(lab, ticks, sinks)
  local now = finished(lab)
  for index, output in ipairs(lab.outputs) do
    local counts, rates = {}, {}
    for _, product in ipairs(output.entity.valid and products_of(output.entity) or {}) do
      if not output.item or output.item == product.name then
        counts[product.name] = (now[index] - lab.measure.finished[index]) * (product.amount or 0)
        rates[product.name] = SECOND * counts[product.name] / ticks
      end
    end
    sinks[output.id] = { kind = "output", rates = { left = rates }, counts = { left = counts } }
  end
  return sinks
end

-- Called at the start of a tick, when all that moved in the tick before has been counted.
local function update(lab, tick)
  local measure = lab.measure
  if not measure or measure.done then
    return
  end
  local past = tick - measure.from
  if past < 0 or past % measure.part ~= 0 and past ~= measure.ticks then
    return
  end
  registry.read(lab.name)
  if tick == measure.from then
    registry.meter(lab.name, tick, measure.ticks)
    measure.finished = finished(lab)
  elseif tick == measure.from + measure.ticks then
    measure.sinks = output_rates(lab, measure.ticks, sink_rates(lab, measure.ticks))
    measure.done = true
    registry.meter(lab.name, nil)
  end
end

function measurement.update(tick)
  sites.each(update, tick)
end

local MEASURE = { surface = "string?", request = "string?", warmup = "integer", ticks = "integer" }

operations.add("measure", MEASURE, function(request)
  if request.warmup < 1 or request.ticks < 1 or request.warmup + request.ticks > MOST_TICKS then
    fail("bad_argument", "measure: warmup and ticks must be 1 or more, together at most %d", MOST_TICKS)
  end
  local site = sites.get(request)
  local started = start(site, request.warmup, request.ticks)
  -- A paused game is run for as long as it takes; the last tick is begun, so that what the one before moved counts.
  -- Several labs may be measured at once: the longest window decides.
  if game.tick_paused then
    game.ticks_to_run = math.max(game.ticks_to_run, request.warmup + request.ticks + 1)
  end
  return started
end)

operations.add("result", { surface = "string?", request = "string?" }, function(request)
  local lab = sites.get(request)
  local measure = lab.measure
  if not measure then
    fail("no_measurement", "nothing is measured on %q: start it by the operation measure", lab.name)
  end
  if not measure.done then
    return { done = false, left = measure.from + measure.ticks - game.tick }
  end
  return { done = true, ticks = measure.ticks, sinks = measure.sinks }
end)

return measurement
