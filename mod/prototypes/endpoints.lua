-- Endpoints are copies of vanilla entities, so that they move, connect and look like them in every game version.

local ROLES = {
  source = { r = 0.55, g = 1.0, b = 0.55 },
  sink = { r = 1.0, g = 0.55, b = 0.55 },
}
-- The last one comes with Space Age only.
local BELTS = { "transport-belt", "fast-transport-belt", "express-transport-belt", "turbo-transport-belt" }
local CHEST = "infinity-chest"

local function tinted_item(name, vanilla, tint, order)
  local item = table.deepcopy(data.raw.item[vanilla])
  item.name = name
  item.place_result = name
  item.hidden = false
  item.subgroup = "belt"
  item.order = "z[factorion]-" .. order
  item.icons = item.icons or { { icon = item.icon, icon_size = item.icon_size } }
  for _, layer in pairs(item.icons) do
    layer.tint = tint
  end
  item.icon = nil
  return item
end

local function add(kind, vanilla, role, tint, order)
  local name = "factorion-" .. role .. "-" .. vanilla
  local entity = table.deepcopy(data.raw[kind][vanilla])
  entity.name = name
  entity.hidden = false
  entity.minable = { mining_time = 0.1, result = name }
  entity.next_upgrade = nil
  entity.placeable_by = nil
  entity.map_color = tint
  if entity.belt_animation_set then
    entity.belt_animation_set.animation_set.tint = tint
  elseif entity.picture then
    for _, layer in pairs(entity.picture.layers or { entity.picture }) do
      layer.tint = tint
    end
  end
  data:extend({ entity, tinted_item(name, vanilla, tint, order) })
end

for role, tint in pairs(ROLES) do
  for index, belt in ipairs(BELTS) do
    if data.raw["transport-belt"][belt] then
      add("transport-belt", belt, role, tint, role .. index)
    end
  end
  add("infinity-container", CHEST, role, tint, role .. "9")
end
