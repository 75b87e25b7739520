"""What the builder sees: the factory as a tensor, the hand as counts, and the steps left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

import numpy as np

from factorion_cli.arrays import GridArray
from factorion_cli.factory import Factory
from factorion_cli.factory.tensor import BOUNDS, to_tensor
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.markers import blocked_in


class Observation(TypedDict):
    """grid: int16 (C, H, W); hand: int16 (n_entities,); steps_left: int16 (1,)."""

    grid: GridArray
    hand: GridArray
    steps_left: GridArray


def hand_counts(hand: Iterable[str]) -> GridArray:
    """(n_entities,) int16: how many of each entity id are held."""
    vocabulary = default_vocabulary()
    counts = np.zeros(vocabulary.n_entities, np.int16)
    for name in hand:
        counts[vocabulary.entity_id(name)] += 1
    return counts


def shown(factory: Factory, height: int, width: int) -> GridArray:
    """The factory as a (C, height, width) tensor, where tiles that its task blocks are as if they lay outside."""
    grid = to_tensor(factory, height, width)
    for x, y in blocked_in(factory.metadata):
        grid[BOUNDS, y, x] = 0
    return grid


def observe(
    factory: Factory, hand: Iterable[str], steps_left: int = 0, window: tuple[int, int] | None = None
) -> Observation:
    """The observation of a state; `window` is (height, width), the factory's own size when None."""
    height, width = window or (factory.height, factory.width)
    return {
        "grid": shown(factory, height, width),
        "hand": hand_counts(hand),
        "steps_left": np.array([steps_left], np.int16),
    }
