-- The globals that a mod sees: those of the game's documentation ("Libraries and functions"), in the control and the data stage.
-- Called once per state with the host's functions; returns what the host calls.

local host, settings, load_part = ...

collectgarbage("setpause", 400) -- a mod's tables are few: to look through them half as often costs little memory

getmetatable("").__metatable = "private" -- all strings share it, those of the host too

local MOST_INSTRUCTIONS = 2e8 -- of a console command, some seconds

local raw_type, raw_pairs, tostring = type, pairs, tostring

local ordering = load_part("ordering").make(settings.reversed)
local defines = settings.defines
local objects, events, natives
local all_natives = {}
objects = load_part("objects")(host, all_natives, load_part("passing"))
events, natives = load_part("events")(host, objects, defines)
for class, functions in raw_pairs(natives) do
  all_natives[class] = functions
end
local to_json = load_part("json")(ordering.keys_of, objects.is_object)
-- A save has one order of keys whichever way pairs goes: equal storages are equal bytes.
local storing = load_part("storing")(load_part("ordering").make(false).keys_of, objects)
all_natives.LuaHelpers = { table_to_json = to_json }

local is_object = objects.is_object

local function refuse_object(name, value)
  if is_object(value) then
    error(name .. " cannot be used on a LuaObject", 3)
  end
end

local function copy(library, left_out)
  local made = {}
  for name, value in raw_pairs(library) do
    if not (left_out and left_out[name]) then
      made[name] = value
    end
  end
  return made
end

local function game_type(...)
  if select("#", ...) == 0 then
    error("bad argument #1 to 'type' (value expected)", 2)
  end
  local value = ...
  return is_object(value) and "userdata" or raw_type(value)
end

local function game_pairs(value)
  if is_object(value) then
    return objects.each(value)
  end
  if raw_type(value) ~= "table" then
    error("bad argument #1 to 'pairs' (table expected, got " .. raw_type(value) .. ")", 2)
  end
  return ordering.pairs(value)
end

local function game_next(value, key)
  refuse_object("next", value)
  return ordering.next(value, key)
end

local function guarded(name, raw)
  return function(value, ...)
    if is_object(value) then
      error(name .. " cannot be used on a LuaObject", 2)
    end
    return raw(value, ...)
  end
end

local function shown(...)
  local parts = {}
  for index = 1, select("#", ...) do
    parts[index] = tostring((select(index, ...)))
  end
  return table.concat(parts, "\t")
end

local function text_of(message)
  return raw_type(message) == "table" and not objects.is_object(message) and to_json(message) or tostring(message)
end

local function table_size(t)
  refuse_object("table_size", t)
  local n = 0
  for _ in next, t do
    n = n + 1
  end
  return n
end

-- Randomness is the game's own: the same in every run, and only while something happens.
local function random(low, high)
  local share = host.random()
  if low == nil then
    return share
  end
  if high == nil then
    low, high = 1, low
  end
  if low > high then
    error("bad argument #2 to 'random' (interval is empty)", 2)
  end
  return low + math.floor(share * (high - low + 1))
end

local function make_globals()
  local globals = {
    assert = assert, error = error, getmetatable = getmetatable, ipairs = guarded("ipairs", ipairs), pcall = pcall,
    select = select, tonumber = tonumber, tostring = tostring, xpcall = xpcall, _VERSION = _VERSION,
    setmetatable = guarded("setmetatable", setmetatable), rawequal = rawequal,
    rawget = guarded("rawget", rawget), rawset = guarded("rawset", rawset), rawlen = guarded("rawlen", rawlen),
    type = game_type, pairs = game_pairs, next = game_next, table_size = table_size,
    string = copy(string, { dump = true }), table = copy(table), bit32 = copy(bit32), math = copy(math),
    debug = { getinfo = debug.getinfo, traceback = debug.traceback },
    defines = settings.defines,
    print = function(...) host.say("print", shown(...)) end,
    log = function(message) host.say("log", text_of(message)) end,
    localised_print = function(message) host.say("print", text_of(message)) end,
  }
  globals._G = globals
  globals.math.random, globals.math.randomseed = random, function() end
  for _, name in ipairs({ "pack", "unpack", "packsize" }) do
    globals.string[name] = function(...)
      return objects.receive(host.binary(name, ...))
    end
  end
  function globals.load(chunk, name, mode, environment)
    if mode and mode ~= "t" or raw_type(chunk) ~= "string" then
      error("load takes text only", 2)
    end
    return load(chunk, name, "t", environment == nil and globals or environment)
  end
  return globals
end

local function module_path(name)
  if name:find("..", 1, true) then
    error("require: .. is not allowed in " .. name, 3)
  end
  return (name:gsub("^__[%w_-]+__[./]", ""):gsub("%.lua$", ""):gsub("%.", "/")) .. ".lua"
end

local function add_require(globals)
  local loaded, loading = {}, true
  function globals.require(name)
    if not loading then
      error("Require can't be used outside of control.lua parsing.", 2)
    end
    local path = module_path(name)
    if loaded[path] == nil then
      local source = host.source(path)
      if not source then
        error("module " .. name .. " not found; no such file " .. path, 2)
      end
      local chunk, problem = load(source, "@" .. path, "t", globals)
      if not chunk then
        error(problem, 2)
      end
      local result = chunk(name)
      loaded[path] = result == nil and true or result
    end
    return loaded[path]
  end
  return function() loading = false end
end

local function run(path, globals)
  local source = host.source(path)
  if source then
    local chunk, problem = load(source, "@" .. path, "t", globals)
    if not chunk then
      error(problem, 0)
    end
    chunk()
  end
end

local stages = {}

local function deepcopy(value, seen)
  if raw_type(value) ~= "table" then
    return value
  end
  seen = seen or {}
  if not seen[value] then
    seen[value] = {}
    for key, inner in raw_pairs(value) do
      seen[value][deepcopy(key, seen)] = deepcopy(inner, seen)
    end
  end
  return seen[value]
end

-- Runs the data stage; `added` are the prototypes that the mod made, as {type, name, base} each.
function stages.data(mods)
  local globals, added = make_globals(), {}
  globals.table.deepcopy = deepcopy
  globals.util = { table = { deepcopy = deepcopy } }
  globals.mods = mods
  globals.settings = { startup = {} }
  local raw = setmetatable({}, { __index = function(t, kind)
    local made = host.prototypes(kind)
    rawset(t, kind, made)
    return made
  end })
  globals.data = { raw = raw }
  function globals.data.extend(self, prototypes)
    for _, prototype in ipairs(prototypes or self) do
      if not prototype.type or not prototype.name then
        error("a prototype needs a type and a name", 2)
      end
      raw[prototype.type][prototype.name] = prototype
      added[#added + 1] = prototype
    end
  end
  add_require(globals)
  for _, path in ipairs({ "data.lua", "data-updates.lua", "data-final-fixes.lua" }) do
    run(path, globals)
  end
  return added
end

local control

function stages.control()
  control = make_globals()
  for name, class in raw_pairs(settings.global_objects) do
    if name ~= "game" then
      control[name] = objects.wrap(class, 0)
    end
  end
  control.storage = {}
  local finish = add_require(control)
  run("control.lua", control)
  finish()
  events.loading = false
end

local function show_game(shown_)
  control.game = shown_ and objects.wrap("LuaGameScript", 0) or nil
end

function stages.init()
  show_game(true)
  if events.on_init then
    events.on_init()
  end
end

function stages.load(text)
  control.storage = storing.thaw(text, events.metatables)
  local before = storing.freeze(control.storage, events.metatable_names)
  show_game(false)
  if events.on_load then
    events.on_load()
  end
  if storing.freeze(control.storage, events.metatable_names) ~= before then
    error("on_load changed storage, which would desynchronise a multiplayer game", 0)
  end
  show_game(true)
end

function stages.configuration_changed(data)
  if events.on_configuration_changed then
    events.on_configuration_changed(data)
  end
end

function stages.save()
  return storing.freeze(control.storage, events.metatable_names)
end

-- Runs a custom command; false when there is none of that name.
function stages.command(name, parameter, tick, player_index)
  local command = events.commands[name]
  if not command then
    return false
  end
  objects.wake()
  command.handler({ name = name, parameter = parameter, tick = tick, player_index = player_index })
  return true
end

-- Runs /sc: text in the level's own globals, which see no mod's state but what remote interfaces give.
local level
function stages.script(text)
  objects.wake()
  if not level then
    level = make_globals()
    for name, class in raw_pairs(settings.global_objects) do
      level[name] = objects.wrap(class, 0)
    end
    level.storage = {}
  end
  local chunk, problem = load(text, "=(command)", "t", level)
  if not chunk then
    error(problem, 0)
  end
  -- In the game a loop without end hangs the server; here it is stopped.
  local function stop()
    if debug.getinfo(2, "f").func == stages.script then
      return -- the command is over, and the hook is just being taken away
    end
    debug.sethook(stop, "", 1) -- at every further instruction, lest a pcall keep it
    error("the command ran for too long", 2)
  end
  debug.sethook(stop, "", MOST_INSTRUCTIONS)
  local ok, failure = pcall(chunk)
  debug.sethook()
  if not ok then
    error(failure, 0)
  end
end

stages.raise, stages.tick = events.raise, events.tick
stages.wrap, stages.is_object, stages.identity = objects.wrap, objects.is_object, objects.identity
stages.forget = objects.forget
function stages.helps()
  local made = {}
  for name, command in raw_pairs(events.commands) do
    made[name] = text_of(command.help)
  end
  return made
end
function stages.field(t, name)
  return t[name]
end

return stages
