"""The day of the flow engine: how much sun there is at which hour, and what accumulators hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.simulation.decisions import DAWN_TICK, DAY_TICKS, DUSK_TICK, NIGHT_TICK, SUNRISE_TICK
from factorion_cli.simulation.grids import NetworkSpec

Watts = NDArray[np.float64]

HOURS_OF_LIGHT, HOURS_OF_CHANGE, HOURS_OF_NIGHT = 6, 12, 6
"""Into how many steps each half of the light, dusk or dawn, and the night are cut."""

MOST_DAYS = 50
"""Days after which accumulators that still fill or empty are taken as they are."""

REPEATS = 1e-3
"""A day repeats the one before when no accumulators begin it fuller or emptier by this part of what they hold."""


class Hour(NamedTuple):
    """A step of the day: how long it is, in ticks, and its mean share of full daylight."""

    ticks: float
    light: float


NOON = Hour(1.0, 1.0)


def _hours(first: int, end: int, count: int, before: float, after: float) -> list[Hour]:
    """Steps of equal length between two ticks over which the light goes from one share to another."""
    return [Hour((end - first) / count, before + (after - before) * (step + 0.5) / count) for step in range(count)]


DAY = (
    *_hours(0, DUSK_TICK, HOURS_OF_LIGHT, 1.0, 1.0),
    *_hours(DUSK_TICK, NIGHT_TICK, HOURS_OF_CHANGE, 1.0, 0.0),
    *_hours(NIGHT_TICK, SUNRISE_TICK, HOURS_OF_NIGHT, 0.0, 0.0),
    *_hours(SUNRISE_TICK, DAWN_TICK, HOURS_OF_CHANGE, 0.0, 1.0),
    *_hours(DAWN_TICK, DAY_TICKS, HOURS_OF_LIGHT, 1.0, 1.0),
)
"""A day from noon to noon."""


class Stores:
    """Panels and accumulators of all networks; the latter begin empty."""

    def __init__(self, networks: Sequence[NetworkSpec]) -> None:
        self._solar = np.array([network.solar_w for network in networks], np.float64)
        self._steady = np.array([network.steady_w for network in networks], np.float64)
        self._flow = np.array([network.flow_w for network in networks], np.float64)
        self._capacity = np.array([network.capacity_j for network in networks], np.float64)
        self._stored = np.zeros(len(networks))
        self._days, self._morning = 0, self._stored

    def sun(self, hour: Hour) -> Watts:
        """What panels give."""
        return self._steady + self._solar * hour.light

    def most_out(self, hour: Hour) -> Watts:
        """What accumulators can give for a whole step."""
        return np.minimum(self._flow, self._stored * 60 / hour.ticks)

    def most_in(self, hour: Hour) -> Watts:
        """What accumulators can take in for a whole step."""
        return np.minimum(self._flow, (self._capacity - self._stored) * 60 / hour.ticks)

    def change(self, hour: Hour, spare: Watts) -> None:
        """A step is over in which so much more was made than wanted (or less)."""
        power = np.clip(spare, -self.most_out(hour), self.most_in(hour))
        self._stored = np.clip(self._stored + power * hour.ticks / 60, 0.0, self._capacity)

    def repeats(self) -> bool:
        """At the end of a day, whether it is as the one before."""
        self._days += 1
        before, self._morning = self._morning, self._stored
        same = np.abs(self._morning - before) <= REPEATS * self._capacity
        return bool(same.all()) or self._days >= MOST_DAYS
