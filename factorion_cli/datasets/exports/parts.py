"""The parts of a dataset as dense arrays, a batch at a time: what the HDF5 and numpy forms are written from.

    grid            (N, C, H, W) int16  the start, as `factory.tensor.to_tensor` draws it
    size            (N, 2) int16        width and height of the factory, tiles
    hand            (N, E) int16        how many of each entity id the builder holds
    target/<field>  (N, M) int16        what is missing, in reference order, padded with 0
    <column>        (N,)                every column of numbers or text of the Parquet form, under its name

C channels, H x W the largest factory of all parts, M the most entities missing, E the entity ids of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.datasets.epoch_plan import Group, find_groups
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.packed import PACKED_COLUMNS, SHARED_COLUMNS, TARGET_FIELDS, PackedTasks
from factorion_cli.datasets.reader import open_shard
from factorion_cli.datasets.schema import CONFIGS, SPLITS, column_table
from factorion_cli.errors import DatasetError
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 256
TEXT = "text"
_DTYPES = {"string": TEXT, "int8": "int8", "int16": "int16", "double": "float64", "bool": "bool"}
_ELSEWHERE = {"kind", "factory", "width", "height"}
"""Columns that are the name of a part, the reference itself, or in `size`."""
_TARGETS = {
    "entity": "entity id of the vocabulary; 0 is padding",
    "x": "left tile",
    "y": "top tile",
    "direction": "0 north, 4 east, 8 south, 12 west",
    "recipe": "recipe id; 0 none",
    "filter": "item id of an inserter's first filter or a splitter's filter; 0 none",
    "variant": "0 none, 1 underground input, 2 underground output, from 3 on a splitter's priorities",
}


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """One array of a part; `shape` is that of one row, `dtype` numpy's name or TEXT."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class DensePart:
    """The tasks of one config and split that were chosen.

    Attributes:
        config: "throughput" or "structural".
        split: "train", "validation" or "test".
        count: N.
        specs: the arrays, in the order of every batch.
    """

    config: str
    split: str
    count: int
    specs: tuple[ArraySpec, ...]
    _info: DatasetInfo
    _groups: tuple[Group, ...]
    _before: int
    _tell: Callable[[int], None]

    def batches(self) -> Iterator[dict[str, Any]]:
        """The arrays of at most BATCH tasks after the other, by name; texts are lists."""
        vocabulary = Vocabulary.from_json(self._info.vocabulary)
        done = self._before
        plain = [spec.name for spec in self.specs if spec.name in _plain_columns()]
        for group, table in _tables(self._info, self._groups, (*PACKED_COLUMNS, *plain)):
            tasks = PackedTasks.of(table)
            for start in range(0, len(group.rows), BATCH):
                picks = np.arange(start, min(start + BATCH, len(group.rows)))
                yield self._arrays(tasks, picks, vocabulary) | _plain(table.slice(start, len(picks)), plain)
                done += len(picks)
                self._tell(done)

    def _arrays(self, tasks: PackedTasks, picks: LongArray, vocabulary: Vocabulary) -> dict[str, Any]:
        shapes = {spec.name: spec.shape for spec in self.specs}
        _, height, width = shapes["grid"]
        drawing = tasks.draw(picks, height, width, shapes["target/entity"][0], vocabulary)
        fields = dict(zip(TARGET_FIELDS, np.moveaxis(drawing.target, 2, 0), strict=True))
        fields["direction"] = 4 * fields.pop("quarter")
        targets = {f"target/{name}": fields[name] for name in _TARGETS}
        return {"grid": drawing.grid, "size": tasks.size[picks].astype(np.int16), "hand": drawing.hand} | targets


def dense_parts(
    info: DatasetInfo,
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    conditions: Sequence[Condition] = (),
    tell: Callable[[int], None] = lambda _: None,
) -> list[DensePart]:
    """What there is in these configs and splits, all parts drawn to one size.

    Tasks with names from mods have no tensor and are left out. `tell` is called with the number of tasks drawn so far.

    Raises:
        DatasetError: nothing is left, the dataset has no Parquet form, or a shard is damaged.
    """
    wanted = [(config, split) for config in configs for split in splits if info.shards_of(config, split)]
    found = {part: find_groups(info, part[1], part[0], conditions, None) for part in wanted}
    found = {part: groups for part, groups in found.items() if groups.groups}
    if not found:
        raise DatasetError(
            f"{info.path} has no task to export: wanted {', '.join(configs)} in {', '.join(splits)}"
            + "".join(f", {condition}" for condition in conditions)
        )
    height = max(groups.largest[0] for groups in found.values())
    width = max(groups.largest[1] for groups in found.values())
    missing = max(groups.most_missing for groups in found.values())
    specs = _specs(height, width, missing, Vocabulary.from_json(info.vocabulary))
    parts: list[DensePart] = []
    for (config, split), groups in found.items():
        count, before = sum(len(group.rows) for group in groups.groups), sum(part.count for part in parts)
        parts.append(DensePart(config, split, count, specs, info, groups.groups, before, tell))
    return parts


def _specs(height: int, width: int, missing: int, vocabulary: Vocabulary) -> tuple[ArraySpec, ...]:
    channels = (len(CHANNELS), height, width)
    specs = [
        ArraySpec("grid", channels, "int16", "", "start factory, by channel; see channels"),
        ArraySpec("size", (2,), "int16", "tiles", "width, height"),
        ArraySpec("hand", (vocabulary.n_entities,), "int16", "entities", "how many of each entity id are held"),
    ]
    for name, meaning in _TARGETS.items():
        specs.append(ArraySpec(f"target/{name}", (missing,), "int16", "tiles" if name in ("x", "y") else "", meaning))
    plain = [ArraySpec(name, (), *spec) for name, spec in _plain_columns().items()]
    return (*specs, *plain)


def _plain_columns() -> dict[str, tuple[str, str, str]]:
    """(dtype, unit, meaning) of the columns of numbers and text."""
    return {
        name: (_DTYPES[kind], unit, meaning)
        for name, kind, unit, _, meaning in column_table()
        if kind in _DTYPES and name not in _ELSEWHERE
    }


def _plain(table: pa.Table, names: Sequence[str]) -> dict[str, Any]:
    columns = _plain_columns()
    return {
        name: table.column(name).to_pylist() if columns[name][0] == TEXT else table.column(name).to_numpy()
        for name in names
    }


def _tables(info: DatasetInfo, groups: Sequence[Group], columns: Sequence[str]) -> Iterator[tuple[Group, pa.Table]]:
    for group in groups:
        with open_shard(info.path / group.path, SHARED_COLUMNS) as file:
            table = file.read_row_group(group.number, columns=list(columns), use_threads=False)
        yield group, table.take(group.rows)
