"""What a state of a task is worth, and the reward made of it: improvement over where the builder started.

A state's score is in [0, 1]: throughput / the reference's for throughput tasks, whether everything is back where it was
for structural ones. Standing still therefore earns nothing, and holding on to entities earns nothing either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from factorion_cli.environments.action import exact_match
from factorion_cli.factory import Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.task import MissingEntityTask

SUCCESS_SHARE = 0.99
"""A task is solved when its throughput is back to this share of the reference's."""


class Reward(Protocol):
    """Turns the states of an episode into rewards."""

    def start(self, task: MissingEntityTask) -> float:
        """Score of the task as it is given, in [0, 1]."""
        ...

    def score(self, task: MissingEntityTask, factory: Factory, measure: Callable[[], SimulationResult]) -> float:
        """Score of the task with `factory` built so far, in [0, 1]; `measure` measures that factory."""
        ...


class ImprovementReward:
    """Scores by throughput for throughput tasks and by exact match for structural ones.

    A placement that changes nothing measurable costs nothing; the same factory is measured once.
    """

    def __init__(self) -> None:
        self._last: tuple[Factory, float] | None = None

    def start(self, task: MissingEntityTask) -> float:
        """The throughput that the task says its start has, as a share of the reference's; 0 for structural tasks."""
        return normalised(task, task.throughput_start)

    def score(self, task: MissingEntityTask, factory: Factory, measure: Callable[[], SimulationResult]) -> float:
        """See the class."""
        if task.kind == "structural":
            placed = factory.entities[len(task.start.entities) :]
            return float(exact_match(placed, task.removed, default_vocabulary()))
        if self._last is not None and self._last[0] is factory:
            return self._last[1]
        score = normalised(task, measured(measure()))
        self._last = (factory, score)
        return score


def measured(result: SimulationResult) -> float:
    """Items per second of a factory that was measured; one that cannot be simulated delivers nothing."""
    return float(result.throughput) if result.error is None else 0.0


def share(throughput: float, best: float) -> float:
    """Throughput as a share of the best, in [0, 1]; 0 when that is none."""
    return min(max(throughput / best, 0.0), 1.0) if best > 0 else 0.0


def is_solved(
    task: MissingEntityTask, factory: Factory, result: SimulationResult, share: float = SUCCESS_SHARE
) -> bool:
    """Whether a throughput task whose factory was measured so is solved.

    With free choice of what to build when every sink gets what it wants, else at `share` of the reference's throughput.
    """
    if result.error is not None:
        return False
    if task.allowed:
        return all(result.rate(sink.id, sink.item) > 0 for sink in factory.sinks)
    return result.throughput >= share * task.throughput_reference


def normalised(task: MissingEntityTask, throughput: float) -> float:
    """Throughput as a share of the reference's, in [0, 1]; 0 when the reference has none."""
    return share(throughput, task.throughput_reference)
