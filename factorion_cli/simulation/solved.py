"""One factory as the flow engine has just solved it: what flows where, and what hangs together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, LongArray, MaskArray
from factorion_cli.simulation.batch import ARM, OUTPUT_SINK, FactoryBatch
from factorion_cli.simulation.flow_layout import (
    COULD,
    ELEMENTS,
    HANDS,
    INFLOW,
    LIVE,
    OFFERS,
    PASSED,
    ROOM,
    STORE,
    STRETCH,
    SUPPLY,
    SWITCH,
    TAKES,
    WORKER,
    FlowState,
)
from factorion_cli.simulation.layout import RecordArray

Flows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The E elements and H hands of one factory of a batch; views of the working memory, good until that is used again.

    Attributes:
        rows: ROW of the whole batch, which elements and hands number.
        elements: (E,) ELEMENT.
        hands: (H,) HAND.
        inflow: (E, items) what comes in, per second.
        supply: (E, items) what could come in.
        room: (E,) how much may go on beyond.
        takes: (H, items) what each hand takes.
        could: (H, items) what it could take of what is there.
        offers: (H, items) what it could lay down.
        laid: (H, items) what it does.
    """

    rows: RecordArray
    elements: RecordArray
    hands: RecordArray
    inflow: Flows
    supply: Flows
    room: Flows
    takes: Flows
    could: Flows
    offers: Flows
    laid: Flows

    @property
    def belt(self) -> MaskArray:
        """(E,) which elements are lanes of belts."""
        mask: MaskArray = self.elements["kind"] == STRETCH
        return mask

    @property
    def stores(self) -> MaskArray:
        """(E,) which elements are chests."""
        mask: MaskArray = self.elements["kind"] == STORE
        return mask

    @property
    def arms(self) -> MaskArray:
        """(H,) which hands are arms at work; pipes, outlets and loaders are none."""
        mask: MaskArray = (self.hands["row"] >= 0) & (self.rows["kind"][self.hands["row"]] == ARM)
        mask &= self.takes.sum(axis=1) > LIVE
        return mask

    @property
    def picked(self) -> MaskArray:
        """(E,) which elements arms at work take from, or would."""
        mask = np.zeros(len(self.elements), bool)
        near, far = self.hands["near"][self.arms], self.hands["far"][self.arms]
        mask[near] = True
        mask[far[far >= 0]] = True
        return mask

    def picks_at(self, mask: MaskArray) -> MaskArray:
        """(H,) which hands take from one of these elements, (E,)."""
        near, far = self.hands["near"], self.hands["far"]
        found: MaskArray = mask[near] | ((far >= 0) & mask[far])
        return found


def solved(batch: FactoryBatch, number: int, state: FlowState) -> Solved:
    """The factory that the working memory was last used for."""
    items = int(batch.spans[number]["items"])
    elements, hands = int(state.counts[ELEMENTS]), int(state.counts[HANDS])

    def of_elements(name: int) -> Flows:
        flows: Flows = state.flows[name, : elements * items].reshape(elements, items)
        return flows

    def of_hands(name: int) -> Flows:
        flows: Flows = state.flows[name, elements * items : (elements + hands) * items].reshape(hands, items)
        return flows

    def of_sides(name: int) -> Flows:
        flows: Flows = state.flows[name, : 2 * hands * items].reshape(hands, 2, items).sum(axis=1)
        return flows

    return Solved(
        rows=batch.rows,
        elements=state.elements[:elements],
        hands=state.hands[:hands],
        inflow=of_elements(INFLOW),
        supply=of_elements(SUPPLY),
        room=state.flows[ROOM, :elements],
        takes=of_sides(TAKES),
        could=of_sides(COULD),
        offers=of_hands(OFFERS),
        laid=of_hands(PASSED),
    )


def parts(found: Solved) -> IntArray:
    """(E,) a number for each element, the same for those between which something may pass."""
    parent = list(range(len(found.elements)))

    def root(element: int) -> int:
        while parent[element] != element:
            parent[element] = parent[parent[element]]
            element = parent[element]
        return element

    for first, second in _ties(found):
        parent[root(first)] = root(second)
    return np.array([root(element) for element in range(len(parent))], np.int32)


def _ties(found: Solved) -> Iterator[tuple[int, int]]:
    """Pairs of elements that belong together."""
    elements, hands = found.elements, found.hands
    first_of: dict[int, int] = {}
    for element, (row, ahead) in enumerate(zip(elements["row"].tolist(), elements["next"].tolist(), strict=True)):
        if row >= 0:
            yield element, first_of.setdefault(row, element)
        if ahead >= 0 and elements["kind"][element] == STRETCH:
            yield element, ahead
    for switch in np.flatnonzero(elements["kind"] == SWITCH).tolist():
        for side in ("in_left", "in_right", "out_left", "out_right"):
            yield switch, int(elements[side][switch])
    for near, far, to in zip(hands["near"].tolist(), hands["far"].tolist(), hands["to"].tolist(), strict=True):
        yield near, to
        if far >= 0:
            yield far, to


def sinks_of(found: Solved, first: int, end: int) -> dict[int, int]:
    """An element of each sink that has one, by number of the sink; its rows are those from `first` up to `end`."""
    elements, rows = found.elements, found.rows
    counting = (elements["sink"] >= 0) & (elements["kind"] != WORKER)
    known = {int(elements["sink"][element]) // 2: int(element) for element in np.flatnonzero(counting)}
    workers = {_place(rows, elements["row"][e]): int(e) for e in np.flatnonzero(elements["kind"] == WORKER)}
    for row in (first + np.flatnonzero(rows["kind"][first:end] == OUTPUT_SINK)).tolist():
        if _place(rows, row) in workers:
            known[int(rows["index"][row])] = workers[_place(rows, row)]
    return known


def _place(rows: RecordArray, row: int) -> tuple[int, int]:
    return int(rows["x"][row]), int(rows["y"][row])


def kinds(flows: Flows) -> LongArray:
    """(N,) how many items flow, of (N, items)."""
    counted: LongArray = (flows > LIVE).sum(axis=1)
    return counted
