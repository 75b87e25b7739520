-- LuaObjects: tables with a class and a handle. Nothing of Python's is ever held by Lua but a fixed set of functions, and
-- errors come back from those as values. Everything is checked against the table of the runtime API: an unknown member, a
-- write to what is read-only and an unknown argument raise, though the game lets the last one pass: it is always a slip.

local CLASS, HANDLE = "\1class", "\1handle"
local OBJECT, LIST, FAILURE, POSITION, SEVERAL, ITEMS = 1, 2, 3, 4, 5, 6 -- kinds of answers; a plain value has none

local raw_type, raw_get, select, error, tostring, next = type, rawget, select, error, tostring, next

-- What the mod may ask a hundred times between two changes, and so is asked of the host once. Of an entity: until the host
-- says that it has changed, or that it is gone (objects.forget).
local STEADY = {
  LuaEntity = {
    name = true, type = true, unit_number = true, direction = true, health = true, valid = true, force_index = true,
  },
  LuaRecipe = { name = true },
}

local function make(host, natives, run_of)
  local objects, classes = {}, {}
  local read, write, call = host.read, host.write, host.call
  local steady = { LuaEntity = {}, LuaRecipe = {} } -- by handle
  local now -- the game's tick, once it was asked for: it stands still while Lua runs
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
  local function receive(value, kind, more)
    if kind == nil then
      return value
    elseif kind == POSITION then
      return { x = value, y = more }
    elseif kind == OBJECT then
      return wrap(value, more)
    elseif kind == LIST then
      return wrap_list(value, more)
    elseif kind == SEVERAL then
      return table.unpack(value, 1, more)
    elseif kind == ITEMS then
      return item_list(value, more)
    end
    error(value, 2)
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
    local native, number = natives[class] and natives[class][key], method.number
    local may_be_bare = not native and not method.table and method.least <= 0
    return function(...)
      local value, kind, more
      if may_be_bare and select("#", ...) == 0 then
        value, kind, more = call(number, handle)
      else
        local wrong = wrong_arguments(method, handle, ...)
        if wrong then
          error(class .. "." .. key .. ": " .. wrong, 2)
        end
        if native then
          return native(...)
        end
        value, kind, more = call(number, handle, run_of(...))
      end
      if kind == nil then
        return value
      elseif kind == FAILURE then
        error(value, 2)
      end
      return receive(value, kind, more)
    end
  end

  local function identity(object)
    return raw_get(object, CLASS), raw_get(object, HANDLE)
  end

  local function make_class(class)
    local members = host.members(class)
    local attributes, methods, indexed = members.attributes, members.methods, members.indexed
    local readers, writers = members.readers, members.writers -- numbers by which the host knows them
    local metatable = { __metatable = "private", object = true }

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
        return bind(class, self[HANDLE], key, method)
      end
      if indexed then
        local value, kind, more = host.index(class, self[HANDLE], key)
        if kind == FAILURE then
          error(value, 2)
        end
        return receive(value, kind, more)
      end
      error(class .. " doesn't contain key " .. tostring(key) .. ".", 2)
    end

    local function read_attribute(self, key)
      local reader = readers[key]
      if not reader then
        return other_member(self, key)
      end
      local value, kind, more = read(reader, self[HANDLE])
      if kind == nil then -- most of all
        return value
      elseif kind == FAILURE then
        error(value, 2)
      end
      return receive(value, kind, more)
    end

    local known_of, stays = steady[class], STEADY[class]

    local function read_steady(self, key)
      local handle = self[HANDLE]
      local known = known_of[handle]
      local value = known and known[key]
      if value ~= nil then
        return value
      elseif not stays[key] then
        return read_attribute(self, key)
      end
      local kind
      value, kind = read(readers[key], handle)
      if kind == FAILURE then
        error(value, 2)
      end
      if value then -- of what is gone nothing is remembered, not even that
        known = known or {}
        known[key], known_of[handle] = value, known
      end
      return value
    end

    local function read_of_game(self, key)
      if key ~= "tick" then
        return read_attribute(self, key)
      end
      now = now or read(readers.tick, self[HANDLE])
      return now
    end

    metatable.__index = known_of and read_steady or class == "LuaGameScript" and read_of_game or read_attribute

    function metatable.__newindex(self, key, value)
      local flags = attributes[key]
      if not flags then
        error(class .. " doesn't contain key " .. tostring(key) .. ".", 2)
      end
      if flags == "r" then
        error(class .. "::" .. key .. " is read only.", 2)
      end
      local problem, kind = write(writers[key], self[HANDLE], run_of(value))
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
    steady.LuaEntity[handle] = nil
  end

  -- Time may have passed since Lua last ran.
  function objects.wake()
    now = nil
  end

  objects.is_object, objects.wrap, objects.identity, objects.receive, objects.each = is_object, wrap, identity, receive, each
  return objects
end

return make
