"""The anytime search: layouts are annealed from many starts, the best are confirmed by the tick engine and improved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

import numpy as np

from factorion_cli.design.adopting import adopt
from factorion_cli.design.checking import delivered, faults, measure, measure_in_window, measure_nothing
from factorion_cli.design.drawing import draw
from factorion_cli.design.kit import Kit, make_kit
from factorion_cli.design.layout import (
    NO_ROOM,
    IntArray,
    Record,
    blank,
    board_type,
    scratch_type,
    size_class,
    state_type,
)
from factorion_cli.design.plan import Plan, UnsolvableError, make_plan
from factorion_cli.design.problem import make_problem
from factorion_cli.design.proofs import impossible
from factorion_cli.design.pruning import tidy, without_resting
from factorion_cli.design.reasons import Reasons
from factorion_cli.design.result import Design
from factorion_cli.factory import Factory
from factorion_cli.simulation import SimulationResult
from factorion_cli.tasks.markers import UNREACHABLE, MarkerTask

Objective = Literal["throughput", "cost", "balanced"]
COST_WEIGHT = {"throughput": 0.0002, "balanced": 0.005, "cost": 0.02}
"""What a tile used counts against throughput, in units (one fully fed machine of the wanted recipe)."""
ENOUGH = {"throughput": 1000.0, "balanced": 4.0, "cost": 0.05}
"""Throughput in units beyond which more counts nothing."""

ROUNDS = 1500
"""Changes of the shortest annealing; later ones are longer, in the order 1 1 2 1 1 2 4 1 1 2 ... (after Luby)."""
FIRST_ROUNDS = 250
MOST_QUADRUPLINGS = 2
"""As long as nothing works each annealing is four times as long as the one before, up to 4 to this power times
`ROUNDS`: where room is short, long ones find what many short ones do not."""
LEAST_ROUNDS, MOST_ROUNDS, ROUND_TILES = 10, 500, 100_000
"""Rounds between two looks at the clock: so many that all tiles together are gone over about so often."""
HOT, COLD = 0.7, 0.02
WINDOW = "four minutes of game time"
LOSS = 1e-3
"""Share of the throughput that may go with what is taken out of a design: the rounding of measured windows."""
ROW_STARTS = 200
"""Of so many random states with machines in rows at most the best is annealed."""
WARM = 0.15
"""Temperature from which a design that works is annealed further."""


def design(
    task: MarkerTask,
    *,
    seconds: float,
    seed: int = 0,
    objective: Objective = "throughput",
    enough: float | None = None,
    in_window: bool = False,
    proposals: Sequence[Factory] = (),
    stop: Callable[[], bool] | None = None,
    report: Callable[[Design], None] | None = None,
) -> Design:
    """The best design for a task that is found within a time.

    Args:
        task: what to build.
        seconds: wall time for the search, once its kernels are compiled. What is tried, and in which order, depends on
            the seed alone.
        seed: of the search.
        objective: "throughput": as many items per second as possible; "cost": something that works of as few tiles
            as possible; "balanced": throughput, as long as it is worth the tiles.
        enough: throughput beyond which more counts nothing, in fully fed machines of the (first) wanted recipe; None:
            as the objective has it.
        in_window: whether only what arrives in the window of datasets counts (see `checking`). The search then ends
            with the first complete layout that is too slow for it: more machines seldom help, and datasets have more
            to gain from the next task.
        proposals: factories to begin with, such as what a policy builds: each that works is a design as it is, and the
            search starts from the machines of each once, before it starts from random places.
        stop: asked now and then whether to end early.
        report: told of every better design.

    Returns:
        A design that the tick engine has confirmed, or one without a factory that says why.
    """
    try:
        plan = make_plan(task)
        kit = make_kit(task)
        units = ENOUGH[objective] if enough is None else enough
        problem = make_problem(task, plan, kit, COST_WEIGHT[objective], units)
    except UnsolvableError as error:
        return Design(task, reason=str(error), proved=task.depth == UNREACHABLE)
    word = np.asarray([(2 * seed + 1) * 0x5DEECE66D + 11], np.int64)
    hunt = _Hunt(task, plan, kit, problem, word, in_window, proposals)
    hunt.compile()
    started = time.monotonic()
    hunt.is_over = lambda: time.monotonic() - started >= seconds or (stop is not None and stop())
    for number in count(-2 * len(proposals)):
        better = hunt.go(number) if number >= 0 else hunt.take_up(number)
        if better and hunt.best.seconds_to_first is None:
            hunt.best = replace(hunt.best, seconds_to_first=time.monotonic() - started)
        if better and report is not None:
            report(hunt.best)
        if hunt.over or hunt.is_over():
            break
    if hunt.best.solved:
        return replace(hunt.best, tries=hunt.tries)
    reason = f"cannot be solved: {hunt.proof}" if hunt.proof else f"not found in time: {hunt.reasons.worst()}"
    return replace(hunt.best, reason=reason, proved=bool(hunt.proof), tries=hunt.tries)


def luby(number: int) -> int:
    """The number-th (from 1) of 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ..., which wastes little whatever the right length.

    >>> [luby(number) for number in range(1, 9)]
    [1, 1, 2, 1, 1, 2, 4, 1]
    """
    power = number.bit_length()
    return 2 ** (power - 1) if number == 2**power - 1 else luby(number - 2 ** (power - 1) + 1)


def length(run: int, works: bool) -> int:
    """How many of the shortest annealings run number `run` (from 1) is as long as, where a layout `works` or none does.

    >>> [length(run, False) for run in range(1, 7)]
    [1, 1, 4, 16, 16, 16]
    """
    return luby(run) if works else 4 ** min(max(run - 2, 0), MOST_QUADRUPLINGS)


def _copy(source: Record, target: Record) -> None:
    for name in source.dtype.names:
        target[name] = source[name]


@dataclass(slots=True)
class _Hunt:
    """The state of one search."""

    task: MarkerTask
    plan: Plan
    kit: Kit
    problem: Record
    word: IntArray
    in_window: bool
    proposals: Sequence[Factory] = ()
    current: Record = field(init=False)
    trial: Record = field(init=False)
    found: Record = field(init=False)
    kept: Record = field(init=False)
    peak: Record = field(init=False)
    board: Record = field(init=False)
    scratch: Record = field(init=False)
    reasons: Reasons = field(init=False)
    best: Design = field(init=False)
    has_layout: bool = False
    value: float = -1e9
    badness: float = 1e9
    tries: int = 0
    fresh_runs: int = 0
    is_over: Callable[[], bool] = lambda: False
    over: bool = False
    proof: str = ""

    def __post_init__(self) -> None:
        room = size_class(self.problem["tiles"])
        self.current, self.trial, self.peak, self.found, self.kept = (blank(state_type(room)) for _ in range(5))
        self.board, self.scratch = blank(board_type(room)), blank(scratch_type(room))
        self.reasons = Reasons(self.task, self.plan, self.problem)
        self.best = Design(self.task)

    def compile(self) -> None:
        """Have the kernels compiled, or read from disk: no time limit should pay for that."""
        self.current["group"] = -1
        self._rebuild(self.current)
        measure_nothing()

    def take_up(self, number: int) -> bool:
        """See first whether proposals work as they are, then anneal from the machines of each; counts up to -1."""
        from factorion_cli.design.kernels.searching import search

        proposal = self.proposals[number % len(self.proposals)]
        if number < -len(self.proposals):
            return self._take(proposal, self.problem["unit_rate"] / 4)
        arrays = self.current, self.trial, self.peak, self.board, self.scratch, self.word
        search(self.problem, *arrays, 1, 0, 1.0, 1.0, False)
        if not adopt(proposal, self.plan, self.problem, self.current):
            return False
        least = self._anneal(0, ROUNDS, WARM)
        return least < 1.0 and self._confirm(least)

    def go(self, number: int) -> bool:
        """One annealing, from a random start or from the best so far; whether a better design came out."""
        again = self.has_layout and number % 2 == 1
        if again:
            _copy(self.kept, self.current)
            least = self._anneal(0, ROUNDS, WARM)
        else:
            self.fresh_runs += 1
            # Most tasks are easy, and the first run then is all that a short search needs.
            rounds = FIRST_ROUNDS if number == 0 else ROUNDS * length(self.fresh_runs, self.has_layout)
            in_rows = self.has_layout and self.fresh_runs % 2 == 0
            least = self._anneal(ROW_STARTS, rounds, WARM) if in_rows else self._anneal(1, rounds, HOT)
        if least >= 1.0:
            self._rebuild(self.found)
            self.reasons.note(least, self.board)
            if number == 0:
                self.proof = impossible(self.task)
                self.over |= bool(self.proof)
            return False
        if self.best.solved and least >= self.badness + 0.05 * abs(self.badness):
            return False
        return self._confirm(least)

    def _anneal(self, starts: int, rounds: int, hot: float) -> float:
        """One run, in pieces between which it may be ended; its best state is `found`, as bad as what is returned.

        The first layout that works ends its run.
        """
        # numba is heavy: whoever only imports the room must not pay for it.
        from factorion_cli.design.kernels.searching import search

        piece = min(MOST_ROUNDS, max(LEAST_ROUNDS, ROUND_TILES // int(self.problem["tiles"])))
        starts = min(starts, piece)
        least, done = float("inf"), 0
        while done < rounds and not self.over:
            more = min(piece, rounds - done)
            heats = [hot * (COLD / hot) ** (number / rounds) for number in (done, done + more)]
            met, _last = search(
                self.problem, self.current, self.trial, self.peak, self.board, self.scratch, self.word,
                starts if done == 0 else 0, more, *heats, True,
            )  # fmt: skip
            done += more
            self.over = self.is_over()
            if met < least:
                least = float(met)
                _copy(self.peak, self.found)
            if met >= NO_ROOM or (met < 1.0 and not self.has_layout):
                break
        self.tries += done
        return least

    def _rebuild(self, state: Record) -> float:
        from factorion_cli.design.kernels.searching import search

        least, _last = search(
            self.problem, state, self.trial, self.current, self.board, self.scratch, self.word, 0, 0, 1.0, 1.0,
            False,
        )  # fmt: skip
        return float(least)

    def _confirm(self, least: float) -> bool:
        """Ask the tick engine what the layout found delivers; whether it is the best so far."""
        self._rebuild(self.found)
        drawn = draw(self.task.factory, self.plan, self.kit, self.problem, self.found, self.board)
        # What the arms can do at best, so something slower is watched for longer.
        expected = min(self.problem["enough"], -least) * self.problem["unit_rate"] / 4
        if not self._take(drawn, expected):
            if not self.best.solved:
                self.over |= self.in_window
                self.reasons.note_stuck(WINDOW if self.in_window else "")
            return False
        self.badness, self.has_layout = least, True
        _copy(self.found, self.kept)
        return True

    def _take(self, drawn: Factory, expected: float) -> bool:
        """Make a factory the best design if it is; a sink should get `expected` items per second."""
        factory = tidy(self.task, drawn)
        result = self._measured(factory, expected)
        rate = delivered(self.task, result)
        if rate <= 0 or faults(self.task, factory) or self._value(rate, 0) <= self.value:
            return False
        factory, result = self._leaner(factory, result)
        rate = delivered(self.task, result)
        built = factory.entities[len(self.task.factory.entities) :]
        tiles = sum(entity.size[0] * entity.size[1] for entity in built)
        value = self._value(rate, tiles)
        if value <= self.value:
            return False
        self.value = value
        self.best = replace(
            self.best, factory=factory, throughput=rate, share_of_bound=rate / self.task.bound, cost=len(built),
            footprint=tiles, result=result if self.in_window else None,
        )  # fmt: skip
        return True

    def _measured(self, factory: Factory, expected: float) -> SimulationResult:
        return measure_in_window(factory) if self.in_window else measure(factory, expected)

    def _leaner(self, factory: Factory, result: SimulationResult) -> tuple[Factory, SimulationResult]:
        """A design without what rested, and its rates; the same one where that would cost throughput."""
        smaller = without_resting(self.task, factory, result)
        if smaller is factory:
            return factory, result
        rate = delivered(self.task, result)
        left = self._measured(smaller, rate)
        if delivered(self.task, left) < rate * (1 - LOSS) or faults(self.task, smaller):
            return factory, result
        return smaller, left

    def _value(self, rate: float, tiles: int) -> float:
        """What a design is worth, by the search's own measure."""
        share = rate / len(self.task.factory.sinks) / self.problem["unit_rate"]
        return float(min(share, self.problem["enough"]) - self.problem["cost_weight"] * tiles)
