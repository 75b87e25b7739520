"""What a design delivers by the tick engine, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from factorion_cli.design.poles import unpowered
from factorion_cli.design.traffic import Traffic
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.footprints import standing_endpoints
from factorion_cli.factory.geometry import EAST, opposite, step
from factorion_cli.factory.placement import legal_directions
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.tasks.markers import MarkerTask

WARMUP_TICKS, MEASURE_TICKS = 7200, 7200
"""How long every design is watched at first, and measured for datasets: chains of recipes take minutes to fill."""
MOST_TICKS = 2_000_000
ITEMS_AWAITED = 12
"""A design that does not repeat itself sooner is watched until so many items came to every sink, or could have."""
LONGER = 4
"""How much longer than before a design is watched whose items have not arrived."""


def measure_in_window(factory: Factory) -> SimulationResult:
    """Its rates in the window over which datasets are measured."""
    return throughput([factory], warmup_ticks=WARMUP_TICKS, measure_ticks=MEASURE_TICKS, threads=1)[0]


def measure(factory: Factory, expected: float) -> SimulationResult:
    """Its steady rates; `expected` (items per second into a sink) says for how long slow ones must be watched."""
    result, ticks = measure_in_window(factory), WARMUP_TICKS + MEASURE_TICKS
    most = min(MOST_TICKS, int(60 * ITEMS_AWAITED / max(expected, 1e-6)) + ticks)
    while ticks < most and result.error is None and result.period_ticks is None and not _has_seen_enough(result):
        ticks = min(most, LONGER * ticks)
        (result,) = throughput([factory], threads=1, max_ticks=ticks)
    return result


def _has_seen_enough(result: SimulationResult) -> bool:
    return min((sum(items.values()) for items in result.counts.values()), default=0) >= ITEMS_AWAITED


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
    wrong = [*_misplaced(task, factory), *_dangling(factory), *unpowered(factory)]
    # Only what stands where it may can be asked what it does.
    return wrong or list(Traffic(factory).strays(len(task.factory.entities)))


def _misplaced(task: MarkerTask, factory: Factory) -> Iterator[str]:
    standing = len(task.factory.entities)
    if factory.entities[:standing] != task.factory.entities:
        yield "something that stood there was changed"
    taken = {(end.x, end.y): f"endpoint {end.id}" for end in standing_endpoints(factory)}
    for number, entity in enumerate(factory.entities):
        what = f"{entity.name} at {entity.x},{entity.y}"
        for x, y in entity.tiles():
            if not (0 <= x < factory.width and 0 <= y < factory.height):
                yield f"{what} leaves the rectangle at {x},{y}"
            if (x, y) in task.blocked:
                yield f"{what} stands on the blocked tile {x},{y}"
            if (x, y) in taken:
                yield f"{what} collides with {taken[x, y]}"
            taken[x, y] = what
        if number >= standing and entity.name not in task.allowed:
            yield f"{entity.name} is not allowed"
        if entity.direction not in legal_directions(entity.name):
            yield f"{what} cannot face {entity.direction}"


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
