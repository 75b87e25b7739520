"""What comes out of a design."""

from __future__ import annotations

from dataclasses import dataclass

from factorion_cli.factory import Factory
from factorion_cli.simulation import SimulationResult
from factorion_cli.tasks.markers import MarkerTask


@dataclass(frozen=True, slots=True)
class Design:
    """The best design found for a task, or why there is none.

    Attributes:
        task: what was asked.
        factory: the task's factory with everything that is to be built; None where nothing was found.
        throughput: items per second into all sinks by the tick engine.
        share_of_bound: throughput divided by the task's bound, 0 to 1.
        cost: entities to be built.
        footprint: tiles that they cover.
        reason: why there is no factory; "" where there is one.
        proved: whether the reason rules out every design, not only those that were tried.
        seconds_to_first: seconds until the first design that works; None where there is none.
        tries: layouts that were tried.
        result: what the tick engine says of the factory where it was to be measured in the window of datasets.
    """

    task: MarkerTask
    factory: Factory | None = None
    throughput: float = 0.0
    share_of_bound: float = 0.0
    cost: int = 0
    footprint: int = 0
    reason: str = ""
    proved: bool = False
    seconds_to_first: float | None = None
    tries: int = 0
    result: SimulationResult | None = None

    @property
    def solved(self) -> bool:
        """Whether a factory was found."""
        return self.factory is not None
