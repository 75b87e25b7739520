"""What a reference factory does, as the simulator measured it."""

from __future__ import annotations

from dataclasses import dataclass

from factorion_cli.factory import Factory
from factorion_cli.simulation.bottleneck import kind_of_limit
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.categories import category
from factorion_cli.tasks.consumption import electric_watts
from factorion_cli.tasks.costs import raw_cost
from factorion_cli.tasks.symmetries import invariant_symmetries


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about one factory; the defaults stand for "not measured".

    Attributes:
        category: what the factory is for: belts, balancer, smelting, circuits, science, mall, production, other, ...
        inputs: items of its sources, sorted.
        outputs: items that arrived at its sinks, sorted.
        throughput: items per second into all sinks.
        utilisation: mean share of the time that its machines with a recipe work, 0 to 1; 0 when it has none.
        bottleneck: what limits the sink that gets most, in a word (`simulation.bottleneck.LIMITS`); "" when nothing
            does.
        power_kw: electric power drawn while it runs, in kW.
        raw_cost: raw items (ore, coal, stone, water and so on) that building it takes.
        confidence: the least confidence of its inferred endpoints, 0 to 1; 1 where an author gave them.
        symmetries: 8 where its mirror images work as it does, else 4: the rotations alone.
    """

    category: str = "other"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    throughput: float = 0.0
    utilisation: float = 0.0
    bottleneck: str = ""
    power_kw: float = 0.0
    raw_cost: float = 0.0
    confidence: float = 1.0
    symmetries: int = 8


def profile_of(factory: Factory, result: SimulationResult, label: str = "") -> Profile:
    """The facts about a factory.

    Args:
        factory: with its endpoints; `metadata["endpoints"]` holds their confidence where they were inferred.
        result: what the tick simulator says about it.
        label: name of the blueprint, for what recipes and products leave open.
    """
    outputs = tuple(sorted({item for sink in result.sinks for item in _arrived(result, sink)}))
    working = [machine.utilisation for machine in result.machines if machine.recipe is not None]
    made = {item for machine in result.machines for item in machine.rates}
    marks = factory.metadata.get("endpoints", ())
    return Profile(
        category=category(factory, label, made.intersection(outputs)),
        inputs=tuple(sorted({source.item for source in factory.sources})),
        outputs=outputs,
        throughput=float(result.throughput),
        utilisation=sum(working) / len(working) if working else 0.0,
        bottleneck=_bottleneck(result),
        power_kw=electric_watts(factory, result) / 1000,
        raw_cost=raw_cost(factory),
        confidence=min((float(mark["confidence"]) for mark in marks if "confidence" in mark), default=1.0),
        symmetries=invariant_symmetries(factory),
    )


def _arrived(result: SimulationResult, sink: str) -> list[str]:
    wanted = result.wanted.get(sink)
    return [item for item in result.sinks[sink] if wanted in (None, item) and result.rate(sink, item) > 0]


def _bottleneck(result: SimulationResult) -> str:
    """What limits the sink that gets most among those that something limits."""
    busiest = max(result.limits, key=lambda sink: (result.rate(sink), sink), default=None)
    return "" if busiest is None else kind_of_limit(result.limits[busiest])
