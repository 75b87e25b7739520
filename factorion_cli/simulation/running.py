"""Runs a world: every factory on its own, factories side by side on threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.kernels.handing import Handed
from factorion_cli.simulation.kernels.world import STOP, WATCH, WINDOW, WORLD, fill_sources, run_range
from factorion_cli.simulation.layout import WorldArrays
from factorion_cli.simulation.watching import UNWATCHED

LEAST_SHARE = 4
"""Fewer factories than this are not worth a thread."""


_UNWATCHED = WATCH.hand(UNWATCHED)


def start(world: WorldArrays) -> None:
    """Fill the belt sources; call it once, before the first tick."""
    fill_sources(world.lines, world.slots)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Threads that stay: for much work in small portions, to which new threads would add as much again.

    They are made when they are first needed, anew in a process that was forked.

    Args:
        threads: how many share the work, whoever asks for it among them; None: one per core.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or _cores()
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0

    def share_out(self, count: int, job: Callable[[int, int], None]) -> None:
        """Call `job(first, end)` on ranges that cover `count` things; every result is there on return."""
        shares = max(1, min(self._threads, count // LEAST_SHARE))
        if shares == 1:
            job(0, count)
            return
        bounds = [count * share // shares for share in range(shares + 1)]
        away = [self._ready().submit(job, first, end) for first, end in pairwise(bounds[1:])]
        try:
            job(0, bounds[1])
        finally:
            wait(away)
        for done in away:
            done.result()

    def _ready(self) -> ThreadPoolExecutor:
        if self._pool is None or self._process != os.getpid():
            self._pool, self._process = ThreadPoolExecutor(self._threads - 1), os.getpid()
        return self._pool

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None and self._process == os.getpid():
            self._pool.shutdown()
        self._pool = None


def share_out(count: int, threads: int | None, job: Callable[[int, int], None]) -> None:
    """Call `job(first, end)` on ranges that cover `count` factories, on so many threads (None: one per core)."""
    shares = max(1, min(threads or _cores(), count // LEAST_SHARE))
    if shares == 1:
        job(0, count)
        return
    bounds = [count * share // shares for share in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        for done in [pool.submit(job, first, end) for first, end in pairwise(bounds)]:
            done.result()


def span_of(at: LongArray, stop: LongArray, window: LongArray) -> LongArray:
    """Which ticks of a measured window to run, (4, F): the rows of `kernels.world`.

    Args:
        at: (F,) ticks of the window that are over.
        stop: (F,) tick of the window to stop before.
        window: (F,) the window's length.
    """
    return np.stack([at, stop, window, np.full_like(at, -1)])


class Runner:
    """Runs a world; what kernels have to know of its arrays is looked up once.

    Attributes:
        world: changed in place.
    """

    def __init__(self, world: WorldArrays) -> None:
        self.world = world
        self._handed = WORLD.hand(world)
        self._count = len(world.first_step) - 1

    def run(self, ticks: int | LongArray, threads: int | None = None) -> None:
        """Advance the factories by `ticks`, for all or (F,) for each; the result is the same for any number of threads.

        Args:
            ticks: how many.
            threads: how many threads share the factories; default: one per core this process may use.
        """
        span = np.zeros((4, self._count), np.int64)
        span[STOP] = span[WINDOW] = ticks
        self.run_span(span, threads=threads)

    def run_span(self, span: LongArray, watch: Handed = _UNWATCHED, threads: int | None = None) -> None:
        """Advance the factories through part of a window, each no further than to the state that is watched for."""
        world, seen = self._handed.table, watch.table
        share_out(self._count, threads, lambda first, end: run_range(world, seen, span, first, end))


def run(world: WorldArrays, ticks: int | LongArray, threads: int | None = None) -> None:
    """Advance the factories of a world once; see `Runner`."""
    Runner(world).run(ticks, threads)
