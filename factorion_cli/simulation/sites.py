"""Factories that are built on: what they become with single entities added is put together from known rows.

Most of what a row says depends on its entity alone (`batch_moves` has the exceptions). So each factory that is begun
from, a site, and each way in which an entity can be put down, a piece, is read once; compiled code joins them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import GridArray, IntArray
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.footprints import size_of
from factorion_cli.simulation.batch import MACHINE, POLE, ROW, SPAN, FactoryBatch, item_numbers, records_of
from factorion_cli.simulation.batch_building import BatchBuilder, filter_numbers
from factorion_cli.simulation.batch_stock import Stock
from factorion_cli.simulation.growing import Growing
from factorion_cli.simulation.layout import RecordArray
from factorion_cli.simulation.piping import has_boxes
from factorion_cli.simulation.powering import satisfaction
from factorion_cli.simulation.precedence import arm_trait
from factorion_cli.simulation.site_ground import sleeping, survey
from factorion_cli.simulation.wiring import LOADER_TYPES

APART, BOXED, WET, STATION, LIGHTS, MAKES, SLEEPS = (1 << bit for bit in range(7))
"""What a site, a piece or a row of a site is, as bits.

APART: it has to be read as part of its factory, always. BOXED: it has boxes for fluids; WET: fluids go through them, so
that what stands beside it matters. STATION: beacons act on it. LIGHTS: it decides which beacons have power. MAKES: it
makes something of nothing that belts or arms bring. SLEEPS: it wants electricity, and no pole of the site brings it.
"""

SITE = np.dtype(
    [
        (name, np.int32)
        for name in (
            "marks", "first", "end", "first_item", "end_item", "first_choice", "end_choice", "first_want",
            "poles", "sinks", "nodes", "elements", "hands", "beacons", "width", "height", "first_tile", "passes",
        )
    ],
    align=True,
)  # fmt: skip
"""A site: its rows, items, the choices of its furnaces and the items that its sinks want, what SPAN says of it, and its
tiles (`site_ground`)."""

PIECE = np.dtype(
    [
        (name, np.int32)
        for name in ("marks", "rows", "first_item", "end_item", "choice", "outlet", "nodes", "elements", "hands")
    ],
    align=True,
)
"""A piece: whether it has a row (its own number among the rows), its items, its `choice` (-1: none); with an `outlet`
its row says where that is."""


TURNS = (4, 8, 12)
"""Directions besides north."""


class SiteArrays(NamedTuple):
    """What the kernels read: `sites` and all they point into; `marks` goes by row and `ground` by tile."""

    sites: RecordArray
    rows: RecordArray
    marks: IntArray
    items: IntArray
    choices: IntArray
    wants: IntArray
    ground: GridArray


class PieceArrays(NamedTuple):
    """What the kernels read: `pieces`, a row for each, standing at tile 0, 0, and their items."""

    pieces: RecordArray
    rows: RecordArray
    items: IntArray


class Tables(NamedTuple):
    """Sites and pieces, with the plans, choices and fuels that their rows name, and the size of the largest site."""

    sites: SiteArrays
    pieces: PieceArrays
    stock: tuple[RecordArray, IntArray, NDArray[np.float64]]
    most_rows: int
    most_sinks: int


class Sites:
    """All sites and pieces that were met.

    What is once known keeps its number. Rows name plans of the one stock.
    """

    def __init__(self) -> None:
        self.stock = Stock()
        self._sites, self._rows, self._marks = Growing(SITE), Growing(ROW), Growing(np.int32)
        self._items, self._choices, self._wants = (Growing(np.int32) for _ in range(3))
        self._ground = Growing(np.int16)
        self._pieces, self._piece_rows, self._piece_items = Growing(PIECE), Growing(ROW), Growing(np.int32)
        self._known: dict[tuple[object, ...], int] = {}
        self._most_rows = self._most_sinks = 0

    def tables(self) -> Tables:
        """All there is by now."""
        parts = (self._sites, self._rows, self._marks, self._items, self._choices, self._wants, self._ground)
        return Tables(
            sites=SiteArrays(*(part.array for part in parts)),
            pieces=PieceArrays(self._pieces.array, self._piece_rows.array, self._piece_items.array),
            stock=self.stock.arrays(),
            most_rows=self._most_rows,
            most_sinks=self._most_sinks,
        )

    def site(self, factory: Factory) -> int:
        """The number of a new site."""
        if _reads_as_one(factory):
            return self._sites.extend(_records(SITE, marks=APART))
        builder = BatchBuilder(self.stock)
        try:
            builder.add(factory)
        except FactorionError:
            # Whoever measures what becomes of it will be told.
            return self._sites.extend(_records(SITE, marks=APART))
        own = builder.batch((factory,))
        if own.energies or builder.links:
            return self._sites.extend(_records(SITE, marks=APART))
        return self._add_site(factory, own, builder)

    def _add_site(self, factory: Factory, own: FactoryBatch, builder: BatchBuilder) -> int:
        rows, span = own.rows[: len(builder.rows)], own.spans[0]
        self._most_rows = max(self._most_rows, len(rows))
        self._most_sinks = max(self._most_sinks, len(factory.sinks))
        makes = [self._makes_of_nothing(row) for row in builder.rows]
        sleeps = sleeping(rows) if span["poles"] else np.zeros(len(rows), np.bool_)
        marks = [
            MAKES * made + SLEEPS * int(asleep) + self._fluid_marks(factory, row)
            for row, made, asleep in zip(builder.rows, makes, sleeps, strict=True)
        ]
        first = self._rows.extend(rows)
        self._marks.extend(marks)
        first_item = self._items.extend(builder.items)
        choices = sorted({int(row["choice"]) for row in rows if row["kind"] == MACHINE and row["choice"] >= 0})
        first_choice = self._choices.extend(choices)
        ground, passes = survey(rows, makes, sleeps.tolist(), factory.width, factory.height)
        wants = [-1 if sink.item is None else item_numbers().get(sink.item, -2) for sink in factory.sinks]
        return self._sites.extend(
            _records(
                SITE,
                first=first,
                end=first + len(rows),
                first_item=first_item,
                end_item=first_item + len(builder.items),
                first_choice=first_choice,
                end_choice=first_choice + len(choices),
                first_want=self._wants.extend(wants),
                beacons=int(any(entity.prototype.beacon is not None for entity in factory.entities)),
                width=factory.width,
                height=factory.height,
                first_tile=self._ground.extend(ground),
                passes=int(passes),
                **{name: int(span[name]) for name in ("poles", "sinks", "nodes", "elements", "hands")},
            )
        )

    def piece(self, entity: Entity, factory: Factory) -> int:
        """The number of what such an entity, wherever it stands, is in what becomes of this factory.

        That of an entity facing north; facing east, south and west it has the three numbers after that.
        """
        alone = replace(entity, x=0, y=0, direction=0)
        key = (alone, factory.power.mode, factory.power.value, tuple(sorted(factory.research.items())))
        if key not in self._known:
            if entity.prototype.inserter is not None and entity.filters:
                self._known[key] = self._filtering(alone, factory)
            else:
                self._known[key] = self._turning(alone, factory)
        return self._known[key]

    def _turning(self, entity: Entity, factory: Factory) -> int:
        """The pieces of what can face four ways."""
        ground = Factory(*entity.size, (entity,), power=factory.power, research=factory.research)
        first = self._read(ground)
        if entity.prototype.type in LOADER_TYPES:
            # Where the other half of a loader lies is another tile each time.
            for direction in TURNS:
                turned = replace(entity, direction=direction)
                self._read(replace(ground, width=turned.size[0], height=turned.size[1], entities=(turned,)))
            return first
        rows = self._piece_rows.array[[first] * len(TURNS)]
        rows["direction"] = TURNS
        for side, name in enumerate(("width", "height")):
            rows[name] = [size_of(entity.name, direction)[side] for direction in TURNS]
        self._piece_rows.extend(rows)
        self._pieces.extend(self._pieces.array[[first] * len(TURNS)])
        return first

    def _read(self, alone: Factory) -> int:
        entity, builder = alone.entities[0], BatchBuilder(self.stock)
        around = entity.prototype.drill is not None or entity.prototype.beacon is not None
        marks = APART if around or _reads_as_one(alone) else 0
        try:
            builder.add(alone)
        except FactorionError:
            marks = APART
        if marks or not builder.rows:
            # Things that only stand there have no row.
            self._piece_rows.extend(np.zeros(1, ROW))
            return self._pieces.extend(_records(PIECE, marks=marks, choice=-1))
        row, span = builder.rows[0], dict(zip(SPAN.names or (), builder.spans[0], strict=True))
        machine = row["kind"] == MACHINE
        marks = self._fluid_marks(alone, {**row, "index": 0}) | MAKES * self._makes_of_nothing(row)
        marks |= STATION if machine else LIGHTS if row["kind"] == POLE else 0
        first_item = self._piece_items.extend(builder.items)
        self._piece_rows.extend(records_of(ROW, builder.rows))
        return self._pieces.extend(
            _records(
                PIECE,
                marks=marks,
                rows=1,
                first_item=first_item,
                end_item=first_item + len(builder.items),
                choice=row["choice"] if machine else -1,
                outlet=int("outlet_x" in row),
                **{name: span[name] for name in ("nodes", "elements", "hands")},
            )
        )

    def _filtering(self, entity: Entity, factory: Factory) -> int:
        """The pieces of an arm with filters: those of one without, but for them."""
        plain = self.piece(replace(entity, filters=()), factory)
        turns = slice(plain, plain + 1 + len(TURNS))
        rows = self._piece_rows.array[turns].copy()
        rows["filters"], rows["trait"] = filter_numbers(entity.filters), arm_trait(entity)
        self._piece_rows.extend(rows)
        return self._pieces.extend(self._pieces.array[turns].copy())

    def _makes_of_nothing(self, row: Mapping[str, Any]) -> bool:
        return row["kind"] == MACHINE and row["plan"] >= 0 and self.stock.makes_of_nothing(row["plan"])

    def _fluid_marks(self, factory: Factory, row: Mapping[str, Any]) -> int:
        """BOXED and WET of a row of this factory."""
        if row["kind"] != MACHINE or not has_boxes(factory.entities[row["index"]]):
            return 0
        wet = row["plan"] >= 0 and not row["free_fluids"] and self.stock.is_wet(row["plan"])
        return BOXED | (WET if wet else 0)


def _records(kind: np.dtype[np.void], **values: int) -> RecordArray:
    made = np.zeros(1, kind)
    for name, value in values.items():
        made[name] = value
    return made


def _reads_as_one(factory: Factory) -> bool:
    """Whether more than single rows changes with what is added: fluids on their way, labs, heat, networks."""
    if factory.power.mode == "network" or satisfaction(factory) <= 0:
        return True
    for entity in factory.entities:
        prototype = entity.prototype
        if entity.count > 1 or prototype.lab is not None or prototype.heats:
            return True
        if has_boxes(entity) and prototype.machine is None and prototype.drill is None:
            return True
    return False
