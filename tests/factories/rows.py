"""Rows of machines between belts, the way players build: ore in on one side, plates out on the other."""

from __future__ import annotations

from factorion_cli.factory import Entity
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.prototypes import Recipe, load_table
from tests.factories import belts, choices, machines
from tests.factories.canvas import Canvas, Tile, belt_name, beside

_NEAR_ARMS = ("inserter", "inserter", "fast-inserter", "bulk-inserter", "stack-inserter", "burner-inserter")


def row(canvas: Canvas, most: int = 12) -> bool:
    """Machines of one kind in a row: an input belt above (two when it has more items), an output belt below."""
    name, recipe, items = _job(canvas)
    width, height = size_of(name, NORTH)
    far = len(items) > 2 or (len(items) == 2 and canvas.chance(0.4))
    count = min(canvas.rng.randint(1, most), (canvas.width - 4) // width)
    depth = height + 4 + far
    if count < 1 or canvas.height < depth:
        return False
    left = canvas.rng.randint(2, max(2, canvas.width - 2 - count * width))
    top = canvas.rng.randint(0, canvas.height - depth)
    placed = _machines(canvas, name, recipe, left, top + 2 + far, count)
    if not placed:
        return False
    near, long_handed = (items[:2], items[2:]) if not far or len(items) > 2 else (items[:1], items[1:])
    right = left + count * width
    return (
        _arms(canvas, placed, top, far)
        and _input_belt(canvas, left, right, top + far, tuple(near))
        and (not long_handed or _input_belt(canvas, left, right, top, tuple(long_handed)))
        and _output_belt(canvas, left, right, top + depth - 1, choices.products(recipe))
    )


def _job(canvas: Canvas) -> tuple[str, Recipe, list[str]]:
    while True:
        name, recipe = choices.random_maker(canvas)
        machine = load_table().entity(name).machine
        assert machine is not None
        items = choices.solids(recipe)
        if machine.burner and name != "captive-biter-spawner":
            items = [*items, "nutrients" if name == "biochamber" else "coal"]
        items = list(dict.fromkeys(items))
        if 1 <= len(items) <= 4 and choices.products(recipe):
            canvas.rng.shuffle(items)
            return name, recipe, items


def _machines(canvas: Canvas, name: str, recipe: Recipe, left: int, y: int, count: int) -> list[Entity]:
    width, _ = size_of(name, NORTH)
    model = choices.machine(canvas, name, recipe, (0, 0))
    fuel = "unlimited" if name == "captive-biter-spawner" else None
    placed = []
    for number in range(count):
        entity = Entity(
            name,
            left + number * width,
            y,
            recipe=model.recipe,
            modules=model.modules,
            quality=model.quality,
            fluid=model.fluid,
            fuel=fuel,
        )
        if not canvas.put(entity):
            return []
        canvas.note(entity.tiles(), tuple(choices.products(recipe)))
        placed.append(entity)
    return placed


def _arms(canvas: Canvas, placed: list[Entity], top: int, far: bool) -> bool:
    """For each machine an arm from the near belt, a long-handed one from the far belt, and one below."""
    name, out = canvas.rng.choice(_NEAR_ARMS), canvas.rng.choice(_NEAR_ARMS)
    size = canvas.rng.choice((None, None, 2, 3))
    for machine in placed:
        width, height = machine.size
        columns = canvas.rng.sample(range(machine.x, machine.x + width), 2)
        good = canvas.put(Entity(name, columns[0], machine.y - 1, NORTH, stack_size=size))
        if far:
            good &= canvas.put(Entity("long-handed-inserter", columns[1], machine.y - 1, NORTH))
        good &= canvas.put(Entity(out, canvas.rng.choice(columns), machine.y + height, NORTH))
        if not good:
            return False
    return True


def _input_belt(canvas: Canvas, left: int, right: int, y: int, items: tuple[str, ...]) -> bool:
    """East along the machines, fed at the western end; it ends, or what is left goes on to a sink."""
    line = belts.random_line(canvas, items, machines.starter(0))
    for x in range(left, right):
        if not canvas.put(Entity(belt_name(line.tier), x, y, EAST)):
            return False
    canvas.note([(x, y) for x in range(left, right)], items)
    if not belts.feed(canvas, (left - 1, y), EAST, line, canvas.rng.randint(0, left + 4)):
        return False
    if canvas.chance(0.75):
        belts.dead_end(canvas, (right - 1, y), EAST)
        return True
    return belts.lead_away(canvas, (right, y), EAST, line, canvas.rng.randint(0, 4))


def _output_belt(canvas: Canvas, left: int, right: int, y: int, items: list[str]) -> bool:
    """Along the machines to a sink, either way."""
    heading = canvas.rng.choice((EAST, WEST))
    line = belts.random_line(canvas, tuple(items))
    for x in range(left, right):
        if not canvas.put(Entity(belt_name(line.tier), x, y, heading)):
            return False
    canvas.note([(x, y) for x in range(left, right)], tuple(items))
    first, last = ((left, y), (right - 1, y)) if heading == EAST else ((right - 1, y), (left, y))
    canvas.reserve(beside(first, heading, -1))
    return belts.lead_away(canvas, beside(last, heading), heading, line, canvas.rng.randint(0, 6))


def ring(canvas: Canvas) -> bool:
    """A loop of belts that arms fill and empty."""
    width, height = canvas.rng.randint(2, 8), canvas.rng.randint(2, 6)
    left, top = canvas.spot()
    name = belt_name(belts.random_line(canvas, ()).tier)
    right, bottom = left + width - 1, top + height - 1
    tiles = [((x, top), EAST) for x in range(left, right)] + [((right, y), SOUTH) for y in range(top, bottom)]
    tiles += [((x, bottom), WEST) for x in range(right, left, -1)]
    tiles += [((left, y), NORTH) for y in range(bottom, top, -1)]
    items = tuple(canvas.rng.sample(choices.goods(), canvas.rng.randint(1, 2)))
    for tile, heading in tiles:
        if not canvas.put(Entity(name, *tile, heading)):
            return False
        canvas.note([tile], items)
    return all(_through(canvas, [tile for tile, _ in tiles], item) for item in items)


def _through(canvas: Canvas, tiles: list[Tile], item: str) -> bool:
    """The item is put onto one tile of a belt and taken from another."""
    spots = canvas.shuffled(tiles)
    filled = canvas.some(lambda spot: machines.deliver(canvas, spot, item, 1), spots[:6])
    return filled and canvas.some(lambda spot: machines.withdraw(canvas, spot, item), spots[::-1][:9])
