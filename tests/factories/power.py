"""How a random factory is powered, and its poles."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

from factorion_cli.factory import Entity, Power
from factorion_cli.factory.footprints import size_of
from factorion_cli.prototypes import load_table
from tests.factories import machines, plumbing
from tests.factories.canvas import Canvas

_OUT_OF_REACH = 0.03
"""Share of the electric entities for which no pole is sought."""


def energise(canvas: Canvas) -> Power:
    """Endless power, poles that leave a few entities dark, partial power, or generators with poles."""
    kind = canvas.rng.choices(("unlimited", "poles", "satisfaction", "network"), (12, 6, 2, 1))[0]
    if kind == "satisfaction":
        return Power("satisfaction", canvas.rng.choice((0.25, 0.5, 0.75, 0.9, 1.0)))
    if kind == "unlimited":
        return Power()
    if kind == "network" and not _generators(canvas):
        kind = "poles"
    for entity in list(canvas.entities):
        wired = entity.prototype.electric or entity.name in _generator_names()
        if wired and not canvas.chance(_OUT_OF_REACH):
            _pole_near(canvas, list(entity.tiles()))
    return Power("network") if kind == "network" else Power("poles")


@cache
def _generator_names() -> dict[str, int]:
    """What gives or keeps power, with how often each is tried."""
    weights = {"generator": 6, "solar-panel": 3, "accumulator": 1}
    return {name: weights[found.type] for name, found in load_table().entities.items() if found.type in weights}


def _generators(canvas: Canvas) -> float:
    """From too little to more than enough: steam engines, turbines, panels in a fixed light, accumulators; in watts."""
    wanted_w = sum(
        entity.prototype.energy.power_w
        for entity in canvas.entities
        if entity.prototype.electric and entity.prototype.energy is not None
    )
    wanted_w *= canvas.rng.choice((0.4, 0.8, 1.5, 3.0))
    given_w = 0.0
    names = _generator_names()
    for _ in range(150):
        if given_w >= wanted_w:
            break
        name = canvas.rng.choices(list(names), list(names.values()))[0]
        entity = Entity(name, *canvas.spot(), canvas.rng.choice((0, 4)) if names[name] == 6 else 0)
        if entity.prototype.solar is not None:
            entity = replace(entity, light=canvas.rng.choice((0.5, 1.0)))
        if canvas.attempt(partial(_stand, canvas, entity)):
            given_w += _watts(entity)
    return given_w


def _stand(canvas: Canvas, entity: Entity) -> bool:
    if not canvas.put(entity):
        return False
    return entity.prototype.generator is None or plumbing.bring_steam(canvas, entity, machines.grow_machine)


def _watts(entity: Entity) -> float:
    """What a generator gives, roughly; an accumulator gives nothing."""
    if entity.prototype.solar is not None:
        return entity.prototype.solar.power_w * (entity.light or 0)
    return 900_000.0 if entity.prototype.generator is not None else 0.0


def _supplied(canvas: Canvas, tiles: list[tuple[int, int]]) -> bool:
    return any(
        abs(x + 0.5 - (pole.x + pole.size[0] / 2)) < data.supply_area_distance + 0.5
        and abs(y + 0.5 - (pole.y + pole.size[1] / 2)) < data.supply_area_distance + 0.5
        for pole in canvas.entities
        if (data := pole.prototype.pole) is not None
        for x, y in tiles
    )


def _pole_near(canvas: Canvas, tiles: list[tuple[int, int]]) -> None:
    """A pole whose area touches one of the tiles, unless there is one."""
    if _supplied(canvas, tiles):
        return
    names = [name for name, found in load_table().entities.items() if found.pole is not None]
    x, y = tiles[0]
    for _ in range(60):
        name = canvas.rng.choice(names)
        prototype = load_table().entity(name)
        assert prototype.pole is not None
        reach = int(prototype.pole.supply_area_distance)
        width, height = size_of(name, 0)
        place = x + canvas.rng.randint(-reach, reach), y + canvas.rng.randint(-reach, reach)
        if canvas.free(*((place[0] + dx, place[1] + dy) for dx in range(width) for dy in range(height))):
            canvas.put(Entity(name, *place))
            return
