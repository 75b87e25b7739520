"""The dense form: one HDF5 file with a group /<config>/<split> of arrays each, see `parts`.

The file's attributes hold the vocabulary and the channel names as JSON, the schema version and the fingerprint of the
dataset; every array says its unit and meaning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.datasets.exports.parts import TEXT, DensePart, dense_parts
from factorion_cli.datasets.manifest import DENSE_NAME, DatasetInfo, Shard, describe_file
from factorion_cli.datasets.schema import SCHEMA_VERSION
from factorion_cli.factory.tensor import CHANNELS

if TYPE_CHECKING:
    import h5py

_CHUNK_ROWS = 64


def write_dense(directory: Path) -> Shard:
    """Write `tasks.h5` into a dataset folder from its Parquet shards, and describe it for the manifest.

    The same shards give the same bytes.

    Raises:
        DatasetError: the folder is no dataset, a shard cannot be read, or no task has a tensor.
    """
    info = DatasetInfo.load(directory)
    parts = dense_parts(info)
    export_hdf5(info, parts, directory / DENSE_NAME)
    return describe_file(directory, directory / DENSE_NAME, "all", "all", sum(part.count for part in parts))


def export_hdf5(info: DatasetInfo, parts: Sequence[DensePart], path: Path) -> None:
    """Write the parts as one file."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["schema_version"] = SCHEMA_VERSION
        file.attrs["fingerprint"] = info.fingerprint
        file.attrs["channels"] = json.dumps(CHANNELS)
        file.attrs["vocabulary"] = json.dumps(info.vocabulary)
        for part in parts:
            _write_part(file.create_group(f"{part.config}/{part.split}"), part)


def _write_part(group: h5py.Group, part: DensePart) -> None:
    arrays = _create(group, part)
    start = 0
    for batch in part.batches():
        stop = start + len(batch["grid"])
        for name, array in arrays.items():
            array[start:stop] = batch[name]
        start = stop


def _create(group: h5py.Group, part: DensePart) -> dict[str, h5py.Dataset]:
    import h5py

    arrays: dict[str, h5py.Dataset] = {}
    for spec in part.specs:
        arrays[spec.name] = group.create_dataset(
            spec.name,
            (part.count, *spec.shape),
            h5py.string_dtype() if spec.dtype == TEXT else spec.dtype,
            chunks=(min(_CHUNK_ROWS, part.count), *spec.shape),
            compression="gzip",
            compression_opts=4,
            shuffle=True,
        )
        arrays[spec.name].attrs.update({"unit": spec.unit, "description": spec.meaning})
    return arrays
