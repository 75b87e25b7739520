-- The journal of a recording: lines of JSON, numbered, kept until a client has acknowledged them and written to a file
-- of the server as well. storage.journal is
--   {id, on, first, next, chain, before, lines, unwritten}: lines[first .. next - 1] are not acknowledged yet
--
-- Each line ends with a CRC-32 over the one of the line before and its own text, so that a line that is missing,
-- doubled or damaged shows, and so that a client notices when the game went back to a save that does not know its
-- last lines.

local crc32 = require("scripts.crc32")
local fail = require("scripts.failure")

local journal = {}

local MOST_LINES = 50000 -- that are kept for a client which does not ask; older ones are in the file only
local MOST_TOLD, MOST_CHARACTERS = 500, 60000 -- in one reply
local START = "00000000"
local FOLDER = "factorion/"

function journal.init()
  storage.journal = storage.journal or { on = false, first = 1, next = 1, chain = START, before = START, lines = {} }
  storage.journal.unwritten = storage.journal.unwritten or {}
end

function journal.is_on()
  return storage.journal.on
end

function journal.start(id)
  storage.journal = {
    id = id, on = true, first = 1, next = 1, chain = START, before = START, lines = {}, unwritten = {},
  }
end

function journal.file()
  return FOLDER .. tostring(storage.journal.id) .. ".jsonl"
end

function journal.status()
  local state = storage.journal
  return { on = state.on, id = state.id, first = state.first, next = state.next, file = state.id and journal.file() }
end

-- The chain as a line states it: its last 8 characters before `"}`.
local function chain_of(text)
  return text:sub(-10, -3)
end

local function forget_until(state, number)
  for index = state.first, number - 1 do
    state.before = chain_of(state.lines[index])
    state.lines[index] = nil
  end
  state.first = number
end

-- Note an event: what happened in this tick, in this order.
function journal.note(kind, event)
  local state = storage.journal
  event.n, event.t, event.k = state.next, game.tick, kind
  local text = helpers.table_to_json(event)
  state.chain = string.format("%08x", crc32(state.chain .. text))
  local line = text:sub(1, -2) .. ',"c":"' .. state.chain .. '"}'
  state.lines[state.next] = line
  state.unwritten[#state.unwritten + 1] = line
  state.next = state.next + 1
  if state.next - state.first > MOST_LINES then
    forget_until(state, state.first + 1)
  end
end

-- Append what is new to the server's own file, below script-output.
function journal.flush()
  local state = storage.journal
  if #state.unwritten > 0 then
    helpers.write_file(journal.file(), table.concat(state.unwritten, "\n") .. "\n", true, 0)
    state.unwritten = {}
  end
end

function journal.stop()
  journal.flush()
  storage.journal.on = false
end

local function told_from(state, number)
  local lines, characters = {}, 0
  for index = number, math.min(state.next - 1, number + MOST_TOLD - 1) do
    characters = characters + #state.lines[index]
    if characters > MOST_CHARACTERS and #lines > 0 then
      break
    end
    lines[#lines + 1] = state.lines[index]
  end
  return lines
end

-- The lines from `number` on. All before it are safe with the client and forgotten; `chain` is that of the last one.
function journal.take(id, number, chain)
  local state = storage.journal
  if state.id ~= id then
    fail("no_recording", "no recording %q; there is %q", id, tostring(state.id or ""))
  end
  if number < state.first then
    fail("gone", "events before %d are no longer kept; the server's file %s has them", state.first, journal.file())
  end
  local last = state.lines[number - 1]
  local known = number == state.first and state.before or last and chain_of(last)
  if known ~= chain then
    fail("forked", "line %d is another one here: the game went back to an older save", number - 1)
  end
  forget_until(state, number)
  return { lines = told_from(state, number), next = state.next, on = state.on }
end

return journal
