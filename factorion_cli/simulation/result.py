"""What a simulation says about one factory, whichever engine answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LaneRates = Mapping[str, float]
"""Items per second by lane: {"left": rate, "right": rate}."""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """One crafting machine.

    Attributes:
        entity: index into the factory's entities.
        name: prototype name.
        x: left tile.
        y: top tile.
        recipe: what it makes (for a furnace what it smelted last), None when it never had one.
        utilisation: share of the measured ticks in which it was crafting, 0 to 1.
        rates: items per second that it made, by item.
        waits_for: main reason of its idle ticks: an item name, "output", "power", "fuel", "fluid", "recipe" or None
        when it never waited.
    """

    entity: int
    name: str
    x: int
    y: int
    recipe: str | None
    utilisation: float
    rates: Mapping[str, float]
    waits_for: str | None


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """Rates in steady state of one factory.

    Attributes:
        id: the factory's id.
        sinks: items per second by sink id and item; belt sinks split them by lane.
        machines: one report per crafting machine, in entity order.
        bottleneck: what limits the factory, in words, or None.
        not_simulated: names of the entities that stood there inert, sorted, each once.
        metrics: further figures by name.
        error: why nothing could be simulated, or None.
        wanted: item that each sink wants, for sinks that say so.
    """

    id: str
    sinks: Mapping[str, Mapping[str, float | LaneRates]] = field(default_factory=dict)
    machines: tuple[MachineReport, ...] = ()
    bottleneck: str | None = None
    not_simulated: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)

    def rate(self, sink: str, item: str | None = None) -> float:
        """Items per second into `sink`, both lanes together; of one item, or of all."""
        total = 0.0
        for name, rate in self.sinks.get(sink, {}).items():
            if item in (None, name):
                total += rate if isinstance(rate, (int, float)) else sum(rate.values())
        return total

    @property
    def throughput(self) -> float:
        """Items per second into all sinks, counting only the wanted item where a sink names one."""
        return sum(self.rate(sink, self.wanted.get(sink)) for sink in self.sinks)

    def to_json(self) -> dict[str, Any]:
        """The object that `factorion simulate --json` prints."""
        return {
            "id": self.id,
            "sinks": {sink: dict(items) for sink, items in self.sinks.items()},
            "metrics": dict(self.metrics),
            "machines": [
                {
                    "entity": machine.entity,
                    "name": machine.name,
                    "x": machine.x,
                    "y": machine.y,
                    "recipe": machine.recipe,
                    "utilisation": machine.utilisation,
                    "rates": dict(machine.rates),
                    "waits_for": machine.waits_for,
                }
                for machine in self.machines
            ],
            "bottleneck": self.bottleneck,
            "not_simulated": list(self.not_simulated),
            "error": self.error,
        }
