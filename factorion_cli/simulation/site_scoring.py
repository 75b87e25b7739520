"""Throughputs of many states of sites at once, by the flow engine: no Factory is made on the way."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, LongArray, MaskArray
from factorion_cli.simulation.batch import LINK, ROW, SPAN, item_names
from factorion_cli.simulation.flow_layout import Needs
from factorion_cli.simulation.flowing import BatchArrays, score_arrays
from factorion_cli.simulation.kernels.flow_joining import join, throughputs
from factorion_cli.simulation.kernels.site_judging import judge
from factorion_cli.simulation.kernels.site_memory import MOST_PUT, PLACES, recall, remember
from factorion_cli.simulation.layout import RecordArray
from factorion_cli.simulation.sites import Tables

ROOM = 8192
"""Rows that are scored at a time: they stay in the cache."""


MEMORY = np.dtype(
    [
        ("site", np.int64),
        ("count", np.int64),
        ("rate", np.float64),
        ("least", np.float64),
        ("put", np.int64, (MOST_PUT,)),
    ],
    align=True,
)
"""A state that was solved: its site (-1: none), how much was put down and what, and what was found."""


class States(NamedTuple):
    """What stands in N factories.

    Attributes:
        sites: (N,) int64 what each is built on, a number of `Sites`.
        placed: (N, K, 3 or more) int32 what was put on it: the number of a piece, x and y; further columns are others'.
        counts: (N,) int64 how many that is.
    """

    sites: LongArray
    placed: IntArray
    counts: LongArray


class Scores(NamedTuple):
    """What is found of M states.

    Attributes:
        rates: (M,) float64 items per second into all sinks; of a sink that wants an item only that counts.
        least: (M,) float64 items per second into the sink that gets least.
        apart: (M,) bool, set for those that have to be measured as factories: their rows depend on one another, or the
            flow engine finds no steady state.
    """

    rates: NDArray[np.float64]
    least: NDArray[np.float64]
    apart: MaskArray

    @classmethod
    def of(cls, count: int) -> Scores:
        """Nothing yet."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count, np.bool_))


class _Room(NamedTuple):
    """What one thread writes a batch to."""

    rows: RecordArray
    spans: RecordArray
    items: IntArray
    rates: NDArray[np.float64]
    rounds: IntArray
    needs: LongArray
    links: RecordArray
    order: LongArray

    @classmethod
    def of(cls, rows: int, sinks: int, placed: int) -> _Room:
        """Room for so many rows, and for any one factory with so many sinks and so much put down."""
        items = len(item_names())
        return cls(
            rows=np.zeros(rows, ROW),
            spans=np.zeros(rows, SPAN),
            items=np.zeros(rows + items, np.int32),
            rates=np.zeros(max(16 * rows, 2 * sinks * items)),
            rounds=np.zeros(rows, np.int32),
            needs=np.zeros(7, np.int64),
            links=np.zeros(1, LINK),
            order=np.zeros((2, placed), np.int64),
        )


class SiteScorer(threading.local):
    """Scores states of the sites of one `Sites`; each thread has its own memory, to work with and of what was found."""

    def __init__(self) -> None:
        self._room: _Room | None = None
        self._held = (0, 0, 0)
        self._memory = np.zeros(PLACES, MEMORY)
        self._memory["site"] = -1
        self._put = np.zeros(MOST_PUT, np.int64)

    def score(self, tables: Tables, states: States, asked: LongArray) -> Scores:
        """The throughputs of the states `asked` (M,)."""
        found = Scores.of(len(asked))
        known = np.zeros(len(asked), np.bool_)
        recall(self._memory, states, asked, self._put, found.rates, found.least, known)
        new = np.flatnonzero(~known)
        solved = self._solve(tables, states, asked[new])
        remember(self._memory, states, asked[new], self._put, *solved)
        for every, part in zip(found, solved, strict=True):
            every[new] = part
        return found

    def _solve(self, tables: Tables, states: States, asked: LongArray) -> Scores:
        found, first, last = Scores.of(len(asked)), 0, len(asked)
        sites, (plans, choices, fuels) = tables.sites, tables.stock
        stock = plans, choices, len(item_names())
        most_placed = states.placed.shape[1]
        room = self._fitting(tables.most_rows + most_placed, tables.most_sinks, most_placed)
        batch = room.rows, room.spans, room.items, room.rates
        arrays = BatchArrays(room.rows, room.spans, room.items, plans, room.links, choices, fuels)
        while first < last:
            end = min(last, first + len(room.spans))
            room.needs[:] = 1
            end = join(
                sites, tables.pieces, stock, states, asked, batch, room.order, found.apart, room.needs, first, end
            )
            needs = Needs(*room.needs.tolist())
            score_arrays(arrays, needs, room.rates, room.rounds, 0, end - first)
            throughputs(sites, states.sites, asked, batch, room.rounds, *found, first, end)
            first = end
        return found

    def _fitting(self, rows: int, sinks: int, placed: int) -> _Room:
        needed = max(rows, ROOM), sinks, placed
        if self._room is None or any(need > held for need, held in zip(needed, self._held, strict=True)):
            rows, sinks, placed = map(max, needed, self._held)
            self._held = rows, sinks, placed
            self._room = _Room.of(*self._held)
        return self._room

    def judge(self, tables: Tables, states: States, asked: LongArray, alike: MaskArray, first: int, last: int) -> None:
        """Set `alike` (M,) where the states `asked[first:last]` surely deliver what their sites do alone."""
        judge(tables.sites, tables.pieces, states, asked, alike, first, last)
