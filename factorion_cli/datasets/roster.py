"""The designs of a dataset: `designs.parquet`, one row for each design that has a family.

It is what a later build pins families with, and what tells which designs a damaged shard was made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

ROSTER_NAME = "designs.parquet"
_ROWS_PER_GROUP = 10_000


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One design, in reading order.

    Attributes:
        design: its content hash.
        family: of its near-copies.
        split: of the family.
        source: where it was read first.
        signature: bytes of its `likeness.signature`.
        rows: which of the tasks that mining gives for it are in the dataset, counted from its first.
        throughput: how many rows of this config are its own; they stand together, in the order of the designs.
        structural: likewise.
        demonstrations: likewise.
    """

    design: str
    family: str
    split: str
    source: str
    signature: bytes
    rows: tuple[int, ...]
    throughput: int
    structural: int
    demonstrations: int


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {"signature": pa.binary(), "rows": pa.list_(pa.int32())}
    types |= dict.fromkeys(("throughput", "structural", "demonstrations"), pa.int32())
    return pa.schema([(field.name, types.get(field.name, pa.string())) for field in fields(RosterEntry)])


def save_roster(folder: Path, entries: Iterable[RosterEntry]) -> None:
    """Write the roster into a dataset folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = map(asdict, entries)
    with pq.ParquetWriter(folder / ROSTER_NAME, _schema(), compression="zstd") as writer:
        while batch := list(islice(rows, _ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(batch, schema=_schema()))


def load_roster(folder: Path) -> list[RosterEntry]:
    """The roster of a dataset folder; raises DatasetError when it has none that can be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(folder / ROSTER_NAME, schema=_schema()).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(
            f"{folder / ROSTER_NAME} cannot be read: {error}; build the dataset again with --overwrite"
        ) from error
    return [RosterEntry(**row | {"rows": tuple(row["rows"])}) for row in rows]
