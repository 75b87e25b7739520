"""Many tasks designed side by side, each for its own time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice

from factorion_cli.design import Design, Objective, design
from factorion_cli.factory import Factory
from factorion_cli.scheduling import Stop, in_order
from factorion_cli.tasks.markers import MarkerTask

Propose = Callable[[Sequence[MarkerTask]], Sequence[Sequence[Factory]]]
"""Factories for each of some tasks, such as what a policy builds."""
PROPOSED_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a task is worked on.

    Attributes:
        seconds: longest time on one core for a task.
        objective: what is improved once something works: "throughput", "cost" or "balanced".
        seed: of the search.
        first: whether to take the first design that works instead of improving it for the rest of the time.
        designs: how many designs to make of a task, with the seeds from `seed` on.
        enough: throughput beyond which more counts nothing, in machines, see `design`.
        in_window: whether only what arrives in the window of datasets counts, see `design`.
    """

    seconds: float = 5.0
    objective: Objective = "throughput"
    seed: int = 0
    first: bool = False
    designs: int = 1
    enough: float | None = None
    in_window: bool = False


@dataclass(frozen=True, slots=True)
class Designed:
    """A design and what it took.

    Attributes:
        name: the task's id; where a task has several designs, with the seed behind it.
        design: solved or not.
        seed: that it was searched with.
        seconds: wall clock that was spent on it.
    """

    name: str
    design: Design
    seed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job:
    task: MarkerTask
    effort: Effort
    seed: int
    stop: Stop | None
    proposals: tuple[Factory, ...]


def design_all(
    tasks: Iterable[MarkerTask],
    effort: Effort,
    executor: Executor | None = None,
    stop: Stop | None = None,
    propose: Propose | None = None,
) -> Iterator[Designed]:
    """The designs of each task, in order; tasks are drawn as they are needed.

    When a stop is wanted, those under way give their best so far, and no more is begun.

    Args:
        tasks: what to design.
        effort: how hard.
        executor: where it is done; None: here.
        stop: is asked for from outside.
        propose: gives the search of each task something to begin with; asked here, for a few tasks at once.
    """

    def jobs() -> Iterator[_Job]:
        rest = iter(tasks)
        while some := list(islice(rest, PROPOSED_TOGETHER)):
            proposals = propose(some) if propose is not None else [()] * len(some)
            for task, begin in zip(some, proposals, strict=True):
                for number in range(effort.designs):
                    if stop is not None and stop.is_wanted:
                        return
                    yield _Job(task, effort, effort.seed + number, stop, tuple(begin))

    return in_order(executor, _designed, jobs())


def _designed(job: _Job) -> Designed:
    started = time.monotonic()
    found: list[Design] = []

    def enough() -> bool:
        return (job.effort.first and bool(found)) or (job.stop is not None and job.stop.is_wanted)

    if enough():
        best = Design(job.task, None, reason="interrupted before it was begun")
    else:
        best = _searched(job, found, enough)
    name = f"{job.task.id}-{job.seed}" if job.effort.designs > 1 else job.task.id
    return Designed(name, best, job.seed, time.monotonic() - started)


def _searched(job: _Job, found: list[Design], enough: Callable[[], bool]) -> Design:
    """What the search gives; a fault in one task of ten thousand must not cost the others."""
    try:
        return design(
            job.task,
            seconds=job.effort.seconds,
            seed=job.seed,
            objective=job.effort.objective,
            enough=job.effort.enough,
            in_window=job.effort.in_window,
            proposals=job.proposals,
            stop=enough,
            report=found.append,
        )
    except Exception as error:
        return Design(job.task, None, reason=f"internal error: {type(error).__name__}: {error}")
