"""Which tasks of which designs are kept: none that would show one split what is in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from factorion_cli.blueprints.near_copies import NearCopies
from factorion_cli.datasets.families import as_signature
from factorion_cli.datasets.mining import REFERENCE, SIGNATURE, Counts, load_counts
from factorion_cli.datasets.schema import CONFIGS
from factorion_cli.datasets.split import split_of

_COLUMNS = ("family", "kind", REFERENCE, SIGNATURE)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept of one design.

    Attributes:
        counts: of its mining.
        family: of the design.
        rows: kept ones, counted from the first row of the design.
        kinds: kept rows by config.
        dropped: rows that are not kept, by reason.
    """

    counts: Counts
    family: str
    rows: tuple[int, ...]
    kinds: Mapping[str, int]
    dropped: Mapping[str, int]


class Chooser:
    """Decides design by design; what was decided first stands.

    Two designs of different families may hold the same block, such as a balancer inside a mall. Its tasks stay with the
    family that came first, and a piece that is a near-copy of a piece in another split is left out.

    Args:
        per_design: most tasks of one design of each kind; None: all.
    """

    def __init__(self, per_design: int | None) -> None:
        self._per_design = per_design
        self._owners: dict[str, str] = {}
        self._pieces = NearCopies()
        self._splits: list[str] = []

    def choose(self, counts: Counts, family: str, rows: Sequence[Mapping[str, Any]]) -> Choice:
        """What is kept of the rows (`kind`, the reference's key and signature) of one design."""
        dropped: Counter[str] = Counter()
        kept: list[int] = []
        for key, group in groupby(enumerate(rows), key=lambda pair: pair[1][REFERENCE]):
            numbers = [number for number, _ in group]
            problem = self._problem(family, key, rows[numbers[0]][SIGNATURE])
            if problem:
                dropped[problem] += len(numbers)
            else:
                kept += numbers
        capped = self._capped(kept, rows)
        dropped["beyond --per-design"] += len(kept) - len(capped)
        kinds = Counter(rows[number]["kind"] for number in capped)
        return Choice(counts, family, tuple(capped), kinds, dropped)

    def _problem(self, family: str, key: str, signature: bytes) -> str:
        if key in self._owners:
            return "" if self._owners[key] == family else "piece of another family"
        split, look = split_of(family), as_signature(signature)
        if any(self._splits[number] != split for number in self._pieces.near(look)):
            return "like a piece in another split"
        self._owners[key] = family
        self._pieces.add(look)
        self._splits.append(split)
        return ""

    def _capped(self, kept: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """At most so many of each kind, evenly spaced, so that every window keeps its share."""
        most = self._per_design
        if most is None:
            return list(kept)
        chosen: list[int] = []
        for kind in CONFIGS:
            group = [number for number in kept if rows[number]["kind"] == kind]
            chosen += group if len(group) <= most else [group[place * len(group) // most] for place in range(most)]
        return sorted(chosen)


def designs_of(path: Path) -> Iterator[tuple[Counts, Sequence[Mapping[str, Any]]]]:
    """The designs of a file that `mine_job` made, in order, each with what the choice between its rows needs."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path, columns=list(_COLUMNS)).to_pylist()
    start = 0
    for counts in load_counts(path):
        yield counts, rows[start : start + counts.tasks]
        start += counts.tasks
