"""Filtered and merged datasets hold exactly the rows that they should, in the splits that they had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter, damaged_files, read_columns, read_tasks, wrong_rows
from factorion_cli.datasets.deriving import filter_dataset, merge_datasets
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.manifest import content_fingerprint, count_rows
from factorion_cli.datasets.roster import RosterEntry, load_roster, save_roster
from factorion_cli.datasets.schema import demonstrations_schema
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.tasks.task import MissingEntityTask
from tests.datasets.conftest import line_tasks, write_dataset

TRAIN, OTHER_TRAIN, TEST = "one", "family-4", "family-1"


def _dataset(root: Path, tasks: dict[str, list[MissingEntityTask]]) -> DatasetInfo:
    """The tasks by split, each with a demonstration."""
    info = write_dataset(root, [])
    with TaskWriter(root) as writer:
        for split, members in tasks.items():
            writer.write(split, members)
            rows = [
                {"task": task.id, "family": task.family, "order": task.missing, "alternatives": [()]}
                for task in members
            ]
            writer.append("demonstrations", split, pa.Table.from_pylist(rows, schema=demonstrations_schema()))
    shards = writer.shards
    info = replace(info, shards=shards, counts=count_rows(shards), fingerprint=content_fingerprint(shards))
    info.save()
    return info


def _with_roster(info: DatasetInfo) -> DatasetInfo:
    """The designs of a dataset's tasks, as a build lists them."""
    tasks = [(split, task) for split in info.splits("throughput") for task in read_tasks(info.path, split)]
    entries = {
        task.design: RosterEntry(task.design, task.family, split, "lines.txt", b"", (0, 1), 9, 9, 9)
        for split, task in tasks
    }
    save_roster(info.path, entries.values())
    return info


def test_the_roster_lists_the_designs_that_are_left(tmp_path: Path) -> None:
    one, two, three = (line_tasks(length, family=name) for length, name in ((6, "one"), (9, "two"), (3, "three")))
    first = _with_roster(_dataset(tmp_path / "a", {"train": [*one, *three]}))
    second = _with_roster(_dataset(tmp_path / "b", {"test": two}))
    both, _ = merge_datasets([first.path, second.path], tmp_path / "both", allow_leaks=True)
    few = filter_dataset(both.path, tmp_path / "few", parse_conditions(["width>=8", "id!=throughput-6-0"]))
    assert [(entry.design, entry.split, entry.throughput, entry.rows) for entry in load_roster(few.path)] == [
        ("design-6", "train", 5, ()),
        ("design-9", "test", 9, ()),
    ]


def _demonstrated(info: DatasetInfo, split: str) -> list[str]:
    return read_columns(info.path, split, ["task"], "demonstrations").column("task").to_pylist()


def test_filter_keeps_what_fits_with_its_demonstrations(tmp_path: Path) -> None:
    train, test = line_tasks(6, family="one"), line_tasks(9, family="two")
    source = _dataset(tmp_path / "ds", {"train": [*train, *line_tasks(3, family="three")], "test": test})
    info = filter_dataset(source.path, tmp_path / "few", parse_conditions(["width>=8"]))
    assert read_tasks(info.path, "train") == train
    assert read_tasks(info.path, "test") == test
    assert _demonstrated(info, "train") == [task.id for task in train]
    assert info.settings["where"] == ["width>=8"]
    assert info.settings["from"] == source.fingerprint
    assert damaged_files(info) == wrong_rows(info) == []
    assert "tasks of another dataset that fit conditions" in (info.path / "README.md").read_text()


def test_filter_of_everything_has_the_same_rows(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    told: list[int] = []
    info = filter_dataset(small_dataset.path, tmp_path / "all", [], tell=told.append)
    assert info.fingerprint == small_dataset.fingerprint
    assert told[-1] == info.rows()


def test_filter_to_nothing_writes_nothing(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no task is left"):
        filter_dataset(small_dataset.path, tmp_path / "none", parse_conditions(["level=5"]))
    assert [path.name for path in tmp_path.iterdir()] == ["ds"]


def test_merge_keeps_equal_tasks_once_and_renames_others(tmp_path: Path) -> None:
    one, two = line_tasks(4, family="one"), line_tasks(5, family="two")
    impostor = replace(two[0], id=one[0].id)
    first = _dataset(tmp_path / "a", {"train": one})
    second = _dataset(tmp_path / "b", {"train": [*one[1:], impostor, *two[1:]]})
    info, report = merge_datasets([first.path, second.path], tmp_path / "both")
    assert (report.repeated, report.renamed) == (3, 1)
    own = replace(impostor, id=f"{impostor.id}.2")
    assert read_tasks(info.path, "train") == [*one, own, *two[1:]]
    assert _demonstrated(info, "train") == [task.id for task in (*one, own, *two[1:])]
    assert damaged_files(info) == wrong_rows(info) == []


def test_merge_refuses_what_would_stand_in_two_splits(tmp_path: Path) -> None:
    first = _dataset(tmp_path / "a", {"train": line_tasks(4, family="one")})
    moved = [replace(task, id=f"moved-{task.id}", family="two", design="other") for task in line_tasks(4)]
    second = _dataset(tmp_path / "b", {"test": moved})
    with pytest.raises(
        DatasetError, match=r"1 references of .*b are like .*a in another split.*leak-check.*--allow-leaks"
    ):
        merge_datasets([first.path, second.path], tmp_path / "both")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    info, report = merge_datasets([first.path, second.path], tmp_path / "both", allow_leaks=True)
    assert (info.rows(), report.repeated) == (4, 4)


def test_merge_needs_two_datasets_of_one_vocabulary(tmp_path: Path, small_dataset: DatasetInfo) -> None:
    with pytest.raises(UsageError, match="two datasets or more"):
        merge_datasets([small_dataset.path], tmp_path / "both")
    other = write_dataset(tmp_path / "old", line_tasks(3))
    replace(other, game_version="1.1.110", vocabulary={}).save()
    with pytest.raises(DatasetError, match=r"old has the vocabulary of game 1\.1\.110"):
        merge_datasets([small_dataset.path, other.path], tmp_path / "both")


def test_a_folder_that_is_taken_is_refused(small_dataset: DatasetInfo) -> None:
    with pytest.raises(UsageError, match="already holds a dataset"):
        filter_dataset(small_dataset.path, small_dataset.path, [])
