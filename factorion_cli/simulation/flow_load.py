"""The load of an electric network in the flow engine: who works when is chance, so at moments it may be too much.

In a shortage all get the same share, so what a consumer gets depends on who else works while it does. Consumers work a
known share of the time, each by itself; what they draw in all is then a distribution, found by its Fourier transform.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import LongArray

STEPS = 512
"""Into how many steps the load is cut from none to all."""

ROOM = 2 * STEPS
"""Length of the transforms: sums are at most STEPS long, and one step for each kind of consumer."""

WAVES = np.arange(STEPS + 1)
"""Frequencies of the transforms: those of real figures need only half."""

TURNS = np.exp(-2j * np.pi * np.arange(ROOM) / ROOM)
"""The transform of one step, by frequency; that of k steps is every k-th of them."""

ALIKE = 3
"""Decimals of the share of time to which consumers of the same power count as one kind."""

Values = NDArray[np.float64]
Waves = NDArray[np.complex128]


class Load:
    """What a group of consumers draws.

    Attributes:
        mean_w: on average.
        peak_w: when all work at once.
    """

    def __init__(self, power_w: Values, working: Values, drain_w: float) -> None:
        self._drain = drain_w
        pairs = np.stack([power_w, np.round(working, ALIKE)], axis=1)
        self._kinds, self._kind_of, self._counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
        self.mean_w = drain_w + float((power_w * working).sum())
        self.peak_w = drain_w + float(power_w[working > 0].sum())

    def served_w(self, cap_w: float) -> float:
        """Mean of what is served when no more than that can be."""
        if cap_w >= self.peak_w:
            return self.mean_w
        return float(_expected(np.prod(_powers(self._each, self._counts), axis=0), np.minimum(self._levels, cap_w)))

    def shares(self, cap_w: float) -> tuple[Values, Values]:
        """(consumers,) the mean share of full power that each gets while it works, and how often it gets all of it."""
        if cap_w >= self.peak_w or not len(self._kinds):
            return np.ones(self._kind_of.size), np.ones(self._kind_of.size)
        levels = self._levels
        shares = _expected(self._while_one_works, np.minimum(1.0, cap_w / np.maximum(levels, 1e-9)))
        full = _expected(self._while_one_works, (levels <= cap_w).astype(np.float64))
        kinds = self._kind_of.ravel()
        return np.clip(shares, 0.0, 1.0)[kinds], np.clip(full, 0.0, 1.0)[kinds]

    @cached_property
    def _step_w(self) -> float:
        return max(float(self._kinds[:, 0] @ self._counts) / (STEPS - 1), 1e-9)

    @cached_property
    def _levels(self) -> Values:
        """(ROOM,) watts of each step."""
        levels: Values = self._drain + self._step_w * np.arange(ROOM, dtype=np.float64)
        return levels

    @cached_property
    def _on(self) -> Waves:
        """(kinds, WAVES) transforms of what one draws while it works: two steps whose mean is its power."""
        place = self._kinds[:, 0] / self._step_w
        below = np.floor(place).astype(np.int64)
        part = (place - below)[:, None]
        draws: Waves = TURNS[below[:, None] * WAVES % ROOM] * (1 - part + part * TURNS[WAVES])
        return draws

    @cached_property
    def _each(self) -> Waves:
        """(kinds, WAVES) transforms of what one draws, at work or not."""
        working = self._kinds[:, 1][:, None]
        return 1 - working + working * self._on

    @cached_property
    def _while_one_works(self) -> Waves:
        """(kinds, WAVES) transforms of what all draw while one of a kind works."""
        powers = _powers(self._each, self._counts)
        ones = np.ones((1, len(WAVES)))
        before = np.cumprod(np.concatenate([ones, powers[:-1]]), axis=0)
        after = np.cumprod(np.concatenate([ones, powers[:0:-1]]), axis=0)[::-1]
        return before * after * _powers(self._each, self._counts - 1) * self._on


def _powers(transforms: Waves, exponents: LongArray) -> Waves:
    """Each row to its power; most kinds have one consumer."""
    powers = np.where(exponents[:, None] > 0, transforms, 1.0)
    several = exponents > 1
    powers[several] **= exponents[several, None]
    return powers


def _expected(transform: Waves, values: Values) -> Values:
    """The mean of (ROOM,) values over distributions given by their transforms (..., WAVES)."""
    weights = np.where((WAVES == 0) | (WAVES == STEPS), 1, 2) / ROOM
    mean: Values = (transform @ (np.conj(np.fft.rfft(values)) * weights)).real
    return mean
