"""A dataset folder of the tiny tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter
from factorion_cli.datasets.manifest import content_fingerprint, count_rows
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask
from tests.evaluation.small_tasks import small_tasks, structural


def write_tasks(root: Path, splits: dict[str, list[MissingEntityTask]]) -> Path:
    """A dataset with these tasks."""
    root.mkdir(parents=True)
    with TaskWriter(root) as writer:
        for split, tasks in splits.items():
            writer.write(split, tasks)
    DatasetInfo(
        path=root,
        shards=writer.shards,
        counts=count_rows(writer.shards),
        seed=0,
        settings={"warmup_ticks": 600, "measure_ticks": 600},
        vocabulary=default_vocabulary().to_json(),
        game_version="2.0",
        tool_version="0",
        fingerprint=content_fingerprint(writer.shards),
    ).save()
    return root


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five throughput tasks in train and test, one structural in test."""
    tasks = small_tasks()
    one = structural(tasks[0], "structural-line-belt")
    return write_tasks(tmp_path_factory.mktemp("eval") / "tiny", {"train": tasks, "test": [*tasks, one]})
