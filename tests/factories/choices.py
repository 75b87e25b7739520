"""What a random factory is made of: arms, machines with recipes, modules, fuels, chests."""

from __future__ import annotations

from functools import cache

from factorion_cli.factory import Entity
from factorion_cli.prototypes import EntityPrototype, InserterData, Recipe, load_table
from factorion_cli.simulation import decisions
from tests.factories.canvas import Canvas

QUALITIES = ("uncommon", "rare", "epic", "legendary")

FUELS = {"chemical": ("coal", "wood", "solid-fuel"), "nutrients": ("nutrients",), "food": ("bioflux",)}

_MOST_SOLIDS = 4
_LONGEST_CRAFT_S = 70.0


def solids(recipe: Recipe) -> list[str]:
    """Ingredients that arms bring."""
    return [part.name for part in recipe.ingredients if not part.fluid]


def products(recipe: Recipe) -> list[str]:
    """Products that arms take away."""
    return [part.name for part in recipe.products if not part.fluid]


@cache
def jobs() -> dict[str, tuple[Recipe, ...]]:
    """By machine, the recipes that a factory of a few machines can show."""
    table = load_table()
    found = {}
    for name, prototype in table.entities.items():
        machine = prototype.machine
        if machine is None or prototype.type not in ("assembling-machine", "furnace"):
            continue
        recipes = [recipe for recipe in table.recipes_for(name) if _shows(recipe, machine.crafting_speed)]
        if recipes:
            found[name] = tuple(recipes)
    return found


def _shows(recipe: Recipe, speed: float) -> bool:
    return len(solids(recipe)) <= _MOST_SOLIDS and recipe.time_s / speed <= _LONGEST_CRAFT_S


@cache
def makers(item: str) -> tuple[tuple[str, Recipe], ...]:
    """Machines with the recipes by which they make an item as their main product."""
    return tuple(
        (name, recipe)
        for name, recipes in jobs().items()
        for recipe in recipes
        if products(recipe)[:1] == [item] and item not in solids(recipe)
    )


@cache
def users(item: str) -> tuple[tuple[str, Recipe], ...]:
    """Machines with the recipes that use an item."""
    return tuple((name, recipe) for name, recipes in jobs().items() for recipe in recipes if item in solids(recipe))


@cache
def goods() -> tuple[str, ...]:
    """Items that some machine makes."""
    return tuple(sorted({name for recipes in jobs().values() for recipe in recipes for name in products(recipe)[:1]}))


@cache
def chests() -> tuple[str, ...]:
    """Every one-tile chest."""
    return tuple(
        name
        for name, prototype in load_table().entities.items()
        if prototype.type in decisions.CHEST_TYPES and prototype.width == prototype.height == 1
    )


def random_maker(canvas: Canvas) -> tuple[str, Recipe]:
    """A machine, all alike, with one of its recipes."""
    # The weight of a machine is how much it can do: one that knows a single recipe is rare.
    name = canvas.rng.choices(list(jobs()), [min(4, len(recipes)) for recipes in jobs().values()])[0]
    return name, canvas.rng.choice(jobs()[name])


def quality(canvas: Canvas) -> str:
    """Mostly normal."""
    return canvas.rng.choice(QUALITIES) if canvas.chance(0.06) else "normal"


def machine(canvas: Canvas, name: str, recipe: Recipe, tile: tuple[int, int]) -> Entity:
    """A machine with random modules; furnaces may choose for themselves; some burners carry endless fuel."""
    prototype = load_table().entity(name)
    data = prototype.machine
    assert data is not None
    unlimited = data.burner and (canvas.chance(0.6) or name == "captive-biter-spawner")
    return Entity(
        name,
        *tile,
        recipe=None if data.furnace and canvas.chance(0.5) else recipe.name,
        modules=modules(canvas, data.module_slots, recipe.productivity) if data.uses_modules else (),
        quality=quality(canvas),
        fuel="unlimited" if unlimited else None,
        fluid="unlimited" if recipe.has_fluid else None,
    )


def modules(canvas: Canvas, slots: int, productive: bool) -> tuple[str, ...]:
    """None in most cases, else up to `slots` of one or two kinds."""
    if slots == 0 or canvas.chance(0.7):
        return ()
    kinds = ["speed-module", "efficiency-module"] + ["productivity-module"] * (2 if productive else 0)
    chosen = [canvas.rng.choice(kinds) + canvas.rng.choice(("", "-2", "-3")) for _ in range(2)]
    return tuple(canvas.rng.choice(chosen) for _ in range(canvas.rng.randint(1, slots)))


def fuel_for(canvas: Canvas, entity: Entity) -> str | None:
    """The fuel that must be brought, if any."""
    data = entity.prototype.machine
    if data is None or not data.burner or entity.fuel == "unlimited":
        return None
    return canvas.rng.choice(FUELS[decisions.FUEL_CATEGORIES.get(entity.name, "chemical")])


@cache
def _arms() -> dict[str, EntityPrototype]:
    return {name: found for name, found in load_table().entities.items() if found.inserter is not None}


_ARM_WEIGHTS = {
    "burner-inserter": 2, "inserter": 6, "long-handed-inserter": 4, "fast-inserter": 6, "bulk-inserter": 3,
    "stack-inserter": 2,
}  # fmt: skip


def random_arm(canvas: Canvas) -> tuple[str, InserterData]:
    """An arm of any kind."""
    names = list(_arms())
    name = canvas.rng.choices(names, [_ARM_WEIGHTS.get(name, 1) for name in names])[0]
    data = _arms()[name].inserter
    assert data is not None
    return name, data


def hand(canvas: Canvas, data: InserterData) -> int | None:
    """A hand as research leaves it, or the prototype's own."""
    if canvas.chance(0.6):
        return None
    return canvas.rng.randint(1, 12) if data.bulk else canvas.rng.randint(1, 4)
