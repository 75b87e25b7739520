"""Building orders prepared for cloning: every step of a demonstration is an example, drawn from packed arrays.

The state is what was built so far; right is whatever of the next stage (machines and chests, arms, belts, poles) waits
for nothing any more. A demonstration is one order among many as good ones, and a policy will follow others: half of the
states are reached by an order drawn anew, stage by stage, in which nothing comes before what it waited for. An order
that does not go stage by stage, as players build, is kept.

Where the task says what may be built (`tasks.markers`), the builder holds that, without end; else what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from factorion_cli.arrays import AnyArray, FloatArray, LongArray, MaskArray
from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.packed import PackedTasks, action_rows, starts
from factorion_cli.datasets.reader import group_tables
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.errors import DatasetError
from factorion_cli.factory.tensor import DIRECTION, ENTITY, RECIPE
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.training.batch import Batch, assemble
from factorion_cli.training.order_columns import STEP_COLUMNS, TASK_COLUMNS, read_steps, read_tasks_of

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 16
"""Batches that are drawn and sorted by size together, so that each is padded to its largest only."""
ANEW_SHARE = 0.5
"""States that are reached by an order drawn anew."""
EVEN_SHARE = 0.5
"""States drawn evenly by stage; the others are by step, of which belts have by far the most and machines the fewest."""
_LATER = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class BuildingOrders:
    """N demonstrations with S steps in all.

    Attributes:
        tasks: M tasks.
        task: (N,) which of them each solves.
        allowed: bool (M, n_entities) what may be built without end; nothing where what is missing is in the hand.
        first: (N + 1,) where the steps of each begin.
        order: (S,) index of the entity put down, within its reference.
        before: (S,) step of the same demonstration that it waited for last, counted from 0; -1 for none.
        stage: (S,) see `tasks.demonstrations.stage_of`.
    """

    tasks: PackedTasks
    task: LongArray
    allowed: MaskArray
    first: LongArray
    order: LongArray
    before: LongArray
    stage: LongArray

    def __len__(self) -> int:
        return len(self.task)

    @property
    def lengths(self) -> LongArray:
        """(N,) steps of each."""
        lengths: LongArray = np.diff(self.first)
        return lengths

    def batch(self, picks: LongArray, cuts: LongArray, symmetries: LongArray, keys: FloatArray | None = None) -> Batch:
        """States on the way of B demonstrations.

        Args:
            picks: (B,) their numbers.
            cuts: (B,) how many steps were taken.
            symmetries: (B,) how each is turned, see `datasets.kernels.draw_tasks`.
            keys: (B, at least their lengths) numbers in [0, 1) that draw another order; NaN keeps the demonstration's.
        """
        vocabulary, rows = default_vocabulary(), np.arange(len(picks))
        remaining, right = self._left(picks, cuts, keys)
        owner, step = np.nonzero(remaining)
        index = self.order[self.first[picks][owner] + step]
        by_index = np.lexsort((index, owner))  # `owner` ascends already
        counts = remaining.sum(axis=1)
        tasks = self.tasks.without(self.task[picks], counts, index[by_index])
        size = np.where(symmetries[:, None] % 2 == 1, tasks.size[:, ::-1], tasks.size)
        width, height = size.max(axis=0).tolist()
        drawing = tasks.draw(rows, height, width, int(counts.max()), vocabulary, symmetries)
        asked = np.flatnonzero(right[owner, step][by_index])
        target = drawing.target[owner[asked], asked - tasks.missing_first[owner[asked]]]
        _settle(drawing.grid, target, vocabulary)
        allowed = self.allowed[self.task[picks]]
        hand = np.where(allowed.any(axis=1, keepdims=True), allowed, drawing.hand).astype(np.int16)
        value = np.where(cuts == 0, self.tasks.value[self.task[picks]], np.nan)
        actions = action_rows(target[None], width, vocabulary)[0]
        return assemble(drawing.grid, hand, value, owner[asked], actions, each=True)

    def _left(self, picks: LongArray, cuts: LongArray, keys: FloatArray | None) -> tuple[MaskArray, MaskArray]:
        """Two bool (B, longest): steps that are still to be taken, and those of them that are right now."""
        lengths = self.lengths[picks]
        step = np.arange(lengths.max())
        exists = step < lengths[:, None]
        place = np.minimum(self.first[picks][:, None] + step, len(self.order) - 1)
        before, stage = np.where(exists, self.before[place], -1), np.where(exists, self.stage[place], 0)
        rank = np.where(exists, step.astype(np.float64), np.inf)
        if keys is not None:
            anew = ~np.isnan(keys[:, 0]) & _goes_by_stages(stage, exists)
            drawn = np.where(exists, stage + 0.9 * _waiting(keys[:, : len(step)], before), np.inf)
            rank = np.where(anew[:, None], drawn, rank)
        way = rank.argsort(axis=1, kind="stable")
        taken = way.argsort(axis=1) < cuts[:, None]
        following = np.take_along_axis(way, cuts[:, None], axis=1)
        may_come = (before < 0) | np.take_along_axis(taken, np.maximum(before, 0), axis=1)
        right = may_come & (stage == np.take_along_axis(stage, following, axis=1)) & exists & ~taken
        np.put_along_axis(right, following, True, axis=1)
        return exists & ~taken, right

    def chances(self) -> FloatArray:
        """(S,) where a number drawn in [0, N) falls: its whole part is the demonstration, the rest chooses a step."""
        number = np.repeat(np.arange(len(self)), self.lengths)
        kind = number * (1 + int(self.stage.max())) + self.stage
        alike = np.bincount(kind)
        stages = np.bincount(np.unique(kind) // (1 + int(self.stage.max())), minlength=len(self))
        weight = (1 - EVEN_SHARE) / self.lengths[number] + EVEN_SHARE / (stages[number] * alike[kind])
        return np.cumsum(weight)

    @classmethod
    def read(cls, info: DatasetInfo, split: str, level: int) -> BuildingOrders | None:
        """The demonstrations of a split's tasks of one level; None where there are none.

        Raises:
            DatasetError: a damaged shard, or a dataset made with other prototypes.
        """
        if not info.shards_of(DEMONSTRATIONS, split) or not info.shards_of("throughput", split):
            return None
        if Vocabulary.from_json(info.vocabulary).fingerprint != default_vocabulary().fingerprint:
            raise DatasetError(f"{info.path} was made with other prototypes than this factorion has; build it again")
        tables = (table for _, _, table in group_tables(info, split, "throughput", TASK_COLUMNS))
        steps = (table for _, _, table in group_tables(info, split, DEMONSTRATIONS, STEP_COLUMNS))
        return cls.of_tables(tables, steps, level)

    @classmethod
    def of_tables(cls, tables: Iterable[pa.Table], steps: Iterable[pa.Table], level: int) -> BuildingOrders | None:
        """The demonstrations `steps` of the tasks of one level in `tables`; both in the columns of their schemas."""
        if (read := read_tasks_of(tables, level)) is None:
            return None
        tasks, allowed, numbers = read
        parts = [read_steps(table, numbers, tasks) for table in steps]
        task, lengths, order, before, stage = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return cls(tasks, task, allowed, starts(lengths), order, before, stage) if len(task) else None


class OrderSource:
    """Endless training batches by number, each a function of the seed and its number alone; see `BatchSource`."""

    def __init__(
        self, orders: BuildingOrders, batch_size: int, seed: int, shard: int = 0, part: slice = slice(None)
    ) -> None:
        self._orders, self._batch_size, self._seed, self._part = orders, batch_size, (seed, shard), part
        self._chances = orders.chances()
        self._group = -1
        self._drawn: tuple[AnyArray, ...] = ()

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""
        group, place = divmod(number, GROUP)
        if group != self._group:
            self._drawn, self._group = self._draw(group), group
        chosen = np.arange(place * self._batch_size, (place + 1) * self._batch_size)[self._part]
        picks, cuts, symmetries, keys = (drawn[chosen] for drawn in self._drawn)
        return self._orders.batch(picks, cuts, symmetries, keys)

    def _draw(self, group: int) -> tuple[AnyArray, ...]:
        """Demonstrations, steps, symmetries and keys of a group of batches, like sizes together."""
        orders, count = self._orders, GROUP * self._batch_size
        rng = np.random.default_rng(np.random.SeedSequence([*self._seed, 2, group]))
        place = np.searchsorted(self._chances, rng.random(count) * self._chances[-1], side="right")
        place = np.minimum(place, len(self._chances) - 1)
        picks = np.searchsorted(orders.first, place, side="right") - 1
        tasks = orders.task[picks]
        symmetries = (rng.random(count) * orders.tasks.symmetries[tasks]).astype(np.int64)
        keys = rng.random((count, int(orders.lengths[picks].max())))
        keys[rng.random(count) >= ANEW_SHARE] = np.nan
        by_size = np.lexsort((rng.random(count), orders.tasks.size[tasks].max(axis=1)))
        batches = by_size.reshape(GROUP, self._batch_size)[rng.permutation(GROUP)].ravel()
        drawn = picks, place - orders.first[picks], symmetries, keys
        return tuple(array[batches] for array in drawn)


def _goes_by_stages(stage: LongArray, exists: MaskArray) -> MaskArray:
    """Bool (B,): whether no step is of an earlier stage than the one before."""
    ascends = np.diff(stage, axis=1) >= 0
    return np.asarray((ascends | ~exists[:, 1:]).all(axis=1), np.bool_)


def _waiting(keys: FloatArray, before: LongArray) -> FloatArray:
    """(B, L) the keys, raised above those of what each step waits for."""
    raised, rows = keys.copy(), np.arange(len(keys))
    for step in range(keys.shape[1]):
        awaited = np.where(before[:, step] >= 0, raised[rows, before[:, step]] + _LATER, 0.0)
        raised[:, step] = np.maximum(raised[:, step], awaited)
    return raised


@cache
def _indifferent(vocabulary: Vocabulary) -> tuple[MaskArray, MaskArray]:
    """By entity id: square machines; by recipe id: without a fluid. Together: one direction is as good as another."""
    table = load_table()
    square = np.zeros(vocabulary.n_entities, np.bool_)
    for number in range(1, vocabulary.n_entities):
        prototype = table.entities.get(str(vocabulary.entity_name(number)))
        square[number] = prototype is not None and prototype.machine is not None and prototype.width == prototype.height
    dry = np.ones(vocabulary.n_recipes, np.bool_)
    for number in range(1, vocabulary.n_recipes):
        dry[number] = not table.recipe(str(vocabulary.recipe_name(number))).has_fluid
    return square, dry


def _settle(grid: AnyArray, target: AnyArray, vocabulary: Vocabulary) -> None:
    """Turn north, in place, what works the same whichever way it faces: one answer instead of four."""
    square, dry = _indifferent(vocabulary)
    grid[:, DIRECTION][square[grid[:, ENTITY]] & dry[grid[:, RECIPE]]] = 1
    target[square[target[:, 0]] & dry[target[:, 4]], 3] = 0
