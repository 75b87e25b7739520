-- Power for factories on a lab surface that bring none: poles and a source that take up no tile.

local fail = require("scripts.failure")

local power = {}

local POLE, SOURCE = "factorion-power-pole", "factorion-power-source"
local STRIDE = 60 -- tiles between poles: less than their wires and areas reach (64)

local function put(lab, name, x, y)
  local entity = lab.surface.create_entity({ name = name, position = { x = x, y = y }, force = lab.force })
  entity.destructible = false
  return entity
end

-- Power on every tile of the lab.
local function unlimited(lab)
  for x = 0, lab.width, STRIDE do
    for y = 0, lab.height, STRIDE do
      put(lab, POLE, x, y)
    end
  end
  put(lab, SOURCE, 0, 0)
end

-- Names of entities that clients neither see nor remove.
power.HIDDEN = { [POLE] = true, [SOURCE] = true }

-- A source for every network of the factory's own poles.
local function poles(lab)
  local fed = {}
  for _, pole in ipairs(lab.surface.find_entities_filtered({ type = "electric-pole" })) do
    if not fed[pole.electric_network_id] then
      fed[pole.electric_network_id] = true
      put(lab, SOURCE, pole.position.x, pole.position.y)
    end
  end
end

local MODES = { unlimited = unlimited, poles = poles }

-- `wanted` is the key `power` of a Factory file, or nil.
function power.supply(lab, wanted)
  local mode = wanted and wanted.mode or "unlimited"
  if not MODES[mode] then
    fail("unbuildable", "power of mode %q cannot be built; expected unlimited or poles", tostring(mode))
  end
  if lab.powered ~= mode then
    lab.powered = mode
    MODES[mode](lab)
  end
end

-- Keep the lab supplied when an entity was put there: everywhere, unless it lives off its own poles.
function power.follow(lab, entity)
  if not lab.powered then
    power.supply(lab, nil)
  elseif lab.powered == "poles" and entity.type == "electric-pole" then
    put(lab, SOURCE, entity.position.x, entity.position.y)
  end
end

return power
