"""Writing rows as Parquet shards: the same rows in the same order give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from factorion_cli.datasets.manifest import Shard, check_part, describe_file
from factorion_cli.datasets.schema import ALL_CONFIGS, SPLITS, FactoryText, schema_of, task_to_row
from factorion_cli.tasks.task import MissingEntityTask

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS_PER_GROUP = 1_000
ROWS_PER_SHARD = 20_000


class _PartWriter:
    """The shards of one config and split; a row group is written as soon as it is full."""

    def __init__(self, root: Path, config: str, split: str, rows_per_shard: int) -> None:
        self._root, self._config, self._split = root, config, split
        self._folder = root / "data" / config / split
        self._rows_per_shard = rows_per_shard
        self._rows_per_group = min(ROWS_PER_GROUP, rows_per_shard)
        self._rows: list[dict[str, Any]] = []  # come after those of `_tables`
        self._tables: list[pa.Table] = []
        self._file: pq.ParquetWriter | None = None
        self._shard_rows: list[int] = []

    def write(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == self._rows_per_group:
            self._flush()

    def append(self, table: pa.Table) -> None:
        self._flush()
        self._tables.append(table)
        self._write_groups(self._rows_per_group)

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._tables.append(pa.Table.from_pylist(self._rows, schema=schema_of(self._config)))
            self._rows = []
            self._write_groups(self._rows_per_group)

    def _write_groups(self, least: int) -> None:
        """Write whole row groups while at least so many rows wait."""
        import pyarrow as pa

        if sum(table.num_rows for table in self._tables) < least:
            return
        waiting = pa.concat_tables(self._tables)
        start = 0
        while waiting.num_rows - start >= least:
            self._write_group(waiting.slice(start, self._rows_per_group).combine_chunks())
            start += self._rows_per_group
        self._tables = [waiting.slice(start)] if start < waiting.num_rows else []

    def _write_group(self, group: pa.Table) -> None:
        if self._file is None:
            self._file = self._open(self._path(len(self._shard_rows)))
            self._shard_rows.append(0)
        self._file.write_table(group, row_group_size=group.num_rows)
        self._shard_rows[-1] += group.num_rows
        if self._shard_rows[-1] >= self._rows_per_shard:
            self.abandon()

    def _path(self, index: int) -> Path:
        return self._folder / f"part-{index:05d}.parquet"

    def _open(self, path: Path) -> pq.ParquetWriter:
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        # Everything that decides bytes is pinned here, so that a new default of pyarrow changes no dataset.
        return pq.ParquetWriter(
            path,
            schema_of(self._config),
            version="2.6",
            compression="zstd",
            compression_level=3,
            use_dictionary=True,
            data_page_version="1.0",
            write_statistics=True,
            store_schema=True,
        )

    def abandon(self) -> None:
        """Close the open file, if there is one, without writing buffered rows."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def finish(self) -> list[Shard]:
        """Write what is buffered and name the shards by their number of how many."""
        self._flush()
        self._write_groups(1)
        self.abandon()
        total, shards = len(self._shard_rows), []
        for index, rows in enumerate(self._shard_rows):
            path = self._path(index).rename(self._folder / f"part-{index:05d}-of-{total:05d}.parquet")
            shards.append(describe_file(self._root, path, self._config, self._split, rows))
        return shards


class TaskWriter:
    """Writes rows below `root`, one set of shards per config and split; use it as a context manager.

    Rows are written in the order given. A split that gets no row leaves no file, because readers stumble over
    empty ones. Leaving the context by an exception closes the files and leaves the folder to its owner to remove.

    Args:
        root: the dataset folder under construction.
        rows_per_shard: rows after which a new shard starts, rounded up to whole row groups.
    """

    def __init__(self, root: Path, rows_per_shard: int = ROWS_PER_SHARD) -> None:
        self._parts = {
            (config, split): _PartWriter(root, config, split, rows_per_shard)
            for config in ALL_CONFIGS
            for split in SPLITS
        }
        self._text = FactoryText()
        self._shards: tuple[Shard, ...] | None = None

    def __enter__(self) -> TaskWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._shards = tuple(shard for part in self._parts.values() for shard in part.finish())
        else:
            for part in self._parts.values():
                part.abandon()

    def write(self, split: str, tasks: Iterable[MissingEntityTask]) -> None:
        """Append tasks to a split; their kind is their config."""
        for task in tasks:
            check_part(task.kind, split)
            self._parts[task.kind, split].write(task_to_row(task, self._text))

    def append(self, config: str, split: str, table: pa.Table) -> None:
        """Append finished rows, in the schema of their config; the bytes do not depend on how they are portioned."""
        check_part(config, split)
        self._parts[config, split].append(table)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The finished files, in the order of configs and splits; only after the context was left."""
        if self._shards is None:
            raise RuntimeError("TaskWriter.shards is known only after its `with` block")
        return self._shards
