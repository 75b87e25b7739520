"""Building orders prepared for cloning: every step of a demonstration is an example, drawn from packed arrays.

The state is what was built so far; right is the step that was taken, and whatever of the same stage (machines and
chests, arms, belts, poles) waited for nothing either. Where the task says what may be built (`tasks.markers`), the
builder holds that, without end; else what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray, MaskArray
from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.packed import PACKED_COLUMNS, PackedTasks, action_rows, joined, starts
from factorion_cli.datasets.reader import group_tables
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.errors import DatasetError
from factorion_cli.factory import Entity
from factorion_cli.factory.tensor import DIRECTION, ENTITY, RECIPE
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.demonstrations import stage_of
from factorion_cli.tasks.markers import allowed_in
from factorion_cli.training.batch import Batch, assemble

if TYPE_CHECKING:
    import pyarrow as pa

_STEPS = ("task", "order", "alternatives")
GROUP = 16
"""Batches that are drawn and sorted by size together, so that each is padded to its largest only."""


@dataclass(frozen=True, slots=True, eq=False)
class BuildingOrders:
    """N demonstrations with S steps in all.

    Attributes:
        tasks: M tasks.
        task: (N,) which of them each solves.
        allowed: bool (M, n_entities) what may be built without end; nothing where what is missing is in the hand.
        first: (N + 1,) where the steps of each begin.
        order: (S,) index of the entity put down, within its reference.
        right_first: (S + 1,) where the right answers of each step begin.
        right: indices within the reference of all that would have been right, the entity put down included.
    """

    tasks: PackedTasks
    task: LongArray
    allowed: MaskArray
    first: LongArray
    order: LongArray
    right_first: LongArray
    right: LongArray

    def __len__(self) -> int:
        return len(self.task)

    @property
    def lengths(self) -> LongArray:
        """(N,) steps of each."""
        lengths: LongArray = np.diff(self.first)
        return lengths

    def batch(self, picks: LongArray, cuts: LongArray, symmetries: LongArray) -> Batch:
        """The states of demonstrations `picks` (B,) after `cuts` (B,) steps, turned by `symmetries` (B,)."""
        vocabulary = default_vocabulary()
        owner, left = _ranges(self.first[picks] + cuts, self.first[picks + 1])
        remaining = self.order[left]
        order = np.lexsort((remaining, owner))  # ascending within each state; `owner` is so already
        counts = np.bincount(owner, minlength=len(picks))
        tasks = self.tasks.without(self.task[picks], counts, remaining[order])
        size = np.where(symmetries[:, None] % 2 == 1, tasks.size[:, ::-1], tasks.size)
        width, height = size.max(axis=0).tolist()
        drawing = tasks.draw(np.arange(len(picks)), height, width, int(counts.max()), vocabulary, symmetries)
        asked, target = self._questions(picks, cuts, tasks, drawing.target)
        _settle(drawing.grid, target, vocabulary)
        allowed = self.allowed[self.task[picks]]
        hand = np.where(allowed.any(axis=1, keepdims=True), allowed, drawing.hand).astype(np.int16)
        value = np.where(cuts == 0, self.tasks.value[self.task[picks]], np.nan)
        return assemble(drawing.grid, hand, value, asked, action_rows(target[None], width, vocabulary)[0])

    def _questions(
        self, picks: LongArray, cuts: LongArray, tasks: PackedTasks, target: AnyArray
    ) -> tuple[LongArray, AnyArray]:
        """(T,) the state that each question is about, and (T, 7) what is asked for there."""
        steps = self.first[picks] + cuts
        owner, answers = _ranges(self.right_first[steps], self.right_first[steps + 1])
        # Where each right answer stands among what is missing: both ascend by state and index.
        stride = 1 + int(max(self.right.max(), self.order.max()))
        state = np.repeat(np.arange(len(picks)), np.diff(tasks.missing_first))
        place = np.searchsorted(state * stride + tasks.missing, owner * stride + self.right[answers])
        return owner, target[owner, place - tasks.missing_first[owner]]

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
        columns = ["id", "level", "factory", *PACKED_COLUMNS]
        tables = (table for _, _, table in group_tables(info, split, "throughput", columns))
        steps = (table for _, _, table in group_tables(info, split, DEMONSTRATIONS, [*_STEPS]))
        return cls.of_tables(tables, steps, level)

    @classmethod
    def of_tables(cls, tables: Iterable[pa.Table], steps: Iterable[pa.Table], level: int) -> BuildingOrders | None:
        """The demonstrations `steps` of the tasks of one level in `tables`; both in the columns of their schemas."""
        if (read := _tasks(tables, level)) is None:
            return None
        tasks, allowed, numbers = read
        stages = _stages(default_vocabulary())
        parts = [_steps(table, numbers, tasks, stages) for table in steps]
        rows = np.concatenate([part[0] for part in parts])
        lengths, order, rights, right = (np.concatenate(arrays) for arrays in zip(*(p[1:] for p in parts), strict=True))
        if not len(rows):
            return None
        return cls(tasks, rows, allowed, starts(lengths), order, starts(rights), right)


class OrderSource:
    """Endless training batches by number, each a function of the seed and its number alone; see `BatchSource`."""

    def __init__(
        self, orders: BuildingOrders, batch_size: int, seed: int, shard: int = 0, part: slice = slice(None)
    ) -> None:
        self._orders, self._batch_size, self._seed, self._part = orders, batch_size, (seed, shard), part
        self._group = -1
        self._drawn: tuple[LongArray, LongArray, LongArray] | None = None

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""
        group, place = divmod(number, GROUP)
        if self._drawn is None or group != self._group:
            self._drawn, self._group = self._draw(group), group
        chosen = np.arange(place * self._batch_size, (place + 1) * self._batch_size)[self._part]
        picks, cuts, symmetries = self._drawn
        return self._orders.batch(picks[chosen], cuts[chosen], symmetries[chosen])

    def _draw(self, group: int) -> tuple[LongArray, LongArray, LongArray]:
        """Demonstrations, steps and symmetries of a group of batches, like sizes together."""
        orders, count = self._orders, GROUP * self._batch_size
        rng = np.random.default_rng(np.random.SeedSequence([*self._seed, 2, group]))
        picks = rng.integers(len(orders), size=count)
        tasks = orders.task[picks]
        cuts = (rng.random(count) * orders.lengths[picks]).astype(np.int64)
        symmetries = (rng.random(count) * orders.tasks.symmetries[tasks]).astype(np.int64)
        by_size = np.lexsort((rng.random(count), orders.tasks.size[tasks].max(axis=1)))
        batches = by_size.reshape(GROUP, self._batch_size)[rng.permutation(GROUP)].ravel()
        return picks[batches], cuts[batches], symmetries[batches]


def _tasks(tables: Iterable[pa.Table], level: int) -> tuple[PackedTasks, MaskArray, dict[str, int]] | None:
    """The tasks of a level, what may be built in each, and their numbers by id; None where there are none."""
    import pyarrow.compute as pc

    parts: list[PackedTasks] = []
    allowed: list[MaskArray] = []
    numbers: dict[str, int] = {}
    for every in tables:
        table = every.filter(pc.equal(every.column("level"), level))
        # A name that the vocabulary does not have leaves the packed columns empty.
        table = table.filter(pc.greater(pc.binary_length(table.column("entities")), 0))
        if not table.num_rows:
            continue
        parts.append(PackedTasks.of(table))
        allowed.append(np.stack([_allowed(text) for text in table.column("factory").to_pylist()]))
        for name in table.column("id").to_pylist():
            numbers[name] = len(numbers)
    return (joined(parts), np.concatenate(allowed), numbers) if parts else None


def _allowed(factory: str) -> MaskArray:
    return _mask_of(allowed_in(json.loads(factory)))


@cache
def _mask_of(names: tuple[str, ...]) -> MaskArray:
    """Bool (n_entities,)."""
    vocabulary = default_vocabulary()
    mask = np.zeros(vocabulary.n_entities, np.bool_)
    mask[[vocabulary.entity_id(name) for name in names]] = True
    return mask


def _steps(
    table: pa.Table, numbers: dict[str, int], tasks: PackedTasks, stages: LongArray
) -> tuple[LongArray, LongArray, LongArray, LongArray, LongArray]:
    """What a table of demonstrations says: task numbers, steps of each, their order, right answers of each, these."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = table.column("task").to_pylist()
    table = table.filter(pa.array([name in numbers for name in names]))
    rows = np.array([numbers[name] for name in names if name in numbers], np.int64)
    lengths = pc.list_value_length(table.column("order")).to_numpy().astype(np.int64)
    order = pc.list_flatten(table.column("order")).to_numpy().astype(np.int64)
    by_step = pc.list_flatten(table.column("alternatives"))
    counts = pc.list_value_length(by_step).to_numpy().astype(np.int64)
    others = pc.list_flatten(by_step).to_numpy().astype(np.int64)

    base = np.repeat(tasks.entity_first[tasks.entity_code[rows]], lengths)  # (S,)
    stage = stages[tasks.entities[base + order, 4]]
    step = np.repeat(np.arange(len(order)), counts)
    alike = stages[tasks.entities[base[step] + others, 4]] == stage[step]
    answers = np.concatenate([others[alike], order])
    asked = np.concatenate([step[alike], np.arange(len(order))])
    by_place = np.lexsort((answers, asked))
    return rows, lengths, order, np.bincount(asked, minlength=len(order)), answers[by_place]


@cache
def _stages(vocabulary: Vocabulary) -> LongArray:
    """(n_entities,) the stage of building by entity id."""
    names = [vocabulary.entity_name(number) for number in range(1, vocabulary.n_entities)]
    known = load_table().entities
    return np.array([-1, *(stage_of(Entity(str(name))) if name in known else -1 for name in names)], np.int64)


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


def _ranges(starts: LongArray, ends: LongArray) -> tuple[LongArray, LongArray]:
    """(which range each is of, all integers of the ranges one after the other)."""
    counts = ends - starts
    owner = np.repeat(np.arange(len(starts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[owner]
