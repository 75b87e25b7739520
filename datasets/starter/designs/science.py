"""Science packs and ammunition: rows, and cells that make the parts in place."""

from __future__ import annotations

from collections.abc import Iterator

from designs.rows import Row, assembler_row, feed
from designs.sheet import Design, Sheet, crafts_per_second, label_count

from factorion_cli.factory.geometry import EAST, SOUTH, WEST

SCIENCE, MILITARY = "science", "military"
AM1, AM2 = "assembling-machine-1", "assembling-machine-2"
FAST, LONG = "fast-inserter", "long-handed-inserter"

_ROWS = [
    Row(SCIENCE, "automation-science-pack", 5, ("copper-plate", "iron-gear-wheel")),
    Row(SCIENCE, "automation-science-pack", 5, ("iron-gear-wheel",), "copper-plate", sides=2, turns=1),
    Row(SCIENCE, "logistic-science-pack", 6, ("inserter", "transport-belt")),
    Row(SCIENCE, "logistic-science-pack", 4, ("transport-belt",), "inserter", machine=AM2, sides=2, turns=3),
    Row(SCIENCE, "military-science-pack", 5, ("piercing-rounds-magazine", "grenade"), "stone-wall", turns=1),
    Row(SCIENCE, "chemical-science-pack", 4, ("engine-unit", "advanced-circuit"), "sulfur", machine=AM2),
    Row(SCIENCE, "chemical-science-pack", 5, ("advanced-circuit", "sulfur"), "engine-unit", machine=AM2, sides=2),
    Row(MILITARY, "firearm-magazine", 4, ("iron-plate",), near_arm=FAST),
    Row(MILITARY, "piercing-rounds-magazine", 5, ("firearm-magazine", "steel-plate"), "copper-plate", turns=2),
    Row(MILITARY, "grenade", 4, ("iron-plate", "coal"), near_arm=FAST, turns=1),
    Row(MILITARY, "shotgun-shell", 4, ("copper-plate", "iron-plate"), sides=2),
    Row(MILITARY, "gun-turret", 3, ("iron-plate", "iron-gear-wheel"), "copper-plate", near_arm=FAST, turns=3),
    Row(MILITARY, "stone-wall", 2, ("stone-brick",), near_arm=FAST),
]


def automation_cell(cells: int, turns: int) -> Design:
    """One gear assembler between two science assemblers that it serves by hand."""
    sheet = Sheet()
    width = 12 * cells
    feed(sheet, ("iron-plate", "copper-plate"), 0, width - 2, -1)
    for x in range(0, width, 12):
        sheet.machine(AM1, x, 2, "automation-science-pack")
        sheet.machine(AM1, x + 4, 2, "iron-gear-wheel")
        sheet.machine(AM1, x + 8, 2, "automation-science-pack")
        for column in (1, 5, 9):
            sheet.arm(x + column, 1, SOUTH)
        sheet.arm(x + 3, 3, WEST)
        sheet.arm(x + 7, 3, EAST)
        sheet.arm(x + 1, 5, SOUTH)
        sheet.arm(x + 9, 5, SOUTH)
    sheet.run((1, 6), (width, 6), sink="automation-science-pack")
    sheet.electrify()
    rate = 2 * cells * crafts_per_second("automation-science-pack", AM1)
    label = f"automation science pack from iron plate and copper plate, {label_count(cells, 'cell')} around a gear"
    return sheet.finish(SCIENCE, label, rate, turns=turns)


def logistic_cell(turns: int) -> Design:
    """Inserters from one side and belts from the other, made in place, meet in a logistic science assembler."""
    sheet = Sheet()
    feed(sheet, ("iron-plate", "iron-gear-wheel"), 0, 10, -1)
    sheet.run((0, -1), (2, -1), source="electronic-circuit")
    sheet.machine(AM1, 0, 2, "inserter")
    sheet.arm(0, 1, SOUTH)
    sheet.arm(1, 1, SOUTH, LONG)
    sheet.machine(AM1, 4, 2, "logistic-science-pack")
    sheet.machine(AM1, 8, 2, "transport-belt")
    sheet.arm(9, 1, SOUTH)
    sheet.arm(3, 3, EAST)
    sheet.arm(7, 3, WEST)
    sheet.arm(5, 5, SOUTH)
    sheet.run((5, 6), (10, 6), sink="logistic-science-pack")
    sheet.electrify()
    label = "logistic science pack from iron plate, iron gear wheel and electronic circuit, parts in place"
    return sheet.finish(SCIENCE, label, crafts_per_second("logistic-science-pack", AM1), turns=turns)


def piercing_cell(cells: int, turns: int) -> Design:
    """A magazine assembler feeds a piercing-rounds assembler; copper comes on a far belt."""
    sheet = Sheet()
    width = 8 * cells
    feed(sheet, ("iron-plate", "steel-plate"), 0, width - 2, -1)
    sheet.run((0, -1), (width - 2, -1), source="copper-plate")
    for x in range(0, width, 8):
        sheet.machine(AM1, x, 2, "firearm-magazine")
        sheet.arm(x + 1, 1, SOUTH)
        sheet.machine(AM1, x + 4, 2, "piercing-rounds-magazine")
        sheet.arm(x + 4, 1, SOUTH)
        sheet.arm(x + 5, 1, SOUTH, LONG)
        sheet.arm(x + 3, 3, EAST)
        sheet.arm(x + 5, 5, SOUTH)
    sheet.run((5, 6), (width, 6), sink="piercing-rounds-magazine")
    sheet.electrify()
    rate = cells * crafts_per_second("piercing-rounds-magazine", AM1)
    label = f"piercing rounds magazine from iron plate, steel plate and copper plate, {label_count(cells, 'cell')}"
    return sheet.finish(MILITARY, label, rate, turns=turns)


def military_cell(turns: int) -> Design:
    """Walls pressed from bricks beside each military science assembler, the rest from belts."""
    sheet = Sheet()
    feed(sheet, ("piercing-rounds-magazine", "grenade"), 0, 10, -1)
    sheet.run((0, -1), (6, -1), source="stone-brick")
    sheet.machine(AM1, 0, 2, "military-science-pack")
    sheet.machine(AM1, 4, 2, "stone-wall")
    sheet.machine(AM1, 8, 2, "military-science-pack")
    sheet.arm(1, 1, SOUTH)
    sheet.arm(5, 1, SOUTH, LONG)
    sheet.arm(9, 1, SOUTH)
    sheet.arm(3, 3, WEST)
    sheet.arm(7, 3, EAST)
    sheet.arm(1, 5, SOUTH)
    sheet.arm(9, 5, SOUTH)
    sheet.run((1, 6), (12, 6), sink="military-science-pack")
    sheet.electrify()
    # 1.2 bricks a second make 0.24 walls, but two assemblers at half speed use 0.2 only.
    rate = 2 * crafts_per_second("military-science-pack", AM1)
    label = "military science pack from piercing rounds magazine, grenade and stone brick, walls in place"
    return sheet.finish(SCIENCE, label, rate, turns=turns)


def designs() -> Iterator[Design]:
    """Every science and military design."""
    for row in _ROWS:
        yield assembler_row(row)
    yield automation_cell(1, turns=1)
    yield automation_cell(2, turns=0)
    yield logistic_cell(turns=0)
    yield military_cell(turns=3)
    yield piercing_cell(2, turns=0)
