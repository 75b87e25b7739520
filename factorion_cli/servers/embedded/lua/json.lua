-- helpers.table_to_json. What the game makes of tables that are empty ({}), and of numbers that are none (an error here), is
-- inferred, not verified.

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local DEEPEST = 200

local format, concat, raw_type = string.format, table.concat, type

local function escape(character)
  return ESCAPES[character] or format("\\u%04x", character:byte())
end

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', escape) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("cannot write " .. tostring(value) .. " as JSON", 0)
  end
  if value % 1 == 0 and value > -9007199254740992 and value < 9007199254740992 then
    return format("%d", value)
  end
  local short = format("%.15g", value)
  return tonumber(short) == value and short or format("%.17g", value)
end

local function encoder(keys_of, is_object)
  local encode

  local function encode_table(t, depth)
    if is_object(t) then
      error("a LuaObject cannot be written as JSON", 0)
    end
    if depth > DEEPEST then
      error("a table this deep (or one that contains itself) cannot be written as JSON", 0)
    end
    local parts = {}
    local length = #t
    local keys, count = keys_of(t)
    if length > 0 and count == length then
      for index = 1, length do
        parts[index] = encode(t[index], depth + 1)
      end
      return "[" .. concat(parts, ",") .. "]"
    end
    for index = 1, count do
      local key = keys[index]
      local kind = raw_type(key)
      if kind ~= "string" and kind ~= "number" then
        error("a key that is a " .. kind .. " cannot be written as JSON", 0)
      end
      local name = kind == "number" and quote(number(key)) or quote(key)
      parts[index] = name .. ":" .. encode(t[key], depth + 1)
    end
    return "{" .. concat(parts, ",") .. "}"
  end

  function encode(value, depth)
    local kind = raw_type(value)
    if kind == "table" then
      return encode_table(value, depth)
    elseif kind == "string" then
      return quote(value)
    elseif kind == "number" then
      return number(value)
    elseif kind == "boolean" then
      return value and "true" or "false"
    end
    error("a " .. kind .. " cannot be written as JSON", 0)
  end

  return function(value)
    return encode(value, 0)
  end
end

return encoder
