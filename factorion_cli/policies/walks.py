"""Ways through tasks from markers by chance, many at once as arrays: the vector environment builds and judges them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from factorion_cli.arrays import AnyArray, GridArray, LongArray
from factorion_cli.environments.action import Action
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.policies.prospects import Prospects
from factorion_cli.tasks.task import MissingEntityTask

ABREAST = 1024
"""Ways that are walked at the same time."""
LONGEST = 0.5
"""Actions after which a way is given up, as a share of the tiles: what comes later fills tiles at random."""

Draw = Callable[[GridArray, GridArray, AnyArray], AnyArray]
"""Grids (B, C, H, W), hands (B, n_entities) and numbers in [0, 1) (B, 5) -> actions (B, 5) drawn with these."""


def ways_that_work(
    tasks: Sequence[MissingEntityTask],
    rngs: Sequence[np.random.Generator],
    count: int,
    window: tuple[int, int],
    draw: Draw,
    *,
    first: bool = False,
    prospects: Prospects | None = None,
) -> list[list[tuple[Action, ...]]]:
    """For each task the actions of those of `count` ways after which every sink gets what it wants.

    Args:
        tasks: with free choice of what to build.
        rngs: one for each task, so that no task changes what is drawn for another.
        count: ways that are tried for each.
        window: (H, W) that all of them fit.
        draw: draws the actions.
        first: leave a task with the first way that works.
        prospects: ways that have lost more than others of their task go on from one of these instead; None: each way
            goes its own way to the end.
    """
    at_once = max(ABREAST // count, 1)
    parts = [slice(start, start + at_once) for start in range(0, len(tasks), at_once)]
    every = (_Walk(tasks[part], rngs[part], count, window, prospects).found(draw, first=first) for part in parts)
    return [ways for found in every for ways in found]


class _Walk:
    """`count` ways through each of a few tasks at the same time; those of a task are neighbours.

    Args: as for `ways_that_work`.
    """

    def __init__(
        self,
        tasks: Sequence[MissingEntityTask],
        rngs: Sequence[np.random.Generator],
        count: int,
        window: tuple[int, int],
        prospects: Prospects | None,
    ) -> None:
        self._task = np.repeat(np.arange(len(tasks)), count)
        self._rngs, self._count, self._width = rngs, count, window[1]
        self._env = MissingEntityVectorEnv(tasks, len(self._task), window=window, copy=False, stacked=True)
        self._env.reset(seed=0, options={"tasks": self._task.tolist()})
        self._longest = np.array([int(LONGEST * one.most_steps) for one in tasks])[self._task]
        self._rows = np.zeros((self._longest.max(), len(self._task), 5), np.int64)
        self._found: list[list[tuple[Action, ...]]] = [[] for _ in tasks]
        self._prospects = prospects
        self._given = None if prospects is None else prospects.belts(self._env.grids)

    def found(self, draw: Draw, *, first: bool) -> list[list[tuple[Action, ...]]]:
        """The ways that work, by task; with `first` one of each at most."""
        env, live = self._env, np.arange(len(self._task))
        for step, rows in enumerate(self._rows):
            rows[live] = draw(env.grids[live], env.hands[live], self._chances(live))
            _, _, terminated, truncated, infos = env.step(rows)
            for way in live[terminated[live]].tolist():
                if infos["final_info"]["success"][way]:
                    taken = self._rows[: step + 1, way]
                    self._found[self._task[way]].append(tuple(Action.from_row(row, self._width) for row in taken))
            over = terminated | truncated | (step + 1 >= self._longest)
            if first:
                over |= np.array([bool(ways) for ways in self._found])[self._task]
            live = live[~over[live]]
            if not len(live):
                break
            self._prune(live)
        env.close()
        return [ways[:1] for ways in self._found] if first else self._found

    def _chances(self, live: LongArray) -> AnyArray:
        """(live, 5) numbers in [0, 1); each task that is on the way draws as many, whatever else has ended."""
        drawn = np.zeros((len(self._task), 5), np.float32)
        for number in np.unique(self._task[live]).tolist():
            own = slice(number * self._count, (number + 1) * self._count)
            drawn[own] = self._rngs[number].random((self._count, 5), np.float32)
        return drawn[live]

    def _prune(self, live: LongArray) -> None:
        """Have ways that can no longer work go on from what others built, once both have begun with belts."""
        if self._prospects is None or self._given is None:
            return
        begun = live[self._prospects.belts(self._env.grids[live]) > self._given[live]]
        if not len(begun):
            return
        lost = self._prospects.lost(self._env.grids[begun])
        for number in np.unique(self._task[begun]).tolist():
            mine = self._task[begun] == number
            best = mine & (lost == lost[mine].min())
            worse = begun[mine & ~best]
            origins = self._rngs[number].choice(begun[best], len(worse))
            self._env.branch(worse, origins)
            self._rows[:, worse] = self._rows[:, origins]
