"""How a random factory is powered, and its poles."""

from __future__ import annotations

from factorion_cli.factory import Entity, Power
from factorion_cli.factory.footprints import size_of
from factorion_cli.prototypes import load_table
from tests.factories.canvas import Canvas

_OUT_OF_REACH = 0.03
"""Share of the electric entities for which no pole is sought."""


def energise(canvas: Canvas) -> Power:
    """Endless power, poles that leave a few entities dark, or partial power."""
    kind = canvas.rng.choices(("unlimited", "poles", "satisfaction"), (6, 3, 1))[0]
    if kind == "satisfaction":
        return Power("satisfaction", canvas.rng.choice((0.25, 0.5, 0.75, 0.9, 1.0)))
    if kind == "poles":
        for entity in list(canvas.entities):
            if entity.prototype.electric and not canvas.chance(_OUT_OF_REACH):
                _pole_near(canvas, list(entity.tiles()))
        return Power("poles")
    return Power()


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
