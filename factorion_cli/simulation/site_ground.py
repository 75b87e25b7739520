"""What the tiles of a site are to things that are put there: what lies there, reaches there, comes and is wanted there.

Looked up once for each site: then a glance at what was put down tells most states that deliver what the site alone
does, and most that deliver nothing (`kernels.site_judging`). Everything counts as if it worked and carried anything,
so that what does not come by these ways does not come.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap
from math import floor

import numpy as np

from factorion_cli.arrays import GridArray, MaskArray
from factorion_cli.simulation.batch import ARM, CHEST_SINK, CHEST_SOURCE, LOADER_TIER, MACHINE, OUTPUT_SINK, POLE
from factorion_cli.simulation.belt_rules import SINK, SOURCE, UNDER_IN, UNDER_OUT
from factorion_cli.simulation.layout import RecordArray

LIES, HOLDS, MET, SPANNED, SUPPLIED, WANTED = (1 << bit for bit in range(6))
"""What a tile is, as bits.

LIES: a tile of a belt. HOLDS: of a machine or chest. MET: something hands over to what stands here, or takes from it.
SPANNED: an end of an underground that stands here may find one of the site. SUPPLIED: what sources give may lie here or
be handed over here. WANTED: what lies here or is handed over here may go on to a sink.
"""

Tile = tuple[int, int]

_COLUMNS = ("kind", "x", "y", "width", "height", "direction", "reach", "tier", "outlet_x", "outlet_y")
_STEPS = {0: (0, -1), 4: (1, 0), 8: (0, 1), 12: (-1, 0)}


def sleeping(rows: RecordArray) -> MaskArray:
    """(R,) which rows want electricity and touch no pole's supply area, in a factory where poles decide that."""
    poles = rows[rows["kind"] == POLE]
    lit = np.ones((len(rows), len(poles)), np.bool_)
    for axis, size in (("x", "width"), ("y", "height")):
        # Doubled coordinates keep half tiles whole, as in `kernels.flow_tiles.lights`.
        middle = 2 * poles[axis] + poles[size]
        first, end = 2 * rows[axis][:, None], 2 * (rows[axis] + rows[size])[:, None]
        lit &= (first < middle + poles["reach"]) & (end > middle - poles["reach"])
    sleeps: MaskArray = (rows["electric"] != 0) & ~lit.any(axis=1)
    return sleeps


def survey(
    rows: RecordArray, makes: Sequence[bool], sleeps: Sequence[bool], width: int, height: int
) -> tuple[GridArray, bool]:
    """(H x W,) int16 the bits of each tile, and whether anything can come to a sink of the site as it is.

    `makes` says of each row whether it makes something of nothing that belts or arms bring, `sleeps` whether it cannot
    do anything as long as no pole is put down.
    """
    things = list(starmap(_Thing, zip(*(rows[name].tolist() for name in _COLUMNS), strict=True)))
    onward = _ways(things, sleeps)
    back: list[list[int]] = [[] for _ in things]
    for number, others in enumerate(onward):
        for other in others:
            back[other].append(number)
    kinds = rows["kind"].tolist()
    begins = [
        not asleep and (made or kind in (SOURCE, CHEST_SOURCE))
        for kind, made, asleep in zip(kinds, makes, sleeps, strict=True)
    ]
    supplied = _spread(begins, onward)
    wanted = _spread([kind in (SINK, CHEST_SINK) for kind in kinds], back)
    ground = np.zeros((height, width), np.int16)
    for thing, kind, comes, goes in zip(things, kinds, supplied, wanted, strict=True):
        _mark(ground, thing.lies, SUPPLIED * comes + WANTED * goes + (LIES if kind <= SINK else HOLDS))
        _mark(ground, thing.meets, MET)
        _mark(ground, thing.spans, SPANNED)
        _mark(ground, thing.gives, SUPPLIED * comes)
        _mark(ground, thing.takes, WANTED * goes)
    ends = [comes for kind, comes in zip(kinds, supplied, strict=True) if kind in (SINK, CHEST_SINK)]
    return ground.reshape(-1), any(ends) or OUTPUT_SINK in kinds


class _Thing:
    """Tiles that a row lies on, hands over to, takes from, meets at once, and meets if an underground is there."""

    __slots__ = ("gives", "lies", "meets", "spans", "takes")

    def __init__(
        self, kind: int, x: int, y: int, width: int, height: int, direction: int, reach: int, tier: int, *out: float
    ) -> None:
        outlet = floor(out[0]), floor(out[1])
        covered = [(x + dx, y + dy) for dy in range(height) for dx in range(width)]
        self.lies = covered if kind <= SINK or MACHINE <= kind <= CHEST_SINK else []
        self.gives, self.takes, self.spans = list[Tile](), list[Tile](), list[Tile]()
        if kind == ARM:
            self.gives, self.takes = [_away((x, y), direction, -reach)], [_away((x, y), direction, reach)]
        elif kind == MACHINE and reach == 1:
            self.gives = [outlet]
        elif kind <= SINK:
            self.gives = [_away(tile, direction, 1) for tile in covered]
            if tier == LOADER_TIER:
                self.gives, self.takes = [*self.gives, outlet], [outlet]
        self.meets = [*self.gives, *self.takes]
        if kind in (UNDER_IN, UNDER_OUT) and tier != LOADER_TIER:
            ways = range(1, reach + 1) if kind == UNDER_IN else range(-1, -reach - 1, -1)
            self.spans = [_away((x, y), direction, far) for far in ways]
            if kind == UNDER_IN:
                self.gives = [*self.gives, *self.spans]
            else:
                self.takes = self.spans


def _away(tile: Tile, direction: int, far: int) -> Tile:
    dx, dy = _STEPS[direction]
    return tile[0] + far * dx, tile[1] + far * dy


def _ways(things: Sequence[_Thing], sleeps: Sequence[bool]) -> list[list[int]]:
    """To which things each one may hand over; none to what sleeps, and none from there."""
    awake = [(number, thing) for number, (thing, asleep) in enumerate(zip(things, sleeps, strict=True)) if not asleep]
    at: dict[Tile, list[int]] = {}
    for number, thing in awake:
        for tile in thing.lies:
            at.setdefault(tile, []).append(number)
    ways: list[list[int]] = [[] for _ in things]
    for number, thing in awake:
        ways[number] += [other for tile in thing.gives for other in at.get(tile, ())]
        for tile in thing.takes:
            for other in at.get(tile, ()):
                ways[other].append(number)
    return ways


def _spread(begun: Sequence[bool], ways: Sequence[Sequence[int]]) -> list[bool]:
    """What is reached by these ways from where it begins."""
    reached, waiting = list(begun), [number for number, begins in enumerate(begun) if begins]
    while waiting:
        for other in ways[waiting.pop()]:
            if not reached[other]:
                reached[other] = True
                waiting.append(other)
    return reached


def _mark(ground: GridArray, tiles: Sequence[Tile], bits: int) -> None:
    height, width = ground.shape
    for x, y in tiles:
        if 0 <= x < width and 0 <= y < height:
            ground[y, x] |= bits
