"""What every arm and every belt tile does: a further window that is watched closely, run only when asked for.

Rates come from exact counters: what leaves a line at its end, what arms take from and drop onto it, what joins from
the side. How densely items lie, and of what kinds they are, is sampled while the window runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.simulation.building import Place
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.crafting import MICRO
from factorion_cli.simulation.kernels.arms import PICKING
from factorion_cli.simulation.layout import ITEM_MASK, RecordArray, WorldArrays, copied
from factorion_cli.simulation.running import Runner

SAMPLES = 211
"""How often belts and hands are looked at: a prime, so that samples do not fall in step with what they look at."""

_MOST_LOOSE_ROWS = 1_000_000
"""Sampled rows that are kept before equal ones are put together: bounds the memory of a long observation."""

Counts = Mapping[tuple[int, int], int]
"""How many of the samples found something, by (number, item)."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One factory's share of a watched window.

    Attributes:
        compiled: the factory.
        ticks: length of the window.
        passed: (L,) items that each line passed on at its end.
        moved: (A,) items that each arm moved.
        picked: (A, 2) items that it took from each of its windows.
        starved: (A,) ticks in which it waited for items.
        stuck: (A,) ticks in which it waited for room.
        swung: (A,) ticks in which it swung.
        unfuelled: (A,) whether it has burnt all its fuel.
        mined: (D,) items that each drill made.
        lying: items seen by (part, item), over all samples.
        held: hands seen by (arm, item).
    """

    compiled: CompiledFactory
    ticks: int
    passed: LongArray
    moved: LongArray
    picked: LongArray
    starved: LongArray
    stuck: LongArray
    swung: LongArray
    unfuelled: MaskArray
    mined: LongArray
    lying: Counts
    held: Counts

    @property
    def seconds(self) -> float:
        """Length of the window in seconds."""
        return self.ticks / 60


class _Before(NamedTuple):
    """What is counted, before the window."""

    lines: RecordArray
    arms: RecordArray
    made: LongArray


class _Tally:
    """Counts equal (number, item) pairs."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, 3), np.int64)
        self._loose: list[LongArray] = []
        self._count = 0

    def add(self, numbers: LongArray, items: LongArray) -> None:
        self._loose.append(np.column_stack((numbers, items, np.ones(len(numbers), np.int64))))
        self._count += len(numbers)
        if self._count > _MOST_LOOSE_ROWS:
            self.rows()

    def rows(self) -> LongArray:
        """(n, 3): number, item and how often, sorted."""
        rows = np.concatenate((self._rows, *self._loose))
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        self._loose, self._count = [], 0
        if len(rows):
            starts = np.flatnonzero(np.r_[True, (rows[1:, :2] != rows[:-1, :2]).any(axis=1)])
            rows = np.column_stack((rows[starts, :2], np.add.reduceat(rows[:, 2], starts)))
        self._rows = rows
        return rows

    def between(self, first: int, last: int) -> dict[tuple[int, int], int]:
        """Counts of the numbers from `first` up to `last`, which then start at zero."""
        begin, end = np.searchsorted(self._rows[:, 0], (first, last))
        return {(number - first, item): count for number, item, count in self._rows[begin:end].tolist()}


class _Parts:
    """The parts of all lines of a batch on one long axis, so that a position finds its part by bisection."""

    def __init__(self, world: WorldArrays, places: Sequence[Place], batch: Sequence[CompiledFactory]) -> None:
        lengths = world.lines["length"].astype(np.int64)
        self.starts = np.cumsum(lengths) - lengths
        self.firsts = [0]
        bounds: list[int] = []
        for place, compiled in zip(places, batch, strict=True):
            for number, line in enumerate(compiled.line_set.lines):
                start = int(self.starts[place.line + number])
                bounds += [start + compiled.line_set.parts[part].offset for part in line.parts]
            self.firsts.append(len(bounds))
        self.bounds = np.asarray(bounds, np.int64)

    def of(self, lines: LongArray, positions: LongArray) -> LongArray:
        """Numbers of the parts in which positions on lines lie."""
        return np.searchsorted(self.bounds, self.starts[lines] + positions, side="right") - 1


def observe(
    world: WorldArrays,
    places: Sequence[Place],
    batch: Sequence[CompiledFactory],
    ticks: LongArray,
    threads: int | None,
) -> list[Observation]:
    """Advance each factory by its `ticks`, (F,), watched; parts are numbered in the order of lines and their parts."""
    parts = _Parts(world, places, batch)
    runner, lying, held = Runner(world), _Tally(), _Tally()
    before = _Before(copied(world.lines), copied(world.arms), world.made.copy())
    for sample in range(SAMPLES):
        runner.run(ticks * (sample + 1) // SAMPLES - ticks * sample // SAMPLES, threads)
        _look(world, parts, lying, held)
    lying.rows()
    held.rows()
    return [
        _share(world, place, compiled, int(ticks[index]), before, (lying, held), parts.firsts[index])
        for index, (place, compiled) in enumerate(zip(places, batch, strict=True))
    ]


def _look(world: WorldArrays, parts: _Parts, lying: _Tally, held: _Tally) -> None:
    """One sample of what lies on the belts and what arms carry to where they drop."""
    count = world.lines["count"]
    line = np.repeat(np.arange(len(count)), count)
    place = world.lines["head"][line] + np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    slots = world.slots[place]
    position = np.clip(slots["position"] + world.lines["shift"][line], 0, world.lines["length"][line] - 1)
    lying.add(parts.of(line, position), slots["item"] & ITEM_MASK)
    carrying = np.flatnonzero((world.arms["held"] > 0) & (world.arms["state"] != PICKING))
    held.add(carrying, world.arms["held_item"][carrying])


def _unfuelled(world: WorldArrays, place: Place, compiled: CompiledFactory) -> MaskArray:
    arms = world.arms[place.arm : place.arm + len(compiled.arms)]
    return np.asarray(arms["energy"] < arms["cycle_energy"])


def _share(
    world: WorldArrays,
    place: Place,
    compiled: CompiledFactory,
    ticks: int,
    before: _Before,
    tallies: tuple[_Tally, _Tally],
    first_part: int,
) -> Observation:
    lines = slice(place.line, place.line + len(compiled.line_set.lines))
    arms = slice(place.arm, place.arm + len(compiled.arms))

    def during(field: str) -> LongArray:
        difference: LongArray = world.arms[field][arms].astype(np.int64) - before.arms[field][arms]
        return difference

    # What a drill holds back is a piece or two: what it made is what it put out.
    bases = world.machines["made_base"][place.machine : place.machine + len(compiled.machines)].tolist()
    fresh = (world.made - before.made) // MICRO
    made = [int(fresh[base : base + len(compiled.items)].sum()) for base in bases]
    return Observation(
        compiled=compiled,
        ticks=ticks,
        passed=world.lines["passed"][lines] - before.lines["passed"][lines],
        moved=during("moved"),
        picked=during("picked"),
        starved=during("starved"),
        stuck=during("stuck"),
        swung=during("busy"),
        unfuelled=_unfuelled(world, place, compiled),
        mined=np.asarray([made[drill.machine] for drill in compiled.drills], np.int64),
        lying=tallies[0].between(first_part, first_part + len(compiled.line_set.parts)),
        held=tallies[1].between(place.arm, place.arm + len(compiled.arms)),
    )
