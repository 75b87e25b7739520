-- Lab surfaces: flat, empty, always day, with a force of their own, so that statistics and research stay apart.
-- Tile (0, 0) of a factory is the tile (0, 0) of its surface.

local fail = require("scripts.failure")
local operations = require("scripts.operations")
local registry = require("scripts.registry")

local labs = {}

labs.PREFIX = "factorion-" -- of surfaces and forces, so that a request reaches no other
local CHUNK = 32
local MOST_TILES = 2000

function labs.init()
  storage.labs = storage.labs or {}
end

-- The lab of this name, or, without a name, the one that was used last.
function labs.get(name)
  local lab = storage.labs[name or storage.last_lab or ""]
  if not lab or not lab.surface.valid then
    fail("no_surface", "no lab surface %q: make it by the operation surface", tostring(name or "(any)"))
  end
  storage.last_lab = lab.name
  return lab
end

local function forget(entity)
  if entity.unit_number then
    registry.forget(entity.unit_number)
  end
end

-- Leave the surface as it was made; what is kept of the lab is only its name and size.
function labs.clear(lab)
  for _, entity in ipairs(lab.surface.find_entities_filtered({})) do
    if entity.valid and entity.type ~= "character" then
      forget(entity)
      entity.destroy()
    end
  end
  lab.placed, lab.fuelled, lab.outputs, lab.powered, lab.measure = {}, {}, {}, nil, nil
  lab.force.reset()
  lab.force.enable_all_recipes()
end

local function generate(lab)
  local chunks = math.ceil(math.max(lab.width, lab.height) / CHUNK / 2) + 1
  lab.surface.request_to_generate_chunks({ x = lab.width / 2, y = lab.height / 2 }, chunks)
  lab.surface.force_generate_chunk_requests()
end

local function create(name)
  local full = labs.PREFIX .. name
  local surface = game.surfaces[full] or game.create_surface(full, { default_enable_all_autoplace_controls = false })
  surface.generate_with_lab_tiles = true
  surface.always_day = true
  local force = game.forces[full] or game.create_force(full)
  return { name = name, surface = surface, force = force }
end

function labs.make(name, width, height)
  if not name:match("^[%w_-]+$") then
    fail("bad_argument", "surface: a name has letters, digits, - and _ only, found %q", name)
  end
  if width < 1 or height < 1 or width > MOST_TILES or height > MOST_TILES then
    fail("bad_argument", "surface: %d x %d tiles; expected 1 to %d", width, height, MOST_TILES)
  end
  local lab = storage.labs[name]
  if not lab or not lab.surface.valid then
    lab = create(name)
    storage.labs[name] = lab
  end
  lab.width, lab.height = width, height
  generate(lab)
  labs.clear(lab)
  storage.last_lab = name
  return lab
end

operations.add("surface", { name = "string", width = "integer", height = "integer" }, function(request)
  local lab = labs.make(request.name, request.width, request.height)
  return { surface = lab.surface.name, index = lab.surface.index, force = lab.force.name }
end)

operations.add("clear", { surface = "string?" }, function(request)
  labs.clear(labs.get(request.surface))
end)

return labs
