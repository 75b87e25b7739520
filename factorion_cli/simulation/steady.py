"""Finds when a factory begins to repeat itself, so that rates are exact and nothing is run for longer than that.

A world is integers that decide their own future, so a factory that is once in a state it has been in before repeats
what it did in between for ever. Every tick is compared with one checkpoint; checkpoints lie further and further apart
(after Brent), so a period of p ticks that begins at tick b is found by tick 1.5 max(b, 2 p) + p.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.building import Place
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.kernels.steady import START
from factorion_cli.simulation.kernels.world import AT, FOUND, WATCH
from factorion_cli.simulation.layout import COUNTED, STATE, WorldArrays, as_words, copied
from factorion_cli.simulation.measurement import Measurement, Snapshot, snapshot
from factorion_cli.simulation.running import Runner, span_of
from factorion_cli.simulation.watching import UNWATCHED, watch

FIRST_CHECKPOINT = 60
"""Ticks to the first checkpoint: before it hardly anything has reached a sink."""

_CHANGING = ("slots", *STATE, *COUNTED)

GROWTH_NUMERATOR, GROWTH_DENOMINATOR = 3, 2
"""How much later each checkpoint is than the one before it."""


class Found(NamedTuple):
    """A factory repeats itself: what had been counted one period ago, and the period in ticks."""

    before: Snapshot
    period_ticks: int


class Search:
    """Advances a world through windows; a factory that is found to repeat itself stands still from then on.

    Attributes:
        world: what is advanced.
        found: by index of the factory.

    `lasting` is how long, in ticks from the start, ore has to last: what looks like a period is none if it does not.
    """

    def __init__(self, world: WorldArrays, threads: int | None = None, steady: bool = True, lasting: int = 0) -> None:
        self.found: dict[int, Found] = {}
        self.world = world
        self._threads, self._lasting = threads, lasting
        self._waiting = np.ones(len(world.first_step) - 1, bool)
        self._ticks = self._since = 0
        self._next = FIRST_CHECKPOINT if steady else np.iinfo(np.int64).max
        self._then = world
        self._runner = Runner(world)
        self._watch = WATCH.hand(UNWATCHED)
        self._before: Snapshot | None = None

    def run(self, window: LongArray) -> dict[int, LongArray]:
        """Advance the factories that have no period yet by `window` ticks, (F,).

        Returns:
            What sinks had taken in the middle of the windows, by tick.
        """
        middles = {0: self.world.tallies["taken"].copy()}
        at, end = 0, int(window[self._waiting].max(initial=0))
        cuts = sorted({int(ticks) // 2 for ticks in window})
        while at < end and self._waiting.any():
            if self._ticks >= self._next:
                self._checkpoint()
            last = min([end, at + self._next - self._ticks, *(cut for cut in cuts if cut > at)])
            self._advance(window, at, last)
            self._ticks += last - at
            at = last
            if at in cuts:
                middles[at] = self.world.tallies["taken"].copy()
        return middles

    def _checkpoint(self) -> None:
        """Remember the state."""
        if self._then is self.world:
            copies = {name: copied(getattr(self.world, name)) for name in _CHANGING}
            self._then = self.world._replace(**copies)
            self._watch = WATCH.hand(watch(self.world, self._then))
        else:
            for name in _CHANGING:
                np.copyto(as_words(getattr(self._then, name)), as_words(getattr(self.world, name)))
        self._watch.arrays.cursor[:] = START
        self._since, self._before = self._ticks, None
        self._next = self._ticks * GROWTH_NUMERATOR // GROWTH_DENOMINATOR

    def _advance(self, window: LongArray, at: int, last: int) -> None:
        stop = np.where(self._waiting, np.clip(window, at, last), at)
        span = span_of(np.full_like(window, at), stop, window)
        self._runner.run_span(span, self._watch, self._threads)
        hits = np.flatnonzero(span[FOUND] >= 0)
        for factory in hits.tolist():
            period = self._ticks - self._since + int(span[FOUND, factory]) - at
            if self._levels_last(factory, max(0, self._lasting - self._since) // period + 1):
                self._waiting[factory] = False
                self._before = self._before or snapshot(self._then)
                self.found[factory] = Found(self._before, period)
        missed = [factory for factory in hits if self._waiting[factory]]
        if missed:
            span[AT] = stop
            span[AT, missed] = span[FOUND, missed]
            self._runner.run_span(span, threads=self._threads)

    def _levels_last(self, factory: int, periods: int) -> bool:
        """Whether levels stay above zero for so many periods: those that fell have enough left, the others rest."""
        for name, state in STATE.items():
            if state.only_zero:
                first = getattr(self.world, state.first)
                rows = slice(first[factory], first[factory + 1])
                now, then = (getattr(world, name)[rows] for world in (self.world, self._then))
                if ((now != then) & (now <= (then - now) * periods)).any():
                    return False
        return True


def measure(
    search: Search, places: Sequence[Place], compiled: Sequence[CompiledFactory], warmup_ticks: int, measure_ticks: int
) -> list[Measurement]:
    """What each factory did: over its period if it has one, else over a window after the warm-up.

    Rare products are measured afresh over a longer window, which also gives their buffers time to fill.
    """
    search.run(np.full(len(places), warmup_ticks, np.int64))
    measured: dict[int, Measurement] = {}
    windows = {index: measure_ticks for index in range(len(places)) if index not in search.found}
    for _ in range(2):
        measured.update(_measure_windows(search, places, compiled, windows))
        needed = {index: measured[index].windows_needed() for index in windows if index not in search.found}
        windows = {index: measure_ticks * times for index, times in needed.items() if times > 1}
    for index, found in search.found.items():
        place, part = places[index], compiled[index]
        measured[index] = Measurement(search.world, place, part, found.before, found.period_ticks)
    return [measured[index] for index in range(len(places))]


def _measure_windows(
    search: Search, places: Sequence[Place], compiled: Sequence[CompiledFactory], windows: Mapping[int, int]
) -> dict[int, Measurement]:
    """Run windows, by factory; those whose period is found on the way are measured in vain."""
    each = np.asarray([windows.get(index, 0) for index in range(len(places))], np.int64)
    before = snapshot(search.world)
    middles = search.run(each)
    return {
        index: Measurement(search.world, places[index], compiled[index], before, ticks, middles[ticks // 2])
        for index, ticks in windows.items()
        if index not in search.found
    }
