-- Which entities are endpoints. They are known by their prototype's name, or by the tags that a blueprint of the
-- Python side carries: tags.factorion = {sources = {{id, kind, item, lanes}, ...}, sinks = {{id, kind, item}, ...}}.

local endpoints = require("scripts.endpoints")

local registry = {}

local DEFAULT_ITEM = "iron-plate"

function registry.init()
  storage.endpoints = storage.endpoints or {}
end

local function empty()
  return { left = {}, right = {} }
end

-- `lab` is the name of the lab that it belongs to, or nil.
function registry.add(entity, role, settings, lab)
  local endpoint = {
    entity = entity,
    id = settings.id or tostring(entity.unit_number),
    role = role,
    kind = entity.type == "transport-belt" and "belt" or "chest",
    left = settings.left,
    right = settings.right,
    lab = lab,
    counts = empty(),
    weights = empty(),
  }
  storage.endpoints[entity.unit_number] = endpoint
  endpoints.configure(endpoint)
end

-- The settings in the marks of a tile (of a blueprint's tag or a Factory file); two sources share a tile when each
-- feeds a lane of its own.
function registry.settings(marks)
  local settings = { id = marks[1] and marks[1].id }
  for _, mark in ipairs(marks) do
    if mark.lanes ~= "right" then
      settings.left = mark.item
    end
    if mark.lanes ~= "left" then
      settings.right = mark.item
    end
  end
  return settings
end

function registry.built(entity, tags)
  local tag = tags and tags.factorion
  if tag and (tag.sources or tag.sinks) then
    registry.add(entity, tag.sources and "source" or "sink", registry.settings(tag.sources or tag.sinks))
    return
  end
  local role = entity.name:match("^factorion%-(%a+)%-")
  if role == "source" then
    registry.add(entity, role, { left = DEFAULT_ITEM, right = DEFAULT_ITEM })
  elseif role == "sink" then
    registry.add(entity, role, {})
  end
end

function registry.forget(unit_number)
  storage.endpoints[unit_number] = nil
end

-- The endpoints of a lab in one role, the oldest first.
function registry.of_lab(lab, role)
  local found = {}
  for unit_number, endpoint in pairs(storage.endpoints) do
    if endpoint.lab == lab and endpoint.role == role then
      found[#found + 1] = { unit_number, endpoint }
    end
  end
  table.sort(found, function(a, b) return a[1] < b[1] end)
  for place, pair in ipairs(found) do
    found[place] = pair[2]
  end
  return found
end

-- Count what the sinks of a lab have taken up to now.
function registry.read(lab)
  for _, endpoint in ipairs(registry.of_lab(lab, "sink")) do
    if endpoint.entity.valid then
      endpoints.update(endpoint)
    end
  end
end

-- Let the sinks of a lab count from nought and weigh what comes in the next `ticks`; without `from`, weigh no more.
function registry.meter(lab, from, ticks)
  for _, endpoint in ipairs(registry.of_lab(lab, "sink")) do
    if from then
      endpoint.counts, endpoint.weights = empty(), empty()
    end
    endpoint.meter = from and { from = from, last = from, ticks = ticks } or nil
  end
end

function registry.copied(source, destination)
  local endpoint = storage.endpoints[source.unit_number]
  if endpoint then
    registry.add(destination, endpoint.role, { left = endpoint.left, right = endpoint.right })
  end
end

function registry.pasted(source, destination)
  local from, to = storage.endpoints[source.unit_number], storage.endpoints[destination.unit_number]
  if from and to and from.role == "source" and to.role == "source" then
    registry.set_items(destination.unit_number, from.left, from.right)
  end
end

-- What a source gives on each lane, nil for nothing, or what is wanted at a sink.
function registry.choose(unit_number, left, right)
  local endpoint = storage.endpoints[unit_number]
  endpoint.left, endpoint.right = left, right
  endpoints.configure(endpoint)
end

function registry.set_items(unit_number, left, right)
  local endpoint = storage.endpoints[unit_number]
  if not endpoint or endpoint.role ~= "source" then
    error("no source has the unit number " .. tostring(unit_number))
  end
  endpoint.left, endpoint.right = left, right or left
  endpoints.configure(endpoint)
end

local function read_all()
  for _, endpoint in pairs(storage.endpoints) do
    if endpoint.entity.valid then
      endpoints.update(endpoint)
    end
  end
end

function registry.counts()
  local sinks = {}
  read_all()
  for unit_number, endpoint in pairs(storage.endpoints) do
    if endpoint.role == "sink" then
      sinks[#sinks + 1] = { id = endpoint.id, unit_number = unit_number, counts = endpoint.counts }
    end
  end
  return { tick = game.tick, since = storage.since or 0, sinks = sinks }
end

function registry.reset()
  read_all()
  storage.since = game.tick
  for _, endpoint in pairs(storage.endpoints) do
    endpoint.counts = empty()
  end
end

return registry
