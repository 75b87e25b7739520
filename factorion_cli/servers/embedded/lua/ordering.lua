-- The order in which pairs and next go through a table. The game goes through 1..1024 first and then in the order of insertion;
-- plain Lua hashes with a seed of its own, so an order has to be imposed: whole numbers from 1 up, then the other keys sorted,
-- forwards or backwards. A mod that behaves differently in the two depends on what it should not.

local ordering = {}

local RANK = { number = 1, string = 2, boolean = 3, table = 4, ["function"] = 5, userdata = 6 }
local raw_next, raw_type, sort = next, type, table.sort

-- Tables of one kind are gone through again and again. Their keys, in the order in which Lua has them, lead from node to node
-- to the list in which they are sorted; only texts are ever steps of such a way, and SORTED is none.
local SORTED = {}
local LONGEST_WAY, MOST_NODES = 24, 20000

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

local function backwards(a, b)
  return b < a
end

function ordering.make(reversed)
  local comes_first = reversed and after or before
  local text_first = reversed and backwards or nil -- nil: sort's own order, which asks no Lua function

  -- Sorts keys[first] to keys[last].
  local function sort_rest(keys, first, last, is_text)
    local rest = keys
    if first > 1 then
      rest = {}
      for index = first, last do
        rest[index - first + 1] = keys[index]
      end
    end
    if is_text then
      sort(rest, text_first)
    else
      sort(rest, comes_first)
    end
    if first > 1 then
      for index = first, last do
        keys[index] = rest[index - first + 1]
      end
    end
  end

  local root, node_count = {}, 0

  -- Remember the sorted keys of a record.
  local function remember(t, sorted, count)
    if count > LONGEST_WAY then
      return
    end
    if node_count > MOST_NODES then
      root, node_count = {}, 0
    end
    local node = root
    for key in raw_next, t do
      local following = node[key]
      if not following then
        following, node_count = {}, node_count + 1
        node[key] = following
      end
      node = following
    end
    node[SORTED] = sorted
  end

  -- The sorted keys of a record, if such a one was met before.
  local function remembered(t)
    local node = root
    for key in raw_next, t do
      node = node[key]
      if not node then
        return nil
      end
    end
    return node[SORTED]
  end

  -- Keys of a table, not to be changed: 1..n, then the rest.
  local function keys_of(t)
    local known = remembered(t)
    if known then
      return known, #known
    end
    local keys, n = {}, 0
    while t[n + 1] ~= nil and n < 1048576 do
      n = n + 1
      keys[n] = n
    end
    local last, is_text = n, true
    for key in raw_next, t do
      local kind = raw_type(key)
      if kind == "string" then
        last = last + 1
        keys[last] = key
      elseif not (kind == "number" and key >= 1 and key <= n and key % 1 == 0) then
        last, is_text = last + 1, false
        keys[last] = key
      end
    end
    if last > n + 1 then
      sort_rest(keys, n + 1, last, is_text)
    end
    if n == 0 and is_text then
      remember(t, keys, last)
    end
    return keys, last
  end

  local function ordered_pairs(t)
    local only, keys, n = raw_next(t), nil, 0
    if only ~= nil and raw_next(t, only) == nil then
      keys, n = { only }, 1
    elseif only ~= nil then
      keys, n = keys_of(t)
    end
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
