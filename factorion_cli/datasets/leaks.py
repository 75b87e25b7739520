"""What two datasets share: pieces of one that a policy trained on the other has seen, or nearly.

Every reference factory of one is compared with all of the other: the same entities in the same places, the same up to
turns, mirroring, tiers, recipes and settings, or a near-copy (see `blueprints.likeness`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from factorion_cli.blueprints.keys import canonical_key, design_key
from factorion_cli.blueprints.likeness import signature
from factorion_cli.blueprints.near_copies import NearCopies
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import group_tables
from factorion_cli.datasets.schema import CONFIGS, SPLITS, FactoryCache

Likeness = Literal["same", "variant", "near-copy"]
LIKENESSES: tuple[Likeness, ...] = ("same", "variant", "near-copy")
"""same: equal entities, moved at most; variant: equal up to turns, mirroring, tiers, recipes and settings."""

EXAMPLES = 5
_COLUMNS = ("factory", "source")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What one split of the second dataset shares with one split of the first.

    Attributes:
        first: split of the first dataset.
        second: split of the second dataset.
        pieces: reference factories of the second that are like one of the first, by the closest likeness.
        tasks: of the second that stand on those.
        examples: a few of them: (source in the first, source in the second, likeness).
    """

    first: str
    second: str
    pieces: Counter[Likeness]
    tasks: int
    examples: tuple[tuple[str, str, Likeness], ...]

    @property
    def is_leak(self) -> bool:
        """Whether what one trains on is what one is tested on."""
        return self.first != self.second

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "first": self.first,
            "second": self.second,
            "pieces": {likeness: self.pieces[likeness] for likeness in LIKENESSES},
            "tasks": self.tasks,
            "examples": [dict(zip(("first", "second", "likeness"), one, strict=True)) for one in self.examples],
        }


def leak_check(first: Path, second: Path, tell: Callable[[int], None] = lambda _: None) -> list[Overlap]:
    """What the splits of two datasets share, those that share nothing left out.

    Given the same dataset twice, it says what the splits of that one share with one another.

    Args:
        first: a dataset folder.
        second: another, or the same.
        tell: is called with the number of reference factories compared so far.

    Raises:
        DatasetError: one of them is no dataset, or a shard of it cannot be read.
    """
    infos = DatasetInfo.load(first), DatasetInfo.load(second)
    is_one = infos[0].fingerprint == infos[1].fingerprint
    known = {split: _Seen() for split in SPLITS}
    for piece in _pieces(infos[0]):
        known[piece.split].add(piece)
    found = {(a, b): _Tally() for a in SPLITS for b in SPLITS if not (is_one and a == b)}
    for number, piece in enumerate(_pieces(infos[1]), start=1):
        for split in SPLITS:
            match = known[split].match(piece) if (split, piece.split) in found else None
            if match is not None:
                found[split, piece.split].add(piece, *match)
        tell(number)
    return [tally.overlap(*splits) for splits, tally in found.items() if tally.tasks]


@dataclass(slots=True)
class _Piece:
    """A reference factory, and how many tasks stand on it."""

    split: str
    source: str
    exact: str
    coarse: str
    look: Any
    tasks: int


class _Seen:
    """The pieces of one split of the first dataset."""

    def __init__(self) -> None:
        self._exact: dict[str, str] = {}
        self._coarse: dict[str, str] = {}
        self._looks = NearCopies()
        self._sources: list[str] = []

    def add(self, piece: _Piece) -> None:
        self._exact.setdefault(piece.exact, piece.source)
        if piece.coarse not in self._coarse:
            self._coarse[piece.coarse] = piece.source
            self._looks.add(piece.look)
            self._sources.append(piece.source)

    def match(self, piece: _Piece) -> tuple[str, Likeness] | None:
        """The source of what is most like a piece, and how much."""
        if piece.exact in self._exact:
            return self._exact[piece.exact], "same"
        if piece.coarse in self._coarse:
            return self._coarse[piece.coarse], "variant"
        near = self._looks.near(piece.look)
        return (self._sources[near[0]], "near-copy") if len(near) else None


class _Tally:
    """An Overlap as it is counted."""

    def __init__(self) -> None:
        self.tasks = 0
        self._pieces: Counter[Likeness] = Counter()
        self._examples: list[tuple[str, str, Likeness]] = []

    def add(self, piece: _Piece, source: str, likeness: Likeness) -> None:
        self.tasks += piece.tasks
        self._pieces[likeness] += 1
        if len(self._examples) < EXAMPLES:
            self._examples.append((source, piece.source, likeness))

    def overlap(self, first: str, second: str) -> Overlap:
        return Overlap(first, second, self._pieces, self.tasks, tuple(self._examples))


def _pieces(info: DatasetInfo) -> Iterator[_Piece]:
    """The reference factories of a dataset, each once; the tasks of one stand together."""
    factories = FactoryCache(capacity=1)
    for config in CONFIGS:
        for split in info.splits(config):
            text, piece = "", None
            for shard, _, table in group_tables(info, split, config, _COLUMNS):
                for row in table.to_pylist():
                    if piece is not None and row["factory"] == text:
                        piece.tasks += 1
                        continue
                    if piece is not None:
                        yield piece
                    text = row["factory"]
                    factory = factories.parse(text, shard.path)
                    keys = design_key(factory), canonical_key(factory, coarse=True)
                    piece = _Piece(split, row["source"], *keys, signature(factory), 1)
            if piece is not None:
                yield piece
