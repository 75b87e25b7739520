"""Choosing a few tasks of a dataset, at random or evenly spread, reading no more than their row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.datasets.epoch_plan import Group, find_groups
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import open_shard
from factorion_cli.datasets.schema import CONFIGS, SPLITS, TASK_COLUMNS, FactoryCache, rows_to_tasks
from factorion_cli.tasks.task import MissingEntityTask


def sample_tasks(
    info: DatasetInfo,
    count: int,
    seed: int | None,
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    conditions: Sequence[Condition] = (),
) -> list[tuple[str, MissingEntityTask]]:
    """Up to `count` tasks with their splits, in file order.

    Args:
        info: the dataset.
        count: how many.
        seed: of the draw; None: evenly spread over the dataset.
        configs: where to look.
        splits: where to look.
        conditions: see `filters`.

    Raises:
        DatasetError: a damaged shard.
    """
    found = [
        (split, group)
        for config in configs
        for split in splits
        if info.shards_of(config, split)
        for group in find_groups(info, split, config, conditions, None).groups
    ]
    sizes = [len(group.rows) for _, group in found]
    places = _places(sum(sizes), count, seed)
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    factories = FactoryCache()
    tasks: list[tuple[str, MissingEntityTask]] = []
    for (split, group), start, stop in zip(found, starts, starts[1:], strict=False):
        rows = group.rows[places[(places >= start) & (places < stop)] - start]
        tasks += [(split, task) for task in _read(info.path, group, rows, factories)]
    return tasks


def _places(rows: int, count: int, seed: int | None) -> LongArray:
    """`count` distinct places of `rows`, ascending.

    >>> _places(10, 3, None).tolist()
    [0, 3, 6]
    """
    count = min(rows, count)
    if seed is None:
        return np.arange(count) * rows // max(count, 1)
    return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))


def _read(root: Path, group: Group, rows: LongArray, factories: FactoryCache) -> Iterator[MissingEntityTask]:
    if not len(rows):
        return
    with open_shard(root / group.path) as file:
        table = file.read_row_group(group.number, columns=list(TASK_COLUMNS), use_threads=False).take(rows)
    yield from rows_to_tasks({name: table.column(name).to_pylist() for name in TASK_COLUMNS}, factories, group.path)
