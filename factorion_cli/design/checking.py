"""What a design delivers by the tick engine, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, opposite, step
from factorion_cli.factory.placement import check
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.tasks.markers import MarkerTask

LEAST_TICKS, MOST_TICKS = 10_800, 2_000_000
ITEMS_AWAITED = 12
"""A design is watched at least until so many items could have arrived at a sink."""


def measure(factory: Factory, expected: float, details: bool = False) -> SimulationResult:
    """Its steady rates; `expected` (items per second into a sink) says for how long slow ones must be watched."""
    ticks = int(60 * ITEMS_AWAITED / max(expected, 1e-6)) + LEAST_TICKS
    return throughput([factory], threads=1, max_ticks=min(MOST_TICKS, ticks), details=details)[0]


@cache
def measure_nothing() -> None:
    """Have the tick engine compiled, or read from disk, once per process."""
    source, sink = Source("in", "belt", 0, 0, "coal", EAST), Sink("out", "belt", 2, 0, "coal", EAST)
    measure(Factory(3, 1, (Entity("transport-belt", 1, 0, EAST),), (source,), (sink,)), 1.0)


def delivered(task: MarkerTask, result: SimulationResult) -> float:
    """Items per second into all sinks; 0 if one gets nothing or anything gets where it does not belong."""
    if result.error is not None:
        return 0.0
    rates = [result.rate(sink.id, sink.item) for sink in task.factory.sinks]
    foreign = any(set(result.sinks.get(sink.id, {})) - {sink.item} for sink in task.factory.sinks)
    return 0.0 if foreign or min(rates) <= 0 else sum(rates)


def faults(task: MarkerTask, factory: Factory) -> list[str]:
    """What is wrong with a design, by rules of their own: nothing is taken over from the search."""
    return [*_misplaced(task, factory), *_dangling(factory), *_unpowered(factory)]


def _misplaced(task: MarkerTask, factory: Factory) -> Iterator[str]:
    built = task.factory.with_entities(())
    for entity in factory.entities:
        if (problem := check(built, entity)) is not None:
            yield problem
        if task.blocked.intersection(entity.tiles()):
            yield f"{entity.name} at {entity.x},{entity.y} stands on a blocked tile"
        built = built.adding(entity)
    if factory.entities[: len(task.factory.entities)] != task.factory.entities:
        yield "something that stood there was changed"
    for entity in factory.entities[len(task.factory.entities) :]:
        if entity.name not in task.allowed:
            yield f"{entity.name} is not allowed"


def _dangling(factory: Factory) -> Iterator[str]:
    """Arms that have nothing to take from or to give to."""
    held = {tile for entity in factory.entities if _holds(entity) for tile in entity.tiles()}
    held |= {(source.x, source.y) for source in factory.sources} | {(sink.x, sink.y) for sink in factory.sinks}
    for entity in factory.entities:
        data = entity.prototype.inserter
        if data is None:
            continue
        for direction in (entity.direction, opposite(entity.direction)):
            if step(entity.x, entity.y, direction, data.reach) not in held:
                yield f"{entity.name} at {entity.x},{entity.y} reaches for nothing"


def _holds(entity: Entity) -> bool:
    prototype = entity.prototype
    return prototype.belt is not None or prototype.machine is not None or prototype.slots > 0


def _unpowered(factory: Factory) -> Iterator[str]:
    """Electric consumers outside of the poles' areas, and poles that are not wired to the others."""
    if factory.power.mode != "poles":
        return
    poles = [entity for entity in factory.entities if entity.prototype.pole is not None]
    lit = {tile for pole in poles for tile in _area(pole)}
    for entity in factory.entities:
        if entity.prototype.electric and lit.isdisjoint(entity.tiles()):
            yield f"{entity.name} at {entity.x},{entity.y} has no power"
    joined = poles[:1]
    for pole in joined:
        joined += [other for other in poles if other not in joined and _wired(pole, other)]
    if len(joined) < len(poles):
        yield f"{len(poles) - len(joined)} poles are not wired to the others"


def _centre(pole: Entity) -> tuple[float, float]:
    width, height = pole.size
    return pole.x + width / 2, pole.y + height / 2


def _area(pole: Entity) -> Iterator[tuple[int, int]]:
    data = pole.prototype.pole
    assert data is not None
    x, y = _centre(pole)
    reach = data.supply_area_distance
    for row in range(round(y - reach), round(y + reach)):
        for column in range(round(x - reach), round(x + reach)):
            yield column, row


def _wired(one: Entity, other: Entity) -> bool:
    data, others = one.prototype.pole, other.prototype.pole
    assert data is not None
    assert others is not None
    (x, y), (u, v) = _centre(one), _centre(other)
    return (x - u) ** 2 + (y - v) ** 2 <= min(data.wire_reach, others.wire_reach) ** 2
