"""game, helpers, script, rcon, settings: what a mod asks the game itself."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.sandbox import json_to_python
from factorion_cli.servers.embedded.values import ApiError, Ref, Refs, Several, boolean_of, encoded, number_of, text_of
from factorion_cli.servers.embedded.versions import compared

SLOWEST = 0.01
"""Least game.speed (runtime API: LuaGameScript.speed)."""

LEVEL = 1
"""Of compression: the usual one takes four times as long for what is hardly shorter."""
MOST_INFLATED = 64 * 2**20
"""Bytes that a compressed text may become: a few thousand characters could be made to fill the memory."""


@reads("LuaGameScript", "tick", "ticks_played")
def _tick(game: Game, _: None) -> int:
    return game.tick


@reads("LuaGameScript", "tick_paused", "ticks_to_run", "speed")
def _time(game: Game, _: None, key: str) -> Any:
    return getattr(game, key)


@writes("LuaGameScript", "tick_paused")
def _set_paused(game: Game, _: None, value: Any) -> None:
    game.tick_paused = boolean_of(value, "tick_paused")


@writes("LuaGameScript", "ticks_to_run")
def _set_ticks(game: Game, _: None, value: Any) -> None:
    if number_of(value, "ticks_to_run") < 0:
        raise ApiError(f"ticks_to_run cannot be {value}")
    game.ticks_to_run = int(value)


@writes("LuaGameScript", "speed")
def _set_speed(game: Game, _: None, value: Any) -> None:
    if not number_of(value, "speed") >= SLOWEST:
        raise ApiError(f"game.speed cannot be {value}, at least {SLOWEST}")
    game.speed = float(value)


@reads("LuaGameScript", "autosave_enabled")
def _autosave(game: Game, _: None) -> bool:
    return bool(game.flags["autosave_enabled"])


@writes("LuaGameScript", "autosave_enabled")
def _set_autosave(game: Game, _: None, value: Any) -> None:
    game.flags["autosave_enabled"] = boolean_of(value, "autosave_enabled")


@reads("LuaGameScript", "surfaces", "forces", "players")
def _tables(game: Game, _: None, key: str) -> Ref:
    return Ref("LuaCustomTable", key)


@reads("LuaGameScript", "connected_players")
def _connected(game: Game, _: None) -> Refs:
    return Refs("LuaPlayer", sorted(game.players))


@reads("LuaGameScript", "player")
def _player(game: Game, _: None) -> None:
    return None  # nil on a server (runtime API: LuaGameScript.player)


@calls("LuaGameScript", "get_player")
def _get_player(game: Game, _: None, key: Any) -> Ref | None:
    for player in game.players.values():
        if key in (player.index, player.name):
            return Ref("LuaPlayer", player.index)
    return None


@calls("LuaGameScript", "get_surface")
def _get_surface(game: Game, _: None, key: Any) -> Ref | None:
    for surface in game.surfaces.values():
        if key in (surface.index, surface.name):
            return Ref("LuaSurface", surface.index)
    return None


@calls("LuaGameScript", "create_surface")
def _create_surface(game: Game, _: None, name: str, settings: Any = None) -> Ref:
    if any(surface.name == name for surface in game.surfaces.values()):
        raise ApiError(f"A surface with the name {name} already exists.")
    surface = game.add_surface(text_of(name, "the surface's name"))
    game.raise_event("on_surface_created", {"surface_index": surface.index})
    return Ref("LuaSurface", surface.index)


@calls("LuaGameScript", "delete_surface")
def _delete_surface(game: Game, _: None, identification: Any) -> bool:
    surface = game.surface(identification)
    if surface.index == 1:
        return False
    game.remove_surface(surface)
    game.raise_event("on_surface_deleted", {"surface_index": surface.index})
    return True


@calls("LuaGameScript", "create_force")
def _create_force(game: Game, _: None, name: str) -> Ref:
    return Ref("LuaForce", game.add_force(text_of(name, "the force's name")).name)


@calls("LuaGameScript", "get_entity_by_unit_number")
def _by_unit_number(game: Game, _: None, number: Any) -> Ref | None:
    # Only characters have the flag get-by-unit-number in vanilla.
    for thing in game.things.values():
        if thing.unit_number == number and thing.type == "character":
            return Ref("LuaEntity", thing.id)
    return None


@calls("LuaGameScript", "print")
def _print(game: Game, _: None, message: Any, settings: Any = None) -> None:
    for player in game.players.values():
        player.printed.append(str(message))


@calls("LuaRCON", "print")
def _rcon_print(game: Game, _: None, message: Any) -> None:
    if isinstance(message, dict | list):
        raise ApiError("the embedded server prints no localised strings over RCON; give it text")
    game.output.append(_text(message))


def _text(message: Any) -> str:
    if isinstance(message, bool):
        return "true" if message else "false"
    return "nil" if message is None else str(message)


@reads("LuaHelpers", "game_version")
def _game_version(game: Game, _: None) -> str:
    return str(game.api.game_version)


@reads("LuaHelpers", "stage")
def _stage(game: Game, _: None) -> str:
    return "control"


@calls("LuaHelpers", "compare_versions")
def _compare(game: Game, _: None, first: str, second: str) -> int:
    return compared(first, second)


@calls("LuaHelpers", "json_to_table")
def _from_json(game: Game, _: None, text: str) -> Any:
    return json_to_python(text)


@calls("LuaHelpers", "encode_string")
def _encode(game: Game, _: None, text: str) -> str:
    return base64.b64encode(zlib.compress(encoded(text).encode("latin-1"), LEVEL)).decode("ascii")


@calls("LuaHelpers", "decode_string")
def _decode(game: Game, _: None, text: str) -> bytes | None:
    inflation = zlib.decompressobj()
    try:
        whole = inflation.decompress(base64.b64decode(text, validate=True), MOST_INFLATED)
    except (ValueError, zlib.error):
        return None
    return whole if inflation.eof else None


@calls("LuaHelpers", "write_file")
def _write_file(game: Game, _: None, name: str, data: Any, append: bool = False, for_player: int = 0) -> None:
    game.write_file(name, encoded(_text(data)).encode("latin-1"), append)


@calls("LuaHelpers", "remove_path")
def _remove_path(game: Game, _: None, name: str) -> None:
    game.remove_path(name)


@calls("LuaHelpers", "direction_to_string")
def _direction(game: Game, _: None, direction: Any) -> str:
    names = {value: name for name, value in game.api.defines["direction"].items()}
    return str(names[int(direction)])


@reads("LuaBootstrap", "mod_name")
def _mod_name(game: Game, _: None) -> str:
    return game.mod_name


@reads("LuaBootstrap", "active_mods")
def _mods(game: Game, _: None) -> dict[str, str]:
    return dict(game.active_mods)


@reads("LuaBootstrap", "level")
def _level(game: Game, _: None) -> dict[str, Any]:
    return {"is_simulation": False, "level_name": "freeplay", "mod_name": "base"}


@calls("LuaBootstrap", "register_on_object_destroyed")
def _register_destroyed(game: Game, _: None, what: Any) -> Several:
    thing = game.thing(what)
    if thing.id not in game.watched:
        game.watched[thing.id] = (game.next_registration, thing.unit_number)
        game.next_registration += 1
    number, useful = game.watched[thing.id]
    return Several((number, useful or 0, game.api.defines["target_type"]["entity"]))


@reads("LuaSettings", "startup", "global", "player_default")
def _settings(game: Game, _: None) -> dict[str, Any]:
    return {}
