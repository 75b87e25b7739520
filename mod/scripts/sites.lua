-- Where a client builds: a lab surface, or the region of a player's request. A site is
--   {name, surface, force, x, y, width, height, placed, fuelled, outputs, measure}
-- with the tile (x, y) of its surface as its own tile (0, 0).

local fail = require("scripts.failure")
local labs = require("scripts.labs")

local sites = {}

function sites.request(id)
  local request = storage.requests[id]
  if not request then
    fail("no_request", "there is no request %q: the operation requests lists those that are open", id)
  end
  return request
end

-- The site that the arguments of an operation mean: `request`, or `surface`, or the lab that was used last.
function sites.get(arguments)
  if arguments.request then
    return sites.request(arguments.request)
  end
  return labs.get(arguments.surface)
end

-- Calls for every site.
function sites.each(act, ...)
  for _, lab in pairs(storage.labs) do
    act(lab, ...)
  end
  for _, request in pairs(storage.requests) do
    act(request, ...)
  end
end

return sites
