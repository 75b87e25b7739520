"""Tasks survive Parquet, and every damaged folder is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factorion_cli.datasets import (
    CONFIGS,
    SPLITS,
    DatasetInfo,
    TaskWriter,
    damaged_files,
    iter_tasks,
    read_columns,
    read_tasks,
    split_of,
    tasks_schema,
)
from factorion_cli.datasets.manifest import count_rows
from factorion_cli.datasets.schema import column_table, demonstrations_schema
from factorion_cli.errors import DatasetError
from factorion_cli.tasks.task import MissingEntityTask
from tests.datasets.conftest import line_tasks, write_dataset


def test_tasks_read_back_equal_in_order(small_dataset: DatasetInfo, small_tasks: list[MissingEntityTask]) -> None:
    for config in CONFIGS:
        for split in small_dataset.splits(config):
            expected = [task for task in small_tasks if task.kind == config and split_of(task.family) == split]
            assert read_tasks(small_dataset.path, split, config) == expected


def test_tasks_of_one_reference_share_the_factory(small_dataset: DatasetInfo) -> None:
    tasks = read_tasks(small_dataset.path, "train")
    by_design: dict[str, set[int]] = {}
    for task in tasks:
        by_design.setdefault(task.design, set()).add(id(task.reference))
    assert all(len(objects) == 1 for objects in by_design.values())


def test_limit_stops_reading(small_dataset: DatasetInfo) -> None:
    assert len(read_tasks(small_dataset.path, "train", limit=7)) == 7


def test_shards_are_cut_by_rows_and_numbered_of_how_many(tmp_path: Path) -> None:
    tasks = line_tasks(25, family="one")
    info = write_dataset(tmp_path / "ds", tasks, rows_per_shard=10)
    assert [Path(shard.path).name for shard in info.shards] == [f"part-0000{i}-of-00003.parquet" for i in range(3)]
    assert [shard.rows for shard in info.shards] == [10, 10, 5]
    assert list(iter_tasks(info.path, split_of("one"))) == tasks


def test_same_tasks_give_the_same_bytes(tmp_path: Path, small_tasks: list[MissingEntityTask]) -> None:
    first, second = write_dataset(tmp_path / "a", small_tasks), write_dataset(tmp_path / "b", small_tasks)
    assert first.shards == second.shards
    assert first.fingerprint == second.fingerprint


def test_rows_in_any_portions_give_the_same_bytes(tmp_path: Path) -> None:
    tasks = line_tasks(25, family="one")
    split = split_of("one")
    whole = write_dataset(tmp_path / "whole", tasks, rows_per_shard=10)
    table = pa.concat_tables(pq.read_table(whole.path / shard.path) for shard in whole.shards)
    (tmp_path / "portions").mkdir()
    with TaskWriter(tmp_path / "portions", rows_per_shard=10) as writer:
        writer.append("throughput", split, table.slice(0, 3))
        writer.write(split, tasks[3:5])
        writer.append("throughput", split, table.slice(5, 13))
        writer.append("throughput", split, table.slice(18))
    assert writer.shards == whole.shards


def test_demonstrations_are_rows_but_no_tasks(tmp_path: Path) -> None:
    row = {"task": "a", "order": [2, 0], "alternatives": [[0], []], "family": "one"}
    with TaskWriter(tmp_path) as writer:
        writer.append("demonstrations", "train", pa.Table.from_pylist([row], schema=demonstrations_schema()))
        writer.write("train", line_tasks(2, family="one"))
    info = replace(write_dataset(tmp_path, []), shards=writer.shards, counts=count_rows(writer.shards))
    info.save()
    assert info.counts == {"throughput": {"train": 2}, "demonstrations": {"train": 1}}
    assert info.rows() == 2
    assert info.rows("demonstrations") == 1
    assert read_columns(tmp_path, "train", ["order", "task"], "demonstrations").to_pylist() == [
        {"order": [2, 0], "task": "a"}
    ]
    with pytest.raises(DatasetError, match="demonstrations holds no tasks"):
        read_tasks(tmp_path, "train", "demonstrations")


def test_fields_say_their_unit_shape_and_meaning() -> None:
    metadata = tasks_schema().field("throughput_reference").metadata
    assert metadata[b"unit"] == b"items/s"
    assert tasks_schema().field("missing").metadata[b"shape"] == b"(n_missing,)"
    for name, arrow_type, *_ in column_table():
        field = tasks_schema().field(name)
        assert field.metadata[b"description"]
        assert str(field.type).replace("element: ", "").replace("item: ", "") == arrow_type


def test_file_opens_with_pyarrow_alone(small_dataset: DatasetInfo) -> None:
    table = pq.read_table(small_dataset.path / small_dataset.shards[0].path)
    row = table.slice(0, 1).to_pylist()[0]
    assert json.loads(row["factory"])["size"] == [row["width"], row["height"]]
    assert row["hand"] == ["transport-belt"]
    assert row["missing_kinds"] == ["transport-belt"]
    assert row["n_missing"] == 1


def test_columns_are_read_without_factories(small_dataset: DatasetInfo) -> None:
    table = read_columns(small_dataset.path, "train", ["family", "width"])
    assert table.num_rows == small_dataset.rows("throughput", "train")


def test_info_loads_what_was_saved(small_dataset: DatasetInfo) -> None:
    assert DatasetInfo.load(small_dataset.path) == small_dataset
    assert small_dataset.rows() == sum(range(1, 41))


def test_missing_folder_is_named_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no dataset at .*nowhere.*build-dataset"):
        read_tasks(tmp_path / "nowhere", "train")


def test_folder_without_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no manifest\.json"):
        DatasetInfo.load(tmp_path)


def test_other_schema_version_is_refused(small_dataset: DatasetInfo) -> None:
    path = small_dataset.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.raises(DatasetError, match=r"schema version 99, this factorion reads 2"):
        read_tasks(small_dataset.path, "train")


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}'])
def test_broken_manifest_is_refused(small_dataset: DatasetInfo, text: str) -> None:
    (small_dataset.path / "manifest.json").write_text(text)
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        DatasetInfo.load(small_dataset.path)


def test_empty_split_says_what_there_is_instead(tmp_path: Path) -> None:
    info = write_dataset(tmp_path / "ds", line_tasks(3, family="one"))
    other = next(split for split in SPLITS if split != split_of("one"))
    with pytest.raises(DatasetError, match=rf"no tasks in throughput/{other}.*throughput/{split_of('one')}: 3"):
        read_tasks(info.path, other)


def test_empty_dataset_is_refused(tmp_path: Path) -> None:
    info = write_dataset(tmp_path / "ds", [])
    with pytest.raises(DatasetError, match="no rows at all"):
        read_tasks(info.path, "train")


@pytest.mark.parametrize(("split", "config"), [("dev", "throughput"), ("train", "flow")])
def test_unknown_split_or_config_lists_the_known(small_dataset: DatasetInfo, split: str, config: str) -> None:
    with pytest.raises(DatasetError, match="expected one of"):
        read_tasks(small_dataset.path, split, config)


def test_damaged_shards_are_named(small_dataset: DatasetInfo) -> None:
    assert damaged_files(small_dataset) == []
    flipped, cut, gone = small_dataset.shards[:3]
    data = bytearray((small_dataset.path / flipped.path).read_bytes())
    data[len(data) // 2] ^= 1
    (small_dataset.path / flipped.path).write_bytes(data)
    (small_dataset.path / cut.path).write_bytes(b"PAR1")
    (small_dataset.path / gone.path).unlink()
    problems = damaged_files(small_dataset)
    assert any(problem.startswith(f"{flipped.path}: its sha256") for problem in problems)
    assert any(problem.startswith(f"{cut.path}: 4 bytes") for problem in problems)
    assert any(problem == f"{gone.path}: missing" for problem in problems)
    with pytest.raises(DatasetError, match=Path(cut.path).name):
        read_tasks(small_dataset.path, cut.split, cut.config)


def test_the_documented_columns_are_the_schema() -> None:
    page = (Path(__file__).parents[2] / "docs/dataset-format.md").read_text(encoding="utf-8")
    for name, kind, unit, shape, meaning in column_table():
        assert f"| `{name}` | {kind} | {unit} | {shape} | {meaning} |" in page
