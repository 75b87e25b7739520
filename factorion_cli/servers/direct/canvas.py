"""The map of eight channels, drawn once for a large part of a surface and cut out around the character.

The bytes are those of mod/scripts/local_map.lua, which says what they mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.surface import Surface
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.observations import CHANNELS, SIZE, Cells

TERRAIN, RESOURCE, LOOSE_THING, STRUCTURE, POWER, LOGISTICS, THREAT, ACCESS = range(CHANNELS)
SIDE = 4 * SIZE
"""Tiles along a side of the canvas."""

RESOURCES = {"iron-ore": 1, "copper-ore": 2, "coal": 3, "stone": 4, "uranium-ore": 5, "crude-oil": 6}
OTHER_RESOURCE = 7
STRUCTURES = {
    "transport-belt": 1, "underground-belt": 2, "splitter": 3, "inserter": 4, "assembling-machine": 5, "furnace": 6,
    "mining-drill": 7, "container": 8, "logistic-container": 8, "infinity-container": 8, "electric-pole": 9,
    "boiler": 10, "generator": 10, "solar-panel": 10, "accumulator": 10, "lab": 11, "pipe": 12, "pipe-to-ground": 12,
    "storage-tank": 12, "pump": 12, "offshore-pump": 12, "loader": 13, "loader-1x1": 13,
}  # fmt: skip
OTHER_STRUCTURE = 14
LOOSE = {"tree": 1, "simple-entity": 2, "cliff": 2, "item-entity": 3, "character": 4}
BELTS = frozenset(("transport-belt", "underground-belt", "splitter"))
WALKABLE = BELTS | {"item-entity", "character"}


@dataclass(slots=True)
class Canvas:
    """A square of SIDE tiles of a surface; `left` and `top` are its first tile."""

    left: int
    top: int
    cells: Cells

    def covers(self, left: int, top: int) -> bool:
        """Whether the map whose first tile this is lies within."""
        return self.left <= left <= self.left + SIDE - SIZE and self.top <= top <= self.top + SIDE - SIZE

    def cut(self, left: int, top: int) -> Cells:
        """A map of its own, (SIZE, SIZE, CHANNELS)."""
        x, y = left - self.left, top - self.top
        return self.cells[y : y + SIZE, x : x + SIZE].copy()


def draw(game: Game, surface: Surface, force: str, things: Iterable[Thing], left: int, top: int) -> Canvas:
    """The map around a map: its ground, ore and `things` (all but resources and the agent)."""
    canvas = Canvas(left - (SIDE - SIZE) // 2, top - (SIDE - SIZE) // 2, np.zeros((SIDE, SIDE, CHANNELS), np.uint8))
    cells = canvas.cells
    cells[..., ACCESS] = 1
    for (x, y), name in surface.tiles.items():
        if "water" in name and 0 <= x - canvas.left < SIDE and 0 <= y - canvas.top < SIDE:
            cells[y - canvas.top, x - canvas.left, [TERRAIN, ACCESS]] = 1, 0
    for (x, y), number in surface.ores.items():
        if 0 <= x - canvas.left < SIDE and 0 <= y - canvas.top < SIDE:
            cells[y - canvas.top, x - canvas.left, RESOURCE] = RESOURCES.get(game.things[number].name, OTHER_RESOURCE)
    for thing in things:
        _lay(canvas, surface, thing, force)
    return canvas


def _lay(canvas: Canvas, surface: Surface, thing: Thing, force: str) -> None:
    prototype = load_table().entities.get(thing.base)
    width, height = (1, 1) if prototype is None else (prototype.width, prototype.height)
    if width != height and thing.direction % 8 == 4:
        width, height = height, width
    x0 = math.floor(thing.x - width / 2 + 0.5) - canvas.left
    y0 = math.floor(thing.y - height / 2 + 0.5) - canvas.top
    area = canvas.cells[max(y0, 0) : max(y0 + height, 0), max(x0, 0) : max(x0 + width, 0)]
    if thing.type in LOOSE:
        area[..., LOOSE_THING] = LOOSE[thing.type]
    elif thing.force == force:
        area[..., STRUCTURE] = STRUCTURES.get(thing.type, OTHER_STRUCTURE)
        for channel, code in ((POWER, _power(surface, thing)), (LOGISTICS, _logistics(thing))):
            if code:
                area[..., channel] = code
    elif thing.force != "neutral":
        area[..., THREAT] = 1
    if thing.type not in WALKABLE or (thing.type in BELTS and thing.force != force):
        area[..., ACCESS] = 0


def _power(surface: Surface, thing: Thing) -> int:
    if thing.type == "electric-pole":
        return 1
    prototype = load_table().entities.get(thing.base)
    if prototype is None or not prototype.electric:
        return 0
    return 2 if surface.is_powered(thing) else 3


def _logistics(thing: Thing) -> int:
    if thing.type in BELTS:
        return 1 + thing.direction // 4
    return 5 + thing.direction // 4 if thing.type == "inserter" else 0
