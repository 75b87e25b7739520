-- The globals of the game's Lua, for luacheck: `luacheck mod`, or `factorion mod check`.
local removed = { "io", "os", "loadfile", "dofile", "coroutine", "collectgarbage", "package", "module", "newproxy" }
local strings = { fields = { "pack", "unpack", "packsize" }, other_fields = true }
stds.factorio_control = {
  globals = { "storage" },
  read_globals = {
    game = { other_fields = true, fields = {
      tick_paused = { read_only = false }, ticks_to_run = { read_only = false }, speed = { read_only = false },
    } },
    "script", "remote", "commands", "settings", "rcon", "rendering", "prototypes", "helpers", "defines", "log",
    "localised_print", "table_size", "serpent", "debug", string = strings,
  },
}
stds.factorio_data = {
  globals = { "data" },
  read_globals = {
    "mods", "settings", "defines", "helpers", "util", "table_size", "log", "serpent",
    table = { fields = { "deepcopy" }, other_fields = true },
  },
}
std = "lua52+factorio_control"
not_globals = removed
max_line_length = 120
files["**/data*.lua"] = { std = "lua52+factorio_data" }
files["**/prototypes/**"] = { std = "lua52+factorio_data" }
