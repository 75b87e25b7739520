"""What comes from outside, or from a mod with mistakes, never ends the server and never reaches Python."""

from __future__ import annotations

import base64
import zlib

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.embedded.members import CALLS, READS, WRITES
from tests.servers.embedded.conftest import MakeServer

OBJECTS = """/sc local s = game.surfaces[1]
local function make(name, x)
  return s.create_entity{name = name, position = {x, 0.5}, force = "player", amount = 9}
end
local things = {make("assembling-machine-1", 2), make("transport-belt", 9.5), make("character", 12.5),
  make("iron-ore", 15.5), make("wooden-chest", 18.5), make("inserter", 20.5), make("splitter", 23)}
local chest = things[5].get_inventory(defines.inventory.chest)
local objects = {LuaGameScript = {game}, LuaEntity = things, LuaSurface = {s}, LuaForce = {game.forces.player},
  LuaInventory = {chest, things[3].get_main_inventory()}, LuaItemStack = {chest[1]}, LuaHelpers = {helpers},
  LuaTransportLine = {things[2].get_transport_line(1)}, LuaTile = {s.get_tile(0, 0)}, LuaPrototypes = {prototypes},
  LuaRecipe = {game.forces.player.recipes["pipe"]}, LuaBootstrap = {script}, LuaRCON = {rcon}, LuaSettings = {settings},
  LuaFlowStatistics = {game.forces.player.get_item_production_statistics(s)}, LuaPlayer = {game.players[1]},
  LuaEntityPrototype = {prototypes.entity["pipe"]}, LuaItemPrototype = {prototypes.item["pipe"]},
  LuaRecipePrototype = {prototypes.recipe["pipe"]}, LuaFluidPrototype = {prototypes.fluid["water"]},
  LuaTilePrototype = {prototypes.tile["water"]}, LuaQualityPrototype = {prototypes.quality["normal"]}}
objects.LuaControl = {things[3], game.players[1]}
local deep = {}
for _ = 1, 200 do deep = {deep} end
local junk = {
  1, -1, 1e300, 0/0, "", "coal", "\\0\\255", true, {}, {1, 2}, {x = "a", y = {}}, {name = 1}, {{}, {}}, deep,
  things[1], game,
  {["\\1class"] = "LuaEntity", ["\\1handle"] = {}},
  {["\\1class"] = "LuaInventory", ["\\1handle"] = "x:y:z"}, print}
"""


def _all_kinds(version: str, make_server: MakeServer) -> EmbeddedServer:
    server = make_server(version=version)
    server.join()
    return server


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize("what", ["read", "write", "call", "call2"])
def test_no_member_breaks_on_junk(make_server: MakeServer, version: str, what: str) -> None:
    server = _all_kinds(version, make_server)
    table = {"read": READS, "write": WRITES, "call": CALLS, "call2": CALLS}[what]
    skipped = {("LuaRCON", "print"), ("LuaGameScript", "delete_surface"), ("LuaHelpers", "remove_path")}
    names = [pair for pair in table if pair not in skipped]
    attempt = {
        "read": "return o[name]",
        "write": "o[name] = j",
        "call": "return o[name](j)",
        "call2": "return o[name](j, j)",
    }[what]
    members = ", ".join(f'{{"{cls}", "{name}"}}' for cls, name in names)
    reply = server.command(
        OBJECTS
        + f"""
    local tried, strange = 0, "none"
    for _, member in ipairs({{{members}}}) do
      local name = member[2]
      for _, o in ipairs(objects[member[1]] or {{}}) do
        for _, j in ipairs(junk) do
          local ok, problem = pcall(function() {attempt} end)
          tried = tried + 1
          if not ok and type(problem) ~= "string" then strange = strange .. member[1] .. name .. type(problem) end
        end
      end
    end
    rcon.print(tried .. " " .. strange)"""
    )
    tried, strange = reply.split()
    assert int(tried) > len(names)
    assert strange == "none"
    server.tick(10)
    assert server.command("/sc rcon.print(1)") == "1"
    server.save()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("while true do end", "the command ran for too long"),
        ("local s = string.rep('x', 2^30)", "memory"),
        ("local function f() return 1 + f() end f()", "stack overflow"),
        ("error({})", ""),
        ("error()", ""),
        ("error(game)", ""),
        ("string.rep = nil", ""),
        ("getmetatable('').__index = nil", "attempt to index"),
        ("while true do pcall(function() while true do end end) end", "the command ran for too long"),
        ("getmetatable(game).__index = nil", ""),
        ("setmetatable(_G, {__index = error})", ""),
        ("defines.inventory = nil", ""),
    ],
)
def test_what_a_console_command_does_to_itself_leaves_the_server_alive(
    make_server: MakeServer, text: str, message: str
) -> None:
    server = make_server("commands.add_command('ff', '', function(c) rcon.print(c.parameter .. game.tick) end)")
    assert message in server.command(f"/sc {text}")
    assert server.command("/ff x") == "x0"


@pytest.mark.parametrize(
    "text", ["", "/", "//", "/ ff", "/ff", "/ff \0", "/ff \udcff", "/ff " + "x" * 10_000_000, "hello"]
)
def test_any_text_is_a_command(make_server: MakeServer, text: str) -> None:
    server = make_server("commands.add_command('ff', '', function(c) rcon.print(#(c.parameter or '')) end)")
    assert isinstance(server.command(text), str)
    assert server.command("/ff abc") == "3"


def test_a_mod_cannot_reach_python(make_server: MakeServer) -> None:
    server = make_server()
    text = """/sc local outside = _G
    local seen, bad = {}, {}
    local function look(value, path)
      if type(value) ~= "table" or seen[value] then return end
      seen[value] = true
      for key, inner in pairs(value) do
        local is_object = type(inner) == "userdata" and pcall(function() return inner.object_name end)
        if type(inner) == "userdata" and not is_object then bad[#bad + 1] = path .. key end
        look(inner, path .. tostring(key) .. ".")
      end
    end
    look(_G, "")
    rcon.print(table.concat(bad, ","))"""
    assert server.command(text) == ""


def test_a_text_that_would_unpack_to_gigabytes_is_none(server: EmbeddedServer) -> None:
    bomb = base64.b64encode(zlib.compress(bytes(65 * 2**20), 9)).decode()
    assert server.command(f"/sc rcon.print(tostring(helpers.decode_string('{bomb}')))") == "nil"
