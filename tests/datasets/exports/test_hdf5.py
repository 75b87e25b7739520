"""The HDF5 form says the same as the Parquet form."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from factorion_cli.datasets import DatasetInfo, read_tasks
from factorion_cli.datasets.exports import write_dense
from factorion_cli.factory.tensor import CHANNELS, to_tensor
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary


@pytest.fixture
def dense(small_dataset: DatasetInfo) -> h5py.File:
    path = small_dataset.path / write_dense(small_dataset.path).path
    with h5py.File(path) as file:
        yield file


def test_rows_agree_with_parquet(dense: h5py.File, small_dataset: DatasetInfo) -> None:
    tasks = read_tasks(small_dataset.path, "train")
    group = dense["throughput/train"]
    height, width = group["grid"].shape[2:]
    assert group["grid"].shape[:2] == (len(tasks), len(CHANNELS))
    for row in (0, len(tasks) // 2, len(tasks) - 1):
        task = tasks[row]
        np.testing.assert_array_equal(group["grid"][row], to_tensor(task.start, height, width))
        assert group["id"].asstr()[row] == task.id
        assert group["throughput_reference"][row] == task.throughput_reference
        assert tuple(group["size"][row]) == (task.reference.width, task.reference.height)


def test_targets_and_hand_name_the_missing(dense: h5py.File, small_dataset: DatasetInfo) -> None:
    belt = default_vocabulary().entity_id("transport-belt")
    task = read_tasks(small_dataset.path, "train")[0]
    group = dense["throughput/train"]
    assert group["target/entity"][0].tolist() == [belt]
    assert group["target/x"][0].tolist() == [task.removed[0].x]
    assert group["target/direction"][0].tolist() == [4]
    assert group["hand"][0, belt] == 1
    assert group["hand"][0].sum() == 1


def test_file_carries_its_vocabulary_and_units(dense: h5py.File) -> None:
    assert Vocabulary.from_json(json.loads(dense.attrs["vocabulary"])) == default_vocabulary()
    assert dense["throughput/train/throughput_reference"].attrs["unit"] == "items/s"


def test_same_shards_give_the_same_bytes(small_dataset: DatasetInfo) -> None:
    assert write_dense(small_dataset.path) == write_dense(small_dataset.path)
