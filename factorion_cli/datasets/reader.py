"""Reading tasks back from Parquet, a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.datasets.filters import Condition, columns_of, matching, parse_conditions
from factorion_cli.datasets.manifest import DatasetInfo, Shard, check_part
from factorion_cli.datasets.schema import CONFIGS, TASK_COLUMNS, FactoryCache, rows_to_tasks, schema_of
from factorion_cli.errors import DatasetError
from factorion_cli.tasks.task import MissingEntityTask

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def read_tasks(
    directory: Path | str,
    split: str,
    config: str = "throughput",
    limit: int | None = None,
    where: Sequence[str] = (),
) -> list[MissingEntityTask]:
    """Every task of a split, in file order; tasks of one reference factory share the object.

    Args:
        directory: a dataset folder.
        split: "train", "validation" or "test".
        config: "throughput" or "structural".
        limit: stop after this many; None: all.
        where: conditions that choose tasks, such as "level=3" (see `filters`); none may fit.

    Raises:
        DatasetError: no dataset there, another version, an unreadable shard, or no task in that split.
    """
    return list(islice(iter_tasks(directory, split, config, where), limit))


def iter_tasks(
    directory: Path | str, split: str, config: str = "throughput", where: Sequence[str] = ()
) -> Iterator[MissingEntityTask]:
    """The tasks of a split one by one, holding one row group in memory; errors as `read_tasks`."""
    if config not in CONFIGS:
        raise DatasetError(f"{config} holds no tasks, expected one of {', '.join(CONFIGS)}")
    factories, conditions = FactoryCache(), parse_conditions(where)
    for shard, _, table in group_tables(DatasetInfo.load(directory), split, config, TASK_COLUMNS):
        if conditions:
            table = table.filter(matching(table, conditions))
        columns = {name: table.column(name).to_pylist() for name in TASK_COLUMNS}
        yield from rows_to_tasks(columns, factories, shard.path)


def read_columns(directory: Path | str, split: str, columns: Sequence[str], config: str = "throughput") -> pa.Table:
    """Some columns of a split as one Arrow table, for figures that need no factories; errors as `read_tasks`."""
    import pyarrow as pa

    return pa.concat_tables(table for _, _, table in group_tables(DatasetInfo.load(directory), split, config, columns))


def iter_tables(
    directory: Path | str,
    split: str,
    config: str = "throughput",
    columns: Sequence[str] | None = None,
    conditions: Sequence[Condition] = (),
) -> Iterator[pa.Table]:
    """The rows of a split that fit the conditions, as Arrow tables of at most a row group; errors as `read_tasks`.

    Args:
        directory: a dataset folder.
        split: "train", "validation" or "test".
        config: also "demonstrations", without conditions.
        columns: in this order; None: all.
        conditions: see `filters`.
    """
    wanted = list(columns or schema_of(config).names)
    read = list(dict.fromkeys([*wanted, *columns_of(conditions)]))
    for _, _, table in group_tables(DatasetInfo.load(directory), split, config, read):
        if conditions:
            table = table.filter(matching(table, conditions))
        if table.num_rows:
            yield table.select(wanted)


def group_tables(
    info: DatasetInfo, split: str, config: str, columns: Sequence[str]
) -> Iterator[tuple[Shard, int, pa.Table]]:
    """(shard, number of the row group in it, its rows) of a split, in order; errors as `read_tasks`."""
    check_part(config, split)
    shards = info.shards_of(config, split)
    if not shards:
        raise DatasetError(f"{info.path} has no tasks in {config}/{split} to read; it has {_contents(info)}")
    for shard in shards:
        with open_shard(info.path / shard.path) as file:
            for group in range(file.num_row_groups):
                yield shard, group, file.read_row_group(group, columns=list(columns), use_threads=False)


@contextmanager
def open_shard(path: Path, shared: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """A Parquet file whose errors name it, those of what is read in the block, too.

    Args:
        path: of the file.
        shared: columns that are read as dictionaries, because many rows hold the same.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, read_dictionary=list(shared)) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(
            f"{path} cannot be read: {error}; `factorion dataset validate` names every damaged shard"
        ) from error


def _contents(info: DatasetInfo) -> str:
    parts = [f"{config}/{split}: {rows}" for config, splits in info.counts.items() for split, rows in splits.items()]
    if parts and not info.shards:
        return (
            f"only the dense form, {info.dense.path if info.dense else 'which is missing'} (build with --format both)"
        )
    return ", ".join(parts) or "no rows at all"
