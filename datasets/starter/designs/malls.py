"""Malls and building materials, and cells that work from chest to chest."""

from __future__ import annotations

from collections.abc import Iterator

from designs.rows import Row, assembler_row, feed
from designs.sheet import ANY, ARM_RATE, Design, Sheet, crafts_per_second, ingredients

from factorion_cli.factory.geometry import EAST, NORTH, SOUTH
from factorion_cli.prototypes import load_table

MALL, CHESTS = "malls", "chest-cells"
AM1, AM2 = "assembling-machine-1", "assembling-machine-2"
FAST, LONG = "fast-inserter", "long-handed-inserter"

_ROWS = [
    Row(MALL, "transport-belt", 3, ("iron-plate", "iron-gear-wheel"), near_arm=FAST, out_arm=FAST),
    Row(MALL, "transport-belt", 4, ("iron-plate", "iron-gear-wheel"), near_arm=FAST, chests=True, turns=1),
    Row(MALL, "fast-transport-belt", 2, ("iron-gear-wheel",), "transport-belt", near_arm=FAST),
    Row(MALL, "inserter", 3, ("iron-gear-wheel", "iron-plate"), "electronic-circuit", near_arm=FAST, out_arm=FAST),
    Row(MALL, "fast-inserter", 3, ("electronic-circuit", "iron-plate"), "inserter", near_arm=FAST, near_arms=2,
        filtered=True, chests=True, turns=2),
    Row(MALL, "long-handed-inserter", 3, ("iron-plate", "iron-gear-wheel"), "inserter", near_arm=FAST,
        out_arm=FAST, turns=3),
    Row(MALL, "underground-belt", 2, ("iron-plate", "transport-belt"), near_arm=FAST),
    Row(MALL, "splitter", 2, ("electronic-circuit", "iron-plate"), "transport-belt", near_arm=FAST, chests=True),
    Row(MALL, "assembling-machine-1", 2, ("iron-plate", "electronic-circuit"), "iron-gear-wheel",
        near_arm=FAST, filtered=True, turns=1),
    Row(MALL, "electric-mining-drill", 2, ("iron-plate", "iron-gear-wheel"), "electronic-circuit",
        near_arm=FAST, near_arms=2, filtered=True),
    Row(MALL, "iron-chest", 3, ("iron-plate",), near_arm=FAST, chests=True),
    Row(MALL, "steel-chest", 2, ("steel-plate",), near_arm=FAST, turns=2),
    Row(MALL, "rail", 3, ("stone", "steel-plate"), "iron-stick", near_arm=FAST, out_arm=FAST),
    Row(MALL, "solar-panel", 4, ("copper-plate", "steel-plate"), "electronic-circuit", chests=True, turns=3),
    Row(MALL, "electric-furnace", 3, ("steel-plate", "stone-brick"), "advanced-circuit", near_arm=FAST),
    Row(MALL, "repair-pack", 2, ("electronic-circuit", "iron-gear-wheel"), near_arm=FAST, chests=True, turns=1),
    Row(MALL, "stone-furnace", 3, ("stone",), near_arm=FAST),
    Row(MALL, "small-lamp", 2, ("copper-cable", "iron-plate"), "electronic-circuit", near_arm=FAST,
        near_arms=2, turns=2),
    Row(MALL, "lab", 2, ("electronic-circuit", "iron-gear-wheel"), "transport-belt", near_arm=FAST, chests=True),
]  # fmt: skip


def mall(recipes: tuple[str, ...], near: tuple[str, ...], far: str, label: str, turns: int) -> Design:
    """A mall: one near and one far feed line, a different product in the chest of every machine."""
    sheet = Sheet()
    last = 3 * len(recipes) - 1
    feed(sheet, near, 0, last, -1)
    sheet.run((0, -1), (last, -1), source=far)
    rate = 0.0
    for index, recipe in enumerate(recipes):
        x = 3 * index
        needs = ingredients(recipe)
        sheet.machine(AM1, x, 2, recipe)
        sheet.arm(x, 1, SOUTH, FAST)
        if far in needs:
            sheet.arm(x + 1, 1, SOUTH, LONG)
        sheet.arm(x + 1, 5, SOUTH)
        sheet.taking_chest(x + 1, 6, recipe)
        rate += _mall_rate(recipe, near, far)
    sheet.electrify("medium-electric-pole")
    return sheet.finish(MALL, label, rate, tolerance=0.1, turns=turns)


def _mall_rate(recipe: str, near: tuple[str, ...], far: str) -> float:
    needs = ingredients(recipe)
    amount = load_table().recipe(recipe).products[0].amount
    return amount * min(
        crafts_per_second(recipe, AM1) / amount,
        ARM_RATE[FAST] / sum(needs[item] for item in near if item in needs),
        ARM_RATE[LONG] / needs[far] if far in needs else 1e9,
        ARM_RATE["inserter"] / amount,
    )


def chest_line(recipe: str, machine: str, arm: str, count: int, out_arm: str = "inserter") -> Design:
    """Machines fed from a chest of each ingredient and emptied into a chest, one above the other."""
    sheet = Sheet()
    needs = list(ingredients(recipe))
    # Three arms leave no tile for a pole beside the machine, so those stand a row apart.
    pitch = 4 if len(needs) == 3 else 3
    for index in range(count):
        y = pitch * index
        sheet.machine(machine, 2, y, recipe)
        for offset, item in enumerate(needs):
            sheet.giving_chest(0, y + offset, item)
            sheet.arm(1, y + offset, EAST, arm, filters=(item,) if len(needs) > 1 else ())
        sheet.arm(5, y + 1, EAST, out_arm)
        sheet.taking_chest(6, y + 1, recipe)
    sheet.electrify("medium-electric-pole")
    amount = load_table().recipe(recipe).products[0].amount
    crafts = min(
        crafts_per_second(recipe, machine) / amount,
        ARM_RATE[out_arm] / amount,
        *(ARM_RATE[arm] / need for need in ingredients(recipe).values()),
    )
    listed = " and ".join(item.replace("-", " ") for item in needs)
    kind = machine.replace("-", " ").replace("machine ", "machine " if count == 1 else "machines ")
    label = f"{recipe.replace('-', ' ')} from {listed} between chests, {count} {kind}"
    return sheet.finish(CHESTS, label, count * crafts * amount)


def chest_chain(turns: int) -> Design:
    """From a chest of plates through a gear assembler to a belt assembler and into a chest."""
    sheet = Sheet()
    sheet.giving_chest(0, 1, "iron-plate")
    sheet.arm(1, 1, EAST, FAST)
    sheet.machine(AM1, 2, 0, "iron-gear-wheel")
    sheet.arm(5, 1, EAST)
    sheet.machine(AM1, 6, 0, "transport-belt")
    sheet.arm(7, 3, NORTH)
    sheet.giving_chest(7, 4, "iron-plate")
    sheet.arm(9, 1, EAST, FAST)
    sheet.taking_chest(10, 1, "transport-belt")
    sheet.electrify()
    rate = 2 * ARM_RATE["inserter"]
    return sheet.finish(CHESTS, "transport belt from iron plate by a chain of two assemblers", rate, turns=turns)


def belt_unloader(arms: int, name: str, turns: int) -> Design:
    """Chests emptied onto both lanes of one belt."""
    sheet = Sheet()
    for index in range(arms):
        x = 2 * index
        for y, towards in ((0, SOUTH), (4, NORTH)):
            sheet.giving_chest(x, y, ANY)
            sheet.arm(x, y + 1 if towards == SOUTH else y - 1, towards, name)
    sheet.run((0, 2), (2 * arms, 2), sink=ANY)
    sheet.electrify()
    label = f"chests of coal unloaded onto a belt by {2 * arms} {name.replace('-', ' ')}s"
    return sheet.finish(CHESTS, label, min(15.0, 2 * arms * ARM_RATE[name]), turns=turns)


def belt_loader(arms: int, turns: int) -> Design:
    """A running belt from which arms on both sides fill chests."""
    sheet = Sheet()
    sheet.run((-2, 2), (2 * arms, 2), source=ANY, sink=ANY)
    for index in range(arms):
        x = 2 * index
        for y, towards in ((0, NORTH), (4, SOUTH)):
            sheet.taking_chest(x, y, ANY)
            sheet.arm(x, y + 1 if towards == NORTH else y - 1, towards)
    sheet.electrify()
    label = f"belt of iron ore from which {2 * arms} inserters fill chests"
    return sheet.finish(CHESTS, label, 15.0, turns=turns)


def designs() -> Iterator[Design]:
    """Every mall design and every chest cell."""
    for row in _ROWS:
        yield assembler_row(row)
    plates = ("iron-plate", "iron-gear-wheel")
    yield mall(
        ("transport-belt", "inserter", "electric-mining-drill", "burner-inserter"),
        plates,
        "electronic-circuit",
        "mall of transport belt, inserter, mining drill and burner inserter",
        turns=0,
    )
    yield mall(
        ("assembling-machine-1", "inserter", "iron-chest", "radar", "pipe"),
        plates,
        "electronic-circuit",
        "mall of assembling machine, inserter, iron chest, radar and pipe",
        turns=1,
    )
    yield mall(
        ("underground-belt", "splitter"),
        ("iron-plate", "transport-belt"),
        "electronic-circuit",
        "mall of underground belt and splitter",
        turns=2,
    )
    yield chest_line("iron-gear-wheel", AM1, FAST, 1)
    yield chest_line("copper-cable", AM2, FAST, 2, FAST)
    yield chest_line("electronic-circuit", AM2, FAST, 2)
    yield chest_line("engine-unit", AM1, "inserter", 3)
    yield chest_line("pipe", AM1, "inserter", 1)
    yield chest_chain(turns=0)
    yield belt_unloader(3, "inserter", turns=0)
    yield belt_unloader(2, FAST, turns=1)
    yield belt_loader(4, turns=0)
