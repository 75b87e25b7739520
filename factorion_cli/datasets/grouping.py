"""Figures of a dataset's tasks by the values of a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.datasets.figures import MEASURED, counted, distinct
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import iter_tables
from factorion_cli.datasets.schema import CONFIGS, SPLITS, column_table
from factorion_cli.errors import DatasetError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_GROUPABLE = ("string", "int8", "int16", "bool")
_NOT_VALUES = ("id", "factory")
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The tasks that share a value: how many, of how many families and designs, and the median of each of MEASURED."""

    value: str
    tasks: int
    families: int
    designs: int
    medians: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """The mapping that `--json` prints."""
        return asdict(self)


def grouped_figures(
    info: DatasetInfo,
    by: str,
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    conditions: Sequence[Condition] = (),
) -> list[GroupFigures]:
    """The tasks that fit, by the values of a column, most first.

    Raises:
        UsageError: no such column, or one of another kind than text, whole numbers and truth values.
        DatasetError: a damaged shard, or no task that fits.
    """
    import pyarrow as pa

    _check_groupable(by)
    columns = list(dict.fromkeys([by, "family", "design", *MEASURED]))
    tables = [
        table
        for config in configs
        for split in splits
        if info.shards_of(config, split)
        for table in iter_tables(info.path, split, config, columns, conditions)
    ]
    if not tables:
        raise DatasetError(f"no task of {info.path} fits: wanted {', '.join(map(str, conditions)) or 'any'}")
    table = pa.concat_tables(tables)
    words = table.column(by).cast(pa.string())
    return [_figures(table, words, value) for value in counted(words)]


def _check_groupable(by: str) -> None:
    known = [name for name, kind, *_ in column_table() if kind in _GROUPABLE and name not in _NOT_VALUES]
    if by not in known:
        raise UsageError(f"no column to group by is called {by!r}, expected one of {', '.join(known)}")


def _figures(table: pa.Table, words: pa.ChunkedArray, value: str) -> GroupFigures:
    import pyarrow.compute as pc

    members = table.filter(pc.equal(words, value))
    medians = {name: round(float(np.median(members.column(name).to_numpy())), _DIGITS) for name in MEASURED}
    return GroupFigures(value, members.num_rows, distinct(members, "family"), distinct(members, "design"), medians)
