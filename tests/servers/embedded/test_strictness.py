from __future__ import annotations

import pytest

from factorion_cli.errors import ServerError
from factorion_cli.servers.embedded import EmbeddedServer
from tests.servers.embedded.conftest import MakeServer

BELT = "local e = game.surfaces[1].create_entity{name='transport-belt', position={0.5, 0.5}, force='player'} "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("game.foo()", "LuaGameScript doesn't contain key foo."),
        ("game.tick = 3", "LuaGameScript::tick is read only."),
        ("game.print()", "Expected 1 to 2 arguments but 0 were given."),
        ("game:print('x')", "called with a colon"),
        ("game.surfaces[1].create_entity{position={0, 0}}", "missing argument name"),
        ("game.surfaces[1].create_entity{name='x', position={0, 0}, naem=1}", "unknown argument naem"),
        ("game.surfaces[1].create_entity{name='no-such', position={0, 0}}", "Unknown entity name: no-such"),
        ("game.surfaces[1].find_entities_filtered{nam='x'}", "unknown argument nam"),
        (BELT + "e.crafting_progress = 1", "Entity is not CraftingMachine."),
        (BELT + "e.set_recipe('iron-gear-wheel')", "Entity is not AssemblingMachine."),
        (BELT + "e.destroy() rcon.print(e.name)", "LuaEntity API call when LuaEntity was invalid."),
        (BELT + "for k in pairs(e) do end", "attempt to go through the pairs of a LuaEntity"),
        (BELT + "rawget(e, 'x')", "rawget cannot be used on a LuaObject"),
        (BELT + "rcon.print(e.train)", "the embedded server does not emulate it"),
        ("io.open('x')", "attempt to index global 'io'"),
        ("os.time()", "attempt to index global 'os'"),
        ("require('x')", "attempt to call global 'require'"),
        ("load('\\27Lua')()", "attempt to call a nil value"),
        ("load(function() end)", "load takes text only"),
        ("helpers.write_file('../x', 'y')", "only be written below script-output"),
        ("rcon.print(python.builtins)", "attempt to index global 'python'"),
    ],
)
def test_what_the_game_refuses_raises_by_name(server: EmbeddedServer, text: str, message: str) -> None:
    reply = server.command(f"/sc {text}")
    assert reply.startswith("Cannot execute command. Error: ")
    assert message in reply


def test_an_object_that_is_gone_says_so(server: EmbeddedServer) -> None:
    assert server.command(f"/sc {BELT} e.destroy() rcon.print(tostring(e.valid) .. type(e))") == "falseuserdata"


def test_members_of_one_version_only(make_server: MakeServer) -> None:
    old, new = make_server(version="2.0"), make_server(version="2.1")
    make = "game.surfaces[1].create_entity{name='wooden-chest', position={1, 1}}"
    text = f"/sc local chest = {make} rcon.print(chest.fluidbox)"
    assert "does not emulate" in old.command(text)
    assert "LuaEntity doesn't contain key fluidbox." in new.command(text)


def test_a_function_in_storage_is_named_when_the_game_is_saved(make_server: MakeServer) -> None:
    server = make_server("script.on_init(function() storage.a = {b = function() end} end)")
    with pytest.raises(ServerError, match=r"storage\.a\.b is a function"):
        server.save()


def test_the_game_is_not_there_while_control_loads(make_server: MakeServer) -> None:
    with pytest.raises(ServerError, match="attempt to index global 'game'"):
        make_server("local t = game.tick")


def test_an_error_in_a_handler_ends_the_server_and_names_the_line(make_server: MakeServer) -> None:
    server = make_server("script.on_event(defines.events.on_tick, function() error('oh') end)")
    with pytest.raises(ServerError, match=r"failed in tick 0: control\.lua:1: oh"):
        server.tick()


def test_on_load_must_not_change_storage(make_mod) -> None:  # type: ignore[no-untyped-def]
    mod = make_mod("script.on_init(function() storage.n = 1 end) script.on_load(function() storage.n = 2 end)")
    kept = EmbeddedServer(mod).save()
    with pytest.raises(ServerError, match="on_load changed storage"):
        EmbeddedServer.load(kept, mod)
