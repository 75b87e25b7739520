"""The order in which a tick moves what it moves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.simulation.kernels.ordering import order_steps
from factorion_cli.simulation.layout import RecordArray


def ordered(lines: RecordArray, splitters: RecordArray, roots: NDArray[Any], switches: NDArray[Any]) -> IntArray:
    """Lines and (as -1 - number) splitters, what is downstream first.

    Args:
        lines: records of all lines.
        splitters: records of all splitters.
        roots: (R,) numbers of the lines to order, in canonical order.
        switches: (S,) numbers of the splitters to order.

    Returns:
        (R + S,) at least one long.
    """
    room = len(lines) + len(splitters)
    steps = np.zeros(room, np.int32)
    scratch = np.empty((5, room), np.int32)
    length = order_steps(lines, splitters, roots.astype(np.int32), switches.astype(np.int32), scratch, steps)
    return steps[: max(1, length)]
