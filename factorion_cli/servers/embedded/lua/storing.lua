-- The storage table as bytes and back: nil, booleans, numbers, strings, tables (shared ones and cycles too), LuaObjects and
-- registered metatables, as in the game. Anything else raises with the path to it.

local raw_type, concat, format = type, table.concat, string.format

local function storer(keys_of, objects)
  local storing = {}

  function storing.freeze(root, metatable_names)
    local parts, n, seen, count = {}, 0, {}, 0

    local function put(text)
      n = n + 1
      parts[n] = text
    end

    local function write(value, path)
      local kind = raw_type(value)
      if kind == "nil" then
        put("z")
      elseif kind == "boolean" then
        put(value and "T" or "F")
      elseif kind == "number" then
        put("n" .. format("%.17g", value) .. ";")
      elseif kind == "string" then
        put("s" .. #value .. ":" .. value)
      elseif kind ~= "table" then
        error("storage cannot be saved: " .. path .. " is a " .. kind, 0)
      elseif objects.is_object(value) then
        local class, handle = objects.identity(value)
        put("o")
        write(class, path)
        write(handle, path)
      elseif seen[value] then
        put("r" .. seen[value] .. ";")
      else
        count = count + 1
        seen[value] = count
        local metatable = getmetatable(value)
        if metatable ~= nil and not metatable_names[metatable] then
          error("storage cannot be saved: " .. path .. " has a metatable that script.register_metatable does not know", 0)
        end
        put("{")
        write(metatable and metatable_names[metatable], path)
        local keys, keys_count = keys_of(value)
        for index = 1, keys_count do
          local key = keys[index]
          local inner = raw_type(key) == "string" and path .. "." .. key or path .. "[" .. tostring(key) .. "]"
          write(key, inner)
          write(value[key], inner)
        end
        put("}")
      end
    end

    write(root, "storage")
    return concat(parts)
  end

  function storing.thaw(text, metatables)
    local at, seen, count = 1, {}, 0
    local read

    local function read_until(stop)
      local stop_at = text:find(stop, at, true)
      local found = text:sub(at, stop_at - 1)
      at = stop_at + 1
      return found
    end

    local SPECIAL = { inf = math.huge, ["-inf"] = -math.huge }
    local readers = {
      z = function() return nil end,
      T = function() return true end,
      F = function() return false end,
      n = function()
        local found = read_until(";")
        return SPECIAL[found] or tonumber(found) or 0 / 0
      end,
      s = function()
        local length = tonumber(read_until(":"))
        at = at + length
        return text:sub(at - length, at - 1)
      end,
      o = function()
        local class = read()
        return objects.wrap(class, read())
      end,
      r = function() return seen[tonumber(read_until(";"))] end,
      ["{"] = function()
        local made = {}
        count = count + 1
        seen[count] = made
        local name = read()
        while text:sub(at, at) ~= "}" do
          local key = read()
          made[key] = read()
        end
        at = at + 1
        return name and setmetatable(made, metatables[name]) or made
      end,
    }

    function read()
      local tag = text:sub(at, at)
      at = at + 1
      return readers[tag]()
    end

    return read()
  end

  return storing
end

return storer
