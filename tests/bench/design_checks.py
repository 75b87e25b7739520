"""What may be wrong with a design, looked for without the designer's own checks: by geometry and an hour of ticks.

A factory that comes back to a state it was in before does for ever what it did in between, so the hour ends there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.throughput import MOST_TICKS
from factorion_cli.tasks.flows import Edge, Place, places_of, trace
from factorion_cli.tasks.layout import Layout, analyse
from factorion_cli.tasks.markers import MarkerTask

HOUR_TICKS = 216_000
MEASURE_TICKS = 3_600
PATIENCE_TICKS = 3_000_000
"""How long a sink may wait for the first item of a recipe that takes hundreds of others, fourteen hours.

A rocket silo takes a thousand steel plates and a thousand concrete, and whatever makes these fills up first.
"""


def problems(tasks: Sequence[MarkerTask], designs: Sequence[Factory], threads: int | None = None) -> list[list[str]]:
    """For each design what is wrong with it after an hour of game time; empty lists where all is well."""
    warmup = HOUR_TICKS - MEASURE_TICKS
    results = throughput(designs, "ticks", warmup, MEASURE_TICKS, threads, details=True)
    pairs = zip(tasks, designs, results, strict=True)
    return [[*_misplaced(task, factory), *_misbehaving(task, factory, result)] for task, factory, result in pairs]


def _misplaced(task: MarkerTask, factory: Factory) -> Iterator[str]:
    """What stands where it must not, or is not what the task allows."""
    standing = Counter(task.factory.entities)
    if standing - Counter(factory.entities):
        yield "something that stood there is gone"
    ends = {(end.x, end.y) for end in (*task.factory.sources, *task.factory.sinks)}
    covered = Counter(tile for entity in factory.entities for tile in entity.tiles())
    for (x, y), count in covered.items():
        if count > 1 or (x, y) in ends:
            yield f"overlap at {x},{y}"
        if not (0 <= x < factory.width and 0 <= y < factory.height):
            yield f"outside at {x},{y}"
        if (x, y) in task.blocked:
            yield f"on the blocked tile {x},{y}"
    for entity in Counter(factory.entities) - standing:
        if entity.name not in task.allowed:
            yield f"{entity.name} is not allowed"
    if (factory.sources, factory.sinks) != (task.factory.sources, task.factory.sinks):
        yield "the markers are others"


def _misbehaving(task: MarkerTask, factory: Factory, result: SimulationResult) -> Iterator[str]:
    """What dangles, has no power, brings nothing, or lies where nobody wants it."""
    if result.error is not None:
        yield f"not simulated: {result.error}"
        return
    whole = replace(factory, entities=(*factory.entities, *_markers(factory)), sources=(), sinks=())
    layout = analyse(whole)
    for arm in layout.arms:
        if arm.pickup is None or arm.drop is None:
            yield f"a dangling arm at {whole.entities[arm.entity].x},{whole.entities[arm.entity].y}"
    if factory.power.mode == "poles":
        yield from _unpowered(factory)
    served = result
    if any(not result.rate(sink.id, sink.item) > 0 for sink in factory.sinks):
        (served,) = throughput([factory], "ticks", PATIENCE_TICKS - MOST_TICKS, MOST_TICKS, steady=False)
    for sink in factory.sinks:
        if not served.rate(sink.id, sink.item) > 0:
            yield f"nothing reaches sink {sink.id}"
        if foreign := [item for item in result.sinks.get(sink.id, {}) if item != sink.item]:
            yield f"sink {sink.id} gets {', '.join(foreign)}"
    yield from _foreign(layout, result, factory)


def _markers(factory: Factory) -> list[Entity]:
    """The markers as belts and chests, so that what they touch can be told; each tile once."""
    ends = {(end.x, end.y): end for end in (*factory.sources, *factory.sinks)}
    return [
        Entity(end.belt if end.kind == "belt" else "steel-chest", x, y, end.direction) for (x, y), end in ends.items()
    ]


def _unpowered(factory: Factory) -> Iterator[str]:
    """Consumers that no pole's area touches, and poles that are not all on one network."""
    poles = [entity for entity in factory.entities if entity.prototype.pole is not None]
    for entity in factory.entities:
        if (
            entity.prototype.electric
            and entity.prototype.pole is None
            and not any(_feeds(pole, entity) for pole in poles)
        ):
            yield f"{entity.name} at {entity.x},{entity.y} has no power"
    left, queue = set(range(1, len(poles))), [0] if poles else []
    while queue:
        pole = poles[queue.pop()]
        near = {number for number in left if _wired(pole, poles[number])}
        left -= near
        queue += near
    if left:
        yield f"{len(left)} poles are on another network than the first"


def _centre(entity: Entity) -> tuple[float, float]:
    width, height = entity.size
    return entity.x + width / 2, entity.y + height / 2


def _feeds(pole: Entity, entity: Entity) -> bool:
    data = pole.prototype.pole
    assert data is not None
    (x, y), (width, height), reach = _centre(pole), entity.size, data.supply_area_distance
    return (
        entity.x < x + reach and x - reach < entity.x + width and entity.y < y + reach and y - reach < entity.y + height
    )


def _wired(one: Entity, other: Entity) -> bool:
    reaches = [pole.prototype.pole.wire_reach for pole in (one, other) if pole.prototype.pole is not None]
    (x, y), (u, v) = _centre(one), _centre(other)
    return ((x - u) ** 2 + (y - v) ** 2) ** 0.5 <= min(reaches) + 1e-9


def _foreign(layout: Layout, result: SimulationResult, factory: Factory) -> Iterator[str]:
    """Items on lanes that lead to, and come from, nothing that wants them."""
    wanted = _wanted(layout, result, factory)
    at = {tile: index for index, entity in enumerate(layout.factory.entities) for tile in entity.tiles()}
    for belt in result.belts or ():
        places = places_of(layout, at[belt.x, belt.y])
        for place, lane in zip(places, (belt.left, belt.right), strict=True):
            if strange := set(lane.items) - wanted.get(place, set()):
                yield f"{', '.join(sorted(strange))} on a lane at {belt.x},{belt.y} that leads to nobody who wants it"


def _wanted(layout: Layout, result: SimulationResult, factory: Factory) -> Mapping[Place, set[str]]:
    """Items that belong at each place: of use there, or to something that comes after it or before."""
    recipes = load_table().recipes
    makes = {machine.entity: recipes.get(machine.recipe or "") for machine in result.machines}
    flows = trace(layout, makes)
    wanted: dict[Place, set[str]] = {}
    for delivery in flows.deliveries:
        recipe = makes[delivery.machine]
        needs = {part.name for part in recipe.ingredients} if recipe is not None else set()
        for place in delivery.places:
            wanted.setdefault(place, set()).update(delivery.taken(frozenset(needs)))
    at = {(entity.x, entity.y): index for index, entity in enumerate(layout.factory.entities)}
    for sink in factory.sinks:
        for place in places_of(layout, at[sink.x, sink.y]):
            wanted.setdefault(place, set()).add(sink.item or "")
    _settle(flows.edges, wanted, backwards=True)
    # What has passed somebody who wants it may lie in the tail of its belt.
    _settle(flows.edges, wanted, backwards=False)
    return wanted


def _settle(edges: Mapping[Place, Sequence[Edge]], wanted: dict[Place, set[str]], backwards: bool) -> None:
    """Hand what is wanted from place to place until nothing changes, against the flow or with it."""
    changed = True
    while changed:
        changed = False
        for place, found in edges.items():
            for edge in found:
                giver, taker = (edge.target, place) if backwards else (place, edge.target)
                more = edge.let_through(frozenset(wanted.get(giver, ()))) - wanted.setdefault(taker, set())
                wanted[taker] |= more
                changed |= bool(more)
