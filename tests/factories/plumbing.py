"""Fluids by pipe: from a machine's fluid box upstream to a pumpjack, an offshore pump, a machine or an endless pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from factorion_cli.factory import Entity, Resource
from factorion_cli.factory.geometry import opposite, turn_right
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.simulation.piping import box_for, connection_place
from tests.factories import choices
from tests.factories.canvas import SIDES, Canvas, Tile, beside

Grow = Callable[[Canvas, Entity, Recipe, int], Entity | None]
"""Grows a machine with all that it needs."""

LONGEST_PIPE = 8


@dataclass(frozen=True, slots=True)
class Flow:
    """A fluid on its way; `run` tells its pipes from those of others, `grow` makes machines."""

    fluid: str
    run: int
    depth: int
    grow: Grow


def fluids(recipe: Recipe, products: bool = False) -> list[str]:
    """Fluids that a recipe takes or gives."""
    return [part.name for part in (recipe.products if products else recipe.ingredients) if part.fluid]


def plumb(canvas: Canvas, machine: Entity, recipe: Recipe, depth: int, grow: Grow) -> bool:
    """Pipes for every fluid that a standing machine takes."""
    for order, fluid in enumerate(fluids(recipe)):
        box = box_for(machine, "input", order, fluid, recipe)
        if box < 0 or not _bring(canvas, machine, box, Flow(fluid, len(canvas.entities), depth, grow)):
            return False
    return True


def bring_steam(canvas: Canvas, engine: Entity, grow: Grow) -> bool:
    """Steam for a standing engine or turbine."""
    return _bring(canvas, engine, 0, Flow("steam", len(canvas.entities), 0, grow))


def _bring(canvas: Canvas, entity: Entity, box: int, flow: Flow) -> bool:
    connections = entity.prototype.fluid_boxes[box].connections
    tile, heading = connection_place(entity, canvas.rng.choice(connections))
    return _upstream(canvas, beside(tile, heading), heading, flow, canvas.rng.randint(0, LONGEST_PIPE))


def _upstream(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    """Pipe from `tile` on, away from where the fluid goes, until something gives it."""
    if not canvas.free(tile):
        return False
    pieces: tuple[Callable[..., bool], ...] = (_pipe, _buried, _pump, _tank) if steps > 0 else ()
    chosen = canvas.rng.choices(pieces, (8, 2, 1, 1), k=2) if pieces else []
    for piece in [*dict.fromkeys(chosen), _supply]:
        if canvas.attempt(partial(piece, canvas, tile, heading, flow, steps)):
            return True
    return False


def _wet(canvas: Canvas, tile: Tile, flow: Flow) -> bool:
    """A tile of the run; False when it would touch the pipes of another one."""
    if any(canvas.pipes.get(beside(tile, side), flow.run) != flow.run for side in SIDES):
        return False
    canvas.wet(tile, flow.run)
    return True


def _pipe(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    if not _wet(canvas, tile, flow) or not canvas.put(Entity("pipe", *tile)):
        return False
    onward = turn_right(heading, canvas.rng.choices((0, 1, 3), (4, 1, 1))[0])
    return _upstream(canvas, beside(tile, onward), onward, flow, steps - 1)


def _buried(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    """An entity faces the way of its open end."""
    data = load_table().entity("pipe-to-ground").fluid_boxes[0].connections
    far = beside(tile, heading, canvas.rng.randint(1, max(part.underground for part in data)))
    way = [beside(tile, heading, number) for number in range(abs(far[0] - tile[0]) + abs(far[1] - tile[1]) + 1)]
    keys = [(place, "pipe", heading % 8) for place in way]
    if canvas.tunnels.intersection(keys) or not (_wet(canvas, tile, flow) and _wet(canvas, far, flow)):
        return False
    canvas.tunnel(keys)
    near_end, far_end = (
        Entity("pipe-to-ground", *tile, opposite(heading)),
        Entity("pipe-to-ground", *far, heading),
    )
    placed = canvas.put(near_end) and canvas.put(far_end)
    return placed and _upstream(canvas, beside(far, heading), heading, flow, steps - 1)


def _pump(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    far = beside(tile, heading)
    pump = Entity("pump", min(tile[0], far[0]), min(tile[1], far[1]), opposite(heading))
    return canvas.put(pump) and _upstream(canvas, beside(far, heading), heading, flow, steps - 1)


def _tank(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    tank = next(_facing(Entity("storage-tank"), canvas.shuffled((0, 4)), 0, tile, opposite(heading)))
    if not canvas.put(tank):
        return False
    for place in tank.tiles():
        if not _wet(canvas, place, flow):
            return False
    ways = [connection_place(tank, part) for part in tank.prototype.fluid_boxes[0].connections]
    corner, onward = canvas.rng.choice([way for way in ways if way != (tile, opposite(heading))])
    return _upstream(canvas, beside(corner, onward), onward, flow, steps - 1)


def _facing(model: Entity, directions: list[int], box: int, tile: Tile, side: int) -> Iterator[Entity]:
    """The entity turned and placed so that a connection of the box lies on `tile` and faces `side`."""
    for direction in directions:
        standing = replace(model, x=0, y=0, direction=direction)
        for part in standing.prototype.fluid_boxes[box].connections:
            (x, y), faces = connection_place(standing, part)
            if faces == side:
                yield replace(standing, x=tile[0] - x, y=tile[1] - y)


def _supply(canvas: Canvas, tile: Tile, heading: int, flow: Flow, steps: int) -> bool:
    """What gives the fluid: something of the game in most cases, else an endless pipe."""
    ways: list[Callable[..., bool]] = [_maker] if flow.depth > 0 else []
    ways += {"water": [_offshore_pump], "steam": [_boiler], "crude-oil": [_pumpjack]}.get(flow.fluid, [])
    canvas.rng.shuffle(ways)
    for way in ways:
        if (canvas.chance(0.8) or flow.fluid == "steam") and canvas.attempt(partial(way, canvas, tile, heading, flow)):
            return True
    if flow.fluid == "steam":
        return False  # an endless pipe gives it cold
    endless = Entity("infinity-pipe", *tile, filter=flow.fluid)
    return _wet(canvas, tile, flow) and canvas.put(endless)


def _offshore_pump(canvas: Canvas, tile: Tile, heading: int, flow: Flow) -> bool:
    return canvas.put(Entity("offshore-pump", *tile, heading))


def _pumpjack(canvas: Canvas, tile: Tile, heading: int, flow: Flow) -> bool:
    jacks = list(_facing(Entity("pumpjack"), list(SIDES), 0, tile, opposite(heading)))
    jack = canvas.rng.choice(jacks)
    canvas.deposit(Resource("crude-oil", (jack.x, jack.y, 3, 3)))
    return canvas.put(jack)


def _boiler(canvas: Canvas, tile: Tile, heading: int, flow: Flow) -> bool:
    """A boiler that never runs out of fuel, with water."""
    boxes = load_table().entity("boiler").fluid_boxes
    steam = next(number for number, box in enumerate(boxes) if box.role == "output")
    model = Entity("boiler", fuel="unlimited")
    boiler = next(_facing(model, list(SIDES), steam, tile, opposite(heading)))
    water = Flow("water", len(canvas.entities), flow.depth - 1, flow.grow)
    return canvas.put(boiler) and _bring(canvas, boiler, 1 - steam, water)


def _maker(canvas: Canvas, tile: Tile, heading: int, flow: Flow) -> bool:
    """A machine that makes this fluid and nothing else, so that nothing can stand in its way."""
    makers = [
        (name, recipe)
        for name, recipes in choices.jobs().items()
        for recipe in recipes
        if [part.name for part in recipe.products] == [flow.fluid]
    ]
    if not makers:
        return False
    name, recipe = canvas.rng.choice(makers)
    model = replace(choices.machine(canvas, name, recipe, (0, 0)), fluid=None)
    box = box_for(model, "output", 0, flow.fluid, recipe)
    places = list(_facing(model, list(SIDES), box, tile, opposite(heading)))
    return bool(places) and flow.grow(canvas, canvas.rng.choice(places), recipe, flow.depth - 1) is not None
