"""The most that a factory between given sources and sinks could deliver, whatever its design.

A linear programme over the crafts of each recipe. What limits it:

* **belt endpoints**: what lanes of their tier carry (yellow 7.5 items/s), a source's only where it fills them;
* **chest endpoints**: the fastest usable arm on every tile from which one reaches the chest;
* **recipes**: nothing is used that was not made or given; an item may be made and given at once;
* **room**: machines cover their tiles for as long as they craft; every ingredient is put into its machine by an arm and
  every product that leaves for a sink is taken out by one, which covers a tile each.

Belts and poles are let off, and arms are taken to be at their fastest, so no design can beat the bound and few reach
it. Modules that machines already have speed them up; what modules and beacons could add, and productivity, is left out,
as designs use none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.footprints import standing_endpoints
from factorion_cli.factory.geometry import DIRECTIONS, step
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.simulation.arming import catch_ticks, half_turn_ticks
from factorion_cli.simulation.crafting import machine_speed
from factorion_cli.simulation.research import hand_of
from factorion_cli.tasks.linear import most

TICKS_PER_SECOND = 60
_SUBTILES, _SPACING = 256, 4
"""Positions of a tile of belt, and how many items lie on a tile of a full lane."""


def lane_rate(belt: str) -> float:
    """Items per second of one full lane of a tier of belts.

    >>> lane_rate("transport-belt")
    7.5
    """
    data = load_table().entity(belt).belt
    assert data is not None
    return TICKS_PER_SECOND * data.speed_subtiles * _SPACING / _SUBTILES


def arm_rate(arm: Entity, factory: Factory) -> float:
    """Most items per second that an arm moves with the factory's research.

    That is off a moving belt, where it saves ticks on each way; the ticks in which it picks up and drops are let off.
    """
    data = arm.prototype.inserter
    assert data is not None
    full = Fraction(1)
    ticks = 2 * max(1, half_turn_ticks(data, arm.quality, full) - catch_ticks(data, arm.quality, full))
    return TICKS_PER_SECOND * hand_of(arm, factory.research) / ticks


def throughput_bound(
    factory: Factory, blocked: frozenset[tuple[int, int]], usable: Sequence[Entity], recipes: Sequence[Recipe]
) -> float:
    """Items per second into all sinks together that no design can exceed.

    Args:
        factory: endpoints, of which each sink says what it wants.
        blocked: tiles where nothing may stand.
        usable: one entity of each kind that may be used, and those that already stand there.
        recipes: those that can play a part, each of which some usable machine makes.
    """
    closed = blocked | {(endpoint.x, endpoint.y) for endpoint in standing_endpoints(factory)}
    arms = [entity for entity in usable if entity.prototype.inserter is not None]
    ends: list[Source | Sink] = [*factory.sources, *factory.sinks]
    caps = [_endpoint_rate(end, factory, closed, arms) for end in ends]
    gains = np.zeros(len(recipes) + len(caps))
    gains[len(recipes) + len(factory.sources) :] = 1.0
    room = factory.width * factory.height - len(closed)
    uses = np.vstack((_balances(factory, recipes), _room(factory, recipes, usable, arms)))
    limits = np.array([0.0] * (len(uses) - 1) + [float(room)])
    given = np.hstack((np.zeros((len(caps), len(recipes))), np.eye(len(caps))))
    return most(gains, np.vstack((uses, given)), np.concatenate((limits, caps)))


def _endpoint_rate(
    end: Source | Sink, factory: Factory, closed: frozenset[tuple[int, int]], arms: Iterable[Entity]
) -> float:
    """Items per second through one endpoint."""
    if end.kind == "belt":
        lanes = 2 if isinstance(end, Sink) or end.lanes == "both" else 1
        return lanes * lane_rate(end.belt)
    best: dict[tuple[int, int], float] = {}
    for arm in arms:
        data = arm.prototype.inserter
        assert data is not None
        for x, y in (step(end.x, end.y, direction, data.reach) for direction in DIRECTIONS):
            if 0 <= x < factory.width and 0 <= y < factory.height and (x, y) not in closed:
                best[x, y] = max(best.get((x, y), 0.0), arm_rate(arm, factory))
    return sum(best.values())


def _balances(factory: Factory, recipes: Sequence[Recipe]) -> np.ndarray:
    """(items, activities): how much of each item an activity uses up, less what it makes."""
    names = {part.name for recipe in recipes for part in (*recipe.ingredients, *recipe.products)}
    names |= {source.item for source in factory.sources} | {sink.item for sink in factory.sinks if sink.item}
    rows = {name: index for index, name in enumerate(sorted(names))}
    uses = np.zeros((len(rows), len(recipes) + len(factory.sources) + len(factory.sinks)))
    for column, recipe in enumerate(recipes):
        for part in recipe.ingredients:
            uses[rows[part.name], column] += part.amount
        for part in recipe.products:
            uses[rows[part.name], column] -= part.amount * part.probability
    for column, source in enumerate(factory.sources, len(recipes)):
        uses[rows[source.item], column] = -1.0
    for column, sink in enumerate(factory.sinks, len(recipes) + len(factory.sources)):
        if sink.item is not None:
            uses[rows[sink.item], column] = 1.0
    return uses


def _room(factory: Factory, recipes: Sequence[Recipe], usable: Sequence[Entity], arms: Sequence[Entity]) -> np.ndarray:
    """(activities,) tiles that one unit per second of each activity covers."""
    reach = max((arm_rate(arm, factory) for arm in arms), default=0.0)
    # Without arms nothing enters a machine: room for none.
    tiles_per_move = 1 / reach if reach else float(factory.width * factory.height + 1) * 1e6
    tiles = np.zeros(len(recipes) + len(factory.sources) + len(factory.sinks))
    for column, recipe in enumerate(recipes):
        moves = sum(part.amount for part in recipe.ingredients)
        tiles[column] = recipe.time_s * _tiles_per_speed(recipe, usable) + moves * tiles_per_move
    given = {source.item for source in factory.sources}
    for column, sink in enumerate(factory.sinks, len(recipes) + len(factory.sources)):
        tiles[column] = 0.0 if sink.item in given else tiles_per_move
    return tiles


def _tiles_per_speed(recipe: Recipe, usable: Iterable[Entity]) -> float:
    """Fewest tiles of machine for a crafting speed of 1."""
    found = []
    for entity in usable:
        machine = entity.prototype.machine
        if machine is not None and not set(machine.categories).isdisjoint(recipe.categories):
            width, height = entity.size
            found.append(width * height / float(machine_speed(entity, machine, entity.beacons)))
    return min(found)
