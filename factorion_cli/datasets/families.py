"""Families of near-copies, assigned in reading order, so that whatever comes later moves nobody."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.blueprints.likeness import HASHES
from factorion_cli.blueprints.near_copies import NearCopies
from factorion_cli.datasets.split import named_by_source, split_of


def as_signature(data: bytes) -> AnyArray:
    """The (2, HASHES) uint16 array of a `likeness.signature` that was stored as bytes."""
    return np.frombuffer(data, dtype=np.uint16).reshape(2, HASHES)


class Families:
    """Assigns each design to the family of the design that it is most like.

    A family is named by the key of its first design, and the name decides its split. A design that is a near-copy of
    members in two different splits fits into none: whichever it joined, it would carry one into the other.

    Args:
        test_sources: patterns of sources, `*` for anything; where given, the designs from these are the test split,
            all of it, and a near-copy between them and the others fits into none.
    """

    def __init__(self, test_sources: Sequence[str] = ()) -> None:
        self._test_sources = test_sources
        self._members = NearCopies()
        self._names: list[str] = []
        self._pinned: dict[str, str] = {}

    def pin(self, key: str, family: str, signature: AnyArray) -> None:
        """Enter a design whose family was decided by an earlier dataset."""
        self._pinned[key] = family
        self._enter(family, signature)

    def assign(self, key: str, signature: AnyArray, source: str = "") -> str | None:
        """The family of a design, None when it bridges two splits; each key is to be assigned once."""
        if key in self._pinned:
            return self._pinned[key]
        near = [self._names[number] for number in self._members.near(signature)]
        held_out = any(fnmatchcase(source, pattern) for pattern in self._test_sources)
        splits = {split_of(family) for family in near}
        if len(splits) > 1 or (self._test_sources and splits and ("test" in splits) != held_out):
            return None
        family = near[0] if near else named_by_source(key, held_out) if self._test_sources else key
        self._enter(family, signature)
        return family

    def join(self, family: str, signature: AnyArray) -> bool:
        """Enter a further design of a family; False, and it is not, where it is a near-copy of one in another split."""
        near = (self._names[number] for number in self._members.near(signature))
        if any(split_of(name) != split_of(family) for name in near):
            return False
        self._enter(family, signature)
        return True

    def _enter(self, family: str, signature: AnyArray) -> None:
        self._members.add(signature)
        self._names.append(family)
