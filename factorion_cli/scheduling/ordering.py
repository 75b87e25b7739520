"""Results in the order of the jobs, whoever finishes first and however many workers are lost on the way.

A job must be idempotent: when a worker is lost its jobs are simply handed out again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Protocol, TypeVar, runtime_checkable

from factorion_cli.errors import SchedulingError

Job = TypeVar("Job")
Result = TypeVar("Result")

IN_FLIGHT = 64
"""Jobs handed to an executor ahead of the one that is waited for; bounds the memory of finished results."""

MOST_LOSSES = 3
"""How often the worker of one job may be lost; the last time the job runs alone, so that it must be the cause."""


@runtime_checkable
class Renewable(Protocol):
    """An executor that can replace its workers after one was lost."""

    def renew(self) -> None:
        """Start fresh workers in place of those that are lost."""


def in_order(executor: Executor | None, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """`work(job)` of every job, in the order of the jobs whoever finishes first; None: computed here, lazily.

    Raises:
        SchedulingError: a job lost its worker three times, or the executor cannot replace its workers.
    """
    if executor is None:
        yield from map(work, jobs)
        return
    flight: deque[tuple[Job, Future[Result]]] = deque()
    try:
        for job in jobs:
            flight.append((job, _handed_out(executor, work, job)))
            if len(flight) >= IN_FLIGHT:
                yield _first(executor, work, flight)
        while flight:
            yield _first(executor, work, flight)
    finally:
        for _, future in flight:
            future.cancel()


def _handed_out(executor: Executor, work: Callable[[Job], Result], job: Job) -> Future[Result]:
    try:
        return executor.submit(work, job)
    except BrokenExecutor as error:
        # A broken pool refuses every job; this one is handed out again with the others that it lost.
        lost: Future[Result] = Future()
        lost.set_exception(error)
        return lost


def _first(executor: Executor, work: Callable[[Job], Result], flight: deque[tuple[Job, Future[Result]]]) -> Result:
    """The result of the job at the head, which leaves the flight."""
    for losses in range(1, MOST_LOSSES + 1):
        try:
            result = flight[0][1].result()
        except BrokenExecutor as error:
            if losses == MOST_LOSSES or not isinstance(executor, Renewable):
                raise SchedulingError(
                    f"a worker process ended abruptly {losses} times over one job, often for want of memory: "
                    "use fewer workers"
                ) from error
            executor.renew()
            _hand_out_again(executor, work, flight, alone=losses == MOST_LOSSES - 1)
        else:
            flight.popleft()
            return result
    raise AssertionError("the loop returns or raises")


def _hand_out_again(
    executor: Executor, work: Callable[[Job], Result], flight: deque[tuple[Job, Future[Result]]], alone: bool
) -> None:
    """Replace the futures of lost jobs; `alone`: the head's job is done before any other starts."""
    for place, (job, future) in enumerate(flight):
        if not future.done() or isinstance(future.exception(), BrokenExecutor):
            flight[place] = (job, _handed_out(executor, work, job))
            if alone:
                flight[place][1].exception()
                alone = False
