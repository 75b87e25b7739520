"""The order in which a tick moves what it moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.simulation.kernels.ordering import SCRATCH_ROWS, order_steps
from factorion_cli.simulation.layout import RecordArray

Numbers = NDArray[Any]


def ordered(lines: RecordArray, splitters: RecordArray, factories: Sequence[tuple[Numbers, Numbers]]) -> IntArray:
    """Lines and (as -1 - number) splitters, what is downstream first, factory by factory.

    Args:
        lines: records of all lines.
        splitters: records of all splitters.
        factories: for each the numbers of its lines, (R,), and of its splitters, (S,), in canonical order.

    Returns:
        All R + S of all factories, at least one long.
    """
    scratch = np.empty((SCRATCH_ROWS, len(lines) + len(splitters)), np.int32)
    steps = np.zeros(max(1, sum(len(roots) + len(switches) for roots, switches in factories)), np.int32)
    at = 0
    for roots, switches in factories:
        end = at + len(roots) + len(switches)
        order_steps(lines, splitters, roots.astype(np.int32), switches.astype(np.int32), scratch, steps[at:end])
        at = end
    return steps
