"""Where the time of training goes."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter

PARTS = ("data", "environment", "forward", "backward")
"""What time is booked under; a run that has no data to make, or no environment, says so with a share of 0."""


class Clock:
    """Books wall-clock time under names, lap by lap.

    A GPU works on while Python goes ahead: there, what one part asked for may be waited for in the next.

    >>> clock = Clock()
    >>> clock.lap("forward")
    >>> clock.figures()["time/backward"]
    0.0
    """

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._last = perf_counter()

    def lap(self, part: str) -> None:
        """Book the time since the last lap under `part`; whatever is not one of PARTS is something else."""
        now = perf_counter()
        self._seconds[part] += now - self._last
        self._last = now

    def skip(self) -> None:
        """Leave out the time since the last lap, such as that of a validation, which is measured by itself."""
        self._last = perf_counter()

    def figures(self) -> dict[str, float]:
        """`time/<part>` and `time/other`, shares that add up to 1, and the `time/seconds` of all; then start anew."""
        self.lap("other")
        whole = sum(self._seconds.values())
        shares = {f"time/{part}": self._seconds[part] / whole for part in PARTS}
        self._seconds.clear()
        return shares | {"time/other": 1 - sum(shares.values()), "time/seconds": whole}
