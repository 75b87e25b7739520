"""What stands in N environments, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import GridArray, IntArray, LongArray, MaskArray
from factorion_cli.environments.kernels.ground import words
from factorion_cli.environments.kernels.stepping import N_PLACED
from factorion_cli.environments.terms import Floats
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import default_vocabulary


class Standing(NamedTuple):
    """The states of N environments.

    Attributes:
        grids: (N, C, H, W) int16.
        pairs: (N, C x H x W / 2) int32 the same memory, two cells at a time (C is even): half as many to write.
        free: (N, H, words) int64 where there is room, see `kernels.ground`.
        hands: (N, n_entities) int16 counts.
        in_hand: (N,) entities in the hand.
        steps_left: (N,) int16.
        tasks: (N,) numbers of the tasks.
        gone: (N, most held) which of the held were put down.
        placed: (N, most placed, N_PLACED) int32, what was put down; the first `n_placed` (N,) count.
        n_placed: see `placed`.
        cost: (N,) float64 raw items in what was put down.
        invalid: (N,) illegal actions so far.
        changed: (N,) whether the last action put something down, or an episode has begun.
        unread: (N,) whether the piece of that is still to be found.
        terminated: (N,) whether the last action was "done", or nothing is left in the hand.
    """

    grids: GridArray
    pairs: IntArray
    free: LongArray
    hands: GridArray
    in_hand: LongArray
    steps_left: GridArray
    tasks: LongArray
    gone: MaskArray
    placed: IntArray
    n_placed: LongArray
    cost: Floats
    invalid: LongArray
    changed: MaskArray
    unread: MaskArray
    terminated: MaskArray

    @classmethod
    def of(cls, count: int, window: tuple[int, int], most_held: int, most_placed: int) -> Standing:
        """Nothing yet."""
        height, width = window
        numbers = (np.zeros(count, np.int64) for _ in range(4))
        flags = (np.zeros(count, np.bool_) for _ in range(3))
        in_hand, tasks, n_placed, invalid = numbers
        grids = np.zeros((count, len(CHANNELS), height, width), np.int16)
        return cls(
            grids,
            grids.reshape(count, -1).view(np.int32),
            np.zeros((count, height, words(width)), np.int64),
            np.zeros((count, default_vocabulary().n_entities), np.int16),
            in_hand,
            np.zeros(count, np.int16),
            tasks,
            np.zeros((count, most_held), np.bool_),
            np.zeros((count, most_placed, N_PLACED), np.int32),
            n_placed,
            np.zeros(count),
            invalid,
            *flags,
        )
