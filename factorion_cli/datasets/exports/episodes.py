"""Demonstrations as episodes: observations, actions and rewards as `environments.MissingEntityEnv` would give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from factorion_cli.arrays import FloatArray, GridArray, LongArray, MaskArray
from factorion_cli.datasets.epoch_plan import Group
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.packed import PACKED_COLUMNS, SHARED_COLUMNS, PackedTasks, action_rows
from factorion_cli.datasets.reader import iter_tables, open_shard
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.tasks.task import step_limit

_ABOUT = ("id", "family", "category", "licence", "source", "level")
"""Columns that every episode keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """One task solved in T steps.

    Attributes:
        grid: (T + 1, C, H, W) int16.
        hand: (T + 1, n_entities) int16.
        steps_left: (T + 1, 1) int16.
        actions: (T, 5) int64 rows of `environments.action`.
        rewards: (T,) float32.
        about: id, family and so on of the task.
    """

    grid: GridArray
    hand: GridArray
    steps_left: GridArray
    actions: LongArray
    rewards: FloatArray
    about: Mapping[str, Any]

    @property
    def terminations(self) -> MaskArray:
        """(T,) bool: True at the last step."""
        last: MaskArray = np.zeros(len(self.actions), np.bool_)
        last[-1] = True
        return last


def episodes(info: DatasetInfo, split: str, groups: Sequence[Group], side: int) -> Iterator[Episode]:
    """The episodes of the tasks in `groups`, in file order, on grids of `side` x `side` tiles.

    A task is solved in each of its recorded orders; one without any in the order of its reference.
    """
    orders = _orders(info, split)
    vocabulary = Vocabulary.from_json(info.vocabulary)
    columns = list(dict.fromkeys([*PACKED_COLUMNS, *_ABOUT]))
    for group in groups:
        with open_shard(info.path / group.path, SHARED_COLUMNS) as file:
            table = file.read_row_group(group.number, columns=columns, use_threads=False).take(group.rows)
        tasks = PackedTasks.of(table)
        for row, about in enumerate(table.select(list(_ABOUT)).to_pylist()):
            missing = tasks.missing[tasks.missing_first[row] : tasks.missing_first[row + 1]].tolist()
            for order in orders.get(about["id"], [missing]):
                yield _episode(tasks, row, order, about, side, vocabulary)


def _orders(info: DatasetInfo, split: str) -> dict[str, list[list[int]]]:
    """The recorded building orders of a split, by task."""
    orders: dict[str, list[list[int]]] = {}
    if info.shards_of(DEMONSTRATIONS, split):
        for table in iter_tables(info.path, split, DEMONSTRATIONS, ["task", "order"]):
            for task, order in zip(*(table.column(name).to_pylist() for name in ("task", "order")), strict=True):
                orders.setdefault(task, []).append(order)
    return orders


def _episode(
    tasks: PackedTasks, row: int, order: Sequence[int], about: Mapping[str, Any], side: int, vocabulary: Vocabulary
) -> Episode:
    states = [sorted(order[placed:]) for placed in range(len(order) + 1)]
    spare = tasks.spare.get(row, [])
    if spare or not order:
        # Something is left in the hand when all is built, so the builder has to say "done".
        states.append([])
    drawing = tasks.with_missing(np.full(len(states), row), states).draw(
        np.arange(len(states)), side, side, max(len(order), 1), vocabulary
    )
    for name in spare:
        drawing.hand[:, vocabulary.entity_id(name)] += 1
    # Of what is missing in a state, its action puts down the next in order; "done" is a row of zeros.
    targets = action_rows(drawing.target, side, vocabulary)
    steps = len(states) - 1
    actions = np.zeros((steps, targets.shape[2]), np.int64)
    for step, index in enumerate(order):
        actions[step] = targets[step, states[step].index(index)]
    rewards = np.zeros(steps, np.float32)
    rewards[-1] = 1.0 - _score_at_start(float(tasks.value[row]))
    steps_left = step_limit(len(order) + len(spare)) - np.arange(len(states), dtype=np.int16)
    return Episode(drawing.grid, drawing.hand, steps_left[:, None], actions, rewards, about)


def _score_at_start(value: float) -> float:
    """Share of the reference's throughput; a structural task (NaN) has none."""
    return 0.0 if np.isnan(value) else min(max(value, 0.0), 1.0)
