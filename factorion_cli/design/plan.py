"""Which recipes a task needs, made by which machines, and how many crafts of each for one item into every sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from factorion_cli.design.layout import MOST_INPUTS
from factorion_cli.errors import FactorionError
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.tasks.markers import MarkerTask
from factorion_cli.tasks.recipe_tree import steps_to

MOST_ITEMS = 62
"""Items that a line's bit set holds."""


class UnsolvableError(FactorionError):
    """A task that no design of this kind can solve; the message says why."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One recipe of a plan.

    Attributes:
        item: what it is for.
        recipe: the recipe.
        machine: the entity that makes it.
        speed: crafts per second of one such machine.
        crafts: crafts for one item into every sink.
    """

    item: str
    recipe: Recipe
    machine: str
    speed: float
    crafts: float

    @property
    def products(self) -> float:
        """Pieces of the item per craft."""
        return sum(part.amount * part.probability for part in self.recipe.products if part.name == self.item)


@dataclass(frozen=True, slots=True)
class Plan:
    """The recipes of a task, what is wanted last first; `items` are all that travel, sources' included."""

    steps: tuple[Step, ...]
    items: tuple[str, ...]


def make_plan(task: MarkerTask) -> Plan:
    """The plan of a task; raises UnsolvableError where something wanted can neither be fetched nor made."""
    given = frozenset(source.item for source in task.factory.sources)
    machines = _machines(task.allowed)
    usable = _usable_recipes(machines)
    levels = _levels(given, machines)
    chosen = dict[str, Recipe]()
    for sink in task.factory.sinks:
        if sink.item is not None:
            _choose(sink.item, given, usable, levels, chosen)
    order = sorted(chosen, key=lambda item: (-levels[item], item))
    crafts = _crafts(task, chosen, order)
    steps = tuple(_step(item, chosen[item], machines, crafts[item]) for item in order)
    travelling = {part.name for recipe in chosen.values() for part in recipe.ingredients}
    wanted = {sink.item for sink in task.factory.sinks if sink.item is not None}
    return Plan(steps, tuple(sorted(travelling | set(chosen) | given | wanted)))


def _machines(allowed: Sequence[str]) -> tuple[str, ...]:
    """Names of the electric machines among what is allowed."""
    found = ((name, load_table().entity(name).machine) for name in allowed)
    return tuple(name for name, machine in found if machine is not None and not machine.burner)


@lru_cache(maxsize=64)
def _usable_recipes(machines: tuple[str, ...]) -> tuple[Recipe, ...]:
    """Recipes of solid items with one product, which needs no sorting afterwards."""
    found = (load_table().entity(name).machine for name in machines)
    categories = {category for machine in found if machine is not None for category in machine.categories}
    return tuple(
        recipe
        for recipe in load_table().recipes.values()
        if not categories.isdisjoint(recipe.categories)
        and recipe.ingredients
        and len(recipe.products) == 1
        and len(recipe.ingredients) <= MOST_INPUTS
        and not any(part.fluid for part in (*recipe.ingredients, *recipe.products))
    )


@lru_cache(maxsize=1024)
def _levels(given: frozenset[str], machines: tuple[str, ...]) -> Mapping[str, int]:
    return steps_to(given, _usable_recipes(machines))


def _choose(
    item: str, given: frozenset[str], usable: Sequence[Recipe], levels: Mapping[str, int], chosen: dict[str, Recipe]
) -> None:
    """Add the recipes that `item` needs: of several the one with its name, else the one nearest to the sources."""
    if item in given or item in chosen:
        return
    if item not in levels:
        raise UnsolvableError(_why_not(item, given, usable, levels))
    ready = [
        recipe
        for recipe in usable
        if recipe.products[0].name == item
        and all(levels.get(part.name, levels[item]) < levels[item] for part in recipe.ingredients)
    ]
    chosen[item] = min(ready, key=lambda recipe: (recipe.name != item, recipe.name))
    for part in chosen[item].ingredients:
        _choose(part.name, given, usable, levels, chosen)


def _why_not(item: str, given: frozenset[str], usable: Sequence[Recipe], levels: Mapping[str, int]) -> str:
    recipes = [recipe for recipe in usable if recipe.products[0].name == item]
    if not recipes:
        return f"no source gives {item} and no allowed machine makes it"
    recipe = min(recipes, key=lambda recipe: (recipe.name != item, recipe.name))
    missing = next(part.name for part in recipe.ingredients if part.name not in levels)
    return f"{item} needs {missing}: " + _why_not(missing, given, usable, levels) if missing != item else item


def _crafts(task: MarkerTask, chosen: Mapping[str, Recipe], order: list[str]) -> dict[str, float]:
    """Crafts of each recipe for one item into every sink."""
    wanted = dict.fromkeys(chosen, 0.0)
    for sink in task.factory.sinks:
        if sink.item in wanted:
            wanted[sink.item] += 1.0
    crafts = dict[str, float]()
    for item in order:
        product = chosen[item].products[0]
        crafts[item] = wanted[item] / (product.amount * product.probability)
        for part in chosen[item].ingredients:
            if part.name in wanted:
                wanted[part.name] += part.amount * crafts[item]
    return crafts


def _step(item: str, recipe: Recipe, machines: tuple[str, ...], crafts: float) -> Step:
    able = [
        (machine.machine.crafting_speed, -machine.width, machine.name)
        for machine in map(load_table().entity, machines)
        if machine.machine is not None and not set(machine.machine.categories).isdisjoint(recipe.categories)
    ]
    speed, _width, name = max(able)
    return Step(item, recipe, name, speed / recipe.time_s, crafts)
