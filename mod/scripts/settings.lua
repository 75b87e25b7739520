-- What a player sets on an entity by its window, beside a recipe, as one table; fields that an entity lacks are nil.

local settings = {}

local SIDES = { "input_priority", "output_priority" }

-- The name of the item in a filter that was read: by the tables of the API it is a prototype, where a filter that is
-- written holds a name.
function settings.item(filter)
  local item = filter and filter.name
  return item and (type(item) == "string" and item or item.name) or nil
end

local function chest_of(entity)
  local inventory = entity.type == "container" and entity.get_inventory(defines.inventory.chest)
  return inventory and inventory.supports_bar() and inventory or nil
end

local READ = {
  inserter = function(entity)
    local filters = {}
    for index = 1, entity.use_filters and entity.filter_slot_count or 0 do
      local filter = entity.get_filter(index)
      filters[#filters + 1] = settings.item(filter)
    end
    local override = entity.inserter_stack_size_override
    return { filters = #filters > 0 and filters or nil, stack_size = override > 0 and override or nil }
  end,
  splitter = function(entity)
    local filter, found = entity.splitter_filter, {}
    for _, side in ipairs(SIDES) do
      local value = entity["splitter_" .. side]
      found[side] = value ~= "none" and value or nil
    end
    found.filter = settings.item(filter)
    return found
  end,
  container = function(entity)
    local chest = chest_of(entity)
    local bar = chest and chest.get_bar() - 1
    return { bar = bar and bar < #chest and bar or nil }
  end,
}

local WRITE = {
  inserter = function(entity, wanted)
    local filters = wanted.filters or {}
    entity.use_filters = #filters > 0
    for index = entity.filter_slot_count, 1, -1 do
      entity.set_filter(index, nil)
    end
    for index, item in ipairs(filters) do
      entity.set_filter(index, { name = item })
    end
    entity.inserter_stack_size_override = wanted.stack_size or 0
  end,
  splitter = function(entity, wanted)
    for _, side in ipairs(SIDES) do
      entity["splitter_" .. side] = wanted[side] or "none"
    end
    entity.splitter_filter = wanted.filter and { name = wanted.filter } or nil
  end,
  container = function(entity, wanted)
    local chest = chest_of(entity)
    if chest then
      chest.set_bar(wanted.bar and wanted.bar + 1 or nil)
    end
  end,
}

-- The settings of an entity, or nil for what has none.
function settings.of(entity)
  local read = READ[entity.type]
  return read and read(entity)
end

function settings.apply(entity, wanted)
  local write = WRITE[entity.type]
  if write then
    write(entity, wanted)
  end
end

-- The name of the recipe that is set on a machine.
function settings.recipe(entity)
  local recipe = entity.type == "assembling-machine" and entity.get_recipe()
  return recipe and recipe.name or nil
end

return settings
