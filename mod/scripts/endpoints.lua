-- What endpoints do each tick. An endpoint is
--   {entity, id, lab, role = "source"|"sink", kind = "belt"|"chest", left, right, counts = {left = {}, right = {}},
--    weights, meter}
-- left and right are the items that a source gives on each lane (nil: that lane stays empty); a chest uses left only.
-- While its lab is measured a sink has a meter {from, ticks} and sums weights as it sums counts (see measurement.lua).

local endpoints = {}

local LANES = { left = defines.transport_line.left_line, right = defines.transport_line.right_line }
local KEPT = 1000 -- items that a source chest tops itself up to; more than any arm takes in a tick

-- The embedded server keeps belts of sources full and remembers what sinks took, so that there nothing has to be done
-- each tick; the game needs the script.
endpoints.kept_by_server = script.active_mods["factorion-embedded"] ~= nil

-- What an item weighs that arrived in one of the ticks since the meter was last read: the mean over these ticks.
local function weight_now(meter)
  local span = game.tick - meter.last
  local middle = (meter.last + game.tick - 1) / 2 - meter.from
  return (middle + 1) * (meter.ticks - middle) - (span * span - 1) / 12
end

local function add_counts(endpoint, lane, contents)
  if #contents == 0 then
    return
  end
  local counts, weights = endpoint.counts[lane], endpoint.weights[lane]
  local weight = endpoint.meter and weight_now(endpoint.meter)
  for _, stack in ipairs(contents) do
    counts[stack.name] = (counts[stack.name] or 0) + stack.count
    if weight then
      weights[stack.name] = (weights[stack.name] or 0) + stack.count * weight
    end
  end
end

local function fill_belt(endpoint)
  for lane, index in pairs(LANES) do
    local item = endpoint[lane]
    if item then
      local line = endpoint.entity.get_transport_line(index)
      while line.can_insert_at_back() and line.insert_at_back({ name = item, count = 1 }) do
      end
    end
  end
end

local function drain_belt(endpoint)
  for lane, index in pairs(LANES) do
    local line = endpoint.entity.get_transport_line(index)
    add_counts(endpoint, lane, line.get_contents())
    line.clear()
  end
end

local function drain_chest(endpoint)
  local inventory = endpoint.entity.get_inventory(defines.inventory.chest)
  add_counts(endpoint, "left", inventory.get_contents())
  inventory.clear()
end

-- Source chests need no tick: the game's own infinity filter keeps them full.
local UPDATE = { source = { belt = fill_belt }, sink = { belt = drain_belt, chest = drain_chest } }

function endpoints.update(endpoint)
  local update = UPDATE[endpoint.role][endpoint.kind]
  if update then
    update(endpoint)
  end
  if endpoint.meter then
    endpoint.meter.last = game.tick
  end
end

-- All that has to be done each tick.
function endpoints.update_all()
  if endpoints.kept_by_server then
    return
  end
  for unit_number, endpoint in pairs(storage.endpoints) do
    if endpoint.entity.valid then
      endpoints.update(endpoint)
    else
      storage.endpoints[unit_number] = nil
    end
  end
end

local function empty_belt(endpoint)
  for _, index in pairs(LANES) do
    endpoint.entity.get_transport_line(index).clear()
  end
end

-- Bring the entity in line with the endpoint's role and items; call it after either changed.
function endpoints.configure(endpoint)
  if endpoint.kind == "chest" then
    local wanted = endpoint.role == "source" and endpoint.left
    endpoint.entity.remove_unfiltered_items = false
    local filter = wanted and { index = 1, name = wanted, count = KEPT, mode = "at-least" } or nil
    endpoint.entity.set_infinity_container_filter(1, filter)
  elseif endpoints.kept_by_server and endpoint.role == "source" then
    empty_belt(endpoint)
    fill_belt(endpoint)
  end
end

return endpoints
