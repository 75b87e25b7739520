"""The dense form: one HDF5 file of arrays per config and split, for training that wants no JSON.

    /<config>/<split>/grid                  (N, C, H, W) int16  the start, as `factory.tensor` draws it
    /<config>/<split>/size                  (N, 2) int16        width and height of the factory, tiles
    /<config>/<split>/target/<field>        (N, M) int16        what is missing, in reference order, padded with 0
    /<config>/<split>/hand                  (N, E) int16        how many of each entity id the builder holds
    /<config>/<split>/throughput_reference  (N,) float64        items per second
    /<config>/<split>/throughput_start      (N,) float64        items per second
    /<config>/<split>/level                 (N,) int8
    /<config>/<split>/{id,family,design,category}  (N,) UTF-8

C channels, H x W the largest factory of the dataset, M the most entities missing, E the entity ids of the vocabulary.
The file's attributes hold the vocabulary and the channel names as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.arrays import GridArray
from factorion_cli.datasets.manifest import DENSE_NAME, DatasetInfo, Shard, describe_file
from factorion_cli.datasets.reader import iter_tasks, read_columns
from factorion_cli.datasets.schema import CONFIGS, SCHEMA_VERSION
from factorion_cli.factory import Entity
from factorion_cli.factory.tensor import CHANNELS, to_tensor
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask

if TYPE_CHECKING:
    import h5py

BATCH = 256
_CHUNK_ROWS = 64
_VARIANTS = {None: 0, "input": 1, "output": 2}
_TARGETS = {
    "entity": "entity id of the vocabulary; 0 is padding",
    "x": "left tile",
    "y": "top tile",
    "direction": "0 north, 4 east, 8 south, 12 west",
    "recipe": "recipe id; 0 none",
    "filter": "item id of an inserter's first filter or a splitter's filter; 0 none",
    "variant": "0 none, 1 underground input, 2 underground output",
}
_TEXTS = ("id", "family", "design", "category")
_NUMBERS = {
    "throughput_reference": (np.float64, "items/s"),
    "throughput_start": (np.float64, "items/s"),
    "level": (np.int8, ""),
}


@dataclass(frozen=True, slots=True)
class _Extent:
    """The largest factory, in tiles, and the most entities missing, over the whole dataset."""

    height: int
    width: int
    missing: int


def write_dense(directory: Path) -> Shard:
    """Write `tasks.h5` into a dataset folder from its Parquet shards, and describe it for the manifest.

    The same shards give the same bytes.

    Raises:
        DatasetError: the folder is no dataset, or a shard cannot be read.
        FactoryError: a task has no tensor.
    """
    import h5py

    info = DatasetInfo.load(directory)
    path = directory / DENSE_NAME
    extent = _extent(info)
    with h5py.File(path, "w") as file:
        file.attrs["schema_version"] = SCHEMA_VERSION
        file.attrs["fingerprint"] = info.fingerprint
        file.attrs["channels"] = json.dumps(CHANNELS)
        file.attrs["vocabulary"] = json.dumps(default_vocabulary().to_json())
        for config in CONFIGS:
            for split in info.splits(config):
                _write_split(file.create_group(f"{config}/{split}"), info, config, split, extent)
    return describe_file(directory, path, "all", "all", info.rows())


def _extent(info: DatasetInfo) -> _Extent:
    largest = [0, 0, 0]
    names = ("height", "width", "n_missing")
    for config in CONFIGS:
        for split in info.splits(config):
            table = read_columns(info.path, split, names, config)
            largest = [max(old, *table.column(name).to_pylist()) for old, name in zip(largest, names, strict=True)]
    return _Extent(*largest)


def _write_split(group: h5py.Group, info: DatasetInfo, config: str, split: str, extent: _Extent) -> None:
    arrays = _create(group, info.rows(config, split), extent)
    tasks = iter_tasks(info.path, split, config)
    start = 0
    for batch in iter(lambda: list(islice(tasks, BATCH)), []):
        rows = slice(start, start + len(batch))
        for name, values in _batch_arrays(batch, extent):
            arrays[name][rows] = values
        start += len(batch)


def _create(group: h5py.Group, count: int, extent: _Extent) -> dict[str, h5py.Dataset]:
    import h5py

    arrays: dict[str, h5py.Dataset] = {}

    def array(name: str, shape: tuple[int, ...], dtype: Any, unit: str, meaning: str) -> None:
        chunks = (min(_CHUNK_ROWS, count), *shape)
        arrays[name] = group.create_dataset(
            name, (count, *shape), dtype, chunks=chunks, compression="gzip", compression_opts=4, shuffle=True
        )
        arrays[name].attrs.update({"unit": unit, "description": meaning})

    array("grid", (len(CHANNELS), extent.height, extent.width), np.int16, "", "start factory, by channel; see channels")
    array("size", (2,), np.int16, "tiles", "width, height")
    array("hand", (default_vocabulary().n_entities,), np.int16, "entities", "how many of each entity id are held")
    for name, meaning in _TARGETS.items():
        array(f"target/{name}", (extent.missing,), np.int16, "tiles" if name in ("x", "y") else "", meaning)
    for name, (dtype, unit) in _NUMBERS.items():
        array(name, (), dtype, unit, "as in the Parquet form")
    for name in _TEXTS:
        array(name, (), h5py.string_dtype(), "", "as in the Parquet form")
    return arrays


def _batch_arrays(batch: Sequence[MissingEntityTask], extent: _Extent) -> Iterator[tuple[str, Any]]:
    vocabulary = default_vocabulary()
    yield "grid", np.stack([to_tensor(task.start, extent.height, extent.width) for task in batch])
    yield "size", np.array([(task.reference.width, task.reference.height) for task in batch], np.int16)
    yield "hand", _hands(batch, vocabulary)
    targets = _targets(batch, extent.missing, vocabulary)  # (fields, B, M)
    for name, values in zip(_TARGETS, targets, strict=True):
        yield f"target/{name}", values
    for name, (dtype, _) in _NUMBERS.items():
        yield name, np.array([getattr(task, name) for task in batch], dtype)
    for name in _TEXTS:
        yield name, [getattr(task, name) for task in batch]


def _hands(batch: Sequence[MissingEntityTask], vocabulary: Vocabulary) -> GridArray:
    counts = np.zeros((len(batch), vocabulary.n_entities), np.int16)
    for row, task in enumerate(batch):
        for name in task.hand:
            counts[row, vocabulary.entity_id(name)] += 1
    return counts


def _targets(batch: Sequence[MissingEntityTask], missing: int, vocabulary: Vocabulary) -> GridArray:
    """(len(_TARGETS), B, missing) int16, zero where a task lacks fewer entities."""
    values = np.zeros((len(_TARGETS), len(batch), missing), np.int16)
    for row, task in enumerate(batch):
        for column, entity in enumerate(task.removed):
            values[:, row, column] = _target(entity, vocabulary)
    return values


def _target(entity: Entity, vocabulary: Vocabulary) -> tuple[int, ...]:
    """The fields of _TARGETS, in that order."""
    return (
        vocabulary.entity_id(entity.name),
        entity.x,
        entity.y,
        entity.direction,
        vocabulary.recipe_id(entity.recipe),
        vocabulary.item_id(entity.filters[0] if entity.filters else entity.filter),
        _VARIANTS[entity.underground_type],
    )
