"""Belt lines: grown upstream from where items are wanted, or downstream to where they go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from factorion_cli.factory import Entity
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import opposite, turn_right
from factorion_cli.prototypes import load_table
from tests.factories.canvas import TIERS, Canvas, Tile, belt_name, beside

Start = Callable[[Canvas, Tile, str], bool]
"""Brings an item to the first belt tile of a line by arms; False when there is no room."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to grow: one item, or two with a lane each; what may start it; how mixed its tiers are."""

    items: tuple[str, ...]
    tier: str
    start: Start | None = None
    mixed_tiers: bool = False


def random_line(canvas: Canvas, items: tuple[str, ...], start: Start | None = None) -> Line:
    """A line of any tier, slow ones more often."""
    tier = canvas.rng.choices(TIERS, (8, 4, 3, 2))[0]
    return Line(items, tier, start, canvas.chance(0.2))


def feed(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    """Let `tile` hand the line's items on towards `heading`, growing about `steps` tiles upstream."""
    if not canvas.free(tile):
        return False
    if line.mixed_tiers and canvas.chance(0.3):
        line = Line(line.items, canvas.rng.choice(TIERS), line.start, True)
    if steps > 0:
        pieces = (_straight, _turn, _underground, _splitter, _side_load)
        for piece in dict.fromkeys(canvas.rng.choices(pieces, (10, 3, 2, 2, 1), k=3)):
            if canvas.attempt(partial(piece, canvas, tile, heading, line, steps)):
                return True
    return _begin(canvas, tile, heading, line)


def _belt(canvas: Canvas, tile: Tile, heading: int, line: Line) -> bool:
    canvas.note([tile], line.items)
    return canvas.put(Entity(belt_name(line.tier), *tile, heading))


def _straight(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    length = canvas.rng.randint(1, max(1, min(6, steps)))
    for _ in range(length):
        if not _belt(canvas, tile, heading, line):
            return False
        tile = beside(tile, opposite(heading))
    return feed(canvas, tile, heading, line, steps - length)


def _turn(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    side = turn_right(heading, canvas.rng.choice((1, 3)))
    canvas.reserve(beside(tile, opposite(heading)))
    return _belt(canvas, tile, heading, line) and feed(canvas, beside(tile, side), opposite(side), line, steps - 1)


def _underground(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    name = f"{line.tier}underground-belt"
    data = load_table().entity(name).belt
    assert data is not None
    back = opposite(heading)
    length = canvas.rng.randint(1, data.max_distance)
    way = [beside(tile, back, distance) for distance in range(length + 1)]
    keys = [(place, line.tier, heading % 8) for place in way]
    if canvas.tunnels.intersection(keys) or not canvas.free(way[0], way[-1]):
        return False
    if not canvas.put(Entity(name, *way[0], heading, underground_type="output")):
        return False
    if not canvas.put(Entity(name, *way[-1], heading, underground_type="input")):
        return False
    canvas.tunnel(keys)
    canvas.note((way[0], way[-1]), line.items)
    return feed(canvas, beside(way[-1], back), heading, line, steps - length)


def _splitter(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    """A splitter whose other half gets a second input, a second output, both, a loop, or neither."""
    to_right = canvas.chance(0.5)
    side = turn_right(heading, 1 if to_right else 3)
    other, back = beside(tile, side), opposite(heading)
    ahead = beside(other, heading)
    x, y = min(tile[0], other[0]), min(tile[1], other[1])
    main, rest = ("left", "right") if to_right else ("right", "left")
    options = {}
    drains = canvas.chance(0.5) and canvas.free(ahead)
    if canvas.chance(0.25):
        options["input_priority"] = canvas.rng.choice((main, rest))
    if canvas.chance(0.3):
        options["output_priority"] = canvas.rng.choice((main, rest))
    if drains and canvas.chance(0.25):
        options["filter"] = canvas.rng.choice(line.items)
        options["output_priority"] = main if len(line.items) == 1 else canvas.rng.choice((main, rest))
    if not canvas.put(Entity(f"{line.tier}splitter", x, y, heading, **options)):  # type: ignore[arg-type]
        return False
    canvas.note((tile, other), line.items)
    if not feed(canvas, beside(tile, back), heading, line, steps - 1):
        return False
    if canvas.chance(0.15) and canvas.attempt(lambda: _loop(canvas, other, heading, side, line)):
        return True
    if drains:
        canvas.attempt(lambda: lead_away(canvas, ahead, heading, line, canvas.rng.randint(0, 5)))
    canvas.reserve(ahead)
    if canvas.chance(0.35):
        canvas.attempt(lambda: feed(canvas, beside(other, back), heading, line, steps // 2))
    return True


def _loop(canvas: Canvas, half: Tile, heading: int, side: int, line: Line) -> bool:
    """From the half's output round the outside and back into its input."""
    back = opposite(heading)
    tile = beside(half, heading)
    for direction in (side, back, back, opposite(side), heading):
        if not _belt(canvas, tile, direction, line):
            return False
        tile = beside(tile, direction)
    return tile == half


def _side_load(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    """A belt fed from behind and from the side; of two items each comes from its own way."""
    if not _belt(canvas, tile, heading, line):
        return False
    side = turn_right(heading, canvas.rng.choice((1, 3)))
    first = Line(line.items[:1], line.tier, line.start, line.mixed_tiers)
    second = Line(line.items[-1:], line.tier, line.start, line.mixed_tiers)
    if not feed(canvas, beside(tile, opposite(heading)), heading, first, steps // 2):
        return False
    return feed(canvas, beside(tile, side), opposite(side), second, steps // 2)


def _load(canvas: Canvas, tile: Tile, heading: int, line: Line, kind: Literal["input", "output"]) -> Tile | None:
    """A loader whose belt is `tile`; the tile for its chest, or None when it does not fit."""
    name = "loader-1x1" if canvas.chance(0.1) else f"{line.tier}loader"
    away = heading if kind == "input" else opposite(heading)
    width, height = size_of(name, heading)
    far = beside(tile, away, max(width, height) - 1)
    place = min(tile[0], far[0]), min(tile[1], far[1])
    if not canvas.free(tile, far, beside(far, away)):
        return None
    canvas.put(Entity(name, *place, heading, underground_type=kind))
    canvas.note([tile], line.items)
    return beside(far, away)


def _begin(canvas: Canvas, tile: Tile, heading: int, line: Line) -> bool:
    """The first tile of a line: a source, or a belt that arms fill."""
    if line.start is not None and canvas.chance(0.4):
        start = line.start

        def by_arms() -> bool:
            canvas.reserve(beside(tile, opposite(heading)))
            return _belt(canvas, tile, heading, line) and all(start(canvas, tile, item) for item in line.items)

        if canvas.attempt(by_arms):
            return True
    chest = _load(canvas, tile, heading, line, "output") if len(line.items) == 1 and canvas.chance(0.06) else None
    if chest is not None:
        return canvas.source("chest", chest, line.items[0])
    ahead = beside(tile, heading)
    if any((sink.kind, sink.x, sink.y) == ("belt", *ahead) for sink in canvas.sinks):
        return False  # endpoints do not feed each other
    belt = belt_name(line.tier)
    if len(line.items) == 2:
        first = canvas.source("belt", tile, line.items[0], heading, "left", belt)
        return first and canvas.source("belt", tile, line.items[1], heading, "right", belt)
    lanes = canvas.rng.choices(("both", "left", "right"), (7, 1, 1))[0]
    return canvas.source("belt", tile, line.items[0], heading, lanes, belt)


def lead_away(canvas: Canvas, tile: Tile, heading: int, line: Line, steps: int) -> bool:
    """Belts from `tile` on, entered towards `heading`, for about `steps` tiles to a sink."""
    for _ in range(steps):
        if not canvas.free(tile):
            return False
        turn = canvas.rng.choices((0, 1, 3), (6, 1, 1))[0]
        onward = turn_right(heading, turn)
        if not canvas.free(beside(tile, onward)):
            onward = heading
        far = _dive(canvas, tile, heading, line) if canvas.chance(0.1) else None
        if far is not None:
            tile = far
            continue
        if not _belt(canvas, tile, onward, line):
            return False
        heading, tile = onward, beside(tile, onward)
    chest = _load(canvas, tile, heading, line, "input") if canvas.chance(0.06) else None
    return canvas.sink("belt", tile, heading) if chest is None else canvas.sink("chest", chest)


def _dive(canvas: Canvas, tile: Tile, heading: int, line: Line) -> Tile | None:
    """An underground from `tile` on; the tile after its exit, or None when it does not fit."""
    name = f"{line.tier}underground-belt"
    data = load_table().entity(name).belt
    assert data is not None
    way = [beside(tile, heading, distance) for distance in range(canvas.rng.randint(1, data.max_distance) + 1)]
    keys = [(place, line.tier, heading % 8) for place in way]
    if canvas.tunnels.intersection(keys) or not canvas.free(way[0], way[-1], beside(way[-1], heading)):
        return None
    canvas.put(Entity(name, *way[0], heading, underground_type="input"))
    canvas.put(Entity(name, *way[-1], heading, underground_type="output"))
    canvas.tunnel(keys)
    canvas.note((way[0], way[-1]), line.items)
    return beside(way[-1], heading)


def dead_end(canvas: Canvas, tile: Tile, heading: int) -> None:
    """Nothing may be built ahead of the last tile of a line, or its items would go on by chance."""
    canvas.reserve(beside(tile, heading))


def fits(canvas: Canvas, name: str, tile: Tile, direction: int = 0) -> bool:
    """Whether an entity could stand there."""
    width, height = size_of(name, direction)
    return canvas.free(*((tile[0] + dx, tile[1] + dy) for dy in range(height) for dx in range(width)))
