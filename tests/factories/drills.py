"""Mining: single drills and rows of them on both sides of a belt."""

from __future__ import annotations

from math import floor

from factorion_cli.factory import Entity, Resource
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH
from factorion_cli.prototypes import EntityPrototype, load_table
from factorion_cli.prototypes.resources import RESOURCES, ResourcePrototype
from factorion_cli.simulation.wiring import outlet
from tests.factories import belts, choices, machines
from tests.factories.canvas import SIDES, Canvas, Tile, belt_name, beside


def _drill(canvas: Canvas, fluids: bool) -> tuple[EntityPrototype, ResourcePrototype]:
    """Any drill with something that it can mine."""
    drills = [
        found
        for found in load_table().entities.values()
        if found.drill is not None and (fluids or "basic-fluid" not in found.drill.categories)
    ]
    prototype = canvas.rng.choice(drills)
    assert prototype.drill is not None
    ores = [ore for ore in RESOURCES.values() if ore.category in prototype.drill.categories]
    return prototype, canvas.rng.choice(ores)


def _standing(
    canvas: Canvas, prototype: EntityPrototype, ore: ResourcePrototype, tile: Tile, heading: int, fuel: str | None
) -> Entity:
    drill = prototype.drill
    assert drill is not None
    return Entity(
        prototype.name,
        *tile,
        heading,
        modules=choices.modules(canvas, drill.module_slots, True),
        quality=choices.quality(canvas),
        fuel=fuel,
        fluid="unlimited" if ore.required_fluid else None,
    )


def drill(canvas: Canvas) -> bool:
    """One drill that feeds a chest, a belt or a furnace; a pumpjack counts what it pumps."""
    prototype, ore = _drill(canvas, True)
    fuel = "unlimited" if not prototype.electric and canvas.chance(0.5) else None
    entity = _standing(canvas, prototype, ore, canvas.spot(), canvas.rng.choice(SIDES), fuel)
    if not canvas.put(entity):
        return False
    width, height = entity.size
    canvas.deposit(Resource(ore.name, (entity.x - 1, entity.y - 1, width + 2, height + 2)))
    if ore.is_fluid:
        return canvas.sink("output", (0, 0), of=(entity.x, entity.y))
    if not prototype.electric and fuel is None and not machines.supply(canvas, entity, "coal", 1):
        return False
    x, y = outlet(entity)
    return _outlet(canvas, (floor(x), floor(y)), entity.direction, ore.product)


def _outlet(canvas: Canvas, tile: Tile, heading: int, item: str) -> bool:
    kind = canvas.rng.randrange(3)
    if kind == 0:
        return canvas.sink("chest", tile, item=item)
    if kind == 1 and item.endswith("-ore"):
        name, recipe = canvas.rng.choice(choices.users(item))
        width, height = size_of(name, NORTH)
        place = tile[0] - canvas.rng.randrange(width), tile[1] - canvas.rng.randrange(height)
        grown = machines.grow_machine(canvas, choices.machine(canvas, name, recipe, place), recipe, 1, (item,))
        return grown is not None and machines.take_away(canvas, grown, None)
    line = belts.random_line(canvas, (item,))
    canvas.note([tile], (item,))
    return belts.lead_away(canvas, tile, heading, line, canvas.rng.randint(1, 10))


def field(canvas: Canvas) -> bool:
    """Drills on both sides of a belt, all on one resource."""
    prototype, ore = _drill(canvas, False)
    side = prototype.width
    count = canvas.rng.randint(1, max(1, min(6, (canvas.width - 3) // side)))
    left, belt = canvas.rng.randint(1, max(1, canvas.width - count * side - 1)), canvas.spot()[1]
    fuel = None if prototype.electric else "unlimited"
    model = _standing(canvas, prototype, ore, (0, 0), NORTH, fuel)
    standing = 0
    for number in range(count):
        for heading, y in ((SOUTH, belt - side), (NORTH, belt + 1)):
            x = left + number * side
            entity = Entity(prototype.name, x, y, heading, modules=model.modules, fuel=fuel, fluid=model.fluid)
            standing += canvas.chance(0.85) and canvas.put(entity)
    line = belts.random_line(canvas, (ore.product,))
    tiles = [(x, belt) for x in range(left, left + count * side)]
    if not standing or not all(canvas.put(Entity(belt_name(line.tier), *tile, EAST)) for tile in tiles):
        return False
    canvas.note(tiles, (ore.product,))
    canvas.reserve(beside(tiles[0], EAST, -1))
    area = (left - 1, belt - side - 1, count * side + 2, 2 * side + 3)
    canvas.deposit(Resource(ore.name, area))
    return belts.lead_away(canvas, beside(tiles[-1], EAST), EAST, line, canvas.rng.randint(0, 5))
