"""The numpy form holds the arrays of the HDF5 form."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.exports import dense_parts, export_dataset, export_hdf5, export_numpy
from factorion_cli.datasets.filters import parse_conditions


def test_arrays_are_those_of_hdf5(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    parts = dense_parts(small_dataset)
    paths = export_numpy(small_dataset, parts, tmp_path)
    export_hdf5(small_dataset, parts, tmp_path / "all.h5")
    assert [path.stem for path in paths] == [f"{part.config}-{part.split}" for part in parts]
    with h5py.File(tmp_path / "all.h5") as file, np.load(paths[0]) as arrays:
        group = file["throughput/train"]
        assert len(arrays.files) == len(parts[0].specs)
        for spec in parts[0].specs:
            dense = group[spec.name].asstr()[:] if spec.dtype == "text" else group[spec.name][:]
            np.testing.assert_array_equal(arrays[spec.name.replace("/", "_")], dense)
    about = json.loads((tmp_path / "about.json").read_text())
    assert about["fingerprint"] == small_dataset.fingerprint
    assert about["arrays"]["throughput_reference"]["unit"] == "items/s"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(
        [*(path.name for path in paths), "about.json", "all.h5"]
    )


def test_same_tasks_give_the_same_bytes(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        export_numpy(small_dataset, dense_parts(small_dataset, ["structural"]), folder)
    names = [path.name for path in folders[0].iterdir()]
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)


@pytest.mark.parametrize("form", ["hdf5", "numpy", "minari"])
def test_every_form_tells_how_far_it_is(small_dataset: DatasetInfo, tmp_path: Path, form: str) -> None:
    told: list[int] = []
    export_dataset(small_dataset, form, tmp_path / "out", conditions=parse_conditions(["width<6"]), tell=told.append)
    assert told[-1] == 1 + 2 + 3
    assert told == sorted(told)


def test_conditions_choose_what_is_exported(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    (part,) = dense_parts(small_dataset, ["throughput"], ["train"], parse_conditions(["width<=10"]))
    (path,) = export_numpy(small_dataset, [part], tmp_path)
    with np.load(path) as arrays:
        assert arrays["size"][:, 0].max() == arrays["grid"].shape[3] <= 10
        assert len(arrays["id"]) == part.count > 0
