"""LuaTransportLine: a lane of a belt. Lines of endpoints are the World's sources and sinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import SinkHolder
from factorion_cli.servers.embedded.members.entities import item_list
from factorion_cli.servers.embedded.members.registry import LENGTHS, calls, reads
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.embedded.values import ApiError, Ref, name_of
from factorion_cli.simulation.world import BeltState, EndpointState
from factorion_cli.simulation.world.states import LaneItems

SIDES = {1: "left", 2: "right", 5: "left", 6: "right"}
"""Lanes by line: lines 3 and 4 of an underground and 7 and 8 of a splitter are part of those in the World."""


@dataclass(frozen=True, slots=True)
class Line:
    """A lane of a belt: of which thing, and its number."""

    thing: Thing
    index: int

    @property
    def lane(self) -> str:
        """Left or right."""
        return SIDES.get(self.index, "")


def lying(game: Game, line: Line) -> LaneItems:
    """What lies on a line, front first."""
    surface = game.surfaces[line.thing.surface]
    state = surface.world.state(line.thing.world[0])
    belt = state.belt if isinstance(state, EndpointState) else state
    if isinstance(belt, BeltState) and line.index > 4:
        belt = belt.other
    if not isinstance(belt, BeltState) or not line.lane:
        return ()
    found: LaneItems = getattr(belt, line.lane)
    return found


def _contents(game: Game, line: Line) -> dict[str, int]:
    endpoint = line.thing.endpoint
    if endpoint is not None and endpoint.role == "sink":
        return SinkHolder(game, line.thing, line.index - 1).contents()
    found: dict[str, int] = {}
    for name, _, pieces in lying(game, line):
        found[name] = found.get(name, 0) + pieces
    return found


@calls("LuaTransportLine", "get_contents")
def _get_contents(game: Game, line: Line) -> list[dict[str, Any]]:
    return item_list(_contents(game, line))


@calls("LuaTransportLine", "get_item_count")
def _item_count(game: Game, line: Line, item: Any = None) -> int:
    contents = _contents(game, line)
    return sum(contents.values()) if item is None else contents.get(name_of(item, "an item"), 0)


LENGTHS["LuaTransportLine"] = lambda game, ref: _item_count(game, game.target(ref))


@calls("LuaTransportLine", "can_insert_at_back")
def _can_insert(game: Game, line: Line) -> bool:
    endpoint = line.thing.endpoint
    if endpoint is None or endpoint.role != "source":
        raise ApiError("the embedded server lets scripts put items on the mod's source belts only")
    return line.lane != "" and line.lane not in endpoint.items  # a lane with an item is kept full by the World


@calls("LuaTransportLine", "insert_at_back")
def _insert(game: Game, line: Line, items: Any, belt_stack_size: Any = None) -> bool:
    if not _can_insert(game, line):
        return False
    endpoint = line.thing.endpoint
    assert endpoint is not None
    endpoint.items[line.lane] = game.stack_of(items)[0]
    game.surfaces[line.thing.surface].rebuild_endpoint(line.thing)
    return True


@calls("LuaTransportLine", "clear")
def _clear(game: Game, line: Line) -> None:
    endpoint = line.thing.endpoint
    if endpoint is not None and endpoint.role == "sink":
        SinkHolder(game, line.thing, line.index - 1).clear()
        return
    for name, count in _contents(game, line).items():
        _take(game, line, name, count)
    if endpoint is not None and endpoint.items.pop(line.lane, None) is not None:
        game.surfaces[line.thing.surface].rebuild_endpoint(line.thing)


@calls("LuaTransportLine", "remove_item")
def _remove(game: Game, line: Line, items: Any) -> int:
    name, count = game.stack_of(items)
    return _take(game, line, name, min(count, _contents(game, line).get(name, 0)))


def _take(game: Game, line: Line, name: str, count: int) -> int:
    if line.thing.endpoint is not None and line.thing.endpoint.role == "sink":
        return SinkHolder(game, line.thing, line.index - 1).remove(name, count)
    return game.surfaces[line.thing.surface].world.take(line.thing.world[0], name, count)


@calls("LuaTransportLine", "get_detailed_contents")
def _detailed(game: Game, line: Line) -> list[dict[str, Any]]:
    if line.thing.endpoint is not None and line.thing.endpoint.role == "sink":
        raise ApiError("the embedded server's sinks swallow items at once: ask for get_contents")
    stack = f"{line.thing.id}:line{line.index}"
    return [
        {"position": place / 256, "unique_id": 0, "stack": Ref("LuaItemStack", f"{stack}:{at}")}
        for at, (_, place, _) in enumerate(lying(game, line), start=1)
    ]  # fmt: skip


@reads("LuaTransportLine", "line_length")
def _length(game: Game, line: Line) -> float:
    return 1.0


@reads("LuaTransportLine", "owner")
def _owner(game: Game, line: Line) -> Ref:
    return Ref("LuaEntity", line.thing.id)
