"""Reading and screening one block of inputs: the work of one job, which any process can do.

The result is a Parquet file with one row per finding, in reading order: a design worth mining, or the reason why there
is none.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.blueprints import Block, Print, Unreadable, read_block, to_factory, without_mods
from factorion_cli.blueprints.keys import design_key
from factorion_cli.blueprints.likeness import signature
from factorion_cli.blueprints.metadata import credit_of
from factorion_cli.datasets.settings import Mods
from factorion_cli.errors import DataError
from factorion_cli.factory import Factory, factory_to_json
from factorion_cli.recording.prints import prints_of
from factorion_cli.recording.takes import Take
from factorion_cli.tasks import Provenance
from factorion_cli.tasks.task import PLAYED

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_ENTITIES = 2
"""A design of one entity leaves nothing to learn from when it is taken out."""


@dataclass(frozen=True, slots=True)
class ReadingJob:
    """One block of inputs, small enough to travel to another process."""

    block: Block
    mods: Mods

    def content(self) -> bytes:
        """What decides the result; a block names its files with their sizes and times."""
        return repr((self.mods, self.block)).encode()


@dataclass(frozen=True, slots=True)
class RecordingJob:
    """One take of a recording; `stamp` is the size and time of change of each of its files."""

    folder: str
    name: str
    mods: Mods
    stamp: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, take: Take, name: str, mods: Mods) -> RecordingJob:
        """The job for a take as it is now."""
        about = [path.stat() for path in take.segments()]
        return cls(str(take.folder), name, mods, tuple((each.st_size, each.st_mtime_ns) for each in about))

    def content(self) -> bytes:
        """What decides the result."""
        return repr((self.name, self.mods, self.folder, self.stamp)).encode()


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: a print that became a design (`key` is set), or something that gave none.

    Attributes:
        source: where it stands in the inputs.
        stage: "" for a design, else "read" (no blueprint) or "screen" (a blueprint that is not used).
        kind: short name of why there is no design.
        reason: the whole reason, for a reader.
        key: content hash of the design, "" when there is none.
        title: of the print.
        author: of the print.
        url: of the print.
        licence: that its source states, "" when it does not.
        game_version: that wrote it.
        signature: bytes of its `likeness.signature`.
        factory: its JSON.
    """

    source: str
    stage: str = ""
    kind: str = ""
    reason: str = ""
    key: str = ""
    title: str = ""
    author: str = ""
    url: str = ""
    licence: str = ""
    game_version: str = ""
    signature: bytes = b""
    factory: str = ""

    def provenance(self, default_licence: str) -> Provenance:
        """Where the design comes from, as tasks keep it."""
        licence = self.licence or default_licence
        return Provenance(self.source, self.title, licence, self.game_version, self.author, self.url)


COLUMNS = tuple(field.name for field in fields(Finding))


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, pa.binary() if name == "signature" else pa.string()) for name in COLUMNS])


def read_job(job: ReadingJob | RecordingJob) -> bytes:
    """A Parquet file of what stands in the job's block, or was built in its take; a broken print costs only itself."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [asdict(finding) for finding in _findings(_prints(job), job.mods, isinstance(job, RecordingJob))]
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema()), stream, compression="zstd")
    return stream.getvalue()


def load_findings(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[Finding]:
    """The rows of a file that `read_job` made; what is not among `columns` is empty."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(columns))
    for row in table.to_pylist():
        yield Finding(**row)


def _prints(job: ReadingJob | RecordingJob) -> Iterator[Print | Unreadable]:
    if isinstance(job, ReadingJob):
        yield from read_block(job.block)
        return
    try:
        yield from prints_of(Take(Path(job.folder)), job.name)
    except DataError as error:
        yield Unreadable(job.name, "damaged", str(error))


def _findings(prints: Iterable[Print | Unreadable], mods: Mods, played: bool) -> Iterator[Finding]:
    for found in prints:
        if isinstance(found, Unreadable):
            yield Finding(found.source, "read", found.kind, found.reason)
            continue
        try:
            yield _screened(found, mods, played)
        except Exception as error:  # a fault in one print of ten thousand must not cost the others
            yield Finding(found.source, "screen", "failed", f"internal error: {type(error).__name__}: {error}")


def _screened(blueprint: Print, mods: Mods, played: bool) -> Finding:
    """The design in a blueprint worth mining, or why there is none; one that was played says so."""
    if blueprint.modded and mods == "skip":
        names = ", ".join(blueprint.modded[:5]) + (", ..." if len(blueprint.modded) > 5 else "")
        return Finding(blueprint.source, "screen", "modded", f"has entities of mods: {names}")
    try:
        factory = to_factory(blueprint)
    except DataError as error:
        return Finding(blueprint.source, "screen", "no factory", str(error))
    if mods == "strip":
        factory = without_mods(factory)
    if len(factory.entities) < FEWEST_ENTITIES:
        count = len(factory.entities)
        return Finding(blueprint.source, "screen", "too small", f"{count} vanilla entities, expected {FEWEST_ENTITIES}")
    return _design(blueprint, replace(factory, metadata={**factory.metadata, PLAYED: True}) if played else factory)


def _design(blueprint: Print, factory: Factory) -> Finding:
    credit = credit_of(blueprint.metadata)
    return Finding(
        source=blueprint.source,
        key=design_key(factory),
        title=blueprint.label or credit.title,
        author=credit.author,
        url=credit.url,
        licence=blueprint.licence,
        game_version=blueprint.game_version,
        signature=signature(factory).tobytes(),
        factory=json.dumps(factory_to_json(factory), separators=(",", ":")),
    )
