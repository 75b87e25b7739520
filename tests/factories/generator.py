"""`random_factory(seed)`: a working factory that nobody drew, the same for the same seed on every machine.

A factory grows from its sinks: a sink wants an item, an arm or a belt must bring it, that needs a machine, a chest or
a source, and the machine needs its ingredients in turn. What does not fit is taken back. Rows of machines between
belts and loops are planted whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

from factorion_cli.factory import Factory
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import NORTH
from factorion_cli.factory.symmetry import rotate
from tests.factories import belts, choices, drills, ends, machines, plumbing, power, rows
from tests.factories.canvas import SIDES, Canvas, beside

SMALLEST, LARGEST = 3, 64
_MOST_ATTEMPTS = 400
"""On the smallest sheets little fits."""


def random_factory(seed: int, width: int | None = None, height: int | None = None) -> Factory:
    """The factory of this seed, of `width` x `height` tiles or of a random size from 3x3 to 64x64."""
    rng = Random(seed)
    side = rng.choice((SMALLEST, 6, 9, 11, 11, 16, 24, 32, 32, 48, LARGEST))
    least = max(SMALLEST, side // 2)
    canvas = Canvas(width or rng.randint(least, side), height or rng.randint(least, side), rng)
    _grow(canvas)
    mode = power.energise(canvas)
    factory = replace(_mishap(canvas.factory(f"random-{seed}", mode), rng), research=_research(rng))
    return rotate(factory, rng.randrange(4))


def _grow(canvas: Canvas) -> None:
    """Plant until the sheet is full enough, at least until something has a sink."""
    area = canvas.width * canvas.height
    share = canvas.rng.uniform(0.1, 0.6)
    for attempt in range(_MOST_ATTEMPTS):
        if canvas.sinks and canvas.entities and (len(canvas.taken) > share * area or attempt > 4 + area // 40):
            return
        plant = canvas.rng.choices(list(_PLANTS), list(_PLANTS.values()))[0]
        canvas.attempt(partial(plant, canvas))


def _belt_sink(canvas: Canvas) -> bool:
    """A belt to a sink, with further machines along it."""
    tile, heading = canvas.spot(), canvas.rng.choice(SIDES)
    count = 2 if canvas.chance(0.25) else 1
    line = belts.random_line(canvas, tuple(canvas.rng.sample(choices.goods(), count)), machines.starter(2))
    before = set(canvas.carries)
    length = canvas.rng.randint(1, max(2, (canvas.width + canvas.height) // 2))
    if not canvas.sink("belt", tile, heading):
        return False
    if not belts.feed(canvas, beside(tile, heading, -1), heading, line, length):
        return False
    along = sorted(set(canvas.carries) - before)
    for spot in canvas.rng.sample(along, min(len(along), canvas.rng.choice((0, 0, 1, 2, 4)))):
        canvas.attempt(partial(machines.deliver, canvas, spot, canvas.rng.choice(line.items), 2))
    return True


def _chest_sink(canvas: Canvas) -> bool:
    """A chest that arms fill."""
    tile, item = canvas.spot(), canvas.rng.choice(choices.goods())
    if not canvas.sink("chest", tile, item=item):
        return False
    arms = canvas.rng.choice((1, 1, 1, 2, 3))
    return sum(canvas.attempt(lambda: machines.deliver(canvas, tile, item, 3)) for _ in range(arms)) > 0


def _machine(canvas: Canvas) -> bool:
    """A machine of any kind that works."""
    name, recipe = choices.random_maker(canvas)
    entity = choices.machine(canvas, name, recipe, canvas.spot())
    if canvas.chance(0.2):
        entity = replace(entity, unlimited_io=True)
        return canvas.put(entity) and canvas.sink("output", (0, 0), of=(entity.x, entity.y))
    if machines.grow_machine(canvas, entity, recipe, 2) is None:
        return False
    made = choices.products(recipe)
    if not made:
        return canvas.sink("output", (0, 0), of=(entity.x, entity.y))
    if canvas.chance(0.15):
        canvas.sink("output", (0, 0), of=(entity.x, entity.y))
    return machines.take_away(canvas, entity, made[0] if len(made) == 1 else None)


def _fluid_machine(canvas: Canvas) -> bool:
    """A machine that needs a fluid."""
    jobs = [
        (name, recipe)
        for name, recipes in choices.jobs().items()
        for recipe in recipes
        if plumbing.fluids(recipe) and not plumbing.fluids(recipe, products=True)
    ]
    name, recipe = canvas.rng.choice(jobs)
    entity = machines.grow_machine(canvas, choices.machine(canvas, name, recipe, canvas.spot()), recipe, 3)
    if entity is None:
        return False
    made = choices.products(recipe)
    return bool(made) and machines.take_away(canvas, entity, made[0])


def _tap(canvas: Canvas) -> bool:
    """A machine beside what is there already, for which that is an ingredient."""
    if not canvas.carries:
        return False
    tile = canvas.rng.choice(sorted(canvas.carries))
    users = choices.users(canvas.rng.choice(canvas.carries[tile] or ("",)))
    if not users:
        return False
    name, recipe = canvas.rng.choice(users)
    width, height = size_of(name, NORTH)
    x, y = tile[0] - canvas.rng.randrange(width), tile[1] - canvas.rng.randrange(height)
    x, y = canvas.rng.choice(((x, tile[1] + 2), (x, tile[1] - 1 - height), (tile[0] + 2, y), (tile[0] - 1 - width, y)))
    entity = machines.grow_machine(canvas, choices.machine(canvas, name, recipe, (x, y)), recipe, 2)
    made = choices.products(recipe)
    return entity is not None and bool(made) and machines.take_away(canvas, entity, made[0] if len(made) == 1 else None)


def _research(rng: Random) -> dict[str, float]:
    """What is known beyond the start, in one factory of ten."""
    if rng.random() > 0.1:
        return {}
    return {"mining_productivity": rng.choice((0.1, 0.5)), "laboratory_speed_modifier": rng.choice((0.2, 0.5))}


def _mishap(factory: Factory, rng: Random) -> Factory:
    """In one factory of twelve an entity is missing: things wait, spill into each other or stop."""
    if rng.random() > 1 / 12 or len(factory.entities) < 2:
        return factory
    return factory.without([rng.randrange(len(factory.entities))])


_PLANTS: dict[Callable[[Canvas], bool], int] = {
    _belt_sink: 16,
    _chest_sink: 8,
    _machine: 12,
    _tap: 24,
    rows.row: 16,
    rows.ring: 4,
    drills.drill: 4,
    drills.field: 4,
    _fluid_machine: 4,
    ends.laboratory: 2,
    ends.silo: 1,
}
"""What is planted, and how often it is tried."""
