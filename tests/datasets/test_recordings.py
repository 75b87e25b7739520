"""Recordings of play as input of build-dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import iter_tables, read_tasks
from factorion_cli.datasets.settings import BuildSettings
from tests.recording.scripted import record_smelting


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played")
    shutil.copytree(record_smelting(folder / "demos" / "good"), folder / "demos" / "damaged")
    (segment,) = (folder / "demos" / "damaged" / "take-001").glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b'"t":0', b'"t":1', 1))
    build_dataset([str(folder / "demos")], folder / "ds", BuildSettings(per_window=4))
    return folder / "ds"


def split_of(built: Path) -> str:
    """The one split of the one family."""
    return next(iter(DatasetInfo.load(built).counts["throughput"]))


def test_tasks_are_demonstrated_in_the_order_that_was_played(built: Path):
    split = split_of(built)
    tasks = {task.id: task for task in read_tasks(built, split)}
    (table,) = iter_tables(built, split, "demonstrations")
    rows = table.to_pylist()
    for row in rows:
        task = tasks[row["task"]]
        assert task.reference.metadata["played"] is True
        assert row["order"] == sorted(task.missing)  # its entities stand in the order of building
        if len(row["order"]) == len(task.reference.entities):
            names = [task.reference.entities[index].name for index in row["order"]]
            assert names[0] == "burner-mining-drill"
            assert names[-2:] == ["iron-chest", "burner-inserter"]
    assert max(len(row["order"]) for row in rows) > 2


def test_a_task_says_what_was_played(built: Path):
    provenance = read_tasks(built, split_of(built))[0].provenance
    assert provenance.title == "played automation_intro expert"
    assert provenance.source == "demos/good/take-001#0"


def test_a_damaged_take_costs_only_itself_and_is_reported(built: Path):
    (skip,) = (json.loads(line) for line in (built / "skipped.jsonl").read_text().splitlines())
    assert skip["source"] == "demos/damaged/take-001"
    assert (skip["stage"], skip["kind"]) == ("read", "damaged")
    assert "is damaged" in skip["reason"]
