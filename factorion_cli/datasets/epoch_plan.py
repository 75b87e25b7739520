"""Which tasks are in which batch of an epoch: from the seed, the epoch and the rank alone.

Row groups are what is read at once, so they are what is shuffled first and dealt to the ranks. The tasks of each buffer
(consecutive row groups of a rank) are shuffled among each other, and batches are cut from that sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.datasets.filters import Condition, columns_of, matching
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import group_tables

UNITS_PER_RANK = 4
"""Row groups are split until there are so many pieces for each rank, so that small datasets are dealt evenly."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The tasks of a row group, or of a piece of one, that a loader uses.

    Attributes:
        path: of the shard, relative to the dataset.
        number: of the row group in the shard.
        rows: (n,) int64 rows of the group that are used, ascending.
        first: number of the group's first row within its config and split.
    """

    path: str
    number: int
    rows: LongArray
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class FoundGroups:
    """What has to be read.

    Attributes:
        groups: in file order, only those with rows that are wanted.
        largest: the (H, W) that all these tasks fit in.
        most_missing: the most entities that one of them lacks.
        too_large: tasks left out because of their size.
        seen: tasks that were looked at.
    """

    groups: tuple[Group, ...]
    largest: tuple[int, int]
    most_missing: int
    too_large: int
    seen: int


def find_groups(
    info: DatasetInfo, split: str, config: str, conditions: Sequence[Condition], size: tuple[int, int] | None
) -> FoundGroups:
    """The tasks that fit the conditions and a grid of `size`, looked up in the small columns of every row group.

    Raises DatasetError when there is no such split, or for a damaged shard.
    """
    columns = ("width", "height", "n_missing", *(("entities",) if config == "structural" else ()))
    read = tuple(dict.fromkeys([*columns, *columns_of(conditions)]))
    groups: list[Group] = []
    first = too_large = most_missing = 0
    largest = (0, 0)
    for shard, number, table in group_tables(info, split, config, read):
        fits = matching(table, conditions)
        if "entities" in columns:
            # Names from mods have no ids, so such a factory has no tensor.
            fits &= np.array([len(packed) > 0 for packed in table.column("entities").to_pylist()])
        width, height = (table.column(name).to_numpy() for name in ("width", "height"))
        if size is not None:
            small = (height <= size[0]) & (width <= size[1])
            too_large += int((fits & ~small).sum())
            fits &= small
        rows = np.flatnonzero(fits)
        if len(rows):
            groups.append(Group(shard.path, number, rows, first))
            largest = max(largest[0], int(height[rows].max())), max(largest[1], int(width[rows].max()))
            most_missing = max(most_missing, int(table.column("n_missing").to_numpy()[rows].max()))
        first += table.num_rows
    return FoundGroups(tuple(groups), largest, most_missing, too_large, first)


class EpochPlan:
    """The batches of one epoch on one rank.

    Args:
        groups: what there is to read.
        batch_size: tasks per batch.
        buffer: tasks that are shuffled among each other, at least.
        seed: what the order follows from; None: the order of the files.
        rank: of this process.
        world_size: number of ranks; from 2 on every rank has the same number of whole batches.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        batch_size: int,
        buffer: int,
        seed: Sequence[int] | None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        units = _split_up(groups, UNITS_PER_RANK * world_size) if world_size > 1 else list(groups)
        if seed is not None:
            order = np.random.default_rng(np.random.SeedSequence([*seed, 0])).permutation(len(units))
            units = [units[place] for place in order]
        self._seed = None if seed is None else (*seed, 1 + rank)
        self._batch_size = batch_size
        self.buffers = _buffers(units[rank::world_size], buffer)
        """What is read for each buffer, in the order of its tasks."""
        counts = [sum(len(unit.rows) for unit in members) for members in self.buffers]
        self._starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        shares = [sum(len(unit.rows) for unit in units[other::world_size]) for other in range(world_size)]
        self._length = min(shares) // batch_size if world_size > 1 else -(-shares[0] // batch_size)
        self._order = lru_cache(maxsize=4)(self._shuffled)

    def __len__(self) -> int:
        return self._length

    def batch(self, number: int) -> list[tuple[int, LongArray]]:
        """The tasks of a batch in order: a buffer, and the places of tasks in it."""
        start = number * self._batch_size
        stop = min(start + self._batch_size, int(self._starts[-1]))
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        parts = []
        for buffer in range(first, len(self.buffers)):
            low, high = int(self._starts[buffer]), int(self._starts[buffer + 1])
            if low >= stop:
                break
            parts.append((buffer, self._order(buffer)[max(start - low, 0) : min(stop, high) - low]))
        return parts

    def _shuffled(self, buffer: int) -> LongArray:
        count = int(self._starts[buffer + 1] - self._starts[buffer])
        if self._seed is None:
            return np.arange(count)
        return np.random.default_rng(np.random.SeedSequence([*self._seed, buffer])).permutation(count)


def _split_up(groups: Sequence[Group], least: int) -> list[Group]:
    """The groups, cut into equal pieces until there are `least`."""
    pieces = -(-least // len(groups))
    return [
        Group(group.path, group.number, group.rows[piece::pieces], group.first)
        for group in groups
        for piece in range(pieces)
        if len(group.rows[piece::pieces])
    ]


def _buffers(units: Sequence[Group], least: int) -> list[list[Group]]:
    """Consecutive units together until they hold `least` tasks."""
    buffers: list[list[Group]] = []
    room = 0
    for unit in units:
        if room <= 0:
            buffers.append([])
            room = least
        buffers[-1].append(unit)
        room -= len(unit.rows)
    return buffers
