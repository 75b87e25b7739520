"""What a design does not need is taken out again: idle machines and arms, belts that lead nowhere, poles in excess."""

from __future__ import annotations

from collections.abc import Iterable

from factorion_cli.design.checking import delivered, faults, measure
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.tasks.markers import MarkerTask

Tile = tuple[int, int]
LOSS = 1e-3
"""Share of the throughput that may go with what is taken out: the rounding of measured windows."""


def prune(task: MarkerTask, factory: Factory, rate: float) -> tuple[Factory, float]:
    """A design without what it does not need, and what it delivers; the same one where that would cost throughput."""
    standing = len(task.factory.entities)
    result = measure(factory, rate / 4, details=True)
    idle = {report.entity for report in result.machines if not report.rates}
    idle |= {report.entity for report in result.arms or () if not any(report.rates.values())}
    smaller = factory.without(number for number in idle if number >= standing)
    smaller = _without_poles(task, _without_tails(smaller, standing))
    if len(smaller.entities) == len(factory.entities):
        return factory, rate
    left = delivered(task, measure(smaller, rate / 4))
    if left < rate * (1 - LOSS) or faults(task, smaller):
        return factory, rate
    return smaller, left


def _without_tails(factory: Factory, standing: int) -> Factory:
    """Less the belts at the ends of lines from which nobody takes, until each end serves somebody."""
    while True:
        reached = _reached(factory.entities)
        onwards = {(sink.x, sink.y) for sink in factory.sinks}
        onwards |= {tile for entity in factory.entities if entity.prototype.belt is not None for tile in entity.tiles()}
        tails = [
            number
            for number, entity in enumerate(factory.entities)
            if number >= standing
            and entity.prototype.type == "transport-belt"
            and (entity.x, entity.y) not in reached
            and step(entity.x, entity.y, entity.direction) not in onwards
        ]
        if not tails:
            return factory
        factory = factory.without(tails)


def _reached(entities: Iterable[Entity]) -> set[Tile]:
    """Tiles from which arms take, or onto which they lay."""
    reached = set[Tile]()
    for entity in entities:
        data = entity.prototype.inserter
        if data is not None:
            for direction in (entity.direction, opposite(entity.direction)):
                reached.add(step(entity.x, entity.y, direction, data.reach))
    return reached


def _without_poles(task: MarkerTask, factory: Factory) -> Factory:
    """Less every pole without which everything still has power."""
    for entity in factory.entities[len(task.factory.entities) :]:
        if entity.prototype.pole is None:
            continue
        fewer = factory.with_entities(other for other in factory.entities if other != entity)
        if not faults(task, fewer):
            factory = fewer
    return factory
