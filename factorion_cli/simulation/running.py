"""Runs a world: every factory on its own, factories side by side on threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.kernels.world import fill_sources, run_range
from factorion_cli.simulation.layout import WorldArrays
from factorion_cli.simulation.watching import UNWATCHED, Watch

LEAST_SHARE = 4
"""Fewer factories than this are not worth a thread."""


class Span(NamedTuple):
    """Which ticks of a measured window to run, (F,) each.

    Attributes:
        at: ticks of the window that are over.
        stop: tick of the window to stop before.
        window: the window's length, by which arrivals are weighted.
        found: set by the run: the tick of the window after which the checkpoint's state was met, else -1.
    """

    at: LongArray
    stop: LongArray
    window: LongArray
    found: LongArray


def start(world: WorldArrays) -> None:
    """Fill the belt sources; call it once, before the first tick."""
    fill_sources(world.lines, world.slots)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def run(world: WorldArrays, ticks: int | LongArray, threads: int | None = None) -> None:
    """Advance the factories.

    Args:
        world: changed in place.
        ticks: how many, for all or (F,) for each.
        threads: how many threads share the factories; default: one per core this process may use. The result is the
            same for any number.
    """
    count = len(world.first_step) - 1
    window = np.full(count, ticks, np.int64)
    run_span(world, UNWATCHED, Span(np.zeros_like(window), window, window, np.zeros_like(window)), threads)


def run_span(world: WorldArrays, watch: Watch, span: Span, threads: int | None = None) -> None:
    """Advance the factories through part of a window, each no further than to the state that is watched for."""
    count = len(world.first_step) - 1
    share_out(count, threads, lambda first, end: run_range(world, watch, span, first, end))
