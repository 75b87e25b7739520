-- In-game help: a tool that marks a region, and keys to ask for a factory in it, to take it back and to set items.

local vanilla = data.raw.item["construction-robot"]
local TINT = { r = 0.55, g = 0.8, b = 1.0 }
local ICONS = { { icon = vanilla.icon, icon_size = vanilla.icon_size or 64, tint = TINT } }
local REGION = "factorion-region"

local function selection()
  return { border_color = TINT, mode = { "any-entity" }, cursor_box_type = "entity" }
end

local function key(name, sequence, more)
  local input = { type = "custom-input", name = name, key_sequence = sequence, consuming = "none" }
  for field, value in pairs(more or {}) do
    input[field] = value
  end
  return input
end

data:extend({
  {
    type = "selection-tool", name = REGION, icons = ICONS, stack_size = 1, hidden = true,
    flags = { "only-in-cursor", "spawnable", "not-stackable" },
    select = selection(), alt_select = selection(),
  },
  {
    type = "shortcut", name = REGION, action = "spawn-item", item_to_spawn = REGION,
    icons = ICONS, small_icons = ICONS, associated_control_input = REGION,
  },
  key(REGION, "CONTROL + SHIFT + R", { action = "spawn-item", item_to_spawn = REGION }),
  key("factorion-ask", "CONTROL + SHIFT + F"),
  key("factorion-undo", "CONTROL + SHIFT + U"),
  key("factorion-item", "CONTROL + SHIFT + I", { include_selected_prototype = true }),
})
