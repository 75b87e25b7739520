"""Reading a dataset for training."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factorion_cli.errors import DatasetError
from factorion_cli.tasks.task import MissingEntityTask
from factorion_cli.training.examples import ExamplePool


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What training needs of a dataset.

    Attributes:
        pool: what examples are drawn from.
        validation: tasks of the validation split.
        about: folder and fingerprint, for run.json.
        seconds: wall-clock time that reading took; it counts towards the time allowed.
    """

    pool: ExamplePool
    validation: tuple[MissingEntityTask, ...]
    about: Mapping[str, Any]
    seconds: float = 0.0

    @classmethod
    def read(cls, directory: Path) -> TrainingData:
        """The train and validation splits; raises DatasetError when there is nothing to train on."""
        from factorion_cli.datasets import DatasetInfo, read_tasks

        started = time.monotonic()
        info = DatasetInfo.load(directory)
        has_structural = bool(info.shards_of("structural", "train"))
        train = read_tasks(directory, "train")
        structural = read_tasks(directory, "train", "structural") if has_structural else []
        pool = ExamplePool.of(train, structural)
        if not pool.references:
            raise DatasetError(f"{directory} has no train factory from which something could be taken out")
        validation = read_tasks(directory, "validation") if info.shards_of("throughput", "validation") else []
        about = {"path": str(directory), "fingerprint": info.fingerprint, "train_tasks": len(train)}
        return cls(pool, tuple(validation), about, time.monotonic() - started)
