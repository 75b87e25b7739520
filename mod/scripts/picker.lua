-- The item of an endpoint, chosen by a player: the one in the hand, or out of a window that the same key closes again.
-- storage.pickers: by player {frame, unit_number, left, right}, with a button for each lane that has its own item.

local registry = require("scripts.registry")

local picker = {}

function picker.init()
  storage.pickers = storage.pickers or {}
end

local function close(player_index)
  local open = storage.pickers[player_index]
  storage.pickers[player_index] = nil
  if open and open.frame.valid then
    open.frame.destroy()
  end
  return open ~= nil
end

local function add_button(frame, item, tooltip)
  local button = frame.add({ type = "choose-elem-button", elem_type = "item", tooltip = { tooltip } })
  button.elem_value = item
  return button
end

local function open(player, endpoint)
  local is_source = endpoint.role == "source"
  local caption = is_source and "factorion.picker-source" or "factorion.picker-sink"
  local frame = player.gui.screen.add({ type = "frame", caption = { caption } })
  frame.auto_center = true
  local made = { frame = frame, unit_number = endpoint.entity.unit_number }
  if is_source and endpoint.kind == "belt" then
    made.left = add_button(frame, endpoint.left, "factorion.left-lane")
    made.right = add_button(frame, endpoint.right, "factorion.right-lane")
  else
    made.left = add_button(frame, endpoint.left, caption)
  end
  storage.pickers[player.index] = made
end

local function on_key(event)
  local player = game.get_player(event.player_index)
  if close(event.player_index) then
    return
  end
  local selected, stack = player.selected, player.cursor_stack
  local endpoint = selected and selected.unit_number and storage.endpoints[selected.unit_number]
  if not endpoint then
    player.print({ "factorion.no-endpoint" })
  elseif stack and stack.valid_for_read then
    registry.choose(selected.unit_number, stack.name, stack.name)
    player.print({ "factorion.item-set", stack.name })
  else
    open(player, endpoint)
  end
end

local function on_chosen(event)
  local made = storage.pickers[event.player_index]
  if not made or (event.element ~= made.left and event.element ~= made.right) then
    return
  end
  local endpoint = storage.endpoints[made.unit_number]
  if not endpoint or not endpoint.entity.valid then
    close(event.player_index)
    return
  end
  local left = made.left.elem_value
  local right = left
  if made.right then
    right = made.right.elem_value
  end
  registry.choose(made.unit_number, left, right)
end

function picker.listen()
  script.on_event("factorion-item", on_key)
  script.on_event(defines.events.on_gui_elem_changed, on_chosen)
end

return picker
