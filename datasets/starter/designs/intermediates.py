"""Gears, cables, circuits, pipes, engines and other intermediates: rows of assemblers and direct-insertion cells."""

from __future__ import annotations

from collections.abc import Iterator

from designs.rows import Row, assembler_row, feed
from designs.sheet import ARM_RATE, Design, Sheet, crafts_per_second, label_count

from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST

INTERMEDIATES, CIRCUITS = "intermediates", "circuits"
AM1, AM2, AM3 = "assembling-machine-1", "assembling-machine-2", "assembling-machine-3"
FAST, LONG = "fast-inserter", "long-handed-inserter"

_ROWS = [
    Row(INTERMEDIATES, "iron-gear-wheel", 4, ("iron-plate",), near_arm=FAST, out_arm=FAST),
    Row(INTERMEDIATES, "iron-gear-wheel", 2, ("iron-plate",), machine=AM2, near_arm=FAST, near_arms=2,
        out_arm=FAST, sides=2, turns=1),
    Row(INTERMEDIATES, "pipe", 4, ("iron-plate",), near_arm=FAST, out_arm=FAST, turns=3),
    Row(INTERMEDIATES, "iron-stick", 3, ("iron-plate",), near_arm=FAST, out_arm=FAST, turns=2),
    Row(INTERMEDIATES, "engine-unit", 4, ("steel-plate", "iron-gear-wheel"), "pipe", machine=AM2, turns=1),
    Row(INTERMEDIATES, "engine-unit", 5, ("pipe", "iron-gear-wheel"), "steel-plate", sides=2),
    Row(INTERMEDIATES, "low-density-structure", 3, ("copper-plate", "plastic-bar"), "steel-plate", machine=AM2,
        near_arm=FAST),
    Row(CIRCUITS, "copper-cable", 3, ("copper-plate",), near_arm=FAST, out_arm=FAST),
    Row(CIRCUITS, "copper-cable", 3, ("copper-plate",), near_arm=FAST, out_arm=FAST, sides=2, turns=1),
    Row(CIRCUITS, "electronic-circuit", 4, ("copper-cable",), "iron-plate", near_arm=FAST, near_arms=2, out_arm=FAST),
    Row(CIRCUITS, "electronic-circuit", 2, ("copper-cable", "iron-plate"), near_arm=FAST, near_arms=2,
        out_arm=FAST, turns=3),
    Row(CIRCUITS, "advanced-circuit", 6, ("copper-cable", "plastic-bar"), "electronic-circuit", near_arm=FAST),
    Row(CIRCUITS, "advanced-circuit", 5, ("electronic-circuit", "plastic-bar"), "copper-cable", machine=AM2,
        sides=2, turns=1),
    Row(CIRCUITS, "speed-module", 4, ("advanced-circuit", "electronic-circuit"), machine=AM2, turns=2),
]  # fmt: skip


def circuit_cell(cells: int, turns: int) -> Design:
    """Three cable machines that hand their cable straight to two circuit machines, the classic 3:2, side by side.

    Copper comes along the top; iron along the bottom, and beyond it the belt of circuits, which long arms reach.
    """
    sheet = Sheet()
    width = 9 * cells
    sheet.run((-1, 0), (width - 1, 0), source="copper-plate")
    for x in range(0, width, 9):
        for column in (0, 3, 6):
            sheet.arm(x + column + 1, 1, SOUTH, FAST)
            sheet.machine(AM1, x + column, 2, "copper-cable")
        for column in (1, 2, 3, 5, 6, 7):
            sheet.arm(x + column, 5, SOUTH, FAST)
        for column in (1, 5):
            sheet.machine(AM1, x + column, 6, "electronic-circuit")
            sheet.arm(x + column, 9, NORTH, FAST)
            sheet.arm(x + column + 2, 9, SOUTH, LONG)
    sheet.run((-1, 10), (width - 1, 10), source="iron-plate")
    sheet.run((3, 11), (width, 11), sink="electronic-circuit")
    sheet.electrify("medium-electric-pole")
    size = label_count(cells, "cell")
    label = f"electronic circuit from copper plate and iron plate by direct insertion of cable, {size} of 3 to 2"
    return sheet.finish(CIRCUITS, label, 2.0 * cells, turns=turns)


def small_circuit_cell(turns: int) -> Design:
    """One cable machine and one circuit machine: the cable decides, two thirds of a circuit a second."""
    sheet = Sheet()
    feed(sheet, ("copper-plate", "iron-plate"), 0, 6, -1)
    sheet.machine(AM1, 0, 2, "copper-cable")
    sheet.machine(AM1, 4, 2, "electronic-circuit")
    sheet.arm(1, 1, SOUTH, FAST)
    sheet.arm(5, 1, SOUTH, FAST)
    sheet.arm(3, 3, EAST, FAST)
    sheet.arm(5, 5, SOUTH)
    sheet.run((5, 6), (8, 6), sink="electronic-circuit")
    sheet.electrify()
    return sheet.finish(
        CIRCUITS, "small cell of electronic circuit from mixed copper plate and iron plate", 2 / 3, turns=turns
    )


def ore_to_gears(cells: int, turns: int) -> Design:
    """Two electric furnaces hand their plates to one gear assembler."""
    sheet = Sheet()
    width = 6 * cells
    sheet.run((-1, 0), (width - 1, 0), source="iron-ore")
    for x in range(0, width, 6):
        for column in (0, 3):
            sheet.arm(x + column + 1, 1, SOUTH)
            sheet.machine("electric-furnace", x + column, 2)
        sheet.arm(x + 2, 5, SOUTH)
        sheet.arm(x + 3, 5, SOUTH)
        sheet.machine(AM1, x + 2, 6, "iron-gear-wheel")
        sheet.arm(x + 3, 9, SOUTH)
    sheet.run((3, 10), (width, 10), sink="iron-gear-wheel")
    sheet.electrify("medium-electric-pole")
    rate = cells * crafts_per_second("iron-plate", "electric-furnace")
    label = f"iron gear wheel straight from iron ore, {cells} gear cells with two electric furnaces each"
    return sheet.finish(INTERMEDIATES, label, rate, turns=turns)


def engine_cell(cells: int, turns: int) -> Design:
    """A pipe assembler and a gear assembler hand their products to the engine assembler between them."""
    sheet = Sheet()
    width = 12 * cells
    feed(sheet, ("iron-plate", "steel-plate"), 0, width - 2, -1)
    for x in range(0, width, 12):
        for column, recipe in ((0, "pipe"), (4, "engine-unit"), (8, "iron-gear-wheel")):
            sheet.machine(AM1, x + column, 2, recipe)
            sheet.arm(x + column + 1, 1, SOUTH)
        sheet.arm(x + 3, 3, EAST)
        sheet.arm(x + 7, 3, WEST)
        sheet.arm(x + 5, 5, SOUTH)
    sheet.run((5, 6), (width, 6), sink="engine-unit")
    sheet.electrify("medium-electric-pole")
    label = f"engine unit from iron plate and steel plate with pipes and gears made in place, {cells} cells"
    return sheet.finish(INTERMEDIATES, label, cells * crafts_per_second("engine-unit", AM1), turns=turns)


def held_back_gears(count: int) -> Design:
    """Fast gear assemblers with a single arm to feed each: the arm decides."""
    sheet = Sheet()
    sheet.run((-1, 0), (3 * count - 1, 0), source="iron-plate")
    for index in range(count):
        x = 3 * index
        sheet.arm(x + 1, 1, SOUTH, FAST)
        sheet.machine(AM3, x, 2, "iron-gear-wheel")
        sheet.arm(x + 1, 5, SOUTH, FAST)
    sheet.run((1, 6), (3 * count - 1, 6), (3 * count - 1, 9), sink="iron-gear-wheel")
    sheet.electrify("medium-electric-pole")
    label = f"iron gear wheel from iron plate held back by one arm each, {count} assembling machines 3"
    return sheet.finish(INTERMEDIATES, label, count * ARM_RATE[FAST] / 2, tolerance=0.08)


def designs() -> Iterator[Design]:
    """Every design of intermediates and circuits."""
    for row in _ROWS:
        yield assembler_row(row)
    yield ore_to_gears(3, turns=0)
    yield engine_cell(2, turns=0)
    yield held_back_gears(3)
    yield circuit_cell(1, turns=0)
    yield circuit_cell(2, turns=1)
    yield small_circuit_cell(turns=1)
