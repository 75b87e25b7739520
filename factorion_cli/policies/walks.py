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

PATIENCE = 8
"""Actions that a way takes back before it goes on from another."""
TRIES = 2
"""Actions that are drawn for each that may be taken, where some are taken back."""

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
        prospects: actions after which something has lost its prospects are taken back, and ways that do not get on go
            on from others of their task; None: each way goes its own way to the end.
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
        self._tries = self._longest.max() * (1 if prospects is None else TRIES)
        self._rows = np.zeros((self._longest.max(), len(self._task), 5), np.int64)
        self._taken, self._tried = (np.zeros(len(self._task), np.int64) for _ in range(2))
        self._found: list[list[tuple[Action, ...]]] = [[] for _ in tasks]
        self._prospects = prospects
        self._given = None if prospects is None else prospects.belts(self._env.grids)

    def found(self, draw: Draw, *, first: bool) -> list[list[tuple[Action, ...]]]:
        """The ways that work, by task; with `first` one of each at most."""
        env, live = self._env, np.arange(len(self._task))
        for _ in range(self._tries):
            rows = np.zeros((len(self._task), 5), np.int64)
            rows[live] = draw(env.grids[live], env.hands[live], self._chances(live))
            before = env.saved(live) if self._prospects else []
            _, _, terminated, truncated, infos = env.step(rows)
            self._rows[self._taken[live], live] = rows[live]
            self._taken[live] += 1
            for way in live[terminated[live]].tolist():
                if infos["final_info"]["success"][way]:
                    taken = self._rows[: self._taken[way], way]
                    self._found[self._task[way]].append(tuple(Action.from_row(row, self._width) for row in taken))
            over = terminated | truncated | (self._taken >= self._longest)
            if first:
                over |= np.array([bool(ways) for ways in self._found])[self._task]
            on = ~over[live]
            live = live[on]
            if not len(live):
                break
            self._take_back(live, [array[on] for array in before])
        env.close()
        return [ways[:1] for ways in self._found] if first else self._found

    def _chances(self, live: LongArray) -> AnyArray:
        """(live, 5) numbers in [0, 1); each task that is on the way draws as many, whatever else has ended."""
        drawn = np.zeros((len(self._task), 5), np.float32)
        for number in np.unique(self._task[live]).tolist():
            own = slice(number * self._count, (number + 1) * self._count)
            drawn[own] = self._rngs[number].random((self._count, 5), np.float32)
        return drawn[live]

    def _take_back(self, live: LongArray, before: list[AnyArray]) -> None:
        """Undo what cut something off, once belts are begun; `before` is what was saved of those that are live."""
        if self._prospects is None or self._given is None:
            return
        begun = np.flatnonzero(self._prospects.belts(self._env.grids[live]) > self._given[live])
        if not len(begun):
            return
        worse = begun[self._prospects.lost(self._env.grids[live[begun]]) > 0]
        self._env.restore(live[worse], [array[worse] for array in before])
        self._taken[live[worse]] -= 1
        self._tried[live[worse]] += 1
        for number in np.unique(self._task[live[worse]]).tolist():
            mine = live[self._task[live] == number]
            stuck = self._tried[mine] >= PATIENCE
            if stuck.any() and not stuck.all():
                self._branch(mine[stuck], self._rngs[number].choice(mine[~stuck], int(stuck.sum())))

    def _branch(self, ways: LongArray, origins: LongArray) -> None:
        """Have these ways go on from what others have built, (M,) each."""
        self._env.restore(ways, self._env.saved(origins))
        self._rows[:, ways] = self._rows[:, origins]
        self._taken[ways], self._tried[ways] = self._taken[origins], self._tried[origins]
