"""Smelting: columns of stone, steel and electric furnaces, one- and two-sided, and steel by direct insertion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designs.sheet import ARM_RATE, Design, Sheet, crafts_per_second

from factorion_cli.factory.geometry import EAST, NORTH, SOUTH
from factorion_cli.prototypes import load_table

CATEGORY = "smelting"
STONE, STEEL, ELECTRIC = "stone-furnace", "steel-furnace", "electric-furnace"
SMELTED = {"iron-ore": "iron-plate", "copper-ore": "copper-plate", "stone": "stone-brick", "iron-plate": "steel-plate"}
WORDS = {
    "iron-ore": "iron ore to iron plates",
    "copper-ore": "copper ore to copper plates",
    "stone": "stone to stone bricks",
    "iron-plate": "iron plates to steel plates",
}
LANE = 7.5


@dataclass(frozen=True, slots=True)
class Column:
    """A smelting column: `per_side` furnaces along the feed, on one side or on both sides of the output belt."""

    furnace: str
    ore: str
    per_side: int
    sides: int = 1
    arm: str = "inserter"
    fuel: str = "coal"
    far_fuel: bool = False
    tier: str = "transport-belt"
    turns: int = 0

    @property
    def burner(self) -> bool:
        """Whether the furnaces burn fuel."""
        machine = load_table().entity(self.furnace).machine
        return machine is not None and machine.burner

    @property
    def size(self) -> int:
        """Side of a furnace in tiles."""
        return load_table().entity(self.furnace).width

    @property
    def arm_column(self) -> int:
        """Column of a furnace at which its arms stand; beside them there is room for poles."""
        return 1 if self.size == 3 else 0

    @property
    def label(self) -> str:
        """What it does, for people and for the inference of items."""
        sides = "two-sided " if self.sides == 2 else ""
        fuel = f" with {self.fuel}" + (" on a far belt" if self.far_fuel else "") if self.burner else ""
        count = self.per_side * self.sides
        return f"{sides}smelting of {WORDS[self.ore]}{fuel}, {count} {self.furnace.replace('-', ' ')}s"

    @property
    def rate(self) -> float:
        """Plates per second: the furnaces, unless an arm or the lane of an output belt holds them back."""
        plate = SMELTED[self.ore]
        per_ore = load_table().recipe(plate).ingredients[0].amount
        each = min(crafts_per_second(plate, self.furnace), ARM_RATE[self.arm] / per_ore)
        return self.sides * min(each * self.per_side, LANE * (2 if self.tier.startswith("fast") else 1))


def _feed(sheet: Sheet, column: Column, y: int, away: int) -> None:
    """The feed line at row y. `away` (NORTH or SOUTH) is the side without furnaces, where fuel comes from.

    Ore fills both lanes for electric furnaces; for burners fuel comes on the lane of a side-load, or on a belt of its
    own beyond the ore that long-handed arms reach.
    """
    last = column.per_side * column.size - 1
    up = -1 if away == NORTH else 1
    if not column.burner:
        sheet.run((-2, y), (last, y), source=column.ore)
    elif column.far_fuel:
        sheet.run((-1, y), (last, y), source=column.ore)
        sheet.run((0, y + up), (last, y + up), source=column.fuel)
    else:
        sheet.run((-2, y), (last, y))
        sheet.run((-2, y + 2 * up), (-2, y + up), source=column.fuel)
        sheet.run((-2, y - 2 * up), (-2, y - up), source=column.ore)


def _furnaces(sheet: Sheet, column: Column, feed_y: int, down: int) -> None:
    """Arms and furnaces between the feed at `feed_y` and the output belt; `down` is the way from feed to output."""
    sign = 1 if down == SOUTH else -1
    size = column.size
    top = feed_y + 2 if sign == 1 else feed_y - 1 - size
    for index in range(column.per_side):
        x = index * size
        sheet.machine(column.furnace, x, top)
        sheet.arm(x + column.arm_column, feed_y + sign, down, column.arm)
        if column.far_fuel:
            sheet.arm(x + 1, feed_y + sign, down, "long-handed-inserter")
        sheet.arm(x + column.arm_column, feed_y + sign * (2 + size), down, "inserter")


def smelting_column(column: Column) -> Design:
    """Feed, arms, furnaces, arms, output belt; two-sided columns mirror it about the output belt."""
    sheet = Sheet(column.tier)
    out_y = 3 + column.size
    _feed(sheet, column, 0, NORTH)
    _furnaces(sheet, column, 0, SOUTH)
    if column.sides == 2:
        _feed(sheet, column, 2 * out_y, SOUTH)
        _furnaces(sheet, column, 2 * out_y, NORTH)
    sheet.run((column.arm_column, out_y), (column.per_side * column.size, out_y), sink=SMELTED[column.ore])
    sheet.electrify("medium-electric-pole")
    return sheet.finish(CATEGORY, column.label, column.rate, turns=column.turns)


def shared_feed_column(furnace: str, ore: str, per_side: int, turns: int) -> Design:
    """Electric furnaces on both sides of one feed line, each side with an output belt of its own."""
    sheet = Sheet()
    size = load_table().entity(furnace).width
    last = per_side * size - 1
    plate = SMELTED[ore]
    sheet.run((-2, 0), (last, 0), source=ore)
    for side, away in ((-1, NORTH), (1, SOUTH)):
        for index in range(per_side):
            x = index * size
            sheet.machine(furnace, x, 2 if side == 1 else -1 - size)
            sheet.arm(x + 1, side, away, "inserter")
            sheet.arm(x + 1, side * (2 + size), away, "inserter")
        sheet.run((1, side * (3 + size)), (last + 1, side * (3 + size)), sink=plate)
    sheet.electrify("medium-electric-pole")
    label = f"smelting of {WORDS[ore]} from one shared belt, {2 * per_side} {furnace.replace('-', ' ')}s"
    return sheet.finish(CATEGORY, label, 2 * per_side * crafts_per_second(plate, furnace), turns=turns)


def steel_cascade(pairs: int, turns: int) -> Design:
    """Iron ore to steel: each electric furnace hands its plates straight to a second one."""
    sheet = Sheet()
    sheet.run((-1, 0), (3 * pairs - 1, 0), source="iron-ore")
    for index in range(pairs):
        x = 3 * index
        sheet.arm(x + 1, 1, SOUTH)
        sheet.machine(ELECTRIC, x, 2)
        sheet.arm(x + 1, 5, SOUTH)
        sheet.machine(ELECTRIC, x, 6)
        sheet.arm(x + 1, 9, SOUTH)
    sheet.run((1, 10), (3 * pairs, 10), sink="steel-plate")
    sheet.electrify("medium-electric-pole")
    label = f"direct insertion from iron ore to iron plates to steel plates, {pairs} pairs of electric furnaces"
    return sheet.finish(CATEGORY, label, pairs * crafts_per_second("steel-plate", ELECTRIC), turns=turns)


def furnace_between_chests(furnace: str, ore: str, count: int) -> Design:
    """Furnaces fed from a chest each and emptied into a chest each, side by side."""
    sheet = Sheet()
    size = load_table().entity(furnace).width
    for index in range(count):
        y = index * size
        sheet.giving_chest(0, y, ore)
        sheet.arm(1, y, EAST)
        sheet.machine(furnace, 2, y)
        sheet.arm(2 + size, y, EAST)
        sheet.taking_chest(3 + size, y, SMELTED[ore])
    sheet.electrify("medium-electric-pole")
    label = f"smelting of {WORDS[ore]} between chests, {count} {furnace.replace('-', ' ')}s"
    return sheet.finish(CATEGORY, label, count * crafts_per_second(SMELTED[ore], furnace))


_COLUMNS = [
    Column(STONE, "iron-ore", 6),
    Column(STONE, "iron-ore", 12, sides=2),
    Column(STONE, "copper-ore", 8, turns=1),
    Column(STONE, "copper-ore", 10, sides=2, turns=3),
    Column(STONE, "stone", 9, turns=2),
    Column(STONE, "iron-plate", 7, turns=1),
    Column(STONE, "iron-ore", 5, far_fuel=True),
    Column(STEEL, "iron-ore", 10, sides=2, turns=1),
    Column(STEEL, "copper-ore", 6, sides=1),
    Column(STEEL, "stone", 4, sides=2, arm="fast-inserter"),
    Column(STEEL, "copper-ore", 7, far_fuel=True, turns=2),
    Column(STEEL, "iron-plate", 12, sides=2, turns=2),
    Column(ELECTRIC, "iron-ore", 6, turns=1),
    Column(ELECTRIC, "copper-ore", 8, sides=2),
    Column(ELECTRIC, "stone", 5, arm="fast-inserter"),
    Column(ELECTRIC, "iron-plate", 5, sides=2, turns=3),
]


def designs() -> Iterator[Design]:
    """Every smelting design."""
    for column in _COLUMNS:
        yield smelting_column(column)
    yield shared_feed_column(ELECTRIC, "iron-ore", 4, turns=0)
    yield shared_feed_column(ELECTRIC, "copper-ore", 3, turns=1)
    yield steel_cascade(6, turns=0)
    yield furnace_between_chests(ELECTRIC, "copper-ore", 3)
