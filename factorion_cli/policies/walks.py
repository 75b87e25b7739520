"""Ways through tasks from markers by chance, many at once as arrays: the vector environment builds and judges them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from factorion_cli.arrays import AnyArray, GridArray, LongArray
from factorion_cli.environments.action import Action
from factorion_cli.environments.vector import MissingEntityVectorEnv
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
) -> list[list[tuple[Action, ...]]]:
    """For each task the actions of those of `count` ways after which every sink gets what it wants.

    Args:
        tasks: with free choice of what to build.
        rngs: one for each task, so that no task changes what is drawn for another.
        count: ways that are tried for each.
        window: (H, W) that all of them fit.
        draw: draws the actions.
    """
    at_once = max(ABREAST // count, 1)
    if len(tasks) > at_once:
        parts = (slice(first, first + at_once) for first in range(0, len(tasks), at_once))
        return [ways for part in parts for ways in ways_that_work(tasks[part], rngs[part], count, window, draw)]
    task = np.repeat(np.arange(len(tasks)), count)
    env = MissingEntityVectorEnv(tasks, len(task), window=window, copy=False, stacked=True)
    env.reset(seed=0, options={"tasks": task.tolist()})
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
        live = live[~(terminated | truncated | (step + 1 >= longest))[live]]
        if not len(live):
            break
    env.close()
    return found


def _chances(task: LongArray, live: LongArray, rngs: Sequence[np.random.Generator], count: int) -> AnyArray:
    """(live, 5) numbers in [0, 1); each task that is on the way draws as many, whatever else has ended."""
    drawn = np.zeros((len(task), 5), np.float32)
    for number in np.unique(task[live]).tolist():
        drawn[number * count : (number + 1) * count] = rngs[number].random((count, 5), np.float32)
    return drawn[live]
