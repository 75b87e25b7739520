-- helpers.table_to_json. What the game makes of tables that are empty ({}), and of numbers that are none (an error here), is
-- inferred, not verified.

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local DEEPEST = 200
local MOST_KNOWN, LONGEST_KNOWN = 10000, 64 -- texts that are remembered, and their length

local format, find, gsub, concat = string.format, string.find, string.gsub, table.concat
local raw_type, tonumber = type, tonumber

local function escape(character)
  return ESCAPES[character] or format("\\u%04x", character:byte())
end

local function quote(text)
  if not find(text, '[%c"\\]') then
    return '"' .. text .. '"'
  end
  return '"' .. gsub(text, '[%c"\\]', escape) .. '"'
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
  local parts, n -- of the text that is being written
  -- Values and keys as they are written: mods write the same names and numbers again and again.
  local known, first_keys, later_keys, known_count = {}, {}, {}, 0

  local function count_known()
    known_count = known_count + 1
    if known_count > MOST_KNOWN then
      known, first_keys, later_keys, known_count = {}, {}, {}, 0
    end
  end

  local function text_of(value, kind)
    local text
    if kind == "string" then
      text = quote(value)
      if #text > LONGEST_KNOWN then
        return text
      end
    elseif kind == "number" then
      text = number(value)
    elseif kind == "boolean" then
      text = value and "true" or "false"
    else
      error("a " .. kind .. " cannot be written as JSON", 0)
    end
    count_known()
    known[value] = text
    return text
  end

  -- How a key begins its part of a record: the first one, or a later one.
  local function label(key, is_first)
    local kind = raw_type(key)
    if kind ~= "string" and kind ~= "number" then
      error("a key that is a " .. kind .. " cannot be written as JSON", 0)
    end
    local text = (kind == "number" and quote(number(key)) or quote(key)) .. ":"
    count_known()
    first_keys[key], later_keys[key] = "{" .. text, "," .. text
    return is_first and first_keys[key] or later_keys[key]
  end

  local write_table

  local function write_list(t, length, depth)
    for index = 1, length do
      local value = t[index]
      local text, kind = known[value], raw_type(value)
      parts[n + 1] = index == 1 and "[" or ","
      n = n + 1
      if kind == "table" then
        write_table(value, depth)
      else
        n = n + 1
        parts[n] = text or text_of(value, kind)
      end
    end
    n = n + 1
    parts[n] = "]"
  end

  local function write_record(t, keys, count, depth)
    local labels = first_keys
    for index = 1, count do
      local key = keys[index]
      local value = t[key]
      local text = known[value]
      n = n + 1
      parts[n] = labels[key] or label(key, index == 1)
      labels = later_keys
      if text then
        n = n + 1
        parts[n] = text
      else
        local kind = raw_type(value)
        if kind == "table" then
          write_table(value, depth)
        else
          n = n + 1
          parts[n] = text_of(value, kind)
        end
      end
    end
    n = n + 1
    parts[n] = count == 0 and "{}" or "}"
  end

  function write_table(t, depth)
    if is_object(t) then
      error("a LuaObject cannot be written as JSON", 0)
    end
    if depth > DEEPEST then
      error("a table this deep (or one that contains itself) cannot be written as JSON", 0)
    end
    local keys, count = keys_of(t)
    local length = #t
    if length > 0 and count == length then
      write_list(t, length, depth + 1)
    else
      write_record(t, keys, count, depth + 1)
    end
  end

  return function(value)
    local kind = raw_type(value)
    if kind ~= "table" then
      return text_of(value, kind)
    end
    parts, n = {}, 0
    write_table(value, 0)
    local text = concat(parts)
    parts = nil
    return text
  end
end

return encoder
