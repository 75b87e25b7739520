"""Families of near-copies, assigned in reading order, so that whatever comes later moves nobody."""

from __future__ import annotations

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.blueprints.likeness import HASHES
from factorion_cli.blueprints.near_copies import NearCopies
from factorion_cli.datasets.split import split_of


def as_signature(data: bytes) -> AnyArray:
    """The (2, HASHES) uint16 array of a `likeness.signature` that was stored as bytes."""
    return np.frombuffer(data, dtype=np.uint16).reshape(2, HASHES)


class Families:
    """Assigns each design to the family of the design that it is most like.

    A family is named by the key of its first design, and the name decides its split. A design that is a near-copy of
    members in two different splits fits into none: whichever it joined, it would carry one into the other.
    """

    def __init__(self) -> None:
        self._members = NearCopies()
        self._names: list[str] = []
        self._pinned: dict[str, str] = {}

    def pin(self, key: str, family: str, signature: AnyArray) -> None:
        """Enter a design whose family was decided by an earlier dataset."""
        self._pinned[key] = family
        self._enter(family, signature)

    def assign(self, key: str, signature: AnyArray) -> str | None:
        """The family of a design, None when it bridges two splits; each key is to be assigned once."""
        if key in self._pinned:
            return self._pinned[key]
        near = [self._names[number] for number in self._members.near(signature)]
        if len({split_of(family) for family in near}) > 1:
            return None
        family = near[0] if near else key
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
