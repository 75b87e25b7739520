-- The map around a place as bytes: 32 x 32 tiles, 8 channels each, rows from north to south.
--
--   1 terrain             0 ground, 1 where nobody can walk (water, void)
--   2 resources           0 none, 1 iron, 2 copper, 3 coal, 4 stone, 5 uranium, 6 oil, 7 any other
--   3 entities            what no force has built: 1 tree, 2 rock or such, 3 item on the ground, 4 character
--   4 player_structures   kind of what the agent's force has built, see STRUCTURES
--   5 power_network       1 pole, 2 consumer with a network, 3 consumer without
--   6 logistics           1 to 4: belts (also underground, splitters) facing north, east, south, west; 5 to 8: arms
--   7 threats             1 where something of another force stands
--   8 accessibility       1 where a character can stand

local local_map = {}

local SIZE, CHANNELS, CHUNK = 32, 8, 32
local FRESH = 600 -- ticks for which ground and ore of a chunk are remembered

local RESOURCES = {
  ["iron-ore"] = 1, ["copper-ore"] = 2, coal = 3, stone = 4, ["uranium-ore"] = 5, ["crude-oil"] = 6,
}
local STRUCTURES = {
  ["transport-belt"] = 1, ["underground-belt"] = 2, splitter = 3, inserter = 4, ["assembling-machine"] = 5,
  furnace = 6, ["mining-drill"] = 7, container = 8, ["logistic-container"] = 8, ["infinity-container"] = 8,
  ["electric-pole"] = 9, boiler = 10, generator = 10, ["solar-panel"] = 10, accumulator = 10, lab = 11, pipe = 12,
  ["pipe-to-ground"] = 12, ["storage-tank"] = 12, pump = 12, ["offshore-pump"] = 12, loader = 13, ["loader-1x1"] = 13,
}
local OTHER_STRUCTURE = 14
local LOOSE = { tree = 1, ["simple-entity"] = 2, cliff = 2, ["item-entity"] = 3, character = 4 }
local BELTS = { ["transport-belt"] = true, ["underground-belt"] = true, splitter = true }
-- What a character walks over.
local WALKABLE = { ["transport-belt"] = true, ["underground-belt"] = true, splitter = true, ["item-entity"] = true }

-- Remembered only for speed, and the same for every player, so none of it need be in `storage`.
local chunks = {}
local kinds = {}

function local_map.forget()
  chunks = {}
end

-- Of a kind of entity: type, half its width and height, and whether it draws electric power.
local function kind_of(entity)
  local name = entity.name
  if not kinds[name] then
    local prototype = entity.prototype
    kinds[name] = {
      type = prototype.type, width = prototype.tile_width, height = prototype.tile_height,
      electric = prototype.electric_energy_source_prototype ~= nil,
    }
  end
  return kinds[name]
end

local function read_chunk(surface, x, y)
  local area = { { x * CHUNK, y * CHUNK }, { (x + 1) * CHUNK, (y + 1) * CHUNK } }
  local ground, ores = {}, {}
  for _, tile in ipairs(surface.find_tiles_filtered({ area = area, collision_mask = "player" })) do
    local position = tile.position
    ground[position.y * 65536 + position.x] = true
  end
  for _, entity in ipairs(surface.find_entities_filtered({ area = area, type = "resource" })) do
    local position = entity.position
    ores[math.floor(position.y) * 65536 + math.floor(position.x)] = RESOURCES[entity.name] or 7
  end
  return { tick = game.tick, ground = ground, ores = ores }
end

local function chunk_at(surface, x, y)
  local key = surface.index .. ":" .. x .. ":" .. y
  local chunk = chunks[key]
  if not chunk or game.tick - chunk.tick > FRESH or game.tick < chunk.tick then
    chunk = read_chunk(surface, x, y)
    chunks[key] = chunk
  end
  return chunk
end

local function lay_ground(surface, left, top, cells)
  for y = 0, SIZE - 1 do
    for x = 0, SIZE - 1 do
      local tile_x, tile_y = left + x, top + y
      local chunk = chunk_at(surface, math.floor(tile_x / CHUNK), math.floor(tile_y / CHUNK))
      local key, base = tile_y * 65536 + tile_x, (y * SIZE + x) * CHANNELS
      local blocked = chunk.ground[key]
      cells[base + 1], cells[base + 2] = blocked and 1 or 0, chunk.ores[key] or 0
      cells[base + 3], cells[base + 4], cells[base + 5], cells[base + 6], cells[base + 7] = 0, 0, 0, 0, 0
      cells[base + 8] = blocked and 0 or 1
    end
  end
end

local function power_code(entity, kind)
  if kind.type == "electric-pole" then
    return 1
  end
  if not kind.electric then
    return 0
  end
  return entity.is_connected_to_electric_network() and 2 or 3
end

local function logistics_code(entity, kind)
  if BELTS[kind.type] then
    return 1 + entity.direction / 4
  end
  return kind.type == "inserter" and 5 + entity.direction / 4 or 0
end

-- The bytes (places 3 to 7 of a cell) of an entity, and whether it is in the way of a character.
local function codes(entity, kind, force)
  if LOOSE[kind.type] then
    return { LOOSE[kind.type], 0, 0, 0, 0 }, kind.type ~= "item-entity" and kind.type ~= "character"
  end
  if entity.force.name ~= force.name then
    return { 0, 0, 0, 0, entity.force.name == "neutral" and 0 or 1 }, true
  end
  local structure = STRUCTURES[kind.type] or OTHER_STRUCTURE
  return { 0, structure, power_code(entity, kind), logistics_code(entity, kind), 0 }, not WALKABLE[kind.type]
end

local function lay_entity(entity, left, top, cells, force)
  local kind = kind_of(entity)
  local width, height = kind.width, kind.height
  if width ~= height and entity.direction % 8 == 4 then
    width, height = height, width
  end
  local bytes, blocks = codes(entity, kind, force)
  local position = entity.position
  local x0, y0 = math.floor(position.x - width / 2 + 0.5) - left, math.floor(position.y - height / 2 + 0.5) - top
  for y = math.max(y0, 0), math.min(y0 + math.max(height, 1), SIZE) - 1 do
    for x = math.max(x0, 0), math.min(x0 + math.max(width, 1), SIZE) - 1 do
      local base = (y * SIZE + x) * CHANNELS
      for place = 1, 5 do
        if bytes[place] ~= 0 then
          cells[base + 2 + place] = bytes[place]
        end
      end
      if blocks then
        cells[base + 8] = 0
      end
    end
  end
end

-- {left, top, rows}: the map whose middle is at a position, each row a string of SIZE x CHANNELS bytes; `entities` are
-- those within it.
function local_map.read(surface, position, entities, force)
  local left, top = math.floor(position.x) - SIZE / 2, math.floor(position.y) - SIZE / 2
  local cells = {}
  lay_ground(surface, left, top, cells)
  for _, entity in ipairs(entities) do
    lay_entity(entity, left, top, cells, force)
  end
  local rows, length = {}, SIZE * CHANNELS
  for row = 1, SIZE do
    rows[row] = string.char(table.unpack(cells, (row - 1) * length + 1, row * length))
  end
  return { left = left, top = top, rows = rows }
end

local_map.size = SIZE

return local_map
