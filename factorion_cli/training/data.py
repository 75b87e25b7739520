"""Reading datasets for training."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factorion_cli.errors import DatasetError
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS, MissingEntityTask
from factorion_cli.training.examples import ExamplePool
from factorion_cli.training.orders import BuildingOrders

_KNOWN_ANSWERS = f"level<{LEVEL_FROM_MARKERS}"
_BUILT = f"level={LEVEL_FROM_MARKERS}"


@dataclass(frozen=True, slots=True)
class DataPart:
    """What one dataset teaches: what was taken out of factories, orders in which factories were built, or both.

    Attributes:
        pool: what is taken out; it may be empty.
        orders: of the train split; None where there are none.
        weight: how often batches come from here, relative to the other parts.
    """

    pool: ExamplePool
    orders: BuildingOrders | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What training needs of datasets.

    Attributes:
        parts: what examples are drawn from.
        validation: tasks of the validation splits, those from markers left out.
        validation_orders: building orders of the validation splits.
        building: the tasks from markers of the validation splits, as many as are needed.
        about: folders and fingerprints, for run.json.
        seconds: wall-clock time that reading took; it counts towards the time allowed.
    """

    parts: tuple[DataPart, ...]
    validation: tuple[MissingEntityTask, ...]
    validation_orders: tuple[BuildingOrders, ...]
    building: tuple[MissingEntityTask, ...]
    about: Mapping[str, Any]
    seconds: float = 0.0

    @classmethod
    def read(cls, datasets: Mapping[Path, float], most_building: int = 256) -> TrainingData:
        """The train and validation splits of datasets by weight; of tasks from markers at most so many for validation.

        Raises:
            DatasetError: there is nothing to train on in one of them.
        """
        started = time.monotonic()
        read = [_Read.of(directory, weight) for directory, weight in datasets.items()]
        return cls(
            parts=tuple(each.part for each in read),
            validation=tuple(task for each in read for task in each.validation),
            validation_orders=tuple(each.orders for each in read if each.orders is not None),
            building=tuple(_spread([task for each in read for task in each.building], most_building)),
            about={"datasets": [dict(each.about) for each in read]},
            seconds=time.monotonic() - started,
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """One dataset: what it teaches, and what it holds for validation."""

    part: DataPart
    validation: Sequence[MissingEntityTask]
    orders: BuildingOrders | None
    building: Sequence[MissingEntityTask]
    about: Mapping[str, Any]

    @classmethod
    def of(cls, directory: Path, weight: float) -> _Read:
        from factorion_cli.datasets import DatasetInfo, read_tasks

        info = DatasetInfo.load(directory)
        has_structural = bool(info.shards_of("structural", "train"))
        train = read_tasks(directory, "train", where=[_KNOWN_ANSWERS])
        structural = read_tasks(directory, "train", "structural") if has_structural else []
        part = DataPart(
            ExamplePool.of(train, structural), BuildingOrders.read(info, "train", LEVEL_FROM_MARKERS), weight
        )
        if not part.pool.references and part.orders is None:
            raise DatasetError(
                f"{directory} has no train factory from which something could be taken out, and no building orders"
            )
        has_validation = bool(info.shards_of("throughput", "validation"))
        validation = read_tasks(directory, "validation", where=[_KNOWN_ANSWERS]) if has_validation else []
        building = read_tasks(directory, "validation", where=[_BUILT]) if has_validation else []
        about = {
            "path": str(directory),
            "fingerprint": info.fingerprint,
            "weight": weight,
            "train_tasks": len(train),
            "train_orders": 0 if part.orders is None else len(part.orders),
        }
        orders = BuildingOrders.read(info, "validation", LEVEL_FROM_MARKERS)
        return cls(part, validation, orders, building, about)


def _spread(tasks: Sequence[MissingEntityTask], count: int) -> list[MissingEntityTask]:
    """So many of the tasks, from first to last: datasets have what is easy first."""
    return [tasks[number * len(tasks) // count] for number in range(count)] if len(tasks) > count else list(tasks)
