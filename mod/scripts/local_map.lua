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
local turned = 0 -- how often a building was found to face another way, or with other power, than before
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
    chunk.ores[y * 65536 + x], chunk.rows[y] = nil, nil
    chunk.edition, drawn = chunk.edition + 1, nil
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
-- moved) is asked once, and known by its unit number, which may be nil, from then on.
function local_map.record(entity, unit)
  local known = unit and buildings[unit]
  if known then
    local direction, code = entity.direction, power_code(entity, known.kind)
    if direction ~= known.direction or code ~= known.power then
      turned = turned + 1
    end
    known.entity, known.direction, known.power = entity, direction, code
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
  return { tick = game.tick, left = x * CHUNK, ground = ground, ores = ores, rows = {}, edition = 0, joined = {} }
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

-- The bytes of a tile where nothing stands, by its ore.
local FREE, BLOCKED = {}, {}

local function ground_bytes(is_blocked, ore)
  local known = is_blocked and BLOCKED or FREE
  if not known[ore] then
    known[ore] = string.char(is_blocked and 1 or 0, ore, 0, 0, 0, 0, 0, is_blocked and 0 or 1)
  end
  return known[ore]
end

-- A row of a chunk, put together when it is first asked for.
local function chunk_row(chunk, y)
  local row = chunk.rows[y]
  if not row then
    local tiles, first = {}, y * 65536 + chunk.left
    for x = 0, CHUNK - 1 do
      tiles[x + 1] = ground_bytes(chunk.ground[first + x], chunk.ores[first + x] or 0)
    end
    row = table.concat(tiles)
    chunk.rows[y] = row
  end
  return row
end

-- Rows of maps that begin `cut` bytes within the rows of the chunk `west` and end in the chunk `east`, as far as they
-- were put together.
local function joined_rows(west, east, cut)
  local joined, edition = west.joined, west.edition + east.edition
  if joined.east ~= east or joined.cut ~= cut or joined.edition ~= edition then
    joined = { east = east, cut = cut, edition = edition, rows = {} }
    west.joined = joined
  end
  return joined.rows
end

-- The rows of the map without what stands there. It is as large as a chunk, so that it lies in four of them at most.
local function ground_rows(surface, left, top)
  local index, tick = surface.index, game.tick
  local chunk_x, cut = math.floor(left / CHUNK), left % CHUNK * CHANNELS
  local rows, west, east, joined = {}, nil, nil, nil
  for row = 1, SIZE do
    local y = top + row - 1
    if row == 1 or y % CHUNK == 0 then
      local chunk_y = math.floor(y / CHUNK)
      west = chunk_at(surface, index, tick, chunk_x, chunk_y)
      east = cut > 0 and chunk_at(surface, index, tick, chunk_x + 1, chunk_y)
      joined = east and joined_rows(west, east, cut) or west.rows
    end
    if not joined[y] then
      joined[y] = east and chunk_row(west, y):sub(cut + 1) .. chunk_row(east, y):sub(1, cut) or chunk_row(west, y)
    end
    rows[row] = joined[y]
  end
  return rows
end

local function logistics_code(record)
  local kind = record.kind.type
  if BELTS[kind] then
    return 1 + record.direction / 4
  end
  return kind == "inserter" and 5 + record.direction / 4 or 0
end

-- What an entity puts on its cells: the bytes 3 to 7, and whether it is in the way of a character.
local function mark_of(record, forces)
  local kind = record.kind.type
  if LOOSE[kind] then
    return string.char(LOOSE[kind], 0, 0, 0, 0, (kind == "item-entity" or kind == "character") and 0 or 1)
  end
  if record.force ~= forces.own then
    return string.char(0, 0, 0, 0, record.force == forces.neutral and 0 or 1, 1)
  end
  local structure = STRUCTURES[kind] or OTHER_STRUCTURE
  return string.char(0, structure, record.power, logistics_code(record), 0, WALKABLE[kind] and 0 or 1)
end

-- Cells with a mark on them, by the cell and then by the mark: there are few that differ.
local marked = {}

local function with_mark(cell, mark)
  local known = marked[cell]
  if not known then
    known = {}
    marked[cell] = known
  end
  if not known[mark] then
    local bytes = { cell:byte(1, CHANNELS) }
    for place = 1, 5 do
      local byte = mark:byte(place)
      bytes[place + 2] = byte ~= 0 and byte or bytes[place + 2]
    end
    bytes[CHANNELS] = mark:byte(6) == 1 and 0 or bytes[CHANNELS]
    known[mark] = string.char(table.unpack(bytes))
  end
  return known[mark]
end

-- `touched` has the rows (from 0) in which anything stands: their cells by column (from 0).
local function lay_entity(record, left, top, rows, touched, forces)
  local width, height = record.kind.width, record.kind.height
  if width ~= height and record.direction % 8 == 4 then
    width, height = height, width
  end
  local mark = mark_of(record, forces)
  local x0, y0 = math.floor(record.x - width / 2 + 0.5) - left, math.floor(record.y - height / 2 + 0.5) - top
  for y = math.max(y0, 0), math.min(y0 + math.max(height, 1), SIZE) - 1 do
    local cells = touched[y] or {}
    touched[y] = cells
    for x = math.max(x0, 0), math.min(x0 + math.max(width, 1), SIZE) - 1 do
      cells[x] = with_mark(cells[x] or rows[y + 1]:sub(x * CHANNELS + 1, (x + 1) * CHANNELS), mark)
    end
  end
end

-- A row with some of its cells replaced.
local function patched(row, cells)
  local parts, first = {}, 0
  for x = 0, SIZE - 1 do
    if cells[x] then
      if x > first then
        parts[#parts + 1] = row:sub(first * CHANNELS + 1, x * CHANNELS)
      end
      parts[#parts + 1], first = cells[x], x + 1
    end
  end
  parts[#parts + 1] = row:sub(first * CHANNELS + 1)
  return table.concat(parts)
end

local function draw(surface, left, top, records, forces)
  local rows, touched = ground_rows(surface, left, top), {}
  for _, record in ipairs(records) do
    lay_entity(record, left, top, rows, touched, forces)
  end
  for row = 1, SIZE do
    local cells = touched[row - 1]
    rows[row] = cells and patched(rows[row], cells) or rows[row]
  end
  return rows
end

-- Records of buildings stay the same ones, and are noted when they change (`turned`); all others are made anew.
local function look_the_same(these, those)
  if these == those then
    return true
  elseif #these ~= #those then
    return false
  end
  for index, a in ipairs(these) do
    local b = those[index]
    if a ~= b and (a.name ~= b.name or a.x ~= b.x or a.y ~= b.y or a.direction ~= b.direction or a.force ~= b.force
      or a.power ~= b.power) then
      return false
    end
  end
  return true
end

-- {left, top, rows}: the map around a position, each row a string of SIZE x CHANNELS bytes; `records` are of
-- the entities within it. It is the map of before as long as nothing about it has changed.
function local_map.read(surface, position, records, force_index)
  local left, top = math.floor(position.x) - SIZE / 2, math.floor(position.y) - SIZE / 2
  local index, age = surface.index, math.floor(game.tick / FRESH)
  local is_as_drawn = drawn and drawn.left == left and drawn.top == top and drawn.surface == index
    and drawn.age == age and drawn.turned == turned and look_the_same(records, drawn.records)
  if not is_as_drawn then
    local forces = { own = force_index, neutral = game.forces.neutral.index }
    drawn = {
      left = left, top = top, surface = index, age = age, turned = turned, records = records,
      rows = draw(surface, left, top, records, forces),
    }
  end
  return drawn
end

local_map.size = SIZE

return local_map
