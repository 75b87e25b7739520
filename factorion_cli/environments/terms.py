"""What rewards are made of, by name and weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.environments.kernels.reaching import reach
from factorion_cli.environments.rules import carrying
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory
from factorion_cli.tasks.costs import raw_cost

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

COST_UNIT = 100.0
"""Raw items that count as 1 in the term `cost`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Weights; each term is a figure of a state, and a reward pays what it has risen by.

    Attributes:
        throughput: the score, in [0, 1], counted from 0: a start that delivers something is paid, too.
        improvement: the score, counted from the start's.
        cost: what was put down, in hundreds of raw items; it is subtracted.
        entities_placed: how much was put down, as a share of what can be.
        connected: share of the sinks that something of the sources could reach (`kernels.reaching`).
        distance: how far it could come towards them, as a share of the way, on average.

    `connected` and `distance` only show the way: an episode that terminates pays them back, so that over a whole one
    they sum to what they were at the start, with the sign turned, whatever was done (potential-based shaping: Ng,
    Harada and Russell 1999, without discount). The others sum to what the last state has.
    """

    throughput: float = 0.0
    improvement: float = 0.0
    cost: float = 0.0
    entities_placed: float = 0.0
    connected: float = 0.0
    distance: float = 0.0

    @classmethod
    def of(cls, weights: Mapping[str, float] | None) -> Terms:
        """These weights, 0 for what is not named; None: improvement alone; raises UsageError for an unknown name."""
        if weights is None:
            return cls(improvement=1.0)
        known = [term.name for term in fields(cls)]
        for name in weights:
            if name not in known:
                raise UsageError(f"no term of rewards is called {name!r}; expected some of {', '.join(known)}")
        return cls(**{name: float(weight) for name, weight in weights.items()})

    @property
    def score(self) -> float:
        """Weight of the score, wherever it is counted from."""
        return self.throughput + self.improvement

    @property
    def is_shaped(self) -> bool:
        """Whether it matters what could be reached."""
        return self.connected != 0 or self.distance != 0

    @property
    def is_score_alone(self) -> bool:
        """Whether nothing but the score is paid for."""
        return not (self.is_shaped or self.cost or self.entities_placed)

    def effort(self, cost: Number, share: Number) -> Number:
        """What was put down: raw items, and the share of what can be."""
        return self.entities_placed * share - self.cost * (cost / COST_UNIT)

    def promise(self, connected: Number, distance: Number) -> Number:
        """What could be reached."""
        return self.connected * connected + self.distance * distance


def cost_of(entity: Entity) -> float:
    """Raw items in an entity and its modules."""
    return raw_cost(Factory(1, 1, (entity,)))


def reached(grids: GridArray, which: LongArray) -> Floats:
    """(M, 2) `connected` and `distance` of the states `which` among (N, C, H, W) grids."""
    count, channels, height, width = grids.shape
    found, room = np.zeros((len(which), 2)), np.zeros((4, height * width), np.int32)
    reach(grids.reshape(count, channels, -1), carrying(), height, width, which, room, found, 0, len(which))
    return found
