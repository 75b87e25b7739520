"""Demonstrations from the columns of a dataset: flat arrays, without an object for any of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.datasets.packed import PACKED_COLUMNS, PackedTasks, joined, starts
from factorion_cli.factory import Entity
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.demonstrations import stage_of
from factorion_cli.tasks.markers import allowed_in

if TYPE_CHECKING:
    import pyarrow as pa

TASK_COLUMNS = ("id", "level", "factory", *PACKED_COLUMNS)
STEP_COLUMNS = ("task", "order", "alternatives")


def read_tasks_of(tables: Iterable[pa.Table], level: int) -> tuple[PackedTasks, MaskArray, dict[str, int]] | None:
    """The tasks of a level in tables with TASK_COLUMNS; None where there are none.

    Returns:
        The tasks, bool (M, n_entities) what may be built in each without end, and their numbers by id.
    """
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


def read_steps(
    table: pa.Table, numbers: Mapping[str, int], tasks: PackedTasks
) -> tuple[LongArray, LongArray, LongArray, LongArray, LongArray]:
    """The demonstrations of known tasks in a table with STEP_COLUMNS.

    Returns:
        (n,) task numbers and how many steps each has; (s,) the order, what each step waited for last, and its stage, as
        `orders.BuildingOrders` has them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    names = table.column("task").to_pylist()
    table = table.filter(pa.array([name in numbers for name in names], pa.bool_()))
    task = np.array([numbers[name] for name in names if name in numbers], np.int64)
    lengths = pc.list_value_length(table.column("order")).to_numpy().astype(np.int64)
    order = pc.list_flatten(table.column("order")).to_numpy().astype(np.int64)
    by_step = pc.list_flatten(table.column("alternatives"))
    counts = pc.list_value_length(by_step).to_numpy().astype(np.int64)
    others = pc.list_flatten(by_step).to_numpy().astype(np.int64)

    owner = np.repeat(np.arange(len(task)), lengths)  # (s,) the demonstration of each step
    entity_first = tasks.entity_first[tasks.entity_code[task]]
    stage = _stages(default_vocabulary())[tasks.entities[entity_first[owner] + order, 4]]
    # Which step puts down which entity, all entities of all references side by side.
    room = starts(tasks.entity_first[tasks.entity_code[task] + 1] - entity_first)
    step_of = np.zeros(room[-1], np.int64)
    step_of[room[owner] + order] = np.arange(len(order))
    # What could be put down at a step for the first time waited for the step before it.
    step = np.repeat(np.arange(len(order)), counts)
    free_from = np.arange(len(order))
    np.minimum.at(free_from, step_of[room[owner[step]] + others], step)
    return task, lengths, order, free_from - starts(lengths)[owner] - 1, stage


@cache
def _stages(vocabulary: Vocabulary) -> LongArray:
    """(n_entities,) the stage of building by entity id."""
    names = [vocabulary.entity_name(number) for number in range(1, vocabulary.n_entities)]
    known = load_table().entities
    return np.array([-1, *(stage_of(Entity(str(name))) if name in known else -1 for name in names)], np.int64)
