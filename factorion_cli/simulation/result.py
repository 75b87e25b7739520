"""What a simulation says about one factory, whichever engine answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

LaneRates = Mapping[str, float]
"""Items per second by lane: {"left": rate, "right": rate}."""

_JSON_ORDER = (
    "id", "sinks", "wanted", "limits", "period_ticks", "counts", "metrics", "machines", "bottleneck", "not_simulated",
    "error", "doubts", "arms", "belts",
)  # fmt: skip
_ALWAYS = frozenset(_JSON_ORDER[:11])


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
        waits_for: main reason of its idle ticks: the name of an item or fluid that it lacks, "output", "power", "fuel"
            (or heat), "fluid" (a fluid product has no way out), "recipe", "resource" (a drill with nothing left
            to mine) or None when it never waited.
        uses: items and fluids per second that it took in as ingredients, by name.
    """

    entity: int
    name: str
    x: int
    y: int
    recipe: str | None
    utilisation: float
    rates: Mapping[str, float]
    waits_for: str | None
    uses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One inserter, on demand (`details`).

    Attributes:
        entity: index into the factory's entities.
        name: prototype name.
        x: its column.
        y: its row.
        rates: items per second that it moved, by item.
        busy: share of the ticks in which it was picking, swinging or dropping, 0 to 1.
        fill: how full its hand was on average, 0 to 1.
        waits_for: what it waited for most: "items", "room", "power", "fuel", or None when it never waited.
    """

    entity: int
    name: str
    x: int
    y: int
    rates: Mapping[str, float]
    busy: float
    fill: float
    waits_for: str | None


@dataclass(frozen=True, slots=True)
class LaneReport:
    """One lane of one tile.

    Attributes:
        rates: items per second that pass, by item.
        density: how densely items lie, 0 to 1; 1: each a spacing behind the next.
        items: kinds of items that lie there, sorted; of a lane that stands still `rates` does not tell.
    """

    rates: Mapping[str, float]
    density: float
    items: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Items per second, all kinds together."""
        return sum(self.rates.values())


@dataclass(frozen=True, slots=True)
class BeltReport:
    """One belt-like tile, on demand (`details`): a belt, an end of an underground, half a splitter or an endpoint.

    Attributes:
        entity: index into the factory's entities, -1 for an endpoint.
        name: prototype name of the belt.
        x: its column.
        y: its row.
        direction: where its items leave it.
        left: its left lane.
        right: its right lane.
    """

    entity: int
    name: str
    x: int
    y: int
    direction: int
    left: LaneReport
    right: LaneReport

    @property
    def rate(self) -> float:
        """Items per second on both lanes."""
        return self.left.rate + self.right.rate


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """Rates in steady state of one factory.

    Attributes:
        id: the factory's id.
        sinks: items per second by sink id and item; belt sinks split them by lane.
        machines: one report per crafting machine, in entity order.
        bottleneck: what limits the factory, in words, or None.
        not_simulated: names of the entities that stood there inert, sorted, each once.
        metrics: further figures by name: `measured_ticks`, over how long things were counted (a period if there is
            one); `relative_error`, an estimate of how far rates may be off: by how much the two halves of the window
            differ in what sinks got, as a share of it, at worst over sinks and items; 0 for a period.
        error: why nothing could be simulated, or None.
        wanted: item that each sink wants, for sinks that say so.
        limits: what limits each sink, in words, for sinks where something does.
        arms: one report per inserter in entity order; None unless asked for.
        belts: one report per belt-like tile, row by row; None unless asked for.
        period_ticks: after how many ticks the factory repeats itself, None if that was not found. Rates are then exact
            and hold for ever (for drills on finite ore: until it runs out).
        counts: items that each sink received in the `measured_ticks`, by item.
        resting: crafting machines that made nothing in the `measured_ticks` and arms that moved nothing, by index of
            the entity, ascending; not part of the JSON.
        doubts: of the flow engine, what made it ask the tick engine, by sink; sinks that rates alone decide are left
            out. `metrics["by_ticks"]` says how many parts of the factory were measured so.
    """

    id: str
    sinks: Mapping[str, Mapping[str, float | LaneRates]] = field(default_factory=dict)
    machines: tuple[MachineReport, ...] = ()
    bottleneck: str | None = None
    not_simulated: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    arms: tuple[ArmReport, ...] | None = None
    belts: tuple[BeltReport, ...] | None = None
    period_ticks: int | None = None
    counts: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    resting: tuple[int, ...] = ()
    doubts: Mapping[str, tuple[str, ...]] | None = None

    def exact(self, sink: str, item: str | None = None) -> Fraction | None:
        """Items per second into `sink` as a fraction; None when the factory does not repeat itself."""
        if self.period_ticks is None:
            return None
        counts = self.counts.get(sink, {})
        items = sum(counts.values()) if item is None else counts.get(item, 0)
        return Fraction(60 * items) / self.period_ticks

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
        """The object that `factorion simulate --json` prints; `arms`, `belts` and `doubts` only if it has them."""
        written = asdict(self)
        written["counts"] = {
            sink: {item: float(count) for item, count in items.items()} for sink, items in self.counts.items()
        }
        return {key: written[key] for key in _JSON_ORDER if key in _ALWAYS or written[key] is not None}
