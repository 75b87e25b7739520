"""What environments build on and are measured by: the simulator, or a server with the mod (`live`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.settings import MiningSettings

Measure = Callable[[Sequence[Factory]], Sequence[SimulationResult]]
"""One result for each factory."""


@dataclass(eq=False, slots=True)
class Plot:
    """A place of its own where one factory is built.

    Attributes:
        factory: what stands there; only its backend changes it.
        name: which it is, for the backend.
    """

    factory: Factory
    name: str = ""


class Backend(Protocol):
    """Holds the plots that are open and measures them.

    Attributes:
        name: for reports.
        is_reference: whether figures of datasets were measured by the very same means, so that they need not be
            measured again.
    """

    name: str
    is_reference: bool

    def open(self, factory: Factory) -> Plot:
        """A new plot with this factory on it; raises UnbuildableError when it cannot be built whole."""
        ...

    def put(self, plot: Plot, entity: Entity) -> str | None:
        """Place an entity; None, or the reason why it was refused, which changes nothing."""
        ...

    def measure(self, plots: Sequence[Plot]) -> Sequence[SimulationResult]:
        """What the sinks of each plot receive in steady state, as if it had just been built."""
        ...

    def close(self, plot: Plot) -> None:
        """Give a plot up."""


class SimulatorBackend:
    """Factories as values, measured by a function of them.

    Args:
        measure: the tick simulator when None, with the ticks that references are measured with.
    """

    name = "simulator"
    is_reference = True

    def __init__(self, measure: Measure | None = None) -> None:
        self._measure = measure or simulator()

    def open(self, factory: Factory) -> Plot:
        """See Backend; everything can be built."""
        return Plot(factory)

    def put(self, plot: Plot, entity: Entity) -> str | None:
        """See Backend; whatever the masks allow is accepted."""
        plot.factory = plot.factory.adding(entity)
        return None

    def measure(self, plots: Sequence[Plot]) -> Sequence[SimulationResult]:
        """See Backend."""
        return self._measure([plot.factory for plot in plots])

    def close(self, plot: Plot) -> None:
        """See Backend; there is nothing to give up."""


def simulator(warmup_ticks: int | None = None, measure_ticks: int | None = None) -> Measure:
    """The tick simulator with these ticks; None: those that references are measured with."""
    settings = MiningSettings()
    warmup = settings.warmup_ticks if warmup_ticks is None else warmup_ticks
    ticks = settings.measure_ticks if measure_ticks is None else measure_ticks

    def measure(factories: Sequence[Factory]) -> Sequence[SimulationResult]:
        # The simulator brings numba along: only those who simulate pay for that.
        from factorion_cli.simulation import throughput

        return throughput(factories, warmup_ticks=warmup, measure_ticks=ticks)

    return measure


def measure_by_flow(factories: Sequence[Factory]) -> Sequence[SimulationResult]:
    """Rates without ticks, and the tick simulator for what does not settle."""
    from factorion_cli.simulation import throughput

    results = throughput(factories, engine="rates")
    left = [number for number, result in enumerate(results) if result.error is not None]
    if left:
        for number, result in zip(left, simulator()([factories[number] for number in left]), strict=True):
            results[number] = result
    return results


def watched(factory: Factory) -> SimulationResult:
    """What a factory delivers by the tick engine, watched for as long as it should take by the flow engine.

    For factories that nothing is known of: some deliver an item in minutes.
    """
    from factorion_cli.design.checking import measure

    expected = measure_by_flow([factory])[0]
    slowest = min(expected.rate(sink.id, sink.item) for sink in factory.sinks)
    return measure(factory, slowest) if expected.error is None and slowest > 0 else expected
