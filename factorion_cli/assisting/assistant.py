"""Requests answered one after another: looked at, built in steps that a player can follow, measured, reported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from factorion_cli.assisting.builders import Builder
from factorion_cli.assisting.counter import GONE, Counter, Request
from factorion_cli.errors import RefusedError, ServerError

POLL_SECONDS = 0.5
"""Between two questions for requests."""
TICKS_PER_SECOND = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things are placed and how long they are measured.

    Attributes:
        per_second: placements a second of wall time; 0: all at once.
        warmup: ticks before counting.
        ticks: ticks that are counted.
        patience: seconds of wall time to wait for a measurement, beyond the time that its ticks take at usual speed.
    """

    per_second: float = 10.0
    warmup: int = 1200
    ticks: int = 1800
    patience: float = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        placed: entities that stand.
        refused: why others do not, in the game's words.
        expected: items per second, by the simulator; 0 when nothing was built.
        measured: items per second by item, in the game; empty when nothing was measured.
        reason: why nothing was built, or that the player took it back; "" otherwise.
    """

    request: Request
    placed: int = 0
    refused: tuple[str, ...] = ()
    expected: float = 0.0
    measured: dict[str, float] = field(default_factory=dict)
    reason: str = ""

    def __str__(self) -> str:
        """A line of a report."""
        if self.reason:
            return f"{self.request}: {self.reason}"
        rates = ", ".join(f"{item} {rate:.2f}/s" for item, rate in sorted(self.measured.items())) or "nothing arrives"
        refused = f", {len(self.refused)} refused" if self.refused else ""
        return f"{self.request}: {self.placed} placed{refused}; measured {rates}, expected {self.expected:.2f}/s"


class Assistant:
    """Answers requests.

    Args:
        counter: where they are.
        builder: who builds.
        pace: how fast.
    """

    def __init__(self, counter: Counter, builder: Builder, pace: Pace | None = None) -> None:
        self._counter, self._builder, self._pace = counter, builder, pace or Pace()

    def answers(self, forever: bool = True) -> Iterator[Outcome]:
        """Answer requests as they come; without `forever` only those that are open."""
        while True:
            for request in self._counter.open():
                yield self.answer(request)
            if not forever:
                return
            time.sleep(POLL_SECONDS)

    def answer(self, request: Request) -> Outcome:
        """Build for one request; when this is interrupted, what was placed for it is taken back."""
        try:
            return self._build(request)
        except RefusedError as error:
            if error.code not in GONE:
                raise
            return Outcome(request, reason="taken back by the player")
        except KeyboardInterrupt:
            self._withdraw(request)
            raise

    def _withdraw(self, request: Request) -> None:
        try:
            self._counter.reopen()
            self._counter.undo(request)
            self._counter.tell(request, "the client has stopped; the request waits for another one")
        except ServerError:
            return  # the connection is lost: the next client that takes it up begins from nothing

    def _build(self, request: Request) -> Outcome:
        site = self._counter.begin(request)
        proposal = self._builder.propose(site)
        if not proposal.entities:
            self._counter.tell(request, proposal.reason, close=True)
            return Outcome(request, reason=proposal.reason)
        refused: list[str] = []
        for index, entity in enumerate(proposal.entities):
            (reason,) = self._counter.put(request, [entity], index)
            refused += [reason] if reason else []
            if self._pace.per_second:
                time.sleep(1 / self._pace.per_second)
        placed = len(proposal.entities) - len(refused)
        return Outcome(request, placed, tuple(refused), proposal.expected, self._measured(request))

    def _measured(self, request: Request) -> dict[str, float]:
        pace = self._pace
        self._counter.measure(request, pace.warmup, pace.ticks)
        end = time.monotonic() + (pace.warmup + pace.ticks) / TICKS_PER_SECOND + pace.patience
        while True:
            rates, left = self._counter.result(request)
            if rates is not None:
                return {item: rate for item, rate in rates.items() if rate > 0}
            if time.monotonic() > end:
                raise ServerError(f"{request} cannot be measured: {left} ticks are left, and the game is too slow")
            time.sleep(min(left / TICKS_PER_SECOND, POLL_SECONDS))
