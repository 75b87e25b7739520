"""What is drawn from packed columns is what the Factory itself would draw."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from factorion_cli.datasets.packed import PACKED_COLUMNS, PackedTasks, joined
from factorion_cli.datasets.schema import FactoryText, task_to_row, tasks_schema
from factorion_cli.errors import DataError
from factorion_cli.factory import Factory
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.factory.tensor import to_tensor
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask, Provenance
from tests.factories.generator import random_factory

SIDE = 24
VOCABULARY = default_vocabulary()


def _task(seed: int, spare: tuple[str, ...] = ()) -> MissingEntityTask:
    factory = random_factory(seed, SIDE - 4, SIDE)
    rng = np.random.default_rng(seed)
    missing = rng.choice(len(factory.entities), min(3, len(factory.entities)), replace=False)
    return MissingEntityTask(
        id=str(seed),
        kind="throughput",
        level=4,
        reference=factory,
        missing=tuple(sorted(missing.tolist())),
        throughput_reference=1.0,
        throughput_start=0.25,
        family="one",
        design="one",
        provenance=Provenance("random"),
        spare=spare,
    )


def _table(tasks: list[MissingEntityTask]) -> pa.Table:
    text = FactoryText()
    table = pa.Table.from_pylist([task_to_row(task, text) for task in tasks], schema=tasks_schema())
    return table.select(list(PACKED_COLUMNS))


@pytest.fixture(scope="module")
def tasks() -> list[MissingEntityTask]:
    return [_task(seed) for seed in range(60) if _has_a_tensor(random_factory(seed, SIDE - 4, SIDE))]


def _has_a_tensor(factory: Factory) -> bool:
    """Fluids as filters, for one, have no id."""
    try:
        to_tensor(factory, SIDE, SIDE)
    except DataError:
        return False
    return len(factory.entities) > 1


def _turned(factory: Factory, symmetry: int) -> Factory:
    return rotate(mirror(factory) if symmetry >= 4 else factory, symmetry % 4)


@pytest.mark.parametrize("symmetry", range(8))
def test_drawn_as_the_factory_is_in_every_symmetry(tasks: list[MissingEntityTask], symmetry: int) -> None:
    packed = PackedTasks.of(_table(tasks))
    picks = np.arange(len(tasks))
    drawing = packed.draw(picks, SIDE, SIDE, 3, VOCABULARY, np.full(len(tasks), symmetry))
    for row, task in enumerate(tasks):
        np.testing.assert_array_equal(drawing.grid[row], to_tensor(_turned(task.start, symmetry), SIDE, SIDE))
        for place, index in enumerate(task.missing):
            entity = _turned(task.reference, symmetry).entities[index]
            found = drawing.target[row, place, :4].tolist()
            assert found == [VOCABULARY.entity_id(entity.name), entity.x, entity.y, entity.direction // 4]


def test_joined_parts_are_the_tasks_in_order(tasks: list[MissingEntityTask]) -> None:
    whole = PackedTasks.of(_table(tasks))
    parts = joined([PackedTasks.of(_table(tasks).slice(start, 7)) for start in range(0, len(tasks), 7)])
    picks = np.arange(len(tasks))
    for one, other in zip(
        whole.draw(picks, SIDE, SIDE, 3, VOCABULARY), parts.draw(picks, SIDE, SIDE, 3, VOCABULARY), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_hand_counts_the_missing_and_the_spare() -> None:
    task = _task(1, spare=("inserter", "transport-belt", "transport-belt"))
    packed = joined([PackedTasks.of(_table([_task(2), task])), PackedTasks.of(_table([task]))])
    drawing = packed.draw(np.array([2, 1]), SIDE, SIDE, 3, VOCABULARY)
    for row in (0, 1):
        assert drawing.hand[row].sum() == len(task.hand)
        for name in set(task.hand):
            assert drawing.hand[row, VOCABULARY.entity_id(name)] == task.hand.count(name)


def test_other_sets_of_missing_are_drawn_on_the_same_references(tasks: list[MissingEntityTask]) -> None:
    packed = PackedTasks.of(_table(tasks)).with_missing(np.array([4, 4]), [(), (0, 1)])
    drawing = packed.draw(np.arange(2), SIDE, SIDE, 2, VOCABULARY)
    reference = tasks[4].reference
    np.testing.assert_array_equal(drawing.grid[0], to_tensor(reference, SIDE, SIDE))
    np.testing.assert_array_equal(drawing.grid[1], to_tensor(reference.without((0, 1)), SIDE, SIDE))
