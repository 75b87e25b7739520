-- A fingerprint of a surface: equal worlds have equal ones, whatever the numbers of their entities and the tick.

local agent = require("scripts.agent")
local crc32 = require("scripts.crc32")
local operations = require("scripts.operations")
local sites = require("scripts.sites")

local digest = {}

digest.EMPTY = "00000000-0" -- of a surface without entities

local function items_of(stacks)
  local words = {}
  for index, stack in ipairs(stacks) do
    words[index] = string.format("%s@%s=%d", stack.name, stack.quality, stack.count)
  end
  table.sort(words)
  return table.concat(words, ",")
end

local LINES = { ["transport-belt"] = true, ["underground-belt"] = true, splitter = true }

local CHESTS = { container = true, ["logistic-container"] = true }
local CRAFTERS = { ["assembling-machine"] = true, furnace = true }

-- The inventories of an entity; their numbers in `defines` overlap, so each is asked only of what has it.
local function inventories(entity)
  local found = { entity.get_fuel_inventory() or false, entity.get_module_inventory() or false }
  if CHESTS[entity.type] then
    found[3] = entity.get_inventory(defines.inventory.chest)
  elseif CRAFTERS[entity.type] then
    found[3] = entity.get_inventory(defines.inventory.crafter_input)
    found[4] = entity.get_inventory(defines.inventory.crafter_output)
  elseif entity.type == "character" then
    found[3] = entity.get_inventory(defines.inventory.character_main)
  end
  return found
end

local function carried(entity)
  local words = {}
  for index, inventory in pairs(inventories(entity)) do
    if inventory and not inventory.is_empty() then
      words[#words + 1] = index .. ":" .. items_of(inventory.get_contents())
    end
  end
  table.sort(words)
  if LINES[entity.type] then
    for index = 1, entity.get_max_transport_line_index() do
      words[#words + 1] = "l" .. index .. ":" .. items_of(entity.get_transport_line(index).get_contents())
    end
  end
  return table.concat(words, ";")
end

-- What a machine is about, beside what is in it.
local function work(entity)
  if entity.type == "resource" then
    return tostring(entity.amount)
  end
  if CRAFTERS[entity.type] then
    local recipe = entity.get_recipe()
    return string.format("%s|%.6f", recipe and recipe.name or "", entity.crafting_progress)
  end
  return ""
end

local function is_endpoint(entity)
  return entity.unit_number and storage.endpoints[entity.unit_number]
end

local function word(entity)
  local position = entity.position
  -- What lies on endpoints is without end or counted elsewhere: it is no part of the world.
  local more = entity.type ~= "resource" and not is_endpoint(entity) and carried(entity) or ""
  local place = string.format("%.4f|%.4f|%d", position.x, position.y, entity.direction)
  return table.concat({ entity.name, place, more, work(entity) }, "|")
end

function digest.of(surface)
  local words = {}
  for index, entity in ipairs(surface.find_entities_filtered({})) do
    words[index] = word(entity)
  end
  table.sort(words)
  return string.format("%08x-%d", crc32(table.concat(words, "\n")), #words)
end

operations.add("digest", { surface = "string?", request = "string?" }, function(request)
  local is_site = request.surface or request.request
  local surface = is_site and sites.get(request).surface or agent.character().surface
  return { digest = digest.of(surface) }
end)

return digest
