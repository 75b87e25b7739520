"""Which tasks environments begin, each drawn by its own generator, in advance: one call gives many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium.utils import seeding

from factorion_cli.arrays import AnyArray, LongArray

AHEAD = 256
"""Tasks that are drawn at a time."""


class TaskDraws:
    """For each of N environments what `np_random.integers(tasks)` of a single one gives, draw by draw.

    Args:
        environments: N.
        tasks: how many there are.
    """

    def __init__(self, environments: int, tasks: int) -> None:
        self._tasks = tasks
        self._generators = [seeding.np_random()[0] for _ in range(environments)]
        self._drawn = np.zeros((environments, AHEAD), np.int64)
        self._next = np.full(environments, AHEAD)
        self._chances: AnyArray | None = None

    def prefer(self, chances: AnyArray | None) -> None:
        """Draw from now on with these chances (tasks,), which add up to 1; None: all alike."""
        self._chances = chances
        self._next[:] = AHEAD

    def seed(self, seeds: Sequence[int | None]) -> None:
        """Start these generators anew; None leaves one as it is."""
        for number, own in enumerate(seeds):
            if own is not None:
                self._generators[number] = seeding.np_random(own)[0]
                self._next[number] = AHEAD

    def draw(self, which: LongArray) -> LongArray:
        """(M,) the next task of each of these environments (M,)."""
        for number in which[self._next[which] == AHEAD].tolist():
            rng = self._generators[number]
            if self._chances is None:
                self._drawn[number] = rng.integers(self._tasks, size=AHEAD)
            else:
                self._drawn[number] = rng.choice(self._tasks, size=AHEAD, p=self._chances)
            self._next[number] = 0
        drawn: LongArray = self._drawn[which, self._next[which]]
        self._next[which] += 1
        return drawn
