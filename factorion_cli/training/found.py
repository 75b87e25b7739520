"""The best solutions that searches have found, and what they teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from factorion_cli.datasets.mining import mined_schema, task_rows
from factorion_cli.factory import Entity, Factory, entity_to_json
from factorion_cli.factory.files import entity_from_json
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS, MissingEntityTask
from factorion_cli.training.data import DataPart
from factorion_cli.training.examples import ExamplePool
from factorion_cli.training.orders import BuildingOrders


@dataclass(frozen=True, slots=True)
class Known:
    """The best that is known of one task.

    Attributes:
        placed: what was put down.
        throughput: items per second that it gives.
        row: the solved task and a building order, in the columns of mined tasks; nothing but from markers.
    """

    placed: tuple[Entity, ...]
    throughput: float
    row: Mapping[str, Any]


class SolutionBook:
    """Remembers the best solution of each task; what a task's start delivers already is no solution.

    Args:
        tasks: that may be searched.
        seed: of the building orders.
    """

    def __init__(self, tasks: Sequence[MissingEntityTask], seed: int) -> None:
        self._tasks = {task.id: task for task in tasks}
        self._seed = seed
        self._known: dict[str, Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def offer(self, task: MissingEntityTask, factory: Factory, throughput: float) -> bool:
        """Keep a factory, which begins with what stands at the task's start, if it is better than what was known."""
        best = self._known[task.id].throughput if task.id in self._known else task.throughput_start
        placed = factory.entities[len(task.start.entities) :]
        if throughput <= best or not placed:
            return False
        self._keep(task, placed, throughput)
        return True

    def _keep(self, task: MissingEntityTask, placed: tuple[Entity, ...], throughput: float) -> None:
        built = task.level == LEVEL_FROM_MARKERS
        row = next(task_rows([_solved(task, placed, throughput)], self._seed)) if built else {}
        self._known[task.id] = Known(placed, throughput, row)

    def lessons(self, weight: float) -> DataPart | None:
        """What is known as a part of the data, in the order of the tasks; None while that is nothing."""
        known = [(task, self._known[name]) for name, task in self._tasks.items() if name in self._known]
        mended = [_solved(task, one.placed, one.throughput) for task, one in known if not one.row]
        pool = ExamplePool.of(mended)
        orders = _orders([one.row for _, one in known if one.row])
        return DataPart(pool, orders, weight) if pool.references or orders is not None else None

    def state(self) -> dict[str, Any]:
        """What `restore` goes on from."""
        return {
            name: [known.throughput, [entity_to_json(entity) for entity in known.placed]]
            for name, known in self._known.items()
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what another has found."""
        for name, (throughput, placed) in state.items():
            self._keep(self._tasks[name], tuple(map(entity_from_json, placed)), throughput)


def _solved(task: MissingEntityTask, placed: tuple[Entity, ...], throughput: float) -> MissingEntityTask:
    """The task with what was put down as its solution."""
    start = task.start
    entities = (*start.entities, *placed)
    return replace(
        task,
        # Tasks of one design share its name; what was found for each is a design of its own.
        reference=replace(task.reference, entities=entities, id=task.id),
        missing=tuple(range(len(start.entities), len(entities))),
        throughput_reference=throughput,
        spare=(),
        redundant=False,
    )


def _orders(rows: list[Mapping[str, Any]]) -> BuildingOrders | None:
    if not rows:
        return None
    import pyarrow as pa

    table = pa.Table.from_pylist(rows, schema=mined_schema())
    steps = table.select(["id", "order", "alternatives"]).rename_columns(["task", "order", "alternatives"])
    return BuildingOrders.of_tables([table], [steps], LEVEL_FROM_MARKERS)
