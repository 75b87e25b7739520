-- Payloads that are too long for one command come in parts, in any order, and are run when they are committed.

local crc32 = require("scripts.crc32")
local fail = require("scripts.failure")

local uploads = {}

local MOST_OPEN = 8 -- the oldest is dropped for a ninth
local MOST_PARTS = 100000
local MOST_CHARACTERS = 16 * 1024 * 1024 -- of all parts of an upload

function uploads.clear()
  storage.uploads = {}
end

local function opened(id, count)
  local open = storage.uploads
  for _, upload in ipairs(open) do
    if upload.id == id and upload.count == count then
      return upload
    end
  end
  if #open == MOST_OPEN then
    table.remove(open, 1)
  end
  open[#open + 1] = { id = id, count = count, size = 0, have = 0, parts = {} }
  return open[#open]
end

-- `text` is "<id> <i>/<n> <chunk>"; parts that come twice are harmless.
function uploads.add(text)
  local id, index, count, chunk = text:match("^(%w+) (%d+)/(%d+) (.*)$")
  index, count = tonumber(index), tonumber(count)
  if not id or #id > 32 or index < 1 or index > count or count > MOST_PARTS then
    fail("bad_request", "an upload is written: <id> <i>/<n> <chunk>, with i from 1 to n and n at most %d", MOST_PARTS)
  end
  local upload = opened(id, count)
  if not upload.parts[index] then
    if upload.size + #chunk > MOST_CHARACTERS then
      fail("too_long", "upload %s is longer than %d characters", id, MOST_CHARACTERS)
    end
    upload.parts[index] = chunk
    upload.size = upload.size + #chunk
    upload.have = upload.have + 1
  end
  return { have = upload.have, of = count }
end

-- The whole text of an upload; it is forgotten. `text` is "<id> <crc32 in hex>".
function uploads.take(text)
  local id, expected = text:match("^(%w+) (%x+)$")
  for place, upload in ipairs(storage.uploads) do
    if upload.id == id then
      if upload.have < upload.count then
        fail("incomplete", "upload %s has %d of %d parts", id, upload.have, upload.count)
      end
      table.remove(storage.uploads, place)
      local whole = table.concat(upload.parts)
      local found = crc32(whole)
      if found ~= tonumber(expected, 16) then
        fail("damaged", "upload %s has the crc32 %08x, expected %s", id, found, expected)
      end
      return whole
    end
  end
  fail("no_upload", "nothing was uploaded as %q", tostring(id))
end

return uploads
