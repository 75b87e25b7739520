"""What can be asked for at each depth of the recipe tree, and what then has to be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from factorion_cli.prototypes import Recipe
from factorion_cli.tasks.recipe_tree import leading_to, recipes_of, steps_to


@dataclass(frozen=True, slots=True)
class Frontier:
    """An item to make and what it is made of, `depth` crafting steps away; `given` is sorted."""

    item: str
    given: tuple[str, ...]
    depth: int


@lru_cache(maxsize=64)
def frontiers(machines: frozenset[str], depth: int) -> tuple[Frontier, ...]:
    """Every frontier of exactly this depth, one for each item that these machines make, sorted by item.

    An item is wanted if it is the only product of a recipe without fluids, and comes for sure (chances make by-products
    that would have to go somewhere). Its recipe is the one of its own name, else the first in the table. The tree below
    it is cut at depth `depth`: each path ends there, or before at a raw item, one that these machines do not make. What
    stands at the ends is given. An item that is given is not made elsewhere in the tree; what then nothing needs any
    more is not given. Items for which that leaves another depth have no frontier here. At depth 0 each item is itself
    given.

    >>> [found.given for found in frontiers(frozenset({"assembling-machine-1"}), 2) if found.item == "inserter"]
    [('copper-cable', 'iron-plate')]
    """
    recipes = recipes_of(machines)
    makes = _recipes_by_item(recipes)
    found = []
    for item in sorted(makes):
        if depth == 0:
            found.append(Frontier(item, (item,), 0))
            continue
        ends = _ends(item, makes, depth)
        given = tuple(sorted(_needed(item, makes, ends)))
        steps = steps_to(given, recipes)
        if steps.get(item) == depth and _all_used(item, given, recipes, steps):
            found.append(Frontier(item, given, depth))
    return tuple(found)


def _recipes_by_item(recipes: tuple[Recipe, ...]) -> dict[str, Recipe]:
    makes: dict[str, Recipe] = {}
    for recipe in recipes:
        if len(recipe.products) == 1 and recipe.products[0].probability == 1:
            item = recipe.products[0].name
            if recipe.name == item or item not in makes:
                makes[item] = recipe
    return makes


def _ends(item: str, makes: Mapping[str, Recipe], depth: int) -> set[str]:
    """Where the paths down from an item end: `depth` steps below, or at a raw item."""
    if depth == 0 or item not in makes:
        return {item}
    return {end for part in makes[item].ingredients for end in _ends(part.name, makes, depth - 1)}


def _needed(item: str, makes: Mapping[str, Recipe], ends: set[str]) -> set[str]:
    """Those of the ends that are met when paths end at the first of them."""
    if item in ends:
        return {item}
    return {end for part in makes[item].ingredients for end in _needed(part.name, makes, ends)}


def _all_used(item: str, given: tuple[str, ...], recipes: tuple[Recipe, ...], steps: Mapping[str, int]) -> bool:
    """Whether every given item is an ingredient of something that can lead to the wanted one."""
    used = {part.name for recipe in leading_to([item], recipes, steps) for part in recipe.ingredients}
    return used.issuperset(given)
