-- Power that stands nowhere: a pole whose area is as large as the game allows and a source that never runs out, both
-- without a body, so that factories can be built over them.

local NOBODY = { layers = {} }
local REACH = 64 -- tiles; the most that the game allows for wires and for half an area

local function without_body(kind, vanilla, name)
  local entity = table.deepcopy(data.raw[kind][vanilla])
  entity.name = name
  entity.hidden = true
  entity.minable = nil
  entity.next_upgrade = nil
  entity.placeable_by = nil
  entity.collision_mask = NOBODY
  entity.selectable_in_game = false
  return entity
end

local pole = without_body("electric-pole", "substation", "factorion-power-pole")
pole.supply_area_distance = REACH
pole.maximum_wire_distance = REACH
local source = without_body("electric-energy-interface", "electric-energy-interface", "factorion-power-source")
data:extend({ pole, source })
