"""Rows of assemblers of one recipe: near and far feed lines, arms, machines, and a belt or chests for the product."""

from __future__ import annotations

from dataclasses import dataclass

from designs.sheet import ARM_RATE, Design, Sheet, crafts_per_second, ingredients

from factorion_cli.factory.geometry import NORTH, SOUTH
from factorion_cli.prototypes import load_table

LANE = 7.5
"""Items per second on one lane of a yellow belt."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `per_side` machines on one side, or on both sides, of the belt that takes the product.

    Attributes:
        category: the file it goes into.
        recipe: what every machine makes.
        per_side: machines along the feed.
        near: one item on both lanes of the near feed line, or two items, a lane each, joined at its head.
        far: item of a second feed line beyond the near one, reached by long-handed arms; empty: no such line.
        machine: the assembler.
        near_arm: arm from the near line.
        near_arms: how many of them serve a machine.
        out_arm: arm to the product's belt or chest.
        filtered: whether every arm is set to the items of its line, so that it is plain which line brings what.
        sides: 1 or 2.
        chests: whether each machine fills a chest instead of the belt.
        turns: clockwise quarter turns of the whole.
    """

    category: str
    recipe: str
    per_side: int
    near: tuple[str, ...]
    far: str = ""
    machine: str = "assembling-machine-1"
    near_arm: str = "inserter"
    near_arms: int = 1
    out_arm: str = "inserter"
    filtered: bool = False
    sides: int = 1
    chests: bool = False
    turns: int = 0

    @property
    def pitch(self) -> int:
        """Columns from one machine to the next: a free one for poles where the arms leave none."""
        return 4 if self.far and self.near_arms == 2 else 3

    @property
    def label(self) -> str:
        """What it does, for people and for the inference of items."""
        inputs = [part.replace("-", " ") for part in (*self.near, self.far) if part]
        listed = " and ".join((", ".join(inputs[:-1]), inputs[-1])) if len(inputs) > 1 else inputs[0]
        side = "two-sided row of " if self.sides == 2 else "row of "
        out = " into chests" if self.chests else ""
        count = self.per_side * self.sides
        kind = self.machine.replace("-", " ").replace("machine ", "machine " if count == 1 else "machines ")
        return f"{side}{self.recipe.replace('-', ' ')} from {listed}{out}, {count} {kind}"

    @property
    def rate(self) -> float:
        """Products per second: the slowest of the machine, its arms, the feed lanes and the lane of the output."""
        needs = ingredients(self.recipe)
        amount = load_table().recipe(self.recipe).products[0].amount
        near_need = sum(needs[item] for item in self.near)
        crafts = [
            crafts_per_second(self.recipe, self.machine) / amount,
            self.near_arms * ARM_RATE[self.near_arm] / near_need,
            ARM_RATE[self.out_arm] / amount,
            *(LANE * (3 - len(self.near)) / needs[item] / self.per_side for item in self.near),
        ]
        if self.far:
            crafts.append(ARM_RATE["long-handed-inserter"] / needs[self.far])
        each_side = min(crafts) * amount * self.per_side
        return self.sides * (each_side if self.chests else min(each_side, LANE))


def assembler_row(row: Row) -> Design:
    """Draw the row: two-sided ones mirror it about the product's belt."""
    sheet = Sheet()
    out_y = 6
    _draw_side(sheet, row, 0, SOUTH)
    if row.sides == 2:
        _draw_side(sheet, row, 2 * out_y, NORTH)
    if not row.chests:
        sheet.run((1, out_y), (row.per_side * row.pitch, out_y), sink=row.recipe)
    sheet.electrify("medium-electric-pole")
    return sheet.finish(row.category, row.label, row.rate, turns=row.turns)


def _draw_side(sheet: Sheet, row: Row, feed_y: int, down: int) -> None:
    """One side, from its near feed line at `feed_y` down to the arms that give the product away."""
    sign = 1 if down == SOUTH else -1
    last = (row.per_side - 1) * row.pitch + 2
    feed(sheet, row.near, feed_y, last, -sign)
    if row.far:
        sheet.run((0, feed_y - sign), (last, feed_y - sign), source=row.far)
    for index in range(row.per_side):
        x = index * row.pitch
        sheet.machine(row.machine, x, feed_y + 2 if sign == 1 else feed_y - 4, row.recipe)
        for column in (0, 2)[: row.near_arms]:
            sheet.arm(x + column, feed_y + sign, down, row.near_arm, filters=row.near if row.filtered else ())
        if row.far:
            filters = (row.far,) if row.filtered else ()
            sheet.arm(x + 1, feed_y + sign, down, "long-handed-inserter", filters=filters)
        sheet.arm(x + 1, feed_y + 5 * sign, down, row.out_arm)
        if row.chests:
            sheet.taking_chest(x + 1, feed_y + 6 * sign, row.recipe)


def feed(sheet: Sheet, items: tuple[str, ...], y: int, last: int, up: int, start: int = 0) -> None:
    """A feed line at row y that ends at column `last`.

    One item comes in at its head on both lanes; two are side-loaded onto its head, the first from the `up` side (-1 or
    1), so that each has a lane.
    """
    if len(items) == 1:
        sheet.run((start - 2, y), (last, y), source=items[0])
        return
    sheet.run((start - 3, y), (last, y))
    sheet.run((start - 3, y + 2 * up), (start - 3, y + up), source=items[0])
    sheet.run((start - 3, y - 2 * up), (start - 3, y - up), source=items[1])
