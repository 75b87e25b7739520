"""A growing set of signatures that answers which of its members a design is a near-copy of.

Signatures that are equal in at least one of 32 bands of four hashes are compared in full. A pair at similarity 0.6 is
found with probability 1 - (1 - 0.6^4)^32 = 0.988, at 0.7 with 0.9998. A member takes about 700 bytes for its windows
and, if it is small, as much for its pairs.
"""

from __future__ import annotations

import math

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.blueprints.likeness import ABSENT, HASHES, SIMILARITY

ROWS = 4
"""Hashes per band: four of 16 bits are one key of 64."""

BANDS = HASHES // ROWS
_LEAST = math.ceil(SIMILARITY * HASHES)
_FIRST_CAPACITY = 1024


class NearCopies:
    """Signatures, numbered from 0 in the order in which they were added."""

    def __init__(self) -> None:
        self._count = 0
        self._tables = (_Table(), _Table())

    def __len__(self) -> int:
        return self._count

    def add(self, signature: AnyArray) -> int:
        """Add a (2, HASHES) uint16 signature; returns its number."""
        for table, hashes in zip(self._tables, signature, strict=True):
            if not np.all(hashes == ABSENT):
                table.add(hashes, self._count)
        self._count += 1
        return self._count - 1

    def near(self, signature: AnyArray) -> LongArray:
        """(n,) numbers of the members that are near-copies, the most similar first, then the earliest."""
        found = [table.near(hashes) for table, hashes in zip(self._tables, signature, strict=True)]
        numbers = np.concatenate([numbers for numbers, _ in found])
        agreeing = np.concatenate([agreeing for _, agreeing in found])
        numbers = numbers[np.lexsort((numbers, -agreeing))]
        return numbers[np.sort(np.unique(numbers, return_index=True)[1])]


class _Table:
    """The buckets of one kind of hashes; grows by halves."""

    def __init__(self) -> None:
        self._rows = 0
        self._hashes = np.empty((0, HASHES), dtype=np.uint16)
        self._numbers = np.empty(0, dtype=np.int64)
        self._grow(_FIRST_CAPACITY)

    def _grow(self, capacity: int) -> None:
        from factorion_cli.blueprints.kernels import insert

        rows = self._rows
        hashes = np.empty((capacity, HASHES), dtype=np.uint16)
        hashes[:rows] = self._hashes[:rows]
        self._hashes, self._bands = hashes, hashes.view(np.uint64)
        numbers = np.empty(capacity, dtype=np.int64)
        numbers[:rows] = self._numbers[:rows]
        self._numbers = numbers
        slots = 1 << (capacity * 4 // 3).bit_length()
        self._heads = np.full((BANDS, slots), -1, dtype=np.int32)
        self._older = np.empty((capacity, BANDS), dtype=np.int32)
        self._seen, self._stamp = np.zeros(capacity, dtype=np.int64), 0
        self._found, self._agreeing = np.empty(capacity, dtype=np.int64), np.empty(capacity, dtype=np.int64)
        insert(self._heads, self._older, self._bands, 0, rows)

    def add(self, hashes: AnyArray, number: int) -> None:
        from factorion_cli.blueprints.kernels import insert

        if self._rows == len(self._hashes):
            self._grow(3 * self._rows // 2)
        self._hashes[self._rows] = hashes
        self._numbers[self._rows] = number
        self._rows += 1
        insert(self._heads, self._older, self._bands, self._rows - 1, self._rows)

    def near(self, hashes: AnyArray) -> tuple[LongArray, LongArray]:
        """Numbers of the rows that are like `hashes`, and in how many hashes they agree."""
        from factorion_cli.blueprints.kernels import look_up

        if not self._rows or np.all(hashes == ABSENT):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        wanted = np.ascontiguousarray(hashes)
        self._stamp += 1
        count = look_up(
            *(self._heads, self._older, self._bands, self._hashes, wanted.view(np.uint64), wanted, _LEAST),
            *(self._seen, self._stamp, self._found, self._agreeing),
        )
        return self._numbers[self._found[:count]], self._agreeing[:count].copy()
