-- The server as it was started: for the next client, who shall find nothing of the one before.

local agent = require("scripts.agent")
local crc32 = require("scripts.crc32")
local digest = require("scripts.digest")
local labs = require("scripts.labs")
local local_map = require("scripts.local_map")
local operations = require("scripts.operations")
local uploads = require("scripts.uploads")

-- One text for the contents of all labs, whether known or not; labs that are empty do not count.
local function state()
  local words = {}
  for _, surface in pairs(game.surfaces) do
    if surface.name:sub(1, #labs.PREFIX) == labs.PREFIX then
      local found = digest.of(surface)
      if found ~= digest.EMPTY then
        words[#words + 1] = surface.name .. " " .. found
      end
    end
  end
  table.sort(words)
  return string.format("%08x", crc32(table.concat(words, "\n")))
end

operations.add("clean", {}, function()
  agent.remove()
  storage.scenario = nil
  for name, lab in pairs(storage.labs) do
    if lab.surface.valid then
      labs.clear(lab)
    end
    storage.labs[name] = nil
  end
  storage.last_lab = nil
  local_map.forget()
  uploads.clear()
  game.speed = 1
  game.ticks_to_run = 0
  game.tick_paused = false
  return { digest = state() }
end)
