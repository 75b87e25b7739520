"""Mining designs for tasks: the work of one job, which any process can do.

The result is a Parquet file with one row per task in the columns of the tasks' schema, design by design, and what the
choice between tasks of different designs needs beside them; the counts of each design are in the file's metadata.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.blueprints.keys import canonical_key
from factorion_cli.blueprints.likeness import signature
from factorion_cli.datasets.schema import FactoryText, demonstrations_schema, task_to_row, tasks_schema
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.errors import FactorionError
from factorion_cli.factory import factory_from_json
from factorion_cli.tasks import Provenance, mine
from factorion_cli.tasks.demonstrations import demonstrate
from factorion_cli.tasks.layout import Layout, analyse
from factorion_cli.tasks.task import MissingEntityTask

if TYPE_CHECKING:
    import pyarrow as pa

_COUNTS = b"designs"
REFERENCE, SIGNATURE, ORDER, ALTERNATIVES = "reference_key", "reference_signature", "order", "alternatives"
"""Columns beside those of the tasks' schema: the canonical content of the reference, equal for turned, mirrored and
re-tiered copies; its `likeness.signature`; one building order, empty where there is nothing to build, with the
alternatives at each step."""


@dataclass(frozen=True, slots=True)
class Design:
    """One distinct design and where it was read first; `key` is its content hash, `factory` its JSON."""

    key: str
    family: str
    provenance: Provenance
    factory: str


@dataclass(frozen=True, slots=True)
class MiningJob:
    """A few designs to mine, small enough to travel to another process."""

    designs: tuple[Design, ...]
    settings: BuildSettings

    def content(self) -> bytes:
        """What decides the result."""
        return json.dumps([asdict(self.settings), *map(asdict, self.designs)], sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of one design, beside its tasks.

    Attributes:
        key: of the design.
        tasks: how many rows it has.
        dropped: windows and removals that became no task, by reason.
        failure: what went wrong when nothing could be mined at all, else "".
    """

    key: str
    tasks: int
    dropped: Mapping[str, int]
    failure: str = ""


@cache
def mined_schema() -> pa.Schema:
    """The columns of mined tasks: those of the tasks' schema, and what stands beside them."""
    import pyarrow as pa

    orders = [demonstrations_schema().field(name) for name in (ORDER, ALTERNATIVES)]
    return pa.schema([*tasks_schema(), (REFERENCE, pa.string()), (SIGNATURE, pa.binary()), *orders])


def mine_job(job: MiningJob) -> bytes:
    """A Parquet file of the tasks of every design of a job, in order; a design that fails costs only itself."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    counts = []
    for design in job.designs:
        tasks, dropped, failure = _mined(design, job.settings)
        rows.extend(task_rows(tasks, job.settings.seed))
        counts.append(Counts(design.key, len(tasks), dropped, failure))
    table = pa.Table.from_pylist(rows, schema=mined_schema())
    notes = json.dumps([asdict(one) for one in counts]).encode()
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({_COUNTS: notes}), stream, compression="zstd")
    return stream.getvalue()


def load_counts(path: Path) -> list[Counts]:
    """What became of the designs in a file that `mine_job` made, in order."""
    import pyarrow.parquet as pq

    return [Counts(**one) for one in json.loads(pq.read_schema(path).metadata[_COUNTS])]


def _mined(design: Design, settings: BuildSettings) -> tuple[list[MissingEntityTask], Mapping[str, int], str]:
    """(tasks, what was dropped, failure) of one design."""
    try:
        factory = factory_from_json(json.loads(design.factory), design.provenance.source)
        mined = mine(factory, design.provenance, settings.mining())
    except FactorionError as error:
        return [], {}, str(error)
    except Exception as error:  # a fault in one design of ten thousand must not cost the others; the report names it
        return [], {}, f"internal error: {type(error).__name__}: {error}"
    tasks = [replace(task, family=design.family, design=design.key) for task in mined.tasks]
    return tasks, mined.skipped, ""


def task_rows(tasks: Iterable[MissingEntityTask], seed: int) -> Iterator[dict[str, Any]]:
    """A row of `mined_schema` for each task, with a building order that is drawn by the seed and the task's id."""
    text = FactoryText()
    known: dict[int, tuple[dict[str, Any], Layout]] = {}  # tasks of one window share the object
    for task in tasks:
        reference = task.reference
        if id(reference) not in known:
            look = {REFERENCE: canonical_key(reference, coarse=True), SIGNATURE: signature(reference).tobytes()}
            known[id(reference)] = look, analyse(reference)
        look, layout = known[id(reference)]
        yield task_to_row(task, text) | look | _demonstrated(task, layout, seed)


def _demonstrated(task: MissingEntityTask, layout: Layout, seed: int) -> dict[str, Any]:
    if not task.missing or task.redundant:
        return {ORDER: [], ALTERNATIVES: []}
    digest = int.from_bytes(hashlib.sha256(task.id.encode()).digest()[:8])
    shown = demonstrate(task, np.random.default_rng(np.random.SeedSequence([seed, digest])), layout)
    return {ORDER: shown.order, ALTERNATIVES: shown.alternatives}
