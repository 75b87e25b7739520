"""What each machine of a design makes. Blueprints say it for assemblers; for furnaces it is inferred.

A furnace smelts what it is given, so a blueprint has no recipe for it. In order: what its filters name, what made
inside the design reaches it (a furnace fed by furnaces makes steel), what the machines after it use, what the label
says, iron.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from factorion_cli.factory import Entity
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.tasks.flows import NOTHING, Flows, item_ingredients, trace
from factorion_cli.tasks.layout import Layout

SMELTING = "smelting"
DEFAULT_SMELTING = "iron-plate"

_LABEL_RECIPES = (
    (("steel",), "steel-plate"),
    (("copper",), "copper-plate"),
    (("brick", "stone "), "stone-brick"),
    (("lithium",), "lithium-plate"),
)


def known_recipes(layout: Layout) -> dict[int, Recipe | None]:
    """The recipe of every crafting machine as the blueprint states it, None where it does not."""
    table = load_table()
    return {
        index: table.recipes.get(entity.recipe) if entity.recipe is not None else None
        for index, entity in enumerate(layout.factory.entities)
        if entity.prototype.machine is not None
    }


def infer_recipes(layout: Layout, label: str = "") -> dict[int, Recipe | None]:
    """The recipe of every crafting machine, furnaces included; None where it stays unknown.

    Args:
        layout: the design.
        label: name of the blueprint, the last resort before iron.
    """
    recipes = known_recipes(layout)
    furnaces = [index for index, recipe in recipes.items() if recipe is None and _smelts(layout.entity(index))]
    if not furnaces:
        return recipes
    fed_by_furnaces = _second_stage(layout, recipes, furnaces)
    flows = trace(layout, recipes, ())
    table = load_table()
    first: dict[int, Recipe | None] = {}
    for index in furnaces:
        if index in fed_by_furnaces:
            first[index] = table.recipe("steel-plate")
        else:
            first[index] = _first_stage(flows, index, label, bool(fed_by_furnaces))
    return recipes | first


def _smelts(entity: Entity) -> bool:
    machine = entity.prototype.machine
    return machine is not None and machine.furnace and SMELTING in machine.categories


def _second_stage(layout: Layout, recipes: Mapping[int, Recipe | None], furnaces: list[int]) -> set[int]:
    """Furnaces that take what other furnaces made, by an arm between them or off a line that those fill."""
    marker = replace(load_table().recipe("iron-plate"), name="smelted")
    marked = dict(recipes) | dict.fromkeys(furnaces, marker)
    flows = trace(layout, marked, ())
    smelted = {part.name for part in marker.products}
    second = set()
    for delivery in flows.deliveries:
        if delivery.machine not in furnaces:
            continue
        carried = any(smelted & flows.carries.get(place, NOTHING) for place in delivery.places)
        if delivery.maker in furnaces or carried:
            second.add(delivery.machine)
    # Every furnace fed by every other one says nothing: one line that serves as input and output.
    return second if len(second) < len(furnaces) else set()


def _first_stage(flows: Flows, furnace: int, label: str, feeds_steel: bool) -> Recipe:
    table = load_table()
    smelting = [recipe for recipe in table.recipes.values() if SMELTING in recipe.categories]
    for delivery in flows.deliveries:
        if delivery.machine == furnace:
            offered = set(delivery.arm.filters)
            for place in delivery.places:
                offered |= flows.carries.get(place, NOTHING)
            for recipe in smelting:
                if item_ingredients(recipe) & offered:
                    return recipe
    if feeds_steel:
        return table.recipe(DEFAULT_SMELTING)
    wanted = _wanted_after(flows, furnace)
    candidates = [recipe for recipe in smelting if any(part.name in wanted for part in recipe.products)]
    named = _named(label)
    if candidates and (named is None or named not in candidates):
        return candidates[0]
    return named or table.recipe(DEFAULT_SMELTING)


def _wanted_after(flows: Flows, machine: int) -> set[str]:
    wanted: set[str] = set()
    for place, maker, _ in flows.receipts:
        if maker == machine:
            wanted |= flows.wants.get(place, NOTHING)
    for delivery in flows.deliveries:
        if delivery.maker == machine:
            recipe = known_recipes(flows.layout)[delivery.machine]
            wanted |= item_ingredients(recipe)
    return wanted


def _named(label: str) -> Recipe | None:
    # "24 steel furnaces" says with what, not what.
    lowered = f"{label.lower()} ".replace("steel furnace", "furnace").replace("stone furnace", "furnace")
    for words, recipe in _LABEL_RECIPES:
        if any(word in lowered for word in words):
            return load_table().recipe(recipe)
    return None
