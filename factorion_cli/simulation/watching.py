"""A world beside a copy of itself at a checkpoint, as the kernels compare them (`kernels/steady.py`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import IntArray
from factorion_cli.simulation.layout import LINE, SLOT, STATE, RecordArray, WorldArrays, as_words, state_words


class Watch(NamedTuple):
    """What a run compares after every tick.

    Tables are the arrays of STATE in its order, as 32-bit words (rows, words).

    Attributes:
        on: whether to compare at all.
        now: tables of the world.
        then: tables at the checkpoint.
        words: per table, the words that are compared.
        first: (tables, F + 1) where each factory's rows begin.
        items_now: `slots` of the world as words.
        items_then: `slots` at the checkpoint as words.
        lines: `lines` at the checkpoint.
        slots: `slots` at the checkpoint.
        cursor: (F, 3) table, row and word of the last difference.
    """

    on: bool
    now: tuple[IntArray, ...]
    then: tuple[IntArray, ...]
    words: tuple[IntArray, ...]
    first: IntArray
    items_now: IntArray
    items_then: IntArray
    lines: RecordArray
    slots: RecordArray
    cursor: IntArray


_COMPARED = tuple(name for name, state in STATE.items() if not state.only_zero)
_WORDS = tuple(state_words(name) for name in _COMPARED)


def watch(world: WorldArrays, then: WorldArrays) -> Watch:
    """A watch over `world` for the state in `then`, a copy of it."""
    factories = len(world.first_step) - 1
    return Watch(
        on=True,
        now=tuple(as_words(getattr(world, name)) for name in _COMPARED),
        then=tuple(as_words(getattr(then, name)) for name in _COMPARED),
        words=_WORDS,
        first=np.array([getattr(world, STATE[name].first) for name in _COMPARED], np.int32),
        items_now=as_words(world.slots),
        items_then=as_words(then.slots),
        lines=then.lines,
        slots=then.slots,
        cursor=np.zeros((factories, 3), np.int32),
    )


_NOTHING = np.zeros((1, 1), np.int32)
UNWATCHED = Watch(
    on=False,
    now=(_NOTHING,) * len(_COMPARED),
    then=(_NOTHING,) * len(_COMPARED),
    words=_WORDS,
    first=_NOTHING,
    items_now=_NOTHING,
    items_then=_NOTHING,
    lines=np.zeros(1, LINE),
    slots=np.zeros(1, SLOT),
    cursor=_NOTHING,
)
"""For runs that only advance."""
