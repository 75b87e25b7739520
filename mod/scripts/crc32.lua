-- CRC-32 as in zip and zlib (polynomial 0xEDB88320); the game has none.

local TABLE = {}
for byte = 0, 255 do
  local value = byte
  for _ = 1, 8 do
    value = bit32.bxor(bit32.rshift(value, 1), bit32.band(value, 1) * 0xEDB88320)
  end
  TABLE[byte] = value
end

return function(text)
  local bxor, band, rshift = bit32.bxor, bit32.band, bit32.rshift
  local crc = 0xFFFFFFFF
  for start = 1, #text, 4096 do
    local bytes = { text:byte(start, start + 4095) }
    for index = 1, #bytes do
      crc = bxor(rshift(crc, 8), TABLE[band(bxor(crc, bytes[index]), 0xFF)])
    end
  end
  return bxor(crc, 0xFFFFFFFF)
end
