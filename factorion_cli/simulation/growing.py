"""Arrays that grow at their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from factorion_cli.arrays import AnyArray


class Growing:
    """Rows that are added now and then and read in between, all at once.

    >>> numbers = Growing(np.int32)
    >>> numbers.extend([3, 4]), numbers.extend([5]), numbers.array.tolist()
    (0, 2, [3, 4, 5])
    """

    def __init__(self, kind: DTypeLike) -> None:
        self._room: AnyArray = np.zeros(16, kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def array(self) -> AnyArray:
        """What there is, until the next change."""
        return self._room[: self._count]

    def extend(self, rows: Sequence[Any] | AnyArray) -> int:
        """Add rows; the number of the first of them."""
        first, self._count = self._count, self._count + len(rows)
        if self._count > len(self._room):
            room = np.zeros(max(self._count, 2 * len(self._room)), self._room.dtype)
            room[:first] = self._room[:first]
            self._room = room
        self._room[first : self._count] = rows
        return first
