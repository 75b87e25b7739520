"""What can be made of what by some machines: recipes, and how many steps an item is away from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from factorion_cli.prototypes import Recipe, load_table


@lru_cache(maxsize=64)
def recipes_of(machines: frozenset[str]) -> tuple[Recipe, ...]:
    """Every recipe without fluids that one of these machines makes, in the table's order.

    >>> len(recipes_of(frozenset({"stone-furnace"})))
    5
    """
    table = load_table()
    found = [table.entity(name).machine for name in machines]
    categories = {category for machine in found if machine is not None for category in machine.categories}
    return tuple(
        recipe
        for recipe in table.recipes.values()
        if recipe.ingredients and not recipe.has_fluid and not categories.isdisjoint(recipe.categories)
    )


def steps_to(sources: Iterable[str], recipes: Iterable[Recipe]) -> Mapping[str, int]:
    """Fewest steps of crafting, one after another, to each item that can be had; sources are at 0."""
    steps = dict.fromkeys(sources, 0)
    waiting = list(recipes)
    for level in range(1, len(waiting) + 1):
        ready: list[Recipe] = []
        later: list[Recipe] = []
        for recipe in waiting:
            (ready if all(part.name in steps for part in recipe.ingredients) else later).append(recipe)
        if not ready:
            break
        waiting = later
        for product in [part.name for recipe in ready for part in recipe.products]:
            steps.setdefault(product, level)
    return steps


def leading_to(wanted: Iterable[str], recipes: Iterable[Recipe], steps: Mapping[str, int]) -> tuple[Recipe, ...]:
    """The recipes that can play a part in making what is wanted, of those whose ingredients can be had."""
    known = [recipe for recipe in recipes if all(part.name in steps for part in recipe.ingredients)]
    needed, found = set(wanted), dict[str, Recipe]()
    while True:
        more = [
            recipe
            for recipe in known
            if recipe.name not in found and any(part.name in needed for part in recipe.products)
        ]
        if not more:
            return tuple(found.values())
        found.update((recipe.name, recipe) for recipe in more)
        needed.update(part.name for recipe in more for part in recipe.ingredients)


def rate_of_one(item: str, machine: str) -> float:
    """Items per second that one machine makes when it is fully fed: the yardstick of a design's throughput.

    Of several recipes the one of the item's name counts, else the quickest.

    >>> rate_of_one("copper-cable", "assembling-machine-1")
    2.0
    """
    data = load_table().entity(machine).machine
    rates = {
        recipe.name: data.crafting_speed * part.amount * part.probability / recipe.time_s
        for recipe in recipes_of(frozenset({machine}))
        for part in recipe.products
        if data is not None and part.name == item
    }
    return rates.get(item, max(rates.values(), default=0.0))
