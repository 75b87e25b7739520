"""What a design is for: told by what it was measured to make, else by its entities and recipes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from factorion_cli.factory import Factory
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.tasks.layout import BELT_TYPES

CATEGORIES = (
    "belts", "balancer", "smelting", "circuits", "science", "mall", "mining", "power", "oil", "production", "other",
)  # fmt: skip

_CIRCUITS = frozenset({"copper-cable", "electronic-circuit", "advanced-circuit", "processing-unit"})
_POWER_TYPES = frozenset(
    {"boiler", "generator", "reactor", "solar-panel", "accumulator", "fusion-reactor", "fusion-generator"}
)
_OIL_CATEGORIES = frozenset({"oil-processing", "chemistry", "chemistry-or-cryogenics", "organic-or-chemistry"})
_MALL_PRODUCTS = 3
"""Distinct placeable products from which on a design is a mall."""
_BALANCER_SPLITTERS = 2


def category(factory: Factory, label: str = "", made: Collection[str] = ()) -> str:
    """One of `CATEGORIES`.

    Args:
        factory: the design, with or without endpoints.
        label: name of the blueprint; decides only between categories that are equally strong.
        made: items that it was measured to make and deliver; without any, its recipes tell.
    """
    kinds = Counter(entity.prototype.type for entity in factory.entities)
    machines = [entity for entity in factory.entities if entity.prototype.machine is not None]
    if not machines:
        return _without_machines(kinds)
    if kinds["mining-drill"] > len(machines):
        return "mining"
    if made:
        return _strongest(Counter(_of_item(item) for item in made), _placeable(made), label)
    return _by_recipes(factory, label)


def _strongest(votes: Counter[str], placeable: Collection[str], label: str) -> str:
    if votes["science"]:
        return "science"
    if len(placeable) >= _MALL_PRODUCTS:
        return "mall"
    return max(votes, key=lambda name: (votes[name], name in label.lower(), -CATEGORIES.index(name)))


def _by_recipes(factory: Factory, label: str) -> str:
    votes: Counter[str] = Counter()
    products: set[str] = set()
    for entity in factory.entities:
        machine = entity.prototype.machine
        if machine is None:
            continue
        recipe = load_table().recipes.get(entity.recipe) if entity.recipe is not None else None
        votes["smelting" if recipe is None and machine.furnace else _of_recipe(recipe)] += 1
        products |= {part.name for part in recipe.products} if recipe is not None else set()
    return _strongest(votes, _placeable(products), label)


def _without_machines(kinds: Counter[str]) -> str:
    if kinds["mining-drill"]:
        return "mining"
    if any(kinds[kind] for kind in _POWER_TYPES):
        return "power"
    if kinds["lab"]:
        return "science"
    if not any(kinds[kind] for kind in BELT_TYPES):
        return "other"
    if kinds["inserter"]:
        return "other"
    return "balancer" if kinds["splitter"] >= _BALANCER_SPLITTERS else "belts"


def _of_item(item: str) -> str:
    """What a factory is for that delivers this item."""
    makers = [recipe for recipe in load_table().recipes.values() if any(part.name == item for part in recipe.products)]
    own = next((recipe for recipe in makers if recipe.name == item), makers[0] if makers else None)
    return _of_recipe(own)


def _of_recipe(recipe: Recipe | None) -> str:
    if recipe is None:
        return "production"
    products = {part.name for part in recipe.products}
    if any(name.endswith("science-pack") for name in products):
        return "science"
    if "smelting" in recipe.categories:
        return "smelting"
    if products & _CIRCUITS:
        return "circuits"
    return "oil" if _OIL_CATEGORIES.intersection(recipe.categories) else "production"


def _placeable(products: Collection[str]) -> set[str]:
    """Those of the products that can be built: what malls are for."""
    items = load_table().items
    return {name for name in products if name in items and items[name].place_result is not None}
