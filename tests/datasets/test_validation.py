"""Validation names what is wrong with the rows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter, wrong_rows
from factorion_cli.datasets.manifest import count_rows
from factorion_cli.datasets.schema import FactoryText, demonstrations_schema, task_to_row, tasks_schema
from tests.datasets.conftest import line_tasks, write_dataset


def test_good_rows_have_no_problem(small_dataset: DatasetInfo) -> None:
    assert wrong_rows(small_dataset) == []


def test_family_in_two_splits_is_named(tmp_path: Path) -> None:
    info = write_dataset(tmp_path, [])
    with TaskWriter(tmp_path) as writer:
        writer.write("train", line_tasks(1, family="torn"))
        writer.write("test", line_tasks(2, family="torn"))
    info = replace(info, shards=writer.shards, counts=count_rows(writer.shards))
    info.save()
    assert wrong_rows(info) == ["family torn is in train and in test"] * 2


def test_repeated_id_and_wrong_count_are_named(tmp_path: Path) -> None:
    info = write_dataset(tmp_path, line_tasks(1, family="one") * 2)
    split = info.splits("throughput")[0]
    info = replace(info, counts={"throughput": {split: 3}})
    info.save()
    problems = wrong_rows(info)
    assert any("stands twice" in problem for problem in problems)
    assert f"throughput/{split}: 2 rows, the manifest says 3" in problems


def test_columns_that_belie_the_factory_are_named(tmp_path: Path) -> None:
    info = write_dataset(tmp_path, [])
    text = FactoryText()
    one, two = line_tasks(2, family="one")
    rows = [task_to_row(one, text), task_to_row(two, text) | {"entities": b"\0" * 18, "hand": ["pipe"]}]
    with TaskWriter(tmp_path) as writer:
        writer.append("throughput", "train", pa.Table.from_pylist(rows, schema=tasks_schema()))
    info = replace(info, shards=writer.shards, counts=count_rows(writer.shards))
    info.save()
    assert wrong_rows(info) == [f"throughput/train: task {two.id} is not what its factory says in hand, entities"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"order": [2, 0], "alternatives": [[0], []]}, None),
        ({"order": [0], "alternatives": [[]]}, r"lacks \(0, 2\), its demonstration places \[0\]"),
        ({"order": [0, 2], "alternatives": [[], [0]]}, r"lacks \(0, 2\), its demonstration"),
        ({"task": "nobody", "order": [], "alternatives": []}, "there is no task nobody to demonstrate"),
    ],
)
def test_demonstrations_that_solve_nothing_are_named(tmp_path: Path, row: dict, problem: str | None) -> None:
    info = write_dataset(tmp_path, [])
    task = replace(line_tasks(4, family="one")[0], missing=(0, 2))
    with TaskWriter(tmp_path) as writer:
        writer.write("train", [task])
        shown = {"task": task.id, "family": "one"} | row
        writer.append("demonstrations", "train", pa.Table.from_pylist([shown], schema=demonstrations_schema()))
    info = replace(info, shards=writer.shards, counts=count_rows(writer.shards))
    info.save()
    problems = wrong_rows(info)
    assert len(problems) == (problem is not None)
    assert problem is None or re.search(problem, problems[0])
