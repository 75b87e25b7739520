from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from factorion_cli.errors import DataError
from factorion_cli.servers.embedded import EmbeddedServer
from tests.servers.embedded.conftest import MakeServer

ECHO = """
commands.add_command("ff", "echo", function(command)
  storage.n = (storage.n or 0) + 1
  local seen = {n = storage.n, text = command.parameter, tick = game.tick, from = command.player_index}
  rcon.print(helpers.table_to_json(seen))
end)
"""


def test_a_command_of_the_mod_gets_its_text_as_it_is(make_server: MakeServer) -> None:
    server = make_server(ECHO)
    text = "a ]] \" ' \\ \u00e9\u4e2d %s"
    assert json.loads(server.command(f"/ff {text}")) == {"n": 1, "text": text, "tick": 0}
    assert "Unknown command" in server.command("/gg")


def test_storage_survives_as_bytes(make_mod: Callable[..., Path]) -> None:
    mod = make_mod(ECHO)
    server = EmbeddedServer(mod)
    server.command("/ff a")
    server.tick(7)
    again = EmbeddedServer.load(server.save(), mod)
    assert json.loads(again.command("/ff b"))["n"] == 2
    assert again.game.tick == 7


def test_shared_tables_cycles_and_objects_survive(make_mod: Callable[..., Path]) -> None:
    mod = make_mod("""
    script.on_init(function()
      local t = {1.5, -0.0, 1/0, "z\\0\\255"}
      storage.t, storage.u, t.me = t, t, t
      storage.e = game.surfaces[1].create_entity{name = "wooden-chest", position = {3.5, 4.5}, force = "player"}
      storage.e.insert{name = "coal", count = 7}
    end)
    commands.add_command("ff", "", function()
      local t = storage.t
      rcon.print(tostring(t == storage.u and t.me == t and t[1] == 1.5 and t[3] == 1/0 and t[4] == "z\\0\\255"))
      rcon.print(storage.e.name .. storage.e.position.x .. storage.e.get_item_count("coal"))
    end)""")
    server = EmbeddedServer.load(EmbeddedServer(mod).save(), mod)
    assert server.command("/ff") == "true\nwooden-chest3.57"


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False)])
def test_a_save_is_the_same_bytes_and_loads_whichever_way_pairs_goes(
    make_mod: Callable[..., Path], before: bool, after: bool
) -> None:
    mod = make_mod("script.on_init(function() storage.t = { b = 1, a = { y = {}, x = { 1, 2 } } } end)")
    kept = EmbeddedServer(mod, reversed_pairs=before).save()
    assert EmbeddedServer.load(kept, mod, reversed_pairs=after).save() == kept
    assert EmbeddedServer(mod, reversed_pairs=after).save() == kept


def test_a_damaged_save_is_refused(make_mod: Callable[..., Path]) -> None:
    mod = make_mod()
    kept = EmbeddedServer(mod).save()
    for damaged in (b"nonsense", kept[:-3]):
        with pytest.raises(DataError):
            EmbeddedServer.load(damaged, mod)
    with pytest.raises(DataError, match=r"saved as 2\.0, not 2\.1"):
        EmbeddedServer.load(kept, mod, "2.1")


def test_a_paused_game_answers_and_runs_exactly_the_ticks_it_is_given(make_server: MakeServer) -> None:
    server = make_server("script.on_event(defines.events.on_tick, function(e) storage.last = e.tick end)")
    server.command("/sc game.tick_paused = true")
    server.tick(5)
    server.command("/sc game.ticks_to_run = 3")
    server.tick(10)
    assert server.command("/sc rcon.print(game.tick .. ' ' .. game.ticks_to_run)") == "3 0"


def test_short_commands_overtake_long_ones_when_segmented(make_server: MakeServer) -> None:
    server = make_server(ECHO, segmented=True)
    long = server.submit("/ff " + "x" * 250)
    short = server.submit("/ff short")
    assert json.loads(server.reply(short) or "")["n"] == 1
    server.tick(2)
    assert server.reply(long) is None
    server.tick()
    assert json.loads(server.reply(long) or "")["n"] == 2


def test_pairs_goes_from_1_up_and_then_through_sorted_keys_or_backwards(make_server: MakeServer) -> None:
    text = "/sc local t = {b=1, a=2, 7, 8} local k = '' for key in pairs(t) do k = k .. key end rcon.print(k)"
    assert make_server().command(text) == "12ab"
    assert make_server(reversed_pairs=True).command(text) == "12ba"


def test_copies_of_vanilla_prototypes_can_be_built(make_server: MakeServer) -> None:
    data = """
    local e = table.deepcopy(data.raw["container"]["iron-chest"])
    e.name = "my-chest"
    local i = table.deepcopy(data.raw.item["iron-chest"])
    i.name, i.place_result = "my-chest", "my-chest"
    data:extend{e, i}
    """
    server = make_server(files={"data": data})
    text = "local e = game.surfaces[1].create_entity{name='my-chest', position={0, 0}} "
    assert server.command(f"/sc {text} e.insert('coal') rcon.print(e.type .. e.get_item_count('coal'))") == "container1"


def test_files_of_the_mod_are_appended_or_begun_anew(make_server: MakeServer) -> None:
    server = make_server()
    server.command("/sc helpers.write_file('a/b', 'x') helpers.write_file('a/b', 'y\\255', true, 0)")
    assert server.files == {"a/b": b"xy\xff"}
    server.command("/sc helpers.remove_path('a')")
    assert server.files == {}


def test_bytes_go_through_packing_and_encoding_whole(make_server: MakeServer) -> None:
    server = make_server()
    text = """/sc local s = string.pack("<I2bz>i4", 65535, -1, "a\\200", -2)
    local t = helpers.decode_string(helpers.encode_string(s))
    local a, b, c, d, at = string.unpack("<I2bz>i4", t)
    rcon.print(tostring(s == t and c == "a\\200") .. " " .. a .. " " .. b .. " " .. d .. " " .. at)"""
    assert server.command(text) == "true 65535 -1 -2 11"


def test_json_goes_both_ways(make_server: MakeServer) -> None:
    server = make_server()
    text = '{"a":[1,2.5,"\u00e9\\u0001\\""],"b":{"c":true},"d":1e300}'
    again = "rcon.print(helpers.table_to_json(helpers.json_to_table(c.parameter)))"
    code = f"commands.add_command('x', '', function(c) {again} end)"
    assert json.loads(make_server(code).command(f"/x {text}")) == json.loads(text)
    assert server.command("/sc rcon.print(tostring(helpers.json_to_table('[1,')))") == "nil"
    assert server.command("/sc rcon.print(tostring(helpers.json_to_table(string.rep('[', 100000))))") == "nil"


@pytest.mark.parametrize("reversed_pairs", [False, True])
def test_records_of_one_kind_are_gone_through_in_one_order(make_server: MakeServer, reversed_pairs: bool):
    control = """
    commands.add_command("keys", "", function()
      local first, second, mixed = { b = 1, a = 2, c = 3 }, { c = 1 }, { [2] = 1, a = 2, b = 3 }
      second.a, second.b = 2, 3
      for _, t in ipairs({ first, second, mixed, first, { a = 1, b = 1 }, { "x", "y", a = 1 }, {}, second }) do
        local found = {}
        for key in pairs(t) do found[#found + 1] = tostring(key) end
        rcon.print(table.concat(found, " "))
      end
    end)
    """
    server = make_server(control, reversed_pairs=reversed_pairs)
    for _ in range(2):
        rows = [row.split() for row in server.command("/keys").split("\n")]
        texts = [[key for key in row if key.isalpha()] for row in rows]
        assert [sorted(row) for row in rows[:5]] == [[*"abc"], [*"abc"], [*"2ab"], [*"abc"], [*"ab"]]
        assert texts == [sorted(row, reverse=reversed_pairs) for row in texts]
        assert rows[5] == ["1", "2", "a"]
        assert rows[6] == []
        assert rows[7] == rows[0]
