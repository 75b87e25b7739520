"""Tasks made by hand, and datasets written from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter, split_of
from factorion_cli.datasets.manifest import content_fingerprint, count_rows
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.task import MissingEntityTask, Provenance, TaskKind


def belt_line(length: int, name: str = "transport-belt") -> Factory:
    """A belt from a source to a sink, heading east."""
    return Factory(
        width=length + 2,
        height=1,
        entities=tuple(Entity(name, x, 0, 4) for x in range(1, length + 1)),
        sources=(Source("in", "belt", 0, 0, "iron-plate", 4),),
        sinks=(Sink("out", "belt", length + 1, 0, "iron-plate", 4),),
        id=f"line-{length}",
    )


def line_tasks(length: int, kind: TaskKind = "throughput", family: str | None = None) -> list[MissingEntityTask]:
    """One task per belt of a line."""
    line = belt_line(length)
    return [
        MissingEntityTask(
            id=f"{kind}-{length}-{index}",
            kind=kind,
            level=3,
            reference=line,
            missing=(index,),
            throughput_reference=15.0 if kind == "throughput" else 0.0,
            throughput_start=0.0,
            family=family or f"family-{length}",
            design=f"design-{length}",
            provenance=Provenance(f"lines.txt#{length}", game_version="2.0.28"),
            profile=Profile("belts", throughput=15.0 if kind == "throughput" else 0.0),
        )
        for index in range(length)
    ]


def write_dataset(root: Path, tasks: list[MissingEntityTask], rows_per_shard: int = 20_000) -> DatasetInfo:
    """A dataset folder of these tasks, without card or report."""
    root.mkdir(parents=True, exist_ok=True)
    with TaskWriter(root, rows_per_shard) as writer:
        for task in tasks:
            writer.write(split_of(task.family), [task])
    info = DatasetInfo(
        path=root,
        shards=writer.shards,
        counts=count_rows(writer.shards),
        seed=0,
        settings={},
        vocabulary=default_vocabulary().to_json(),
        game_version="2.1.20",
        tool_version="0.1.0",
        fingerprint=content_fingerprint(writer.shards),
    )
    info.save()
    return info


@pytest.fixture
def small_tasks() -> list[MissingEntityTask]:
    """Tasks of forty lines, in all splits, some structural."""
    return [
        task
        for length in range(1, 41)
        for task in line_tasks(length, "structural" if length % 4 == 0 else "throughput")
    ]


@pytest.fixture
def small_dataset(tmp_path: Path, small_tasks: list[MissingEntityTask]) -> DatasetInfo:
    """The small tasks on disk."""
    return write_dataset(tmp_path / "ds", small_tasks)
