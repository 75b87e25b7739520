"""Chosen tasks into the shards of their splits, and the roster of the designs that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from factorion_cli.datasets.choosing import Choice
from factorion_cli.datasets.designs import Place, signatures
from factorion_cli.datasets.manifest import Shard
from factorion_cli.datasets.mining import ALTERNATIVES, ORDER, load_counts
from factorion_cli.datasets.roster import RosterEntry, save_roster
from factorion_cli.datasets.schema import CONFIGS, DEMONSTRATIONS, SPLITS, demonstrations_schema, tasks_schema
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.stages import Progress, Tell
from factorion_cli.datasets.writer import TaskWriter

if TYPE_CHECKING:
    import pyarrow as pa


def write_rows(
    folder: Path, files: Sequence[Path], places: Sequence[Place], choices: Sequence[Choice], tell: Tell
) -> tuple[Shard, ...]:
    """Write what is chosen of the files of mined designs, in order, into a dataset folder.

    Args:
        folder: of the dataset.
        files: that `mine_job` made.
        places: of the designs, in the order in which they stand in the files.
        choices: for the designs, likewise.
        tell: is called as designs are written.
    """
    with TaskWriter(folder) as writer:
        save_roster(folder, _written(writer, files, places, choices, tell))
    return writer.shards


def _written(
    writer: TaskWriter, files: Sequence[Path], places: Sequence[Place], choices: Sequence[Choice], tell: Tell
) -> Iterator[RosterEntry]:
    """Write file by file; yields what the roster says of each design."""
    looks = signatures(places)
    done = tasks = 0
    for path in files:
        here = slice(done, done + len(load_counts(path)))
        table = kept_rows(path, [choice.rows for choice in choices[here]])
        for config, split, rows in parts_of(table):
            writer.append(config, split, rows)
        for place, choice, shown in zip(places[here], choices[here], _shown(table, choices[here]), strict=True):
            yield _entry(place, choice, next(looks), shown)
        done, tasks = here.stop, tasks + table.num_rows
        tell(Progress("write", done, len(places), tasks))


def _entry(place: Place, choice: Choice, signature: bytes, demonstrations: int) -> RosterEntry:
    counts = {config: choice.kinds.get(config, 0) for config in CONFIGS}
    return RosterEntry(
        place.key, place.family, split_of(place.family), place.source, signature, choice.rows,
        **counts, demonstrations=demonstrations,
    )  # fmt: skip


def _shown(table: pa.Table, choices: Sequence[Choice]) -> list[int]:
    """How many of the kept rows of each design have a building order."""
    ends = np.cumsum([len(choice.rows) for choice in choices])
    before = np.concatenate([[0], np.cumsum(has_order(table).to_numpy())])
    return [int(shown) for shown in np.diff(before[np.concatenate([[0], ends])])]


def kept_rows(path: Path, rows: Sequence[Sequence[int]]) -> pa.Table:
    """The kept rows of a file that `mine_job` made, in order.

    Args:
        path: the file.
        rows: for each of its designs the rows to keep, counted from the design's first.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers: list[int] = []
    start = 0
    for counts, kept in zip(load_counts(path), rows, strict=True):
        numbers += [start + row for row in kept]
        start += counts.tasks
    return pq.read_table(path).take(pa.array(numbers, pa.int64()))


def parts_of(table: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """(config, split, rows) of kept rows, in the columns of each config and in their order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    splits = np.array([split_of(family) for family in table.column("family").to_pylist()], dtype=str)
    for split in SPLITS:
        rows = table.filter(pa.array(splits == split, pa.bool_()))
        for config in CONFIGS:
            tasks = rows.filter(pc.equal(rows.column("kind"), config))
            if tasks.num_rows:
                yield config, split, tasks.select(tasks_schema().names).cast(tasks_schema())
        shown = rows.filter(has_order(rows))
        if shown.num_rows:
            yield DEMONSTRATIONS, split, _demonstrations(shown)


def has_order(table: pa.Table) -> pa.ChunkedArray:
    """Which rows have a building order."""
    import pyarrow.compute as pc

    return pc.greater(pc.list_value_length(table.column(ORDER)), 0)


def _demonstrations(rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    schema = demonstrations_schema()
    columns = {"task": "id", ORDER: ORDER, ALTERNATIVES: ALTERNATIVES, "family": "family"}
    return pa.table([rows.column(columns[name]) for name in schema.names], names=schema.names).cast(schema)
