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
    if len(tasks) > at_once:
        parts = (slice(start, start + at_once) for start in range(0, len(tasks), at_once))
        return [
            ways
            for part in parts
            for ways in ways_that_work(tasks[part], rngs[part], count, window, draw, first=first, prospects=prospects)
        ]
    task = np.repeat(np.arange(len(tasks)), count)
    env = MissingEntityVectorEnv(tasks, len(task), window=window, copy=False, stacked=True)
    env.reset(seed=0, options={"tasks": task.tolist()})
    pruning = None if prospects is None else _Pruning(env, task, rngs, prospects)
    longest = np.array([int(LONGEST * one.most_steps) for one in tasks])[task]
    rows = np.zeros((longest.max(), len(task), 5), np.int64)
    found: list[list[tuple[Action, ...]]] = [[] for _ in tasks]
    live = np.arange(len(task))
    for step in range(len(rows)):
        rows[step, live] = draw(env.grids[live], env.hands[live], _chances(task, live, rngs, count))
        _, _, terminated, truncated, infos = env.step(rows[step])
        for way in live[terminated[live]].tolist():
            if infos["final_info"]["success"][way]:
                found[task[way]].append(tuple(Action.from_row(row, window[1]) for row in rows[: step + 1, way]))
        over = terminated | truncated | (step + 1 >= longest)
        if first:
            over |= np.array([bool(ways) for ways in found])[task]
        live = live[~over[live]]
        if not len(live):
            break
        if pruning is not None:
            pruning.prune(live, rows)
    env.close()
    return [ways[:1] for ways in found] if first else found


class _Pruning:
    """Has ways that can no longer work go on from what others have built, once both have begun with belts."""

    def __init__(
        self,
        env: MissingEntityVectorEnv,
        task: LongArray,
        rngs: Sequence[np.random.Generator],
        prospects: Prospects,
    ) -> None:
        self._env, self._task, self._rngs, self._prospects = env, task, rngs, prospects
        self._given = prospects.belts(env.grids)

    def prune(self, live: LongArray, rows: LongArray) -> None:
        """Prune the ways that are `live`; `rows` (steps, ways, 5) are what they did so far."""
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
            rows[:, worse] = rows[:, origins]


def _chances(task: LongArray, live: LongArray, rngs: Sequence[np.random.Generator], count: int) -> AnyArray:
    """(live, 5) numbers in [0, 1); each task that is on the way draws as many, whatever else has ended."""
    drawn = np.zeros((len(task), 5), np.float32)
    for number in np.unique(task[live]).tolist():
        drawn[number * count : (number + 1) * count] = rngs[number].random((count, 5), np.float32)
    return drawn[live]
