-- What endpoints do each tick. An endpoint is
--   {entity, id, role = "source"|"sink", kind = "belt"|"chest", left, right, counts = {left = {}, right = {}}}
-- left and right are the items that a source gives on each lane (nil: that lane stays empty); a chest uses left only.

local endpoints = {}

local LANES = { left = defines.transport_line.left_line, right = defines.transport_line.right_line }
local KEPT = 1000 -- items that a source chest tops itself up to; more than any arm takes in a tick

local function add_counts(totals, contents)
  for _, stack in ipairs(contents) do
    totals[stack.name] = (totals[stack.name] or 0) + stack.count
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
    add_counts(endpoint.counts[lane], line.get_contents())
    line.clear()
  end
end

local function drain_chest(endpoint)
  local inventory = endpoint.entity.get_inventory(defines.inventory.chest)
  add_counts(endpoint.counts.left, inventory.get_contents())
  inventory.clear()
end

-- Source chests need no tick: the game's own infinity filter keeps them full.
local UPDATE = { source = { belt = fill_belt }, sink = { belt = drain_belt, chest = drain_chest } }

function endpoints.update(endpoint)
  local update = UPDATE[endpoint.role][endpoint.kind]
  if update then
    update(endpoint)
  end
end

-- Bring the entity in line with the endpoint's role and items; call it after either changed.
function endpoints.configure(endpoint)
  if endpoint.kind == "chest" then
    local wanted = endpoint.role == "source" and endpoint.left
    endpoint.entity.remove_unfiltered_items = false
    local filter = wanted and { index = 1, name = wanted, count = KEPT, mode = "at-least" } or nil
    endpoint.entity.set_infinity_container_filter(1, filter)
  end
end

return endpoints
