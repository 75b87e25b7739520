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
local buildings = {}
local drawn

function local_map.forget()
  chunks, buildings, drawn = {}, {}, nil
end

-- Ore that is mined to the end is off the map at once.
function local_map.depleted(entity)
  local position, index = entity.position, entity.surface.index
  local x, y = math.floor(position.x), math.floor(position.y)
  local chunk = chunks[index .. ":" .. math.floor(x / CHUNK) .. ":" .. math.floor(y / CHUNK)]
  if chunk then
    chunk.ores[y * 65536 + x] = nil
    drawn = nil
  end
end

-- Of a kind of entity: type, width and height facing north, and whether it draws electric power.
local function kind_of(entity, name)
  local kind = kinds[name]
  if not kind then
    local prototype = entity.prototype
    kind = {
      type = prototype.type, width = prototype.tile_width, height = prototype.tile_height,
      electric = prototype.electric_energy_source_prototype ~= nil,
    }
    kinds[name] = kind
  end
  return kind
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

-- What the map needs to know of an entity. Asking the game is slow, so what never changes of a building (it cannot be
-- moved) is asked once, and known by its unit number from then on.
function local_map.record(entity)
  local unit = entity.unit_number
  local known = unit and buildings[unit]
  if known then
    known.entity, known.direction, known.power = entity, entity.direction, power_code(entity, known.kind)
    return known
  end
  local name, position = entity.name, entity.position
  local kind = kind_of(entity, name)
  local record = {
    entity = entity, name = name, kind = kind, x = position.x, y = position.y, direction = entity.direction,
    force = entity.force_index, power = power_code(entity, kind), unit_number = unit,
  }
  if unit and STRUCTURES[kind.type] then
    buildings[unit] = record
  end
  return record
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

local function chunk_at(surface, index, tick, x, y)
  local key = index .. ":" .. x .. ":" .. y
  local chunk = chunks[key]
  if not chunk or tick - chunk.tick > FRESH or tick < chunk.tick then
    chunk = read_chunk(surface, x, y)
    chunks[key] = chunk
  end
  return chunk
end

-- The part of the map that lies in one chunk; x and y count from 0 at the map's corner, the last ones included.
local function lay_chunk(chunk, left, top, x0, y0, x1, y1, cells)
  local ground, ores = chunk.ground, chunk.ores
  for y = y0, y1 do
    local row, base = (top + y) * 65536 + left, (y * SIZE + x0) * CHANNELS
    for x = x0, x1 do
      local blocked = ground[row + x]
      cells[base + 1], cells[base + 2] = blocked and 1 or 0, ores[row + x] or 0
      cells[base + 3], cells[base + 4], cells[base + 5], cells[base + 6], cells[base + 7] = 0, 0, 0, 0, 0
      cells[base + 8] = blocked and 0 or 1
      base = base + CHANNELS
    end
  end
end

-- The map is as large as a chunk, so that it lies in four of them at most.
local function lay_ground(surface, left, top, cells)
  local index, tick = surface.index, game.tick
  local chunk_x, chunk_y = math.floor(left / CHUNK), math.floor(top / CHUNK)
  local split_x, split_y = (chunk_x + 1) * CHUNK - left, (chunk_y + 1) * CHUNK - top
  for dx = 0, 1 do
    for dy = 0, 1 do
      local x0, x1 = dx * split_x, dx == 0 and split_x - 1 or SIZE - 1
      local y0, y1 = dy * split_y, dy == 0 and split_y - 1 or SIZE - 1
      if x0 <= x1 and y0 <= y1 then
        local chunk = chunk_at(surface, index, tick, chunk_x + dx, chunk_y + dy)
        lay_chunk(chunk, left, top, x0, y0, x1, y1, cells)
      end
    end
  end
end

local function logistics_code(record)
  local kind = record.kind.type
  if BELTS[kind] then
    return 1 + record.direction / 4
  end
  return kind == "inserter" and 5 + record.direction / 4 or 0
end

-- The bytes (places 3 to 7 of a cell) of an entity, and whether it is in the way of a character.
local function codes(record, forces)
  local kind = record.kind.type
  if LOOSE[kind] then
    return { LOOSE[kind], 0, 0, 0, 0 }, kind ~= "item-entity" and kind ~= "character"
  end
  if record.force ~= forces.own then
    return { 0, 0, 0, 0, record.force == forces.neutral and 0 or 1 }, true
  end
  local structure = STRUCTURES[kind] or OTHER_STRUCTURE
  return { 0, structure, record.power, logistics_code(record), 0 }, not WALKABLE[kind]
end

local function lay_entity(record, left, top, cells, forces)
  local width, height = record.kind.width, record.kind.height
  if width ~= height and record.direction % 8 == 4 then
    width, height = height, width
  end
  local bytes, blocks = codes(record, forces)
  local x0, y0 = math.floor(record.x - width / 2 + 0.5) - left, math.floor(record.y - height / 2 + 0.5) - top
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

-- All that a map depends on, as one string.
local function signature(surface, left, top, records)
  local words = { surface.index, left, top, math.floor(game.tick / FRESH) }
  for _, record in ipairs(records) do
    words[#words + 1] = record.name
    words[#words + 1] = record.x
    words[#words + 1] = record.y
    words[#words + 1] = record.direction
    words[#words + 1] = record.force * 4 + record.power
  end
  return table.concat(words, " ")
end

local function draw(surface, left, top, records, forces)
  local cells = {}
  lay_ground(surface, left, top, cells)
  for _, record in ipairs(records) do
    lay_entity(record, left, top, cells, forces)
  end
  local rows, length = {}, SIZE * CHANNELS
  for row = 1, SIZE do
    rows[row] = string.char(table.unpack(cells, (row - 1) * length + 1, row * length))
  end
  return rows
end

-- {left, top, rows}: the map around a position, each row a string of SIZE x CHANNELS bytes; `records` are of
-- the entities within it. It is the map of before as long as nothing about it has changed.
function local_map.read(surface, position, records, force_index)
  local left, top = math.floor(position.x) - SIZE / 2, math.floor(position.y) - SIZE / 2
  local now = signature(surface, left, top, records)
  if not drawn or drawn.signature ~= now then
    local forces = { own = force_index, neutral = game.forces.neutral.index }
    drawn = { signature = now, left = left, top = top, rows = draw(surface, left, top, records, forces) }
  end
  return drawn
end

local_map.size = SIZE

return local_map
