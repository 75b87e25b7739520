"""A running game as bytes: a JSON document, the mod's storage, and the World of each surface."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from factorion_cli.errors import DataError
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.things import Body, Craft, Drawing, Endpoint, Force, Player, Slots, Thing, Widget
from factorion_cli.simulation.world import Snapshot

_MAGIC = b"factorion-game-1\n"
_PLAIN = (
    "tick", "ticks_to_run", "tick_paused", "speed", "next_id", "next_unit", "next_surface", "next_registration",
    "next_drawing", "next_widget", "flags", "active_mods",
)  # fmt: skip


def pack_game(game: Game, storage: bytes) -> bytes:
    """The game with the mod's storage; `unpack_game` reads it."""
    document: dict[str, Any] = {name: getattr(game, name) for name in _PLAIN}
    document["version"] = game.api.version
    document["things"] = [asdict(thing) for thing in game.things.values()]
    document["drawings"] = [asdict(drawing) for drawing in game.drawings.values()]
    document["widgets"] = [asdict(widget) for widget in game.widgets.values()]
    document["players"] = [asdict(player) for player in game.players.values()]
    document["forces"] = [_force_document(force) for force in game.forces.values()]
    document["busy"], document["watched"] = list(game.busy), [[k, *v] for k, v in game.watched.items()]
    document["random"] = game.randomness.bit_generator.state
    worlds = []
    document["surfaces"] = []
    for surface in game.surfaces.values():
        worlds.append(surface.world.snapshot().to_bytes())
        document["surfaces"].append(
            {
                "index": surface.index, "name": surface.name, "lab_tiles": surface.lab_tiles,
                "always_day": surface.always_day, "tiles": [[*tile, name] for tile, name in surface.tiles.items()],
                "members": list(surface.members), "of_world": list(surface.of_world.items()),
            }
        )  # fmt: skip
    parts = [json.dumps(document).encode(), storage, *worlds]
    return _MAGIC + b"".join(struct.pack("<Q", len(part)) + part for part in parts)


def _force_document(force: Force) -> dict[str, Any]:
    return {
        "name": force.name, "index": force.index, "disabled": sorted(force.disabled_recipes),
        "made": [[*key, count] for key, count in force.made.items()],
        "used": [[*key, count] for key, count in force.used.items()],
    }  # fmt: skip


def _parts(data: bytes) -> list[bytes]:
    if not data.startswith(_MAGIC):
        raise DataError("these bytes are no saved game of this version; save it again with this version")
    parts, at = [], len(_MAGIC)
    while at < len(data):
        if at + 8 > len(data):
            raise DataError("the saved game is cut off; use an older one")
        (length,) = struct.unpack_from("<Q", data, at)
        if at + 8 + length > len(data):
            raise DataError("the saved game is cut off; use an older one")
        parts.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    return parts


def unpack_game(game: Game, data: bytes) -> tuple[bytes, dict[str, str]]:
    """Fill a new game with a saved one; returns the mod's storage and the mods it was saved with.

    Raises:
        DataError: the bytes are damaged, or of another version of the API.
    """
    head, storage, *worlds = _parts(data)
    document = json.loads(head)
    if document["version"] != game.api.version:
        raise DataError(f"the game was saved as {document['version']}, not {game.api.version}")
    mods = document.pop("active_mods")
    for name in _PLAIN:
        if name != "active_mods":
            setattr(game, name, document[name])
    game.things.update({row["id"]: _thing(row) for row in document["things"]})
    game.drawings = {row["id"]: Drawing(**row) for row in document["drawings"]}
    game.widgets = {row["id"]: Widget(**row) for row in document["widgets"]}
    game.players = {
        row["index"]: Player(**{**row, "cursor": _stack(row["cursor"])}) for row in document["players"]
    }  # fmt: skip
    game.forces = {row["name"]: _force(row) for row in document["forces"]}
    game.busy, game.watched = dict.fromkeys(document["busy"]), {k: (a, b) for k, a, b in document["watched"]}
    game.randomness.bit_generator.state = document["random"]
    _fill_surfaces(game, document["surfaces"], worlds)
    return storage, dict(mods)


def _fill_surfaces(game: Game, rows: list[dict[str, Any]], worlds: list[bytes]) -> None:
    following = game.next_surface
    game.surfaces.clear()
    for row, world in zip(rows, worlds, strict=True):
        game.next_surface = row["index"]
        surface = game.add_surface(row["name"])
        surface.lab_tiles, surface.always_day = row["lab_tiles"], row["always_day"]
        surface.tiles = {(x, y): name for x, y, name in row["tiles"]}
        surface.of_world = dict(row["of_world"])
        for number in row["members"]:
            surface.enter(game.things[number])
        for number in row["members"]:
            thing = game.things[number]
            if thing.type == "resource":
                surface.ores[thing.tiles()[0]] = number
            if thing.type == "mining-drill":
                surface.drills.add(number)
        surface.restore(Snapshot.from_bytes(world))
    game.next_surface = following


def _stack(row: list[Any] | None) -> tuple[str, int] | None:
    return None if row is None else (row[0], row[1])


def _thing(row: dict[str, Any]) -> Thing:
    body, endpoint = row.pop("body"), row.pop("endpoint")
    thing = Thing(**{**row, "world": tuple(row["world"]), "stack": _stack(row["stack"])})
    if body is not None:
        slots = Slots([_stack(stack) for stack in body.pop("inventory")["stacks"]])
        queue = [Craft(**entry) for entry in body.pop("queue")]
        thing.body = Body(inventory=slots, queue=queue, **body)
    if endpoint is not None:
        thing.endpoint = Endpoint(**endpoint)
    return thing


def _force(row: dict[str, Any]) -> Force:
    return Force(
        row["name"],
        row["index"],
        disabled_recipes=set(row["disabled"]),
        made={(surface, name): count for surface, name, count in row["made"]},
        used={(surface, name): count for surface, name, count in row["used"]},
    )
