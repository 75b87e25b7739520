"""Seeded from-markers tasks: where the markers stand and what is asked for is drawn, nothing else.

The distribution, in the order of the draws (all of them uniform and independent unless it says otherwise):

1. **What is wanted.** One of `frontiers(machines, depth)`: every item that the allowed machines make without fluids,
   with the frontier of its recipe tree at exactly that depth. Frontiers that need more sources than there are places
   are left out. At depth 0 an item is only to be carried.
2. **Where the markers stand.** Distinct tiles for one belt source of each item given, and for one belt sink. With
   `markers="edge"` that is any tile of the rectangle's edge but its corners; sources face inwards, the sink faces
   outwards. With `markers="anywhere"` it is any tile; a marker faces any way in which the tile before it (for the sink:
   behind it) is within the rectangle and holds no marker; places are drawn again until every marker has such a way.
3. **Blocked tiles.** Every tile that holds no marker, and is not the one before a source or behind the sink, is blocked
   with probability `blocked`.

Belts of markers are yellow; power has to be laid (`power="poles"`) or is everywhere (`"unlimited"`). Nothing keeps two
sources from facing the same tile, or the markers from crowding each other: that is part of the task. With the defaults
a trial is an 11x11 square for the `basic` entities.

Task number n of a seed is drawn from SeedSequence([seed, n]) alone: the same whatever else is drawn, and by whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from factorion_cli.errors import UsageError
from factorion_cli.factory import Factory, Power, Sink, Source
from factorion_cli.factory.geometry import DIRECTIONS, EAST, NORTH, SOUTH, WEST, opposite, step
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.allowed import ALLOWED_SETS
from factorion_cli.tasks.frontiers import Frontier, frontiers
from factorion_cli.tasks.markers import TASK_KEY, MarkerTask, marker_task

Places = Literal["edge", "anywhere"]
Tile = tuple[int, int]
Marker = tuple[Tile, int]

LEAST_SIZE, MOST_SIZE = 4, 256
MOST_BLOCKED = 0.5
_MOST_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """What tasks of one kind have in common.

    Attributes:
        depth: crafting steps from the sources to what is wanted.
        size: side of the square, in tiles.
        markers: where they may stand, "edge" or "anywhere".
        blocked: share of the free tiles where nothing may stand.
        allowed: set of entities that may be built, see `allowed.ALLOWED_SETS`.
        power: "poles" has to be laid, "unlimited" is everywhere.
    """

    depth: int = 1
    size: int = 11
    markers: Places = "edge"
    blocked: float = 0.0
    allowed: str = "basic"
    power: Literal["poles", "unlimited"] = "poles"

    def __post_init__(self) -> None:
        if self.allowed not in ALLOWED_SETS:
            raise UsageError(f"allowed is {self.allowed!r}, expected {' or '.join(ALLOWED_SETS)}")
        if self.markers not in ("edge", "anywhere"):
            raise UsageError(f"markers is {self.markers!r}, expected edge or anywhere")
        if self.power not in ("poles", "unlimited"):
            raise UsageError(f"power is {self.power!r}, expected poles or unlimited")
        if not LEAST_SIZE <= self.size <= MOST_SIZE:
            raise UsageError(f"size is {self.size}, expected {LEAST_SIZE} to {MOST_SIZE}")
        if not 0 <= self.blocked <= MOST_BLOCKED:
            raise UsageError(f"blocked is {self.blocked:g}, expected a share of 0 to {MOST_BLOCKED:g}")
        if not self.wanted():
            raise UsageError(f"nothing that {self.allowed} entities make has a recipe tree of depth {self.depth}")

    def wanted(self) -> tuple[Frontier, ...]:
        """What may be asked for: the frontiers whose markers find room."""
        table = load_table()
        machines = frozenset(name for name in ALLOWED_SETS[self.allowed] if table.entity(name).machine is not None)
        most = 4 * (self.size - 2) if self.markers == "edge" else self.size**2 // 4
        return tuple(found for found in frontiers(machines, self.depth) if len(found.given) + 1 <= most)


def trials(settings: TrialSettings, seed: int, count: int, prefix: str = "markers") -> Iterator[MarkerTask]:
    """Tasks 0 to `count` - 1 of a seed, named PREFIX-NUMBER."""
    for number in range(count):
        rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
        yield trial(settings, rng, f"{prefix}-{number}")


def trial(settings: TrialSettings, rng: np.random.Generator, name: str) -> MarkerTask:
    """One task, as the module says."""
    choice = settings.wanted()
    frontier = choice[int(rng.integers(len(choice)))]
    count = len(frontier.given) + 1
    draw = _on_edge if settings.markers == "edge" else _anywhere
    markers = draw(settings.size, count, rng)
    sources = [
        Source(f"S{number}", "belt", x, y, item, direction)
        for number, (item, ((x, y), direction)) in enumerate(zip(frontier.given, markers[:-1], strict=True))
    ]
    (x, y), direction = markers[-1]
    factory = Factory(
        settings.size,
        settings.size,
        sources=tuple(sources),
        sinks=(Sink("K0", "belt", x, y, frontier.item, direction),),
        id=name,
        power=Power(settings.power),
        metadata={TASK_KEY: {"blocked": _blocked(settings, markers, rng), "allowed": settings.allowed}},
    )
    return marker_task(factory)


def _on_edge(size: int, count: int, rng: np.random.Generator) -> list[Marker]:
    """Markers on distinct tiles of the edge but its corners, the last of them facing outwards."""
    last = size - 1
    edge = [
        ((x, y), inwards)
        for along in range(1, last)
        for x, y, inwards in ((along, 0, SOUTH), (last, along, WEST), (along, last, NORTH), (0, along, EAST))
    ]
    markers = [edge[index] for index in rng.choice(len(edge), count, replace=False)]
    tile, inwards = markers[-1]
    return [*markers[:-1], (tile, opposite(inwards))]


def _anywhere(size: int, count: int, rng: np.random.Generator) -> list[Marker]:
    """Markers on distinct tiles; the tile before each, and the one behind the last, is free and inside."""
    for _ in range(_MOST_DRAWS):
        tiles = [(int(place % size), int(place // size)) for place in rng.choice(size * size, count, replace=False)]
        markers: list[Marker] = []
        for number, (x, y) in enumerate(tiles):
            ways = [way for way in DIRECTIONS if _is_free(step(x, y, way), size, tiles)]
            if ways:
                way = ways[int(rng.integers(len(ways)))]
                markers.append(((x, y), opposite(way) if number == count - 1 else way))
        if len(markers) == count:
            return markers
    raise UsageError(f"{count} markers find no room on {size} x {size} tiles; use a larger size")


def _is_free(tile: Tile, size: int, markers: list[Tile]) -> bool:
    return 0 <= tile[0] < size and 0 <= tile[1] < size and tile not in markers


def _blocked(settings: TrialSettings, markers: list[Marker], rng: np.random.Generator) -> list[list[int]]:
    """[x, y, 1, 1] of tiles drawn from those that the markers do not need."""
    if not settings.blocked:
        return []
    needed = {tile for tile, _ in markers}
    needed |= {step(*tile, way) for tile, way in markers[:-1]}
    tile, way = markers[-1]
    needed.add(step(*tile, opposite(way)))
    drawn = rng.random((settings.size, settings.size)) < settings.blocked
    return [[int(x), int(y), 1, 1] for y, x in np.argwhere(drawn) if (x, y) not in needed]
