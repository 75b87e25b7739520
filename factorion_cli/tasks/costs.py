"""What building a factory takes out of the ground."""

from __future__ import annotations

from functools import cache

from factorion_cli.factory import Factory
from factorion_cli.factory.modules import module_parts
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.prototypes.resources import RESOURCES


def raw_cost(factory: Factory) -> float:
    """Raw items and units of raw fluids for all entities and the modules in them, endpoints aside.

    Raw is what lies in the ground and what no recipe of its own name makes (wood, petroleum gas): 1 each.

    >>> from factorion_cli.factory import Entity
    >>> raw_cost(Factory(2, 1, (Entity("transport-belt"), Entity("transport-belt", 1))))
    3.0
    """
    total = 0.0
    for entity in factory.entities:
        total += _raw(_item_of(entity.name))
        total += sum(_raw(module_parts(module)[0]) for module in entity.modules)
    return round(total, 3)


@cache
def _item_of(entity: str) -> str:
    """The item that places an entity: mostly of the same name (rails are placed by one item for several)."""
    items = load_table().items
    if entity in items:
        return entity
    return next((name for name, item in items.items() if item.place_result == entity), entity)


@cache
def _raw(name: str) -> float:
    return _expanded(name, frozenset())


def _expanded(name: str, within: frozenset[str]) -> float:
    """Raw items of one piece; what would need itself on the way is raw."""
    recipe = load_table().recipes.get(name)
    if recipe is None or name in within or any(ore.product == name for ore in RESOURCES.values()):
        return 1.0
    made = _amount(recipe, name)
    parts = (part.amount * _expanded(part.name, within | {name}) for part in recipe.ingredients)
    return sum(parts) / made if made else 1.0


def _amount(recipe: Recipe, name: str) -> float:
    return sum(part.amount * part.probability for part in recipe.products if part.name == name)
