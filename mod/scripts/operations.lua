-- The operations that a client may ask for, by name, each with the arguments that it takes.
--
-- A kind of argument is "string", "integer", "number", "boolean", "table", "direction" or "any", with "?" where it may
-- be left out. Arguments come from outside, so every one is checked here and nothing of a request is ever run as Lua.

local fail = require("scripts.failure")

local operations = {}

local known = {}
local watchers = {}
local MOST_CHARACTERS = 200 -- of a string that is no upload: names of the game have fewer than 100
local MOST = 2 ^ 53

local function is_number(value)
  return type(value) == "number" and value == value and value >= -MOST and value <= MOST
end

local function is_integer(value)
  return is_number(value) and value % 1 == 0
end

local CHECKS = {
  string = function(value) return type(value) == "string" and #value <= MOST_CHARACTERS end,
  number = is_number,
  integer = is_integer,
  boolean = function(value) return type(value) == "boolean" end,
  table = function(value) return type(value) == "table" end,
  any = function() return true end,
  direction = function(value) return is_integer(value) and value >= 0 and value < 16 end,
}
local MAY_BE_LEFT_OUT = {}
for kind, check in pairs(CHECKS) do
  MAY_BE_LEFT_OUT[kind .. "?"] = check
end

-- Names in a table of kinds that may not be left out, worked out once for each table.
local needed = setmetatable({}, { __mode = "k" })

local function needed_of(kinds)
  local names = needed[kinds]
  if not names then
    names = {}
    for name, kind in pairs(kinds) do
      names[#names + 1] = not MAY_BE_LEFT_OUT[kind] and name or nil
    end
    needed[kinds] = names
  end
  return names
end

-- What the values of `arguments` must be: kinds[name] = "integer" or "string?" and so on; the table never changes.
function operations.check(where, kinds, arguments)
  for name, value in pairs(arguments) do
    local kind = kinds[name]
    if not kind then
      fail("bad_argument", "%s knows no argument %q", where, tostring(name):sub(1, 40))
    end
    local is_such = CHECKS[kind] or MAY_BE_LEFT_OUT[kind]
    if not is_such(value) then
      local expected = kind:gsub("%?$", "")
      fail("bad_argument", "%s: %s must be of kind %s, found a %s", where, name, expected, type(value))
    end
  end
  for _, name in ipairs(needed_of(kinds)) do
    if arguments[name] == nil then
      fail("bad_argument", "%s needs the argument %q (%s)", where, name, kinds[name])
    end
  end
  return arguments
end

function operations.add(name, kinds, run)
  known[name] = { kinds = kinds, run = run }
end

function operations.names()
  local names = {}
  for name in pairs(known) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Let `before(name, arguments)` know of what is asked, and `after(name, arguments, result, failure)` of what became
-- of it.
function operations.watch(before, after)
  watchers[#watchers + 1] = { before = before, after = after }
end

local function tell(when, ...)
  for _, watcher in ipairs(watchers) do
    watcher[when](...)
  end
end

local function run(name, arguments)
  local operation = type(name) == "string" and known[name]
  if not operation then
    fail("unknown_operation", "no operation %q", tostring(name):sub(1, 40))
  end
  if type(arguments) ~= "table" then
    fail("bad_argument", "%s: arguments must be an object, found a %s", name, type(arguments))
  end
  operations.check(name, operation.kinds, arguments)
  tell("before", name, arguments)
  local ok, found = pcall(operation.run, arguments)
  tell("after", name, arguments, ok and found or {}, not ok and found or nil)
  if not ok then
    error(found, 0)
  end
  return found or {}
end

-- result, or nil and {code, msg}
function operations.try(name, arguments)
  local ok, found = pcall(run, name, arguments)
  if ok then
    return found
  end
  if type(found) ~= "table" then
    found = { code = "internal", msg = tostring(found) }
    log("factorion: " .. tostring(name) .. " failed: " .. found.msg)
  end
  return nil, found
end

-- One result for each operation of a batch, or {err = ...} where it failed; `stop` ends the batch there.
function operations.batch(requests, stop)
  if requests[1] == nil and next(requests) ~= nil then
    fail("bad_request", "ops must be a list")
  end
  local results = {}
  for index, request in ipairs(requests) do
    local result, failure
    if type(request) == "table" then
      result, failure = operations.try(request[1], request[2] or {})
    else
      failure = { code = "bad_request", msg = "an operation is written [name, {arguments}]" }
    end
    results[index] = result or { err = failure }
    if failure and stop then
      break
    end
  end
  return results
end

return operations
