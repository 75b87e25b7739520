"""Runs a world: every factory on its own, factories side by side on threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.kernels.world import fill_sources, run_range
from factorion_cli.simulation.layout import WorldArrays

LEAST_SHARE = 4
"""Fewer factories than this are not worth a thread."""


def start(world: WorldArrays) -> None:
    """Fill the belt sources; call it once, before the first tick."""
    fill_sources(world.lines, world.slots)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(world: WorldArrays, ticks: int | LongArray, threads: int | None = None) -> None:
    """Advance the factories.

    Args:
        world: changed in place.
        ticks: how many, for all or (F,) for each.
        threads: how many threads share the factories; default: one per core this process may use. The result is the
            same for any number.
    """
    count = len(world.first_step) - 1
    each = np.broadcast_to(np.asarray(ticks, np.int64), (count,)).copy()
    shares = max(1, min(threads or _cores(), count // LEAST_SHARE))
    if shares == 1:
        run_range(world, each, 0, count)
        return
    bounds = [count * share // shares for share in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        jobs = [pool.submit(run_range, world, each, first, last) for first, last in pairwise(bounds)]
        for job in jobs:
            job.result()
