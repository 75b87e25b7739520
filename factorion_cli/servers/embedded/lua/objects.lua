-- LuaObjects: tables with a class and a handle. Nothing of Python's is ever held by Lua but a fixed set of functions, and
-- errors come back from those as values. Everything is checked against the table of the runtime API: an unknown member, a
-- write to what is read-only and an unknown argument raise, though the game lets the last one pass: it is always a slip.

local CLASS, HANDLE = "\1class", "\1handle"
local PLAIN, OBJECT, LIST, FAILURE, POSITION, SEVERAL, ITEMS = 0, 1, 2, 3, 4, 5, 6

local raw_type, raw_get, select, error, tostring, next = type, rawget, select, error, tostring, next

-- What the mod may ask of an entity a hundred times between two changes, and so is asked of the host once: until
-- the host says that it has changed, or that the entity is gone (objects.forget).
local STEADY = { name = true, type = true, unit_number = true, direction = true, health = true, valid = true }

local function make(host, natives)
  local objects, classes = {}, {}
  local steady = {} -- by handle of an entity
  local class_of

  local function is_object(value)
    return raw_type(value) == "table" and raw_get(value, CLASS) ~= nil
  end

  local function wrap(class, handle)
    return setmetatable({ [CLASS] = class, [HANDLE] = handle }, class_of(class))
  end

  local function wrap_list(class, handles)
    local metatable, made = class_of(class), {}
    for index = 1, #handles do
      made[index] = setmetatable({ [CLASS] = class, [HANDLE] = handles[index] }, metatable)
    end
    return made
  end

  local function item_list(names, counts)
    local made = {}
    for index = 1, #names do
      made[index] = { name = names[index], count = counts[index], quality = "normal" }
    end
    return made
  end

  -- What a host function returned; a failure is raised where the mod's line is.
  local function receive(kind, a, b)
    if kind == PLAIN then
      return a
    elseif kind == POSITION then
      return { x = a, y = b }
    elseif kind == OBJECT then
      return wrap(a, b)
    elseif kind == LIST then
      return wrap_list(a, b)
    elseif kind == SEVERAL then
      return table.unpack(a, 1, b)
    elseif kind == ITEMS then
      return item_list(a, b)
    end
    error(a, 2)
  end

  -- The checks return what is wrong, so that it is raised where the mod's line is.

  local function wrong_names(given, allowed)
    for key in next, given do
      if not allowed[key] and not (raw_type(key) == "number") then
        return "unknown argument " .. tostring(key)
      end
    end
  end

  local function wrong_table(method, n, given)
    if n == 0 and method.table == "optional" then
      return nil
    end
    if n ~= 1 or raw_type(given) ~= "table" or is_object(given) then
      return "expected one table of arguments (and a dot, not a colon)"
    end
    for index = 1, #method.required do
      if given[method.required[index]] == nil then
        return "missing argument " .. method.required[index]
      end
    end
    return wrong_names(given, method.arguments)
  end

  local function wrong_arguments(method, handle, ...)
    local n, first = select("#", ...), ...
    if method.table then
      return wrong_table(method, n, first)
    end
    if n == 0 and method.least <= 0 then
      return nil
    end
    if n < method.least or (method.most >= 0 and n > method.most) then
      local expected = method.least == method.most and method.least or (method.least .. " to " .. method.most)
      return "Expected " .. expected .. " arguments but " .. n .. " were given."
    end
    if is_object(first) then
      -- Only the globals have the handle 0, and none of them is ever an argument.
      return handle == 0 and raw_get(first, HANDLE) == 0 and "called with a colon; expected a dot" or nil
    end
    if method.arguments and raw_type(first) == "table" then
      return wrong_names(first, method.arguments)
    end
  end

  local function bind(class, handle, key, method)
    local native = natives[class] and natives[class][key]
    return function(...)
      local wrong = wrong_arguments(method, handle, ...)
      if wrong then
        error(class .. "." .. key .. ": " .. wrong, 2)
      end
      if native then
        return native(...)
      end
      local kind, a, b = host.call(class, handle, key, ...)
      if kind == FAILURE then
        error(a, 2)
      end
      return receive(kind, a, b)
    end
  end

  local function identity(object)
    return raw_get(object, CLASS), raw_get(object, HANDLE)
  end

  local function make_class(class)
    local members = host.members(class)
    local attributes, methods, indexed = members.attributes, members.methods, members.indexed
    local metatable = { __metatable = "private", object = true }
    local read, readable = host.read, {}
    for name, flags in next, attributes do
      readable[name] = flags ~= "w" and name ~= "object_name" or nil
    end

    -- What is no attribute that can be read.
    local function other_member(self, key)
      local flags = attributes[key]
      if flags and key == "object_name" then
        return class
      elseif flags then
        error(class .. "::" .. key .. " is write only.", 2)
      end
      local method = methods[key]
      if method then
        return bind(class, raw_get(self, HANDLE), key, method)
      end
      if indexed then
        local kind, a, b = host.index(class, raw_get(self, HANDLE), key)
        if kind == FAILURE then
          error(a, 2)
        end
        return receive(kind, a, b)
      end
      error(class .. " doesn't contain key " .. tostring(key) .. ".", 2)
    end

    local function read_attribute(self, key)
      if not readable[key] then
        return other_member(self, key)
      end
      local kind, a, b = read(class, raw_get(self, HANDLE), key)
      if kind == PLAIN then -- most of all
        return a
      elseif kind == FAILURE then
        error(a, 2)
      end
      return receive(kind, a, b)
    end

    local function read_of_entity(self, key)
      if not STEADY[key] then
        return read_attribute(self, key)
      end
      local handle = raw_get(self, HANDLE)
      local known = steady[handle]
      local value = known and known[key]
      if value == nil then
        local kind
        kind, value = read(class, handle, key)
        if kind == FAILURE then
          error(value, 2)
        end
        if value then -- of what is gone nothing is remembered, not even that
          known = known or {}
          known[key], steady[handle] = value, known
        end
      end
      return value
    end

    metatable.__index = class == "LuaEntity" and read_of_entity or read_attribute

    function metatable.__newindex(self, key, value)
      local flags = attributes[key]
      if not flags then
        error(class .. " doesn't contain key " .. tostring(key) .. ".", 2)
      end
      if flags == "r" then
        error(class .. "::" .. key .. " is read only.", 2)
      end
      local kind, problem = host.write(class, raw_get(self, HANDLE), key, value)
      if kind == FAILURE then
        error(problem, 2)
      end
    end

    function metatable.__eq(a, b)
      return raw_get(a, HANDLE) == raw_get(b, HANDLE) and raw_get(a, CLASS) == raw_get(b, CLASS)
    end

    function metatable.__len(self)
      if not indexed then
        error("attempt to get length of a " .. class, 2)
      end
      return receive(host.length(class, raw_get(self, HANDLE)))
    end

    function metatable.__tostring(self)
      return "[" .. class .. ": " .. tostring(raw_get(self, HANDLE)) .. "]"
    end

    return metatable
  end

  function class_of(class)
    local metatable = classes[class]
    if not metatable then
      metatable = make_class(class)
      classes[class] = metatable
    end
    return metatable
  end

  -- Keys and values of a LuaCustomTable; other objects cannot be gone through.
  local function each(object)
    local class, handle = identity(object)
    if class ~= "LuaCustomTable" then
      error("attempt to go through the pairs of a " .. class, 3)
    end
    local keys, index = receive(host.keys(class, handle)), 0
    return function()
      index = index + 1
      local key = keys[index]
      if key ~= nil then
        return key, object[key]
      end
    end, object, nil
  end

  -- What was remembered of an entity holds no longer.
  function objects.forget(handle)
    steady[handle] = nil
  end

  objects.is_object, objects.wrap, objects.identity, objects.receive, objects.each = is_object, wrap, identity, receive, each
  return objects
end

return make
