"""A server with the mod for Python: observe, act, build and measure, the same on the embedded and on a real one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from factorion_cli.errors import ServerError
from factorion_cli.factory import Entity, Factory, entity_to_json, factory_to_json
from factorion_cli.servers.rcon import RconClient
from factorion_cli.servers.session import Hello, Operation, Result, Session, Transport, accepted

SHORTEST_POLL, LONGEST_POLL = 0.0005, 0.05
"""Seconds between two questions whether a step or a measurement is over."""
FASTEST = 100.0
"""How many times 60 ticks a second are asked of a game that only measures; it runs as fast as it can."""
STALLED = 30.0
"""Seconds after which a game whose ticks do not pass is given up."""


@dataclass(frozen=True, slots=True)
class Placement:
    """An entity that is to be placed; `id` is the client's own, and placing the same id twice does nothing.

    Attributes:
        x: tile of the top-left corner, from the surface's origin.
        y: as x.
        direction: sixteenths of a turn.
        more: what else the operation put knows: recipe, type, filters, modules, quality, fuel.
    """

    id: str
    name: str
    x: int
    y: int
    direction: int = 0
    more: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, entity: Entity, id: str) -> Placement:  # noqa: A002 - the wire's own name
        """The placement of an entity of a Factory."""
        more = entity_to_json(entity)
        name, x, y, direction = more.pop("name"), more.pop("x"), more.pop("y"), more.pop("dir", 0)
        return cls(id, name, x, y, direction, more)


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a placement: the code and the reason when it was refused."""

    id: str
    code: str | None = None
    reason: str | None = None

    @property
    def is_placed(self) -> bool:
        """Whether the entity stands."""
        return self.code is None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a sink received.

    Attributes:
        rates: items per second by item, all lanes together.
        by_lane: the same for each lane; what has no lanes counts as left.
        counts: items in the window by lane and item.
    """

    rates: dict[str, float]
    by_lane: dict[str, dict[str, float]]
    counts: dict[str, dict[str, float]]


class LiveServer:
    """A game that is played over the wire; use it as a context manager or call `close`.

    Positions are tiles from the origin of a lab surface. Everything raises RefusedError when the mod refuses, with the
    mod's code, and ConnectionLostError when nobody answers.

    Attributes:
        session: for requests that have no method here.
    """

    def __init__(self, transport: Transport, patience: float = 30.0) -> None:
        self.session = Session(transport, patience)
        self.session.open()

    @classmethod
    def connect(cls, host: str, port: int, password: str, timeout: float = 30.0) -> LiveServer:
        """A server at an address, with `timeout` in seconds for each reply."""
        client = RconClient(host, port, password, timeout)
        try:
            return cls(client, patience=timeout)
        except BaseException:
            client.close()
            raise

    def __enter__(self) -> LiveServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the server goes on."""
        self.session.close()

    @property
    def hello(self) -> Hello:
        """What the mod said of itself."""
        return self.session.hello

    # Time

    def pause(self, speed: float = 1.0) -> None:
        """Stop the game's time; `step` then moves it, at so many times 60 ticks a second where the game can."""
        self.session.ask("time", {"paused": True, "speed": speed})

    def resume(self, speed: float = 1.0) -> None:
        """Let time run by itself, at so many times 60 ticks a second."""
        self.session.ask("time", {"paused": False, "speed": speed})

    def step(self, ticks: int, walk: int | None = None) -> None:
        """Let exactly so many ticks pass, and stop; with `walk` the character walks in that direction meanwhile."""
        self._step(ticks, walk, "p")

    def step_and_observe(self, ticks: int, walk: int | None = None, since: int = 0) -> Result:
        """As `step`; returns what is seen then: all, or what changed since the revision `since`."""
        return dict(self._step(ticks, walk, f"p {since}")["seen"])

    def _step(self, ticks: int, walk: int | None, question: str) -> Result:
        """Ask together for the ticks and whether they are over: often they are by the time that this is read."""
        asked = f"s {ticks}" + (f" w{walk}" if walk is not None else "")
        _, (told,) = self.session.requests([asked, question])
        return told if told["done"] else self._until_done(question)

    def _until_done(self, question: str) -> Result:
        pause, left, moved = SHORTEST_POLL, -1, time.monotonic()
        while True:
            (told,) = self.session.request(question)
            if told["done"]:
                return told
            if told["left"] != left:
                left, moved = told["left"], time.monotonic()
            elif time.monotonic() - moved > STALLED:
                raise ServerError(f"the game stands still at tick {self.session.tick}: nothing passed in {STALLED:g} s")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)

    # The character

    def observe(self, since: int | None = None) -> Result:
        """What the character sees: all, or what changed since a revision."""
        return self.session.ask("observe", {} if since is None else {"since": since})

    def act(self, kind: str, **arguments: Any) -> Result:
        """Let the character do something: walk, mine, take, place, rotate, recipe, transfer, craft, compound, stop."""
        return self.session.ask("act", {"kind": kind, **arguments})

    def scenario(self, name: str, seed: int = 0) -> Result:
        """Load a scenario: the same name and seed make the same world."""
        return self.session.ask("scenario", {"name": name, "seed": seed})

    def digest(self, surface: str | None = None) -> str:
        """A short text that is the same for the same contents of a surface (default: the character's)."""
        return str(self.session.ask("digest", _on(surface))["digest"])

    def clean(self) -> str:
        """Empty the server: no character, nothing on a lab, time as usual; returns the digest of what is left."""
        return str(self.session.ask("clean")["digest"])

    # Factories

    def surface(self, name: str, width: int, height: int) -> None:
        """Make a lab surface, or empty the one of that name; later calls without a name mean it."""
        self.session.ask("surface", {"name": name, "width": width, "height": height})

    def build(self, factory: Factory, surface: str = "lab") -> list[Result]:
        """Build a factory on a lab surface of its size; returns what could not be built, with codes and reasons."""
        made: Operation = ("surface", {"name": surface, "width": factory.width, "height": factory.height})
        build: Operation = ("build", {"surface": surface, "factory": factory_to_json(factory)})
        return list(self._carried_out([made, build])[-1]["failed"])

    def put(self, placements: Sequence[Placement], surface: str | None = None) -> list[Placed]:
        """Place entities in one tick, in order; each is placed or refused by itself."""
        asked: list[Operation] = [("put", {**_on(surface), **_arguments(each)}) for each in placements]
        results = self.session.batch(asked)
        return [Placed(each.id, **_refusal(result)) for each, result in zip(placements, results, strict=True)]

    def undo(self, id: str, surface: str | None = None) -> bool:  # noqa: A002 - the wire's own name
        """Take away what was placed under an id; False when nothing is there."""
        return bool(self.session.ask("undo", {**_on(surface), "id": id})["removed"])

    def clear(self, surface: str | None = None) -> None:
        """Empty a lab surface."""
        self.session.ask("clear", _on(surface))

    def measure(self, warmup: int, ticks: int, surface: str | None = None) -> dict[str, Measured]:
        """Stop the game's time, run a warm-up and a window, and tell what each sink received in the window.

        Args:
            warmup: ticks before counting.
            ticks: ticks that are counted.
            surface: name of the lab; default: the one that was used last.

        Returns:
            By the id of the sink.
        """
        (measured,) = self._measured([_on(surface)], warmup, [ticks])
        return measured

    def measure_together(self, windows: Mapping[str, int], warmup: int) -> dict[str, dict[str, Measured]]:
        """As `measure`, for several lab surfaces at once.

        Args:
            windows: ticks that are counted, by surface.
            warmup: ticks before counting.

        Returns:
            By surface and by the id of the sink.
        """
        measured = self._measured([_on(name) for name in windows], warmup, list(windows.values()))
        return dict(zip(windows, measured, strict=True))

    def _measured(
        self, labs: Sequence[Mapping[str, str]], warmup: int, windows: Sequence[int]
    ) -> list[dict[str, Measured]]:
        asked: list[Operation] = [("time", {"paused": True})]
        asked += [
            ("measure", {**lab, "warmup": warmup, "ticks": ticks}) for lab, ticks in zip(labs, windows, strict=True)
        ]
        self._carried_out(asked)
        self._until_done("p")
        results = self._carried_out([("result", lab) for lab in labs])
        for result in results:
            if not result["done"]:
                raise ServerError(
                    f"a measurement has {result['left']} ticks left although the game stands: is another client on it?"
                )
        return [{sink: _measured(told) for sink, told in dict(result["sinks"]).items()} for result in results]

    def _carried_out(self, asked: Sequence[Operation]) -> list[Result]:
        """The results of a batch in which nothing may fail; what comes after a failure is not begun."""
        results = self.session.batch(asked, stop=True)
        return [accepted(name, result) for (name, _), result in zip(asked, results, strict=False)]


def _on(surface: str | None) -> dict[str, str]:
    return {} if surface is None else {"surface": surface}


def _arguments(each: Placement) -> dict[str, Any]:
    where = {"id": each.id, "name": each.name, "x": each.x, "y": each.y, "direction": each.direction}
    return {**where, **(each.more or {})}


def _refusal(result: Result) -> dict[str, str]:
    failure = result.get("err")
    return {"code": failure["code"], "reason": failure["msg"]} if failure else {}


def _measured(told: Mapping[str, Any]) -> Measured:
    by_lane = {lane: dict(rates) for lane, rates in dict(told["rates"]).items()}
    rates: dict[str, float] = {}
    for lane in by_lane.values():
        for item, rate in lane.items():
            rates[item] = rates.get(item, 0.0) + rate
    return Measured(rates, by_lane, {lane: dict(counts) for lane, counts in dict(told["counts"]).items()})
