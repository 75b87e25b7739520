-- The wire: the command /ff <seq> <request>, answered by one JSON object. README.md states it whole.
--
-- A request is run once however often it is sent: replies are kept by number, and a repeated number gets its reply
-- again. A command longer than about 50 characters may be overtaken by a shorter one, so the numbers, not the order of
-- arrival, say what is next.

local endpoints = require("scripts.endpoints")
local fail = require("scripts.failure")
local journal = require("scripts.journal")
local operations = require("scripts.operations")
local uploads = require("scripts.uploads")

local wire = {}

local PROTOCOL = 3
local KEPT = 16 -- replies
local INLINE = 4096 -- characters of a command beyond which a client should upload

function wire.init()
  storage.wire = storage.wire or { sessions = 0, session = "", next = 0, replies = {} }
  storage.uploads = storage.uploads or {}
end

local function parse_json(text)
  local value = helpers.json_to_table(text)
  if type(value) ~= "table" then
    fail("bad_json", "expected a JSON object, found %q", text:sub(1, 60))
  end
  return value
end

local function minor_version()
  return (helpers.game_version:match("^%d+%.%d+"))
end

local function check_protocol(range)
  local low, high = type(range) == "table" and range[1], type(range) == "table" and range[2]
  if type(low) ~= "number" or type(high) ~= "number" then
    fail("bad_argument", "hello: proto must be [lowest, highest], such as [3,3]")
  end
  if PROTOCOL < low or PROTOCOL > high then
    fail("protocol", "this mod speaks protocol %d, the client %d to %d: install the mod and the client of one version",
      PROTOCOL, low, high)
  end
end

local function welcome()
  local state = storage.wire
  return {
    proto = PROTOCOL,
    mod = script.active_mods[script.mod_name],
    factorio = helpers.game_version,
    api = minor_version(),
    embedded = endpoints.kept_by_server,
    session = state.session,
    next = state.next,
    tick = game.tick,
    operations = operations.names(),
    limits = { command = INLINE, replies = KEPT },
  }
end

local HELLO = { proto = "table", client = "string?", resume = "string?" }

-- Opens a session, or goes on with one that the client names and that is still open.
local function hello(text)
  local request = operations.check("hello", HELLO, parse_json(text))
  check_protocol(request.proto)
  local state = storage.wire
  if request.resume == nil or request.resume ~= state.session then
    state.sessions = state.sessions + 1
    state.session = string.format("%d-%d", state.sessions, game.tick)
    -- Numbers go on over sessions: what is left of an earlier client can never be taken for a request of this one.
    state.next = state.next + 1
    state.replies = {}
    uploads.clear()
  end
  return welcome()
end

local function run_batch(text)
  local request = operations.check("j", { ops = "table", stop = "boolean?" }, parse_json(text))
  return operations.batch(request.ops, request.stop)
end

-- A batch whose JSON is compressed (zlib, as base64): long ones have the same names again and again.
local function run_compressed(text)
  local whole = helpers.decode_string(text)
  if not whole then
    fail("damaged", "expected JSON as zlib and base64, found %d characters that are not", #text)
  end
  return run_batch(whole)
end

local function single(name, arguments)
  local result, failure = operations.try(name, arguments)
  if failure then
    error(failure, 0)
  end
  return { result }
end

-- The compact forms, for what is asked most often.
local FORMS = {
  j = run_batch,
  z = run_compressed,
  c = function(text) return run_compressed(uploads.take(text)) end,
  s = function(text)
    local ticks, direction = text:match("^(%d+)%s*w?(%d*)$")
    if not ticks then
      fail("bad_request", "a step is written: s <ticks> [w<direction>]")
    end
    return single("step", { ticks = tonumber(ticks), walk = tonumber(direction) })
  end,
  p = function(text)
    return single("poll", { since = tonumber(text:match("^%d+$")) })
  end,
}

-- Asked beside the session, so that one client may record what another does: answered however often they are sent.
local FREE = {
  hello = hello,
  record = function(text) return single("record", parse_json(text))[1] end,
  e = function(text)
    local id, number, chain = text:match("^(%w+) (%d+) (%x+)$")
    if not id or #number > 15 then
      fail("bad_request", "events are asked for by: e <recording> <number> <chain>")
    end
    return journal.take(id, tonumber(number), chain)
  end,
}

local function run(form, text)
  if not FORMS[form] then
    fail("bad_request", "no request %q; expected one of c, j, p, s, u, z", form:sub(1, 40))
  end
  return FORMS[form](text)
end

local function envelope(seq, ok, found)
  local reply = { q = seq, t = game.tick }
  if ok then
    reply.ok, reply.r = 1, found
  elseif type(found) == "table" then
    reply.err = found
  else
    reply.err = { code = "internal", msg = tostring(found) }
    log("factorion: " .. reply.err.msg)
  end
  return helpers.table_to_json(reply)
end

-- The reply to request `seq`, which must be the next one or one of the last.
local function numbered(seq, form, text)
  local state = storage.wire
  if form == "u" then
    return envelope(seq, pcall(function() return { uploads.add(text) } end))
  end
  if state.replies[seq] then
    return state.replies[seq]
  end
  if seq ~= state.next then
    return envelope(seq, false, { code = "sequence", msg = "expected request " .. state.next, expected = state.next })
  end
  state.next = seq + 1
  state.replies[seq - KEPT] = nil
  local reply = envelope(seq, pcall(run, form, text))
  state.replies[seq] = reply
  return reply
end

-- The reply to a payload; never raises.
function wire.reply(payload)
  local word, rest = payload:match("^(%a+)%s+(.*)$")
  if FREE[word] then
    return envelope(0, pcall(function() return { FREE[word](rest) } end))
  end
  local digits, form, text = payload:match("^(%d+)%s+(%S+)%s?(.*)$")
  local seq = digits and #digits <= 15 and tonumber(digits)
  if not seq then
    local hint = "a request is written: <seq> <form> [text], or hello {...}"
    return envelope(0, false, { code = "bad_request", msg = hint })
  end
  if storage.wire.session == "" then
    return envelope(seq, false, { code = "no_session", msg = "say hello first" })
  end
  return numbered(seq, form, text)
end

local function on_command(event)
  -- Requests may do anything in the game: they are for who holds the RCON password, not for players.
  if event.player_index then
    game.get_player(event.player_index).print({ "factorion.rcon-only" })
    return
  end
  rcon.print(wire.reply(event.parameter or ""))
end

function wire.listen()
  commands.add_command("ff", { "factorion.command-help" }, on_command)
end

return wire
