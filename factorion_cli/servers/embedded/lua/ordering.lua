-- The order in which pairs and next go through a table. The game goes through 1..1024 first and then in the order of insertion;
-- plain Lua hashes with a seed of its own, so an order has to be imposed: whole numbers from 1 up, then the other keys sorted,
-- forwards or backwards. A mod that behaves differently in the two depends on what it should not.

local ordering = {}

local RANK = { number = 1, string = 2, boolean = 3, table = 4, ["function"] = 5, userdata = 6 }
local raw_next, raw_type, sort = next, type, table.sort

local function before(a, b)
  local kind_a, kind_b = raw_type(a), raw_type(b)
  if kind_a ~= kind_b then
    return RANK[kind_a] < RANK[kind_b]
  end
  if kind_a == "number" or kind_a == "string" then
    return a < b
  end
  return tostring(a) < tostring(b)
end

local function after(a, b)
  return before(b, a)
end

function ordering.make(reversed)
  local comes_first = reversed and after or before

  -- Keys of a table: 1..n, then the rest.
  local function keys_of(t)
    local keys, n = {}, 0
    while t[n + 1] ~= nil and n < 1048576 do
      n = n + 1
      keys[n] = n
    end
    local rest, m = {}, 0
    for key in raw_next, t do
      if not (raw_type(key) == "number" and key >= 1 and key <= n and key % 1 == 0) then
        m = m + 1
        rest[m] = key
      end
    end
    if m > 1 then
      sort(rest, comes_first)
    end
    for index = 1, m do
      keys[n + index] = rest[index]
    end
    return keys, n + m
  end

  local function ordered_pairs(t)
    local keys, n = keys_of(t)
    local index = 0
    return function()
      while index < n do
        index = index + 1
        local key = keys[index]
        local value = t[key]
        if value ~= nil then -- it may have been taken out on the way
          return key, value
        end
      end
    end, t, nil
  end

  local function ordered_next(t, key)
    local keys, n = keys_of(t)
    if key == nil then
      return keys[1], keys[1] ~= nil and t[keys[1]] or nil
    end
    for index = 1, n do
      if keys[index] == key then
        local following = keys[index + 1]
        return following, following ~= nil and t[following] or nil
      end
    end
    error("invalid key to 'next'", 2)
  end

  return { keys_of = keys_of, pairs = ordered_pairs, next = ordered_next }
end

return ordering
