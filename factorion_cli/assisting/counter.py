"""The counter where players' requests are taken up, over the wire to the mod (docs/mod.md, operations)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factorion_cli.errors import ServerError
from factorion_cli.factory import Entity, Factory, factory_from_json
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.session import Operation, Result, accepted

GONE = frozenset({"no_request", "not_building", "no_surface"})
"""Codes of a request that the player has taken back, or whose surface is gone."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a player has asked for: a factory in a marked region.

    Attributes:
        id: the mod's number, as text.
        player: name; "" for one who has left.
        surface: name of the surface in the game.
        x: left tile of the region in the game.
        y: top tile of the region in the game.
        width: tiles.
        height: tiles.
    """

    id: str
    player: str
    surface: str
    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        """For a line of a report."""
        return f"request {self.id}: {self.width} x {self.height} at {self.x},{self.y} of {self.surface}"


@dataclass(frozen=True, slots=True)
class Site:
    """A region as it is when a request is taken up.

    Attributes:
        factory: what stands there, with its endpoints; tile (0, 0) is the region's.
        blocked: tiles where nothing may stand.
        hand: entities that the player could build out of the inventory, by name.
    """

    factory: Factory
    blocked: frozenset[tuple[int, int]]
    hand: Mapping[str, int]


class Counter:
    """The mod's operations on requests."""

    def __init__(self, live: LiveServer) -> None:
        self._session = live.session
        if "requests" not in live.hello.operations:
            raise ServerError(
                f"the mod there (version {live.hello.mod}) knows no requests of players: install this one, "
                "by `factorion mod install`"
            )

    def reopen(self) -> None:
        """Begin a new session, after an interruption that may have come in the middle of a reply."""
        self._session.close()
        self._session.open()

    def open(self) -> list[Request]:
        """Requests that nobody has built, the oldest first."""
        return [_request(row) for row in list(self._session.ask("requests")["requests"])]

    def begin(self, request: Request) -> Site:
        """Take a request up; what another client has placed for it goes."""
        told = self._session.ask("begin", {"request": request.id})
        factory = factory_from_json(dict(told["factory"]))
        rectangles = dict(factory.metadata.get("task") or {}).get("blocked", ())
        return Site(factory, _tiles(rectangles), {name: int(count) for name, count in dict(told["hand"]).items()})

    def put(self, request: Request, entities: Sequence[Entity], first: int) -> list[str | None]:
        """Place entities in one tick, with ids that count from `first`; for each why it was refused, or None.

        Raises:
            RefusedError: the request is gone.
        """
        asked: list[Operation] = [
            ("put", {"request": request.id, "id": str(first + index), **_described(entity)})
            for index, entity in enumerate(entities)
        ]
        return [_reason(result) for result in self._session.batch(asked)]

    def tell(self, request: Request, text: str, close: bool = False) -> None:
        """Show the player a line of text; with `close` nothing more comes."""
        self._session.ask("tell", {"request": request.id, "text": text[:200], "close": close})

    def undo(self, request: Request) -> int:
        """Take away all that was placed; how much it was."""
        return int(self._session.ask("undo", {"request": request.id})["removed"])

    def measure(self, request: Request, warmup: int, ticks: int) -> None:
        """Start counting what the sinks of the region receive; the mod shows it to the player."""
        self._session.ask("measure", {"request": request.id, "warmup": warmup, "ticks": ticks})

    def result(self, request: Request) -> tuple[dict[str, float] | None, int]:
        """Items per second into all sinks together, by item, or None with the ticks that are left."""
        told = self._session.ask("result", {"request": request.id})
        if not told["done"]:
            return None, int(told["left"])
        rates: dict[str, float] = {}
        for sink in dict(told["sinks"]).values():
            for lane in dict(sink["rates"]).values():
                for item, rate in dict(lane).items():
                    rates[item] = rates.get(item, 0.0) + rate
        return rates, 0


def _request(row: Mapping[str, Any]) -> Request:
    place = {name: int(row[name]) for name in ("x", "y", "width", "height")}
    return Request(str(row["id"]), str(row.get("player", "")), str(row["surface"]), **place)


def _tiles(rectangles: Sequence[Sequence[int]]) -> frozenset[tuple[int, int]]:
    return frozenset(
        (column, row)
        for x, y, width, height in rectangles
        for row in range(y, y + height)
        for column in range(x, x + width)
    )


def _described(entity: Entity) -> dict[str, Any]:
    """An entity as the operation put takes it."""
    told: dict[str, Any] = {"name": entity.name, "x": entity.x, "y": entity.y, "direction": entity.direction}
    settings = {
        "type": entity.underground_type,
        "recipe": entity.recipe,
        "filters": list(entity.filters),
        "modules": list(entity.modules),
    }
    return told | {name: value for name, value in settings.items() if value}


def _reason(result: Result) -> str | None:
    """Why a placement was refused."""
    failure = result.get("err")
    if failure and failure["code"] in GONE:
        accepted("put", result)
    return None if not failure else f"{failure['msg']} ({failure['code']})"
