"""The expert's designs as a dataset of level 5 tasks with building orders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from factorion_cli.datasets import DatasetInfo, damaged_files, read_tasks, wrong_rows
from factorion_cli.datasets.reader import iter_tables
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.teaching import COPY, SLOW, Taught, write_demonstrations
from factorion_cli.design.checking import measure_in_window
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory import Factory
from factorion_cli.scheduling import local_pool
from factorion_cli.tasks.solutions import Solution
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS
from tests.tasks.marker_lines import detour, line_task, straight


def some_solutions() -> list[Solution]:
    """Two designs of each of three tasks that are as different as lines can be."""
    tasks = [line_task("short", width=5), line_task("middle", "coal", width=14), line_task("long", "stone", width=32)]
    return [Solution(task, way(task), number) for task in tasks for number, way in enumerate((straight, detour))]


def write(solutions: Sequence[Solution], out: Path) -> Taught:
    return write_demonstrations(solutions, out, seed=0, made={"tasks": ["tests"]})


def test_every_row_is_a_task_from_markers_with_its_order(tmp_path: Path) -> None:
    taught = write(some_solutions(), tmp_path / "ds")
    info = DatasetInfo.load(tmp_path / "ds")
    assert info.rows() == info.rows(DEMONSTRATIONS) == 6 - sum(taught.dropped.values())
    assert damaged_files(info) == []
    assert wrong_rows(info) == []
    assert info.settings["made_by"] == "design"
    tasks = [task for split in info.splits("throughput") for task in read_tasks(info.path, split)]
    assert {task.level for task in tasks} == {LEVEL_FROM_MARKERS}
    assert {task.provenance.licence for task in tasks} == {"MIT"}
    orders = [
        row for split in info.splits(DEMONSTRATIONS) for table in iter_tables(info.path, split, DEMONSTRATIONS)
        for row in table.to_pylist()
    ]  # fmt: skip
    assert {row["task"] for row in orders} == {task.id for task in tasks}
    assert "Made by `factorion design --demonstrations`" in (info.path / "README.md").read_text(encoding="utf-8")


def test_what_is_known_already_is_not_measured_again(tmp_path: Path) -> None:
    (known, *_) = some_solutions()
    twice = replace(measure_in_window(known.factory), sinks={"K0": {known.task.factory.sinks[0].item or "": 30.0}})
    write([replace(known, result=twice)], tmp_path / "ds")
    info = DatasetInfo.load(tmp_path / "ds")
    (task,) = [task for split in info.splits("throughput") for task in read_tasks(info.path, split)]
    assert task.throughput_reference == 30.0


def test_no_family_straddles_a_split(tmp_path: Path) -> None:
    write(some_solutions(), tmp_path / "ds")
    info = DatasetInfo.load(tmp_path / "ds")
    for split in info.splits("throughput"):
        assert all(split_of(task.family) == split for task in read_tasks(info.path, split))


def test_workers_change_no_byte(tmp_path: Path) -> None:
    write(some_solutions(), tmp_path / "one")
    with local_pool(2) as pool:
        write_demonstrations(some_solutions(), tmp_path / "two", 0, {"tasks": ["tests"]}, pool)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two


def test_copies_and_what_does_not_work_are_counted(tmp_path: Path) -> None:
    task = line_task("line")
    broken: Factory = straight(task).without([1])
    solutions = [Solution(task, straight(task), 0), Solution(task, straight(task), 1), Solution(task, broken, 2)]
    taught = write(solutions, tmp_path / "ds")
    assert taught.info.rows() == 1
    assert taught.dropped == {COPY: 1, SLOW: 1}


def test_without_a_design_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no design can be demonstrated"):
        write([], tmp_path / "ds")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(UsageError, match="holds no dataset"):
        write(some_solutions(), tmp_path)
