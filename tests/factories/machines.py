"""Arms and what they take from: chests, belts and machines, each grown with what it needs in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from factorion_cli.factory import Entity
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import opposite
from factorion_cli.prototypes import InserterData, Recipe, load_table
from tests.factories import belts, choices, plumbing
from tests.factories.canvas import SIDES, Canvas, Tile, beside

Reach = tuple[Tile, Tile, int]
"""Where an arm stands, the tile it picks up from, and the side that this is on."""


def deliver(canvas: Canvas, target: Tile, item: str, depth: int, exact: bool = True) -> bool:
    """An arm that drops `item` onto the tile `target`, with what it takes from; `exact` keeps other items away."""
    name, data = choices.random_arm(canvas)
    spots = [(beside(target, side, data.reach), beside(target, side, 2 * data.reach), side) for side in SIDES]
    return _reach(canvas, spots, name, data, item, depth, exact)


def supply(canvas: Canvas, machine: Entity, item: str, depth: int) -> bool:
    """An arm that brings `item` into a machine."""
    name, data = choices.random_arm(canvas)
    return _reach(canvas, list(_around(machine, data)), name, data, item, depth, False)


def _around(machine: Entity, data: InserterData) -> Iterator[Reach]:
    """Places for an arm whose drop point lies in the machine."""
    width, height = machine.size
    inner = {(machine.x + dx, machine.y + dy) for dy in range(height) for dx in range(width)}
    for target in sorted(inner):
        for side in SIDES:
            arm = beside(target, side, data.reach)
            if arm not in inner:
                yield arm, beside(arm, side, data.reach), side


def _reach(
    canvas: Canvas, spots: list[Reach], name: str, data: InserterData, item: str, depth: int, exact: bool
) -> bool:
    """The first of the spots that works; those that find the item already there come first in most cases."""
    canvas.rng.shuffle(spots)
    if canvas.chance(0.8):
        spots.sort(key=lambda spot: item not in canvas.carries.get(spot[1], ()))
    kept = Entity(name, quality=choices.quality(canvas), stack_size=choices.hand(canvas, data))
    index = len(canvas.entities)
    for arm, pickup, side in spots[:8]:

        def grow(arm: Tile = arm, pickup: Tile = pickup, side: int = side) -> bool:
            standing = canvas.put(replace(kept, x=arm[0], y=arm[1], direction=side))
            return standing and provide(canvas, pickup, item, depth, side)

        if canvas.attempt(grow):
            if (exact and canvas.carries.get(pickup, ()) != (item,)) or canvas.chance(0.08):
                canvas.entities[index] = replace(canvas.entities[index], filters=(item,))
            return True
    return False


def provide(canvas: Canvas, tile: Tile, item: str, depth: int, side: int) -> bool:
    """Let an arm find `item` on `tile`, which lies on that side of the arm."""
    if tile in canvas.taken:
        return item in canvas.carries.get(tile, ())
    if not canvas.inside(tile):
        return False
    ways: list[Callable[[], bool]] = [
        lambda: _endless_chest(canvas, tile, item),
        lambda: _passing_belt(canvas, tile, (item,), depth),
        lambda: _maker(canvas, tile, item, depth),
        lambda: _buffer(canvas, tile, item, depth),
    ]
    weights = (3, 6, 8, 1) if depth > 0 else (5, 6, 0, 0)
    for way in dict.fromkeys(canvas.rng.choices(ways, weights, k=3)):
        if canvas.attempt(way):
            return True
    return canvas.attempt(ways[0])


def _endless_chest(canvas: Canvas, tile: Tile, item: str) -> bool:
    canvas.note([tile], (item,))
    return canvas.source("chest", tile, item)


def _buffer(canvas: Canvas, tile: Tile, item: str, depth: int) -> bool:
    canvas.note([tile], (item,))
    return canvas.put(Entity(canvas.rng.choice(choices.chests()), *tile)) and deliver(canvas, tile, item, depth - 1)


def _passing_belt(canvas: Canvas, tile: Tile, items: tuple[str, ...], depth: int) -> bool:
    """A belt that ends here, or passes on its way to a sink."""
    heading = canvas.rng.choice(SIDES)
    line = belts.random_line(canvas, items, starter(depth - 1))
    ends = canvas.chance(0.65)
    if ends:
        canvas.reserve(beside(tile, heading))
    length = canvas.rng.randint(1, max(2, (canvas.width + canvas.height) // 4))
    if not belts.feed(canvas, tile, heading, line, length):
        return False
    return ends or belts.lead_away(canvas, beside(tile, heading), heading, line, canvas.rng.randint(1, 8))


def starter(depth: int) -> belts.Start | None:
    """What may fill the first tile of a line."""
    if depth < 0:
        return None
    return lambda canvas, tile, item: deliver(canvas, tile, item, depth)


def _maker(canvas: Canvas, tile: Tile, item: str, depth: int) -> bool:
    """A machine over `tile` that makes the item."""
    makers = choices.makers(item)
    if not makers:
        return False
    name, recipe = canvas.rng.choice(makers)
    width, height = size_of(name, 0)
    x, y = tile[0] - canvas.rng.randrange(width), tile[1] - canvas.rng.randrange(height)
    return grow_machine(canvas, choices.machine(canvas, name, recipe, (x, y)), recipe, depth - 1) is not None


def grow_machine(
    canvas: Canvas, machine: Entity, recipe: Recipe, depth: int, there: tuple[str, ...] = ()
) -> Entity | None:
    """A machine with arms for all that it needs and that is not `there` already; None when there is no room."""
    standing = _stand(canvas, machine, recipe, depth)
    if standing is None:
        return None
    machine = standing
    canvas.note(machine.tiles(), tuple(choices.products(recipe)))
    wanted = [item for item in choices.solids(recipe) if item not in there]
    fuel = choices.fuel_for(canvas, machine)
    wanted += [fuel] if fuel is not None else []
    canvas.rng.shuffle(wanted)
    if len(wanted) >= 2 and canvas.chance(0.4) and canvas.attempt(lambda: _pair(canvas, machine, wanted[:2], depth)):
        wanted = wanted[2:]
    for item in wanted:
        if not any(canvas.attempt(partial(supply, canvas, machine, item, depth)) for _ in range(3)):
            return None
    if canvas.chance(0.15):
        _beacon(canvas, machine)
    return machine


def _stand(canvas: Canvas, machine: Entity, recipe: Recipe, depth: int) -> Entity | None:
    """The machine itself, its fluids by pipe where that fits; with what drains endless fluids stay endless."""
    takes, gives = plumbing.fluids(recipe), plumbing.fluids(recipe, products=True)
    endless = machine.fluid is not None
    if takes and not (endless and (gives or canvas.chance(0.3))):
        piped = replace(machine, fluid=None, direction=canvas.rng.choice(SIDES)) if endless else machine
        if canvas.attempt(lambda: canvas.put(piped) and plumbing.plumb(canvas, piped, recipe, depth, grow_machine)):
            return piped
        if not endless:
            return None
    return machine if canvas.put(machine) else None


def _pair(canvas: Canvas, machine: Entity, items: list[str], depth: int) -> bool:
    """One arm and one belt with an item on each lane."""
    name, data = choices.random_arm(canvas)
    for arm, pickup, side in canvas.shuffled(_around(machine, data))[:6]:

        def grow(arm: Tile = arm, pickup: Tile = pickup, side: int = side) -> bool:
            placed = canvas.put(Entity(name, *arm, side, stack_size=choices.hand(canvas, data)))
            return placed and canvas.free(pickup) and _passing_belt(canvas, pickup, tuple(items), depth)

        if canvas.attempt(grow):
            return True
    return False


def _beacon(canvas: Canvas, machine: Entity) -> None:
    """Up to two beacons in reach, where there is room."""
    data = load_table().entity("beacon").beacon
    assert data is not None
    reach = int(data.supply_area_distance)
    width, height = machine.size
    corners = [
        (x, y)
        for x in range(machine.x - reach - 2, machine.x + width + reach)
        for y in range(machine.y - reach - 2, machine.y + height + reach)
    ]
    kinds = [f"{kind}-module{tier}" for kind in ("speed", "speed", "efficiency") for tier in ("", "-2", "-3")]
    for tile in canvas.shuffled(corners)[: canvas.rng.randint(4, 30)]:
        canvas.put(Entity("beacon", *tile, modules=(canvas.rng.choice(kinds),) * canvas.rng.randint(1, 2)))


def take_away(canvas: Canvas, machine: Entity, item: str | None) -> bool:
    """An arm from the machine to a chest sink, a belt to a sink, or a chest that fills up."""
    name, data = choices.random_arm(canvas)
    for arm, drop, side in canvas.shuffled(_around(machine, data)):

        def grow(arm: Tile = arm, drop: Tile = drop, side: int = side) -> bool:
            entity = Entity(name, *arm, opposite(side), stack_size=choices.hand(canvas, data))
            if not canvas.put(entity):
                return False
            if canvas.chance(0.5):
                return canvas.sink("chest", drop, item=item)
            line = belts.random_line(canvas, (item,) if item else ())
            canvas.reserve(*(beside(drop, turn) for turn in SIDES if canvas.chance(0.2) and turn != side))
            return belts.lead_away(canvas, drop, side, line, canvas.rng.randint(1, 9))

        if canvas.attempt(grow):
            return True
    return False


def withdraw(canvas: Canvas, tile: Tile, item: str) -> bool:
    """An arm from a belt or chest to a chest sink."""
    name, data = choices.random_arm(canvas)
    for side in canvas.shuffled(SIDES):
        arm, drop = beside(tile, side, data.reach), beside(tile, side, 2 * data.reach)
        if canvas.free(arm, drop):
            filters = (item,) if len(canvas.carries.get(tile, ())) > 1 else ()
            canvas.put(Entity(name, *arm, opposite(side), filters=filters, stack_size=choices.hand(canvas, data)))
            return canvas.sink("chest", drop, item=item)
    return False
