"""The expert's designs as a dataset: tasks of level 5 with the orders in which a builder would build them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factorion_cli.datasets.assembly import parts_of
from factorion_cli.datasets.card import write_card
from factorion_cli.datasets.families import Families, as_signature
from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.datasets.manifest import DatasetInfo, fresh_info
from factorion_cli.datasets.mining import REFERENCE, SIGNATURE, mined_schema, task_rows
from factorion_cli.datasets.roster import RosterEntry, save_roster
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.whole import made_whole
from factorion_cli.datasets.workspace import check_output
from factorion_cli.datasets.writer import TaskWriter
from factorion_cli.design.checking import MEASURE_TICKS, WARMUP_TICKS
from factorion_cli.errors import DatasetError
from factorion_cli.scheduling import in_order
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.solutions import Solution, solved_tasks
from factorion_cli.tasks.task import Provenance

if TYPE_CHECKING:
    import pyarrow as pa

SOLUTIONS_PER_JOB = 32
PROVENANCE = Provenance("factorion design", licence="MIT", game_version="2.0")
MEASURING = MiningSettings(warmup_ticks=WARMUP_TICKS, measure_ticks=MEASURE_TICKS)
"""Longer than for pieces of blueprints: of designs with two or three steps four in ten deliver nothing in a minute."""
SLOW, COPY, BRIDGE = "too slow for the window", "the same design twice", "a near-copy of one in another split"


@dataclass(frozen=True, slots=True)
class Taught:
    """What became of the designs: the dataset, and how many are not in it, by reason."""

    info: DatasetInfo
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Job:
    solutions: tuple[Solution, ...]
    seed: int


def write_demonstrations(
    solutions: Iterable[Solution],
    out: Path,
    seed: int,
    made: Mapping[str, Any],
    executor: Executor | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Taught:
    """Write solved from-markers tasks and their building orders into a dataset folder, whole or not at all.

    Args:
        solutions: the designs, those of one task after one another.
        out: the folder to make.
        seed: of the building orders.
        made: what the manifest is to say of how the designs were made.
        executor: where they are measured; None: here.
        tell: is called with how many are written so far.

    Raises:
        UsageError: `out` is taken.
        DatasetError: there is no solution that can be used; nothing is written then.
    """
    check_output(out, overwrite=False)
    dropped: Counter[str] = Counter()
    recorded = {
        "made_by": "design",
        **made,
        "warmup_ticks": MEASURING.warmup_ticks,
        "measure_ticks": MEASURING.measure_ticks,
    }
    with made_whole(out) as folder:
        folder.mkdir()
        with TaskWriter(folder) as writer:
            files = in_order(executor, _measured, _jobs(solutions, seed, dropped))
            save_roster(folder, _written(writer, files, dropped, tell))
        info = fresh_info(folder, writer.shards, seed, recorded)
        if not info.rows():
            raise DatasetError(f"no design can be demonstrated, so {out} was not written; left out: {dict(+dropped)}")
        info.save()
        write_card(info, dataset_figures(info))
    return Taught(DatasetInfo.load(out), dict(+dropped))


def _jobs(solutions: Iterable[Solution], seed: int, dropped: Counter[str]) -> Iterator[_Job]:
    rest = iter(solutions)
    while batch := tuple(islice(rest, SOLUTIONS_PER_JOB)):
        dropped[SLOW] += len(batch)  # until they are measured
        yield _Job(batch, seed)


def _measured(job: _Job) -> bytes:
    """The tasks of a job as a Parquet file, in the columns of mined ones."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tasks = solved_tasks(job.solutions, MEASURING, PROVENANCE)
    rows = list(task_rows((task for task in tasks if task is not None), job.seed))
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=mined_schema()), stream)
    return stream.getvalue()


def _written(
    writer: TaskWriter, files: Iterable[bytes], dropped: Counter[str], tell: Callable[[int], None]
) -> Iterator[RosterEntry]:
    """Write file by file what belongs into the dataset; yields what the roster says of each design."""
    import pyarrow.parquet as pq

    households = _Households(dropped)
    written = 0
    for file in files:
        found = pq.read_table(io.BytesIO(file))
        dropped[SLOW] -= found.num_rows
        table = households.settled(found)
        for config, split, rows in parts_of(table):
            writer.append(config, split, rows)
        yield from map(_entry, table.select(["design", "family", "source", SIGNATURE]).to_pylist())
        written += table.num_rows
        tell(written)


def _entry(row: Mapping[str, Any]) -> RosterEntry:
    home = (row["design"], row["family"], split_of(row["family"]), row["source"], row[SIGNATURE])
    return RosterEntry(*home, rows=(0,), throughput=1, structural=0, demonstrations=1)


class _Households:
    """Finds each design its family: that of its task, which may be that of another task with a near-copy."""

    def __init__(self, dropped: Counter[str]) -> None:
        self._families = Families()
        self._homes: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._dropped = dropped

    def settled(self, table: pa.Table) -> pa.Table:
        """The rows that have a place, with their families."""
        import pyarrow as pa

        columns = (table.column(name).to_pylist() for name in ("family", REFERENCE, SIGNATURE))
        found = [self._family(*row) for row in zip(*columns, strict=True)]
        kept = [number for number, family in enumerate(found) if family is not None]
        names = pa.array([found[number] for number in kept], pa.string())
        place = table.schema.get_field_index("family")
        return table.take(pa.array(kept, pa.int64())).set_column(place, "family", names)

    def _family(self, task: str, reference: str, signature: bytes) -> str | None:
        if (task, reference) in self._seen:
            self._dropped[COPY] += 1
            return None
        self._seen.add((task, reference))
        family = self._homes.get(task)
        if family is None:
            family = self._families.assign(task, as_signature(signature))
        elif not self._families.join(family, as_signature(signature)):
            family = None
        if family is None:
            self._dropped[BRIDGE] += 1
        else:
            self._homes[task] = family
        return family
