"""Validation names what is wrong with the rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from factorion_cli.datasets import DatasetInfo, TaskWriter, wrong_rows
from factorion_cli.datasets.manifest import count_rows
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
