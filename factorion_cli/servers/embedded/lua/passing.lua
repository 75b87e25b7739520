-- What is given to the host crosses as a run of plain values: to look into a table from outside costs more than to take it
-- apart here. In a run a table is a nil, then what it is:
--   true    a LuaObject; its class and its handle follow
--   n >= 0  n keys, each followed by its value
--   -n      a list of n values
-- and a nil that was given is nil, false. What is deep or long crosses as it is.

local CLASS, HANDLE = "\1class", "\1handle"
local DEEPEST, LONGEST = 8, 1000

local raw_type, raw_get, next, select, unpack = type, rawget, next, select, table.unpack

local run, length = {}, 0 -- unpacked before the host can call Lua again

local add

local function is_list(t, count)
  for index = 1, count do
    if raw_get(t, index) == nil then
      return false
    end
  end
  return count > 0
end

local function add_object(class, handle)
  local kind = raw_type(handle)
  if raw_type(class) ~= "string" or kind ~= "number" and kind ~= "string" then
    return false
  end
  run[length + 1], run[length + 2], run[length + 3], run[length + 4] = nil, true, class, handle
  length = length + 4
  return true
end

local function add_list(t, count, depth)
  for index = 1, count do
    if not add(raw_get(t, index), depth) then
      return false
    end
  end
  return true
end

local function add_record(t, depth)
  for key, value in next, t do
    length = length + 1
    run[length] = key
    if not add(value, depth) then
      return false
    end
  end
  return true
end

-- False when it has to cross as it is.
function add(value, depth)
  if raw_type(value) ~= "table" then
    length = length + 1
    run[length] = value
    return true
  end
  local class = raw_get(value, CLASS)
  if class ~= nil then
    return add_object(class, raw_get(value, HANDLE))
  end
  local count = 0
  for _ in next, value do
    count = count + 1
  end
  if depth > DEEPEST or length + count > LONGEST then
    return false
  end
  local listed = is_list(value, count)
  run[length + 1], run[length + 2] = nil, listed and -count or count
  length = length + 2
  if listed then
    return add_list(value, count, depth + 1)
  end
  return add_record(value, depth + 1)
end

return function(...)
  local count, first = select("#", ...), ...
  if count == 0 then
    return
  elseif count == 1 and first ~= nil and raw_type(first) ~= "table" then
    return first
  end
  length = 0
  for index = 1, count do
    local value, before = (select(index, ...)), length
    if value == nil then
      run[length + 1], run[length + 2] = nil, false
      length = length + 2
    elseif not add(value, 1) then
      run[before + 1] = value
      length = before + 1
    end
  end
  return unpack(run, 1, length)
end
