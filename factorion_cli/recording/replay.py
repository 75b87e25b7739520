"""Replaying: the same deeds in the same ticks on an empty server, and whether the world comes out the same.

What people and agents did is done again by the mod (operation `enact`); what furnaces, arms and belts make of it is the
server's. The digests that the recording took on its way say whether both came to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Protocol

from factorion_cli.errors import DataError, RefusedError
from factorion_cli.recording.events import Event
from factorion_cli.servers.live import LiveServer

ENACTED: Final = frozenset(
    {
        "actor", "move", "items", "built", "removed", "rotated", "recipe", "settings", "transfer", "ore", "took",
        "spilled", "gone", "operation",
    }
)  # fmt: skip
"""Kinds of events that are done again; the others only tell."""
START: Final = "scenario"
"""A stretch begins where a scenario is loaded: what was there before is gone, and the name and seed make all of it."""
ENDS: Final = frozenset({START, "clean", "end"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a take from the loading of a scenario on.

    Attributes:
        scenario: its name.
        seed: its seed.
        events: from the loading to what ended it.
    """

    scenario: str
    seed: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class Replayed:
    """What came of a stretch.

    Attributes:
        scenario: its name.
        seed: its seed.
        events: how many were done.
        ticks: length.
        checks: digests compared.
        difference: the first one: which event, what was recorded and what came out; None when all agree.
        digest: the last one of the replay.
    """

    scenario: str
    seed: int
    events: int = 0
    ticks: int = 0
    checks: int = 0
    difference: str | None = None
    digest: str | None = None


def stretches(events: Iterable[Event]) -> Iterator[Stretch]:
    """The parts of a take that can be replayed; what comes before its first scenario cannot."""
    begun: list[Event] = []
    for event in events:
        if begun and event.kind in ENDS:
            yield _stretch(begun)
            begun = []
        if begun or event.kind == START:
            begun.append(event)
    if begun:
        yield _stretch(begun)


def _stretch(events: list[Event]) -> Stretch:
    told = events[0].told
    return Stretch(str(told["name"]), int(told["seed"]), tuple(events))


class Observer(Protocol):
    """Looks at the world before a deed is done again."""

    def wants(self, event: Event) -> bool:
        """Whether to look before this event."""
        ...

    def see(self, event: Event, seen: Mapping[str, Any]) -> None:
        """Take what the actor saw: an observation of the mod, whole."""


def replay(live: LiveServer, stretch: Stretch, observer: Observer | None = None) -> Iterator[Replayed]:
    """Empty the server and play a stretch on it.

    Args:
        live: the server, nobody else's.
        stretch: what was recorded.
        observer: looks on.

    Yields:
        How far it is, after each tick in which something happened; always the same object.
    """
    so_far = Replayed(stretch.scenario, stretch.seed)
    live.clean()
    live.pause()
    loaded = live.scenario(stretch.scenario, stretch.seed)
    start = stretch.events[0]
    now = start.tick
    _compare(so_far, start, str(loaded["digest"]))
    for tick, events in groupby(stretch.events[1:], key=lambda event: event.tick):
        if so_far.difference is not None:
            return
        if tick < now:
            raise DataError(f"the recording goes back from tick {now} to {tick}: it is damaged")
        if tick > now:
            live.step(tick - now)
        now, so_far.ticks = tick, tick - start.tick
        _play(live, list(events), so_far, observer)
        yield so_far


def _play(live: LiveServer, events: list[Event], so_far: Replayed, observer: Observer | None) -> None:
    """What happened in one tick, in order."""
    batch: list[Event] = []
    for event in events:
        is_watched = observer is not None and observer.wants(event)
        if is_watched or event.kind not in ENACTED:
            _enact(live, batch, so_far)
            batch = []
        if so_far.difference is not None:
            return
        if observer is not None and is_watched:
            observer.see(event, live.observe())
        if event.kind == "check":
            _compare(so_far, event, live.digest(event.told["lab"]))
        elif event.kind in ENACTED:
            batch.append(event)
    _enact(live, batch, so_far)


def _enact(live: LiveServer, events: list[Event], so_far: Replayed) -> None:
    if not events:
        return
    try:
        live.session.ask("enact", {"events": [dict(event.told) for event in events]})
    except RefusedError as error:
        numbers = f"{events[0].number} to {events[-1].number}, tick {events[0].tick}"
        so_far.difference = f"events {numbers}: {error}"
    so_far.events += len(events)


def _compare(so_far: Replayed, event: Event, found: str) -> None:
    recorded: Any = event.told["digest"]
    so_far.checks, so_far.digest = so_far.checks + 1, found
    if found != recorded:
        so_far.difference = f"event {event.number}, tick {event.tick}: digest {found}, recorded {recorded}"
