-- In-game help: players mark regions and ask for factories; a client that polls builds them, and what they deliver is
-- shown above them. A request is a site (see sites.lua) with
--   {id, state, player, free, paid, count, frame, caption}
-- in the states waiting, building (being measured once it has `measure`) and closed. What is built comes out of the
-- player's inventory as far as it lies there (`paid`: item by the id of the placement), the rest is free and counted.

local fail = require("scripts.failure")
local labs = require("scripts.labs")
local operations = require("scripts.operations")
local placing = require("scripts.placing")
local registry = require("scripts.registry")
local sites = require("scripts.sites")
local surveying = require("scripts.surveying")

local assistant = {}

local TOOL = "factorion-region"
local MOST_SIDE = 100 -- tiles
local MOST_KEPT = 50 -- requests that can still be taken back
local REFRESH = 30 -- ticks
local SECOND = 60
local COLOR = { r = 0.55, g = 0.8, b = 1.0 }

function assistant.init()
  storage.requests = storage.requests or {}
  storage.marks = storage.marks or {}
  storage.last_request = storage.last_request or 0
end

-- What the player sees

local function tell(request, text)
  if request.caption.valid then
    request.caption.text = text
  end
end

local function announce(request, text)
  local player = game.get_player(request.player)
  if player then
    player.print(text)
  end
end

local function erase(drawing)
  if drawing and drawing.valid then
    drawing.destroy()
  end
end

local function draw_frame(mark, player)
  return rendering.draw_rectangle({
    color = COLOR, width = 2, surface = mark.surface, players = { player },
    left_top = { x = mark.x, y = mark.y }, right_bottom = { x = mark.x + mark.width, y = mark.y + mark.height },
  })
end

local function draw_caption(mark, player)
  return rendering.draw_text({
    text = { "factorion.waiting" }, color = COLOR, surface = mark.surface, players = { player }, scale = 1.5,
    target = { x = mark.x, y = mark.y - 1 }, use_rich_text = true,
  })
end

-- What the player does

local function mark_region(event)
  if event.item ~= TOOL then
    return
  end
  local player = game.get_player(event.player_index)
  local corner, opposite = event.area.left_top, event.area.right_bottom
  local x, y = math.floor(corner.x), math.floor(corner.y)
  local mark = {
    surface = event.surface, x = x, y = y, width = math.ceil(opposite.x) - x, height = math.ceil(opposite.y) - y,
  }
  if mark.width < 1 or mark.height < 1 or mark.width > MOST_SIDE or mark.height > MOST_SIDE then
    player.print({ "factorion.region-too-large", MOST_SIDE })
  elseif event.surface.name:sub(1, #labs.PREFIX) == labs.PREFIX then
    player.print({ "factorion.region-in-lab" })
  else
    local before = storage.marks[event.player_index]
    erase(before and before.frame)
    mark.frame = draw_frame(mark, player)
    storage.marks[event.player_index] = mark
    player.print({ "factorion.region-marked", mark.width, mark.height })
  end
end

-- Requests, the oldest first.
local function in_order()
  local list = {}
  for _, request in pairs(storage.requests) do
    list[#list + 1] = request
  end
  table.sort(list, function(a, b) return tonumber(a.id) < tonumber(b.id) end)
  return list
end

-- Forget the oldest that are closed; what they built stays.
local function forget_old()
  local list = in_order()
  for index = 1, #list - MOST_KEPT do
    if list[index].state == "closed" then
      erase(list[index].caption)
      erase(list[index].frame)
      storage.requests[list[index].id] = nil
    end
  end
end

local function ask(event)
  local player, mark = game.get_player(event.player_index), storage.marks[event.player_index]
  if not mark or not mark.surface.valid then
    player.print({ "factorion.no-region" })
    return
  end
  storage.marks[event.player_index] = nil
  storage.last_request = storage.last_request + 1
  local id = tostring(storage.last_request)
  storage.requests[id] = {
    id = id, name = "request " .. id, state = "waiting", player = event.player_index,
    surface = mark.surface, force = player.force, x = mark.x, y = mark.y, width = mark.width, height = mark.height,
    placed = {}, paid = {}, free = 0, count = 0, fuelled = {}, outputs = {},
    frame = mark.frame, caption = draw_caption(mark, player),
  }
  forget_old()
  player.print({ "factorion.asked", id })
end

-- Building

-- The item that the player gives for an entity, nil when there is none.
local function pay(request, entity)
  local items = entity.prototype.items_to_place_this
  local player = game.get_player(request.player)
  local inventory = player and player.get_main_inventory()
  if items and items[1] and inventory and inventory.remove({ name = items[1].name, count = 1 }) == 1 then
    return items[1].name
  end
  request.free = request.free + 1
end

local function give_back(request, item)
  local player = game.get_player(request.player)
  local inventory = player and player.get_main_inventory()
  if not inventory or inventory.insert({ name = item, count = 1 }) == 0 then
    local middle = { x = request.x + request.width / 2, y = request.y + request.height / 2 }
    request.surface.spill_item_stack({ position = middle, stack = { name = item, count = 1 } })
  end
end

-- Take away all that was placed for a request; how much it was.
function assistant.take_back(request)
  local removed = 0
  for id, entity in pairs(request.placed) do
    -- What the player has mined meanwhile is in his hands already.
    if entity.valid then
      registry.forget(entity.unit_number)
      entity.destroy({ raise_destroy = true })
      removed = removed + 1
      if request.paid[id] then
        give_back(request, request.paid[id])
      end
    end
  end
  request.placed, request.paid, request.fuelled, request.free, request.count = {}, {}, {}, 0, 0
  request.measure = nil
  return removed
end

local function check_within(request, name, x, y, direction)
  local _, width, height = placing.centre(name, x, y, direction)
  if x < 0 or y < 0 or x + width > request.width or y + height > request.height then
    fail("blocked", "%s at %d,%d is blocked by the border of the region", name, x, y)
  end
end

-- Place an entity of a request; `spec` is one of placing.lua with tiles of the region.
function assistant.place(request, id, spec)
  if request.state ~= "building" then
    fail("not_building", "request %s is %s: begin it first", request.id, request.state)
  end
  check_within(request, spec.name, spec.x, spec.y, spec.dir or 0)
  spec.x, spec.y = spec.x + request.x, spec.y + request.y
  local entity = placing.put(request, spec)
  request.placed[id] = entity
  request.paid[id] = pay(request, entity)
  request.count = request.count + 1
  tell(request, { "factorion.building", request.count })
  return entity
end

local function close(request)
  request.state = "closed"
  erase(request.frame)
end

-- The last request of the player, whatever has become of it.
local function undo(event)
  local player = game.get_player(event.player_index)
  local list = in_order()
  for index = #list, 1, -1 do
    local request = list[index]
    if request.player == event.player_index then
      local removed = assistant.take_back(request)
      close(request)
      erase(request.caption)
      storage.requests[request.id] = nil
      player.print({ "factorion.undone", request.id, removed })
      return
    end
  end
  player.print({ "factorion.nothing-to-undo" })
end

-- What is shown while and after it is measured

local function rates_of(request)
  local totals, items = {}, {}
  for _, sink in pairs(request.measure.sinks) do
    for _, lane in pairs(sink.rates) do
      for item, rate in pairs(lane) do
        if not totals[item] then
          items[#items + 1] = item
        end
        totals[item] = (totals[item] or 0) + rate
      end
    end
  end
  table.sort(items)
  local words = {}
  for index, item in ipairs(items) do
    words[index] = string.format("[item=%s] %.2f/s", item, totals[item])
  end
  return #words > 0 and table.concat(words, "  ") or nil
end

local function show_measurement(request, tick)
  local measure = request.measure
  if not measure.done then
    local left = math.ceil((measure.from + measure.ticks - tick) / SECOND)
    tell(request, { "factorion.measuring", request.count, left })
    return
  end
  local rates = rates_of(request)
  local text = { rates and "factorion.measured" or "factorion.measured-nothing", request.count, rates }
  tell(request, text)
  announce(request, text)
  close(request)
end

local function is_measured(request)
  return request.state == "building" and request.measure ~= nil
end

function assistant.update(tick)
  if tick % REFRESH ~= 0 then
    return
  end
  for _, request in pairs(storage.requests) do
    if is_measured(request) then
      show_measurement(request, tick)
    end
  end
end

-- Endpoints in the region belong to the request from now on, so that it can measure them.
local function claim_endpoints(request)
  local area = { { request.x, request.y }, { request.x + request.width, request.y + request.height } }
  for _, entity in ipairs(request.surface.find_entities_filtered({ area = area, force = request.force })) do
    local endpoint = entity.unit_number and storage.endpoints[entity.unit_number]
    if endpoint then
      endpoint.lab = request.name
    end
  end
end

-- Entities that the player could build out of his inventory, by name.
local function hand_of(request)
  local player = game.get_player(request.player)
  local inventory = player and player.get_main_inventory()
  local hand = {}
  for _, stack in ipairs(inventory and inventory.get_contents() or {}) do
    local result = prototypes.item[stack.name].place_result
    if result and stack.quality == "normal" then
      hand[result.name] = (hand[result.name] or 0) + stack.count
    end
  end
  return hand
end

-- Requests that are open: nobody has built them, or who did has not come to an end.
operations.add("requests", {}, function()
  local open = {}
  for _, request in ipairs(in_order()) do
    if request.state ~= "closed" and not is_measured(request) then
      local player = game.get_player(request.player)
      open[#open + 1] = {
        id = request.id, state = request.state, player = player and player.name, surface = request.surface.name,
        x = request.x, y = request.y, width = request.width, height = request.height,
      }
    end
  end
  return { requests = open }
end)

-- Take a request up. What another client has placed for it goes, so that one that died leaves nothing half done.
operations.add("begin", { request = "string" }, function(arguments)
  local request = sites.request(arguments.request)
  if not request.surface.valid then
    fail("no_surface", "the surface of request %s is gone", request.id)
  end
  assistant.take_back(request)
  claim_endpoints(request)
  request.state = "building"
  tell(request, { "factorion.thinking" })
  return { factory = surveying.survey(request), hand = hand_of(request) }
end)

-- Show the player how far it is; with `close` nothing more comes, and what was placed stays.
operations.add("tell", { request = "string", text = "string", close = "boolean?" }, function(arguments)
  local request = sites.request(arguments.request)
  tell(request, arguments.text)
  if arguments.close then
    announce(request, { "factorion.says", request.id, arguments.text })
    close(request)
  end
end)

function assistant.listen()
  script.on_event(defines.events.on_player_selected_area, mark_region)
  script.on_event("factorion-ask", ask)
  script.on_event("factorion-undo", undo)
end

return assistant
