"""Environments on a server with the mod: what the builder places is placed in the game, and measured there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from factorion_cli.environments.backend import Plot
from factorion_cli.errors import UnbuildableError
from factorion_cli.factory import Entity, Factory
from factorion_cli.servers.live import FASTEST, LiveServer, Placement
from factorion_cli.servers.measuring import measure
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.settings import MiningSettings


class LiveBackend:
    """Plots as lab surfaces of one server, whose time stands still but while it measures.

    Args:
        live: nobody else's while this is in use.
        warmup_ticks: ticks before anything is counted; None: as for references.
        measure_ticks: ticks that are counted, at least; None: as for references.
    """

    is_reference = False

    def __init__(self, live: LiveServer, warmup_ticks: int | None = None, measure_ticks: int | None = None) -> None:
        settings = MiningSettings()
        self.name = f"{'embedded server' if live.hello.embedded else 'Factorio'} {live.hello.factorio}"
        self._live = live
        self._warmup = settings.warmup_ticks if warmup_ticks is None else warmup_ticks
        self._ticks = settings.measure_ticks if measure_ticks is None else measure_ticks
        self._open: set[str] = set()
        self._used: set[str] = set()
        live.pause(FASTEST)

    def open(self, factory: Factory) -> Plot:
        """See Backend."""
        name = next(name for name in (f"plot-{number}" for number in count(1)) if name not in self._open)
        self._open.add(name)
        plot = Plot(factory, name)
        try:
            self._build(plot)
        except BaseException:
            self._open.remove(name)
            raise
        return plot

    def _build(self, plot: Plot) -> None:
        failed = self._live.build(plot.factory, plot.name)
        self._used.discard(plot.name)
        if failed:
            raise UnbuildableError(plot.factory.id, [f"{part['what']}: {part['msg']}" for part in failed])

    def put(self, plot: Plot, entity: Entity) -> str | None:
        """See Backend."""
        number = len(plot.factory.entities)
        (placed,) = self._live.put([Placement.of(entity, f"put-{number}")], plot.name)
        if placed.is_placed:
            plot.factory = plot.factory.adding(entity)
        return placed.reason

    def measure(self, plots: Sequence[Plot]) -> Sequence[SimulationResult]:
        """See Backend; all plots at once."""
        for plot in plots:
            if plot.name in self._used:
                self._build(plot)  # what lies on its belts since it was last measured must not count
        built = {plot.name: plot.factory for plot in plots}
        results = measure(self._live, built, self._warmup, self._ticks)
        self._used |= self._open
        return [results[plot.name] for plot in plots]

    def close(self, plot: Plot) -> None:
        """See Backend."""
        self._live.clear(plot.name)
        self._open.remove(plot.name)
