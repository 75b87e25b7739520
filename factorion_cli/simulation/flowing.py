"""The flow engine: steady rates of a batch of factories, from its arrays."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.simulation.batch import SPAN, FactoryBatch, item_names
from factorion_cli.simulation.doubts import Doubts, doubts
from factorion_cli.simulation.flow_balance import Balance, balance
from factorion_cli.simulation.flow_layout import FlowState, Needs, Plumbing, make_scratch
from factorion_cli.simulation.kernels.flow_scoring import score_range
from factorion_cli.simulation.layout import RecordArray
from factorion_cli.simulation.running import share_out


class BatchArrays(NamedTuple):
    """What the kernels read of a batch."""

    rows: RecordArray
    spans: RecordArray
    items: IntArray
    plans: RecordArray
    links: RecordArray
    choices: IntArray
    fuels: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FlowRates:
    """What the flow engine found.

    Attributes:
        batch: the factories.
        rates: (sum of 2 x sinks x items,) float64 items per second, laid out as SPAN says.
        crafts: (R,) float64 crafts per second of the machine in each row, 0 elsewhere.
        plans: (R,) int32 what it crafts, a row of the batch's plans; -1 for nothing.
        rounds: (F,) int32 rounds until nothing changed any more; 0: it did not settle.
        balances: by number of the factory, at which power those with networks or heat run.
        doubts: by number of the factory, why rates of its sinks are in doubt; only if that was asked.
    """

    batch: FactoryBatch
    rates: NDArray[np.float64]
    crafts: NDArray[np.float64]
    plans: IntArray
    rounds: IntArray
    balances: dict[int, Balance] = field(default_factory=dict)
    doubts: dict[int, Doubts] = field(default_factory=dict)

    def sink_rates(self, factory: int, sink: int) -> NDArray[np.float64]:
        """(2, items) items per second into one sink by lane; chests and outputs use the first."""
        span = self.batch.spans[factory]
        n = int(span["items"])
        base = int(span["rates"]) + 2 * sink * n
        return self.rates[base : base + 2 * n].reshape(2, n)

    def item_names(self, factory: int) -> list[str]:
        """The items of one factory, in the order of its rates."""
        span = self.batch.spans[factory]
        base = int(span["item_base"])
        return [item_names()[number] for number in self.batch.items[base : base + int(span["items"])]]


class _Held(threading.local):
    """Working memory that a thread keeps: to ask for it anew costs more than to score a small batch.

    Kernels leave its grid and its item numbers as they found them.
    """

    needs: Needs | None = None
    scratch: tuple[FlowState, Plumbing] | None = None


_HELD = _Held()
MOST_HELD = 1 << 22
"""Figures of a working memory (8 bytes each, a dozen times) from which it is not kept."""


_UNASKED, _NO_CRAFTS, _NO_PLANS = np.zeros(0, bool), np.zeros(0), np.zeros(0, np.int32)


def _scratch(needs: Needs) -> tuple[FlowState, Plumbing]:
    if _HELD.scratch is not None and _HELD.needs is not None:
        if all(need <= held for need, held in zip(needs, _HELD.needs, strict=True)):
            return _HELD.scratch
        needs = Needs(*map(max, needs, _HELD.needs))
    scratch = make_scratch(needs, len(item_names()))
    if needs.flows <= MOST_HELD:
        _HELD.needs, _HELD.scratch = needs, scratch
    return scratch


def score_arrays(
    arrays: BatchArrays,
    needs: Needs,
    rates: NDArray[np.float64],
    rounds: IntArray,
    first: int,
    end: int,
) -> None:
    """Find what sinks get in the factories from `first` up to `end`, on this thread, all at full power.

    `rates` (0 before) and `rounds` are set as FlowRates says; where nothing can come to a sink nothing is solved.
    """
    score_range(arrays, *_scratch(needs), rates, _NO_CRAFTS, _NO_PLANS, rounds, _UNASKED, first, end)


def flow_rates(batch: FactoryBatch, threads: int | None = 1, doubting: bool = False) -> FlowRates:
    """Steady rates of every factory of the batch; `threads` (None: one per core) change no result.

    `doubting`: whether to say which of them are in doubt, too.
    """
    flow = _unscored(batch)
    arrays, suspects = _arrays(batch), np.zeros(len(batch), bool) if doubting else _UNASKED

    def score(first: int, end: int) -> None:
        scratch, found = _scratch(batch.needs), (flow.rates, flow.crafts, flow.plans, flow.rounds)
        score_range(arrays, *scratch, *found, suspects, first, end)
        for number in (first + np.flatnonzero(suspects[first:end])).tolist():
            # What is in doubt is seen in the working memory, which the next factory overwrites.
            score_range(arrays, *scratch, *found, _UNASKED, number, number + 1)
            if reasons := doubts(batch, number, flow.rates, scratch[0], solve_alone):
                flow.doubts[number] = reasons
        for number in range(first, end) if batch.energies else ():
            if number in batch.energies:
                _balance(flow, number)

    share_out(len(batch), threads, score)
    return flow


def _arrays(batch: FactoryBatch) -> BatchArrays:
    return BatchArrays(batch.rows, batch.spans, batch.items, batch.plans, batch.links, batch.choices, batch.fuels)


def _unscored(batch: FactoryBatch) -> FlowRates:
    """Room for what is found."""
    last = batch.spans[-1] if len(batch) else np.zeros((), SPAN)
    rates = np.zeros(max(1, int(last["rates"] + 2 * last["sinks"] * last["items"])))
    crafts = np.zeros(len(batch.rows))
    plans = np.full(len(batch.rows), -1, np.int32)
    rounds = np.zeros(len(batch), np.int32)
    return FlowRates(batch, rates, crafts, plans, rounds)


def solve_alone(batch: FactoryBatch) -> tuple[FlowRates, FlowState]:
    """Rates of a batch of one factory, and the working memory in which its flows still are."""
    flow = _unscored(batch)
    state, plumbing = _scratch(batch.needs)
    score_range(_arrays(batch), state, plumbing, flow.rates, flow.crafts, flow.plans, flow.rounds, _UNASKED, 0, 1)
    return flow, state


def _balance(flow: FlowRates, number: int) -> None:
    """Put in place of a factory's rates those at the power and heat that it has."""
    batch, span = flow.batch, flow.batch.spans[number]
    found = balance(batch, number, batch.energies[number], solve_alone)
    if found is None:
        flow.rounds[number] = 0
        return
    flow.balances[number] = found
    size = 2 * int(span["sinks"]) * int(span["items"])
    flow.rates[int(span["rates"]) : int(span["rates"]) + size] = found.rates[:size]
    flow.crafts[int(span["first"]) : int(span["end"])] = found.crafts
    flow.plans[int(span["first"]) : int(span["end"])] = found.plans
    flow.rounds[number] = found.rounds
