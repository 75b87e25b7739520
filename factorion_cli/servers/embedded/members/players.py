"""LuaPlayer: a connected player, for what asks for one (recording, help in the game)."""

from __future__ import annotations

from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.things import Player
from factorion_cli.servers.embedded.values import Position, Ref


@reads("LuaPlayer", "index", "name", "admin")
def _field(game: Game, player: Player, key: str) -> Any:
    return getattr(player, key)


@reads("LuaPlayer", "connected")
def _connected(game: Game, player: Player) -> bool:
    return True


@reads("LuaPlayer", "character")
def _character(game: Game, player: Player) -> Ref | None:
    return Ref("LuaEntity", player.thing) if player.thing in game.things else None


@reads("LuaPlayer", "position")
def _position(game: Game, player: Player) -> Position:
    thing = game.things[player.thing]
    return Position(thing.x, thing.y)


@reads("LuaPlayer", "surface")
def _surface(game: Game, player: Player) -> Ref:
    return Ref("LuaSurface", game.things[player.thing].surface)


@reads("LuaPlayer", "surface_index")
def _surface_index(game: Game, player: Player) -> int:
    return game.things[player.thing].surface


@reads("LuaPlayer", "force")
def _force(game: Game, player: Player) -> Ref:
    return Ref("LuaForce", game.things[player.thing].force)


@writes("LuaPlayer", "force")
def _set_force(game: Game, player: Player, value: Any) -> None:
    game.things[player.thing].force = game.force(value).name
    game.forget(player.thing)


@reads("LuaPlayer", "cursor_stack")
def _cursor(game: Game, player: Player) -> Ref:
    return Ref("LuaItemStack", f"{player.index}:cursor:1")


@reads("LuaPlayer", "opened")
def _opened(game: Game, player: Player) -> None:
    return None


@calls("LuaPlayer", "print")
def _print(game: Game, player: Player, message: Any, settings: Any = None) -> None:
    player.printed.append(str(message))
