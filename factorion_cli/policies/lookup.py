"""What the prototypes say about each id, as arrays that a network can index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import FloatArray, IntArray, MaskArray
from factorion_cli.errors import DataError
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.prototypes import EntityPrototype, PrototypeTable, Recipe, load_table

_CONTAINERS = frozenset({"container", "logistic-container", "infinity-container", "linked-container"})
N_ATTRIBUTES = 12
"""Columns of `EntityLookup.attributes`."""


def _attributes(entity: EntityPrototype) -> list[float]:
    """(N_ATTRIBUTES,) figures of one entity, each within a few units of 0."""
    belt, arm, machine, pole = entity.belt, entity.inserter, entity.machine, entity.pole
    return [
        entity.width / 3,
        entity.height / 3,
        float(entity.rotatable),
        float(entity.electric),
        belt.speed_subtiles / 32 if belt else 0.0,
        belt.max_distance / 5 if belt else 0.0,
        arm.reach if arm else 0.0,
        arm.rotation_speed * 20 if arm else 0.0,
        machine.crafting_speed if machine else 0.0,
        float(machine.furnace) if machine else 0.0,
        pole.supply_area_distance / 5 if pole else 0.0,
        pole.wire_reach / 10 if pole else 0.0,
    ]


@dataclass(frozen=True, slots=True, eq=False)
class EntityLookup:
    """Per entity id, row 0 being "none"; N = n_entities.

    Attributes:
        types: int32 (N,) index of the prototype's type, 0 for none.
        attributes: float32 (N, N_ATTRIBUTES).
        sizes: int32 (N, 2) width and height facing north; 1 x 1 for none.
        carries: bool (N,) belts, splitters and undergrounds.
        underground: bool (N,).
        max_distance: int32 (N,) tiles from an underground entrance to its exit, 0 for all else.
        reach: int32 (N,) tiles from an arm to where it picks up and drops, 0 for all else.
        electric: bool (N,).
        furnace: bool (N,).
        machine: bool (N,) everything that crafts.
        container: bool (N,) chests of every kind.
        supply: tuple of (entity id, side of its supply area in tiles, side of the pole in tiles) of every pole.
        n_types: rows that an embedding of `types` needs.
    """

    types: IntArray
    attributes: FloatArray
    sizes: IntArray
    carries: MaskArray
    underground: MaskArray
    max_distance: IntArray
    reach: IntArray
    electric: MaskArray
    furnace: MaskArray
    machine: MaskArray
    container: MaskArray
    supply: tuple[tuple[int, int, int], ...]
    n_types: int

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> EntityLookup:
        """The lookup of a vocabulary; raises DataError when it names what the prototypes do not have."""
        table = load_table()
        rows = [table.entity(name) for name in vocabulary.entities]
        kinds = sorted({row.type for row in rows})
        carries = {"transport-belt", "splitter", "underground-belt"}
        return cls(
            types=np.array([0, *(1 + kinds.index(row.type) for row in rows)], np.int32),
            attributes=np.array([[0.0] * N_ATTRIBUTES, *map(_attributes, rows)], np.float32),
            sizes=np.array([(1, 1), *((row.width, row.height) for row in rows)], np.int32),
            carries=np.array([False, *(row.type in carries for row in rows)]),
            underground=np.array([False, *(row.type == "underground-belt" for row in rows)]),
            max_distance=np.array([0, *(row.belt.max_distance if row.belt else 0 for row in rows)], np.int32),
            reach=np.array([0, *(row.inserter.reach if row.inserter else 0 for row in rows)], np.int32),
            electric=np.array([False, *(row.electric for row in rows)]),
            furnace=np.array([False, *(row.machine is not None and row.machine.furnace for row in rows)]),
            machine=np.array([False, *(row.machine is not None for row in rows)]),
            container=np.array([False, *(row.type in _CONTAINERS for row in rows)]),
            supply=tuple(
                (number, round(2 * row.pole.supply_area_distance), row.width)
                for number, row in enumerate(rows, start=1)
                if row.pole is not None
            ),
            n_types=1 + len(kinds),
        )


@dataclass(frozen=True, slots=True, eq=False)
class RecipeLookup:
    """What goes into and comes out of each recipe id, over things: item ids, then fluids.

    Attributes:
        ingredients: float32 (n_recipes, n_things), each row's amounts summing to 1 (0 where there are none).
        products: float32 (n_recipes, n_things), likewise.
        n_things: n_items + the number of fluids.
    """

    ingredients: FloatArray
    products: FloatArray
    smelting: MaskArray
    n_things: int

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> RecipeLookup:
        """The lookup of a vocabulary; raises DataError when it names what the prototypes do not have."""
        table = load_table()
        recipes = [table.recipe(name) for name in vocabulary.recipes]
        things = _things(vocabulary, table)
        ingredients = np.zeros((vocabulary.n_recipes, len(things) + 1), np.float32)
        products = np.zeros_like(ingredients)
        for row, recipe in enumerate(recipes, start=1):
            _fill(ingredients[row], recipe, things, ingredients_of=True)
            _fill(products[row], recipe, things, ingredients_of=False)
        smelting = np.array([False, *("smelting" in recipe.categories for recipe in recipes)])
        return cls(ingredients, products, smelting, len(things) + 1)


def _things(vocabulary: Vocabulary, table: PrototypeTable) -> dict[str, int]:
    things = {name: vocabulary.item_id(name) for name in vocabulary.items}
    fluids = sorted(
        {part.name for recipe in table.recipes.values() for part in (*recipe.ingredients, *recipe.products)}
        - set(things)
    )
    return things | {name: vocabulary.n_items + index for index, name in enumerate(fluids)}


def _fill(row: FloatArray, recipe: Recipe, things: dict[str, int], *, ingredients_of: bool) -> None:
    parts = recipe.ingredients if ingredients_of else recipe.products
    for part in parts:
        if part.name not in things:
            raise DataError(f"recipe {recipe.name} names {part.name!r}, which is neither an item nor a fluid")
        row[things[part.name]] += 1.0
    row /= max(len(parts), 1)
