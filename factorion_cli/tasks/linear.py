"""A small linear programme: the most that some limits allow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-9


def most(gains: NDArray[np.float64], uses: NDArray[np.float64], limits: NDArray[np.float64]) -> float:
    """The largest `gains @ x` over all x >= 0 with `uses @ x <= limits`; infinity where nothing limits it.

    The simplex method on a dense table, with Bland's rule, under which it cannot go round in circles. Doing nothing
    must be within the limits, so that it can start there.

    Args:
        gains: (N,) what one unit of each activity is worth.
        uses: (M, N) what one unit of each activity takes up of each limit.
        limits: (M,) none below zero.

    >>> most(np.array([3.0, 2.0]), np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([4.0, 3.0]))
    11.0
    """
    count = len(limits)
    table = np.zeros((count + 1, len(gains) + count + 1))
    table[:count, : len(gains)] = uses
    table[:count, len(gains) : -1] = np.eye(count)
    table[:count, -1] = limits
    table[-1, : len(gains)] = -gains
    basis = np.arange(len(gains), len(gains) + count)
    while (worth := np.flatnonzero(table[-1, :-1] < -_ROUNDING)).size:
        entering = worth[0]
        rows = np.flatnonzero(table[:-1, entering] > _ROUNDING)
        if not rows.size:
            return float("inf")
        ratios = table[rows, -1] / table[rows, entering]
        tied = rows[ratios <= ratios.min() + _ROUNDING]
        leaving = tied[np.argmin(basis[tied])]
        table[leaving] /= table[leaving, entering]
        others = np.arange(count + 1) != leaving
        table[others] -= np.outer(table[others, entering], table[leaving])
        basis[leaving] = entering
    return float(table[-1, -1])
