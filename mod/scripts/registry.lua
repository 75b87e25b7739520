-- Which entities are endpoints. They are known by their prototype's name, or by the tags that a blueprint of the
-- Python side carries: tags.factorion = {sources = {{id, kind, item, lanes}, ...}, sinks = {{id, kind, item}, ...}}.

local endpoints = require("scripts.endpoints")

local registry = {}

local DEFAULT_ITEM = "iron-plate"

function registry.init()
  storage.endpoints = storage.endpoints or {}
end

local function add(entity, role, settings)
  local endpoint = {
    entity = entity,
    id = settings.id or tostring(entity.unit_number),
    role = role,
    kind = entity.type == "transport-belt" and "belt" or "chest",
    left = settings.left,
    right = settings.right,
    counts = { left = {}, right = {} },
  }
  storage.endpoints[entity.unit_number] = endpoint
  endpoints.configure(endpoint)
end

-- The settings in a blueprint's tag; two sources share a tile when each feeds a lane of its own.
local function from_tag(tag)
  local marks = tag.sources or tag.sinks
  local settings = { id = marks[1] and marks[1].id }
  for _, mark in ipairs(tag.sources or {}) do
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
    add(entity, tag.sources and "source" or "sink", from_tag(tag))
    return
  end
  local role = entity.name:match("^factorion%-(%a+)%-")
  if role == "source" then
    add(entity, role, { left = DEFAULT_ITEM, right = DEFAULT_ITEM })
  elseif role == "sink" then
    add(entity, role, {})
  end
end

function registry.copied(source, destination)
  local endpoint = storage.endpoints[source.unit_number]
  if endpoint then
    add(destination, endpoint.role, { left = endpoint.left, right = endpoint.right })
  end
end

function registry.pasted(source, destination)
  local from, to = storage.endpoints[source.unit_number], storage.endpoints[destination.unit_number]
  if from and to and from.role == "source" and to.role == "source" then
    registry.set_items(destination.unit_number, from.left, from.right)
  end
end

function registry.set_items(unit_number, left, right)
  local endpoint = storage.endpoints[unit_number]
  if not endpoint or endpoint.role ~= "source" then
    error("no source has the unit number " .. tostring(unit_number))
  end
  endpoint.left, endpoint.right = left, right or left
  endpoints.configure(endpoint)
end

function registry.counts()
  local sinks = {}
  for unit_number, endpoint in pairs(storage.endpoints) do
    if endpoint.role == "sink" then
      sinks[#sinks + 1] = { id = endpoint.id, unit_number = unit_number, counts = endpoint.counts }
    end
  end
  return { tick = game.tick, since = storage.since or 0, sinks = sinks }
end

function registry.reset()
  storage.since = game.tick
  for _, endpoint in pairs(storage.endpoints) do
    endpoint.counts = { left = {}, right = {} }
  end
end

return registry
