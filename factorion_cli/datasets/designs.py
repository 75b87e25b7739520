"""From findings to distinct designs in families: exact copies dropped, near-copies grouped, the rest reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from factorion_cli.datasets.families import Families, as_signature
from factorion_cli.datasets.mining import Design
from factorion_cli.datasets.reading import COLUMNS, Finding, load_findings
from factorion_cli.datasets.report import BuildReport

_LIGHT_COLUMNS = tuple(name for name in COLUMNS if name != "factory")


@dataclass(frozen=True, slots=True)
class Place:
    """A design by where its finding is, so that a hundred thousand of them fit into memory."""

    key: str
    family: str
    source: str
    path: Path
    row: int


class Sieve:
    """Takes findings in reading order and keeps the distinct designs that have a family.

    Args:
        families: assigns them; may have pinned ones.
        report: is filled with counts and skips.
        limit: most distinct designs; None: all.
    """

    def __init__(self, families: Families, report: BuildReport, limit: int | None) -> None:
        self._families, self._report, self._limit = families, report, limit
        self._first: dict[str, str] = {}
        self._files: set[str] = set()
        self._names: set[str] = set()

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached: whatever is read further has no effect."""
        return len(self._first) == self._limit

    def places(self, files: Iterable[str], path: Path) -> Iterator[Place]:
        """The designs that are new in a block of inputs: the names of its files, and the file of its findings."""
        self._files.update(files)
        self._report.files = len(self._files)
        for row, finding in enumerate(load_findings(path, _LIGHT_COLUMNS)):
            self._report.blueprints += finding.stage != "read"
            if finding.stage:
                self._report.skip(finding.source, finding.stage, finding.kind, finding.reason)
            elif family := self._family(finding):
                yield Place(finding.key, family, finding.source, path, row)
            if self.is_full:
                return

    def _family(self, finding: Finding) -> str | None:
        report = self._report
        report.usable += 1
        if finding.key in self._first:
            first = self._first[finding.key]
            report.skip(finding.source, "duplicate", "exact copy", f"the same design as {first}")
            return None
        self._first[finding.key] = finding.source
        report.designs = len(self._first)
        family = self._families.assign(finding.key, as_signature(finding.signature), finding.source)
        if family is None:
            report.skip(finding.source, "duplicate", "bridges two splits", "a near-copy of designs in two splits")
            return None
        self._names.add(family)
        report.families = len(self._names)
        return family


def load_designs(places: Sequence[Place], default_licence: str) -> Iterator[Design]:
    """The designs at `places`, which stand in reading order; one file of findings is in memory at a time."""
    path, findings = Path(), list[Finding]()
    for place in places:
        if place.path != path:
            path, findings = place.path, list(load_findings(place.path))
        finding = findings[place.row]
        yield Design(place.key, place.family, finding.provenance(default_licence), finding.factory)


def signatures(places: Iterable[Place]) -> Iterator[bytes]:
    """The signatures of the designs at `places`, likewise."""
    path, findings = Path(), list[Finding]()
    for place in places:
        if place.path != path:
            path, findings = place.path, list(load_findings(place.path, ("source", "signature")))
        yield findings[place.row].signature
