"""Factories of any size for benches: everything in them works."""

from __future__ import annotations

from dataclasses import dataclass, field

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, WEST

BAND_WIDTH, BAND_HEIGHT = 32, 8
BANDS_PER_COLUMN = 16


@dataclass(slots=True)
class _Sheet:
    entities: list[Entity] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)

    def belts(self, x: int, y: int, count: int, heading: int) -> None:
        """A row of belts from `x` on, eastwards."""
        self.entities += [Entity("transport-belt", x + step, y, heading) for step in range(count)]

    def source(self, x: int, y: int, item: str, heading: int = EAST) -> None:
        """Both lanes of one item."""
        self.sources.append(Source(f"S{len(self.sources)}", "belt", x, y, item, heading))

    def sink(self, x: int, y: int, item: str, heading: int = EAST) -> None:
        """Takes what the belt before it brings."""
        self.sinks.append(Sink(f"K{len(self.sinks)}", "belt", x, y, item, heading))

    def factory(self, name: str, width: int, height: int) -> Factory:
        """What is drawn."""
        return Factory(width, height, tuple(self.entities), tuple(self.sources), tuple(self.sinks), id=name)


def works(entities: int) -> Factory:
    """About `entities` of them: bands of ten furnaces, of gear machines, and of circuits, side by side.

    A band is 32x8 tiles and has 92 to 102 entities; every machine in it works all the time or most of it.
    """
    sheet = _Sheet()
    number = 0
    while len(sheet.entities) < entities:
        column, row = divmod(number, BANDS_PER_COLUMN)
        _BANDS[number % len(_BANDS)](sheet, column * BAND_WIDTH, row * BAND_HEIGHT)
        number += 1
    del sheet.entities[entities:]
    columns = -(-number // BANDS_PER_COLUMN)
    rows = min(number, BANDS_PER_COLUMN)
    return sheet.factory(f"works-{entities}", columns * BAND_WIDTH, rows * BAND_HEIGHT)


def _smelting(sheet: _Sheet, left: int, top: int) -> None:
    sheet.source(left, top, "iron-ore")
    sheet.belts(left + 1, top, 31, EAST)
    _row(sheet, left, top + 1, "electric-furnace", None, "inserter")
    sheet.belts(left, top + 6, 31, EAST)
    sheet.sink(left + 31, top + 6, "iron-plate")


def _gears(sheet: _Sheet, left: int, top: int) -> None:
    sheet.source(left, top, "iron-plate")
    sheet.belts(left + 1, top, 31, EAST)
    _row(sheet, left, top + 1, "assembling-machine-2", "iron-gear-wheel", "fast-inserter")
    sheet.belts(left + 1, top + 6, 31, WEST)
    sheet.sink(left, top + 6, "iron-gear-wheel", WEST)


def _circuits(sheet: _Sheet, left: int, top: int) -> None:
    """Two belts above: cable on the far one, for long-handed arms, plates on the near one."""
    sheet.source(left, top, "copper-cable")
    sheet.belts(left + 1, top, 31, EAST)
    sheet.source(left, top + 1, "iron-plate")
    sheet.belts(left + 1, top + 1, 31, EAST)
    _row(sheet, left, top + 2, "assembling-machine-1", "electronic-circuit", "inserter")
    sheet.entities += [Entity("long-handed-inserter", x + 2, top + 2, NORTH) for x in range(left + 1, left + 31, 3)]
    sheet.belts(left, top + 7, 31, EAST)
    sheet.sink(left + 31, top + 7, "electronic-circuit")


def _row(sheet: _Sheet, left: int, top: int, machine: str, recipe: str | None, arm: str) -> None:
    """Ten machines with an arm above and one below each."""
    for x in range(left + 1, left + 31, 3):
        sheet.entities += [
            Entity(arm, x, top, NORTH),
            Entity(machine, x, top + 1, recipe=recipe),
            Entity(arm, x, top + 4, NORTH),
        ]


_BANDS = (_smelting, _gears, _circuits)


def small_works() -> Factory:
    """60 entities on 11x11 tiles: three circuit machines fed from two belts, and a line that turns back."""
    sheet = _Sheet()
    sheet.source(0, 0, "copper-cable")
    sheet.belts(1, 0, 10, EAST)
    sheet.source(0, 1, "iron-plate")
    sheet.belts(1, 1, 10, EAST)
    for x in (1, 4, 7):
        sheet.entities += [
            Entity("inserter", x, 2, NORTH),
            Entity("long-handed-inserter", x + 2, 2, NORTH),
            Entity("assembling-machine-1", x, 3, recipe="electronic-circuit"),
            Entity("inserter", x, 6, NORTH),
        ]
    sheet.belts(0, 7, 10, EAST)
    sheet.sink(10, 7, "electronic-circuit")
    sheet.source(2, 9, "stone")
    sheet.belts(3, 9, 7, EAST)
    sheet.entities.append(Entity("transport-belt", 10, 9, 8))
    sheet.belts(1, 10, 10, WEST)
    sheet.sink(0, 10, "stone", WEST)
    return sheet.factory("small-works", 11, 11)
