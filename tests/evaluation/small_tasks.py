"""Tiny tasks for tests, and a stand-in for the simulator that knows what they deliver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.task import MissingEntityTask, Provenance

LINE_RATE, GEAR_RATE = 15.0, 0.42


def line(name: str = "line", length: int = 6) -> Factory:
    """A straight belt of `length` tiles from a source to a sink."""
    return Factory(
        length + 2,
        3,
        tuple(Entity("transport-belt", x, 1, EAST) for x in range(1, length + 1)),
        (Source("S0", "belt", 0, 1, "iron-plate", EAST),),
        (Sink("K0", "belt", length + 1, 1, "iron-plate", EAST),),
        name,
    )


def gears(name: str = "gears") -> Factory:
    """An assembler of gears between a belt and a chest; its second arm (index 5) can be missing."""
    entities = (
        *(Entity("transport-belt", x, 5, EAST) for x in range(1, 4)),
        Entity("inserter", 2, 4, SOUTH),
        Entity("assembling-machine-2", 1, 1, NORTH, recipe="iron-gear-wheel"),
        Entity("inserter", 4, 2, WEST),
    )
    source = Source("S0", "belt", 0, 5, "iron-plate", EAST)
    return Factory(6, 6, entities, (source,), (Sink("K0", "chest", 5, 2, "iron-gear-wheel"),), name)


def task(
    reference: Factory, missing: tuple[int, ...], rate: float, name: str, category: str = "belts"
) -> MissingEntityTask:
    """A throughput task whose start delivers nothing."""
    return MissingEntityTask(
        id=name,
        kind="throughput",
        level=3 if len(missing) == 1 else 4,
        reference=reference,
        missing=missing,
        throughput_reference=rate,
        throughput_start=0.0,
        family=f"family-{reference.id}",
        design=f"design-{reference.id}",
        provenance=Provenance("tests", licence="MIT", game_version="2.0"),
        profile=Profile(category, throughput=rate),
    )


def structural(original: MissingEntityTask, name: str) -> MissingEntityTask:
    """The same task, to be scored by exact match."""
    return replace(original, id=name, kind="structural", throughput_reference=0.0)


def small_tasks() -> list[MissingEntityTask]:
    """Two belts in lines, several belts, an arm and an assembler."""
    return [
        task(line(), (2,), LINE_RATE, "line-belt"),
        task(line("long", 9), (4,), LINE_RATE, "long-belt"),
        task(line(), (1, 4), LINE_RATE, "line-two-belts"),
        task(gears(), (5,), GEAR_RATE, "gears-arm", "production"),
        task(gears(), (4,), GEAR_RATE, "gears-machine", "production"),
    ]


def measure(factories: Sequence[Factory]) -> list[SimulationResult]:
    """Full throughput when all entities stand as in the reference, half when only their tiles do, else none."""
    return [_measure(factory) for factory in factories]


def _measure(factory: Factory) -> SimulationResult:
    name, length = factory.id, factory.width - 2
    reference = gears(name) if name == "gears" else line(name, length)
    whole = LINE_RATE if name != "gears" else GEAR_RATE
    tiles = {(entity.name, entity.x, entity.y) for entity in reference.entities}
    if set(factory.entities) == set(reference.entities):
        share = 1.0
    else:
        share = 0.5 if {(entity.name, entity.x, entity.y) for entity in factory.entities} == tiles else 0.0
    item = factory.sinks[0].item or ""
    return SimulationResult(name, {"K0": {item: share * whole}}, wanted={"K0": item})
