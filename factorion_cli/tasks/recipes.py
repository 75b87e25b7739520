"""What each machine of a design makes, and what its drills mine.

Blueprints say it for assemblers. A furnace smelts what it is given, so a blueprint has no recipe for it. In order: what
its filters name, what made inside the design reaches it (a furnace fed by furnaces makes steel), what the machines
after it use, what the label says, what other machines take of the same ways in (plates: then it makes steel), iron.
Drills mine what the label says, else what is used where it arrives, else iron.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from factorion_cli.factory import Entity
from factorion_cli.prototypes import Recipe, load_table
from factorion_cli.prototypes.resources import RESOURCES
from factorion_cli.tasks.flows import NOTHING, Flows, Place, item_ingredients, mined_places, trace
from factorion_cli.tasks.layout import Layout
from factorion_cli.tasks.research import is_lab, packs_for, research

SMELTING = "smelting"
DEFAULT_SMELTING = "iron-plate"

DEFAULT_ORE = "iron-ore"

_LABEL_RECIPES = (
    (("steel", "钢"), "steel-plate"),
    (("copper", "铜"), "copper-plate"),
    (("brick", "stone ", "石砖"), "stone-brick"),
    (("lithium",), "lithium-plate"),
    (("iron", "铁"), "iron-plate"),
)
_FURNACE = re.compile(r"(steel|stone)[ -]furnace|[钢石]炉")
"""Labels that say with what, not what."""
_LABEL_ORES = (
    (("copper", "铜"), "copper-ore"),
    (("coal", "煤"), "coal"),
    (("stone", "brick", "石"), "stone"),
    (("uranium", "铀"), "uranium-ore"),
    (("tungsten",), "tungsten-ore"),
    (("calcite",), "calcite"),
    (("iron", "steel", "铁", "钢"), "iron-ore"),
)


@dataclass(frozen=True, slots=True)
class Making:
    """What a design makes of what.

    Attributes:
        recipes: of every crafting machine and lab, None where unknown.
        ores: what each drill mines.
        guessed: machines and drills for which nothing says what, so that it is iron; labs.
    """

    recipes: Mapping[int, Recipe | None]
    ores: Mapping[int, str]
    guessed: frozenset[int]


def known_recipes(layout: Layout) -> dict[int, Recipe | None]:
    """The recipe of every crafting machine as the blueprint states it, None where it does not."""
    table = load_table()
    return {
        index: table.recipes.get(entity.recipe) if entity.recipe is not None else None
        for index, entity in enumerate(layout.factory.entities)
        if entity.prototype.machine is not None
    }


def infer_making(layout: Layout, label: str = "", starts: Sequence[tuple[Place, ...]] = ()) -> Making:
    """What furnaces smelt, drills mine and labs use, beside what the blueprint states.

    Args:
        layout: the design.
        label: name of the blueprint, the last resort before iron.
        starts: the places that each way in fills; their number limits what labs get.
    """
    named = _named(label, _LABEL_ORES)
    ores = {drill.entity: named for drill in layout.drills if named is not None and _mines(layout, drill.entity, named)}
    recipes, unsure = _furnaces(layout, known_recipes(layout), ores, label, starts)
    others = [drill for drill in layout.drills if drill.entity not in ores]
    flows = trace(layout, recipes, ores=ores)
    for drill in others:
        wanted = NOTHING.union(*(flows.wants.get(place, NOTHING) for place in mined_places(layout, drill)))
        wanted |= flows.needs.get(-1 if drill.drop is None else drill.drop, NOTHING)
        found = sorted(item for item in wanted if _mines(layout, drill.entity, item))
        ores[drill.entity] = found[0] if found else DEFAULT_ORE
        if not found or unsure:
            unsure |= {drill.entity}
    labs = [index for index in range(len(layout.factory.entities)) if is_lab(layout, index)]
    work = research(packs_for(layout, recipes, ores, starts)) if labs else None
    return Making({**recipes, **dict.fromkeys(labs, work)}, ores, frozenset({*unsure, *labs}))


def _mines(layout: Layout, drill: int, ore: str) -> bool:
    data, resource = layout.prototype(drill).drill, RESOURCES.get(ore)
    return data is not None and resource is not None and resource.category in data.categories


def _furnaces(
    layout: Layout,
    known: Mapping[int, Recipe | None],
    ores: Mapping[int, str],
    label: str,
    starts: Sequence[tuple[Place, ...]],
) -> tuple[dict[int, Recipe | None], set[int]]:
    """All recipes, furnaces' included, and the furnaces for which nothing says what they smelt."""
    recipes, unsure = dict(known), set[int]()
    furnaces = [index for index, recipe in known.items() if recipe is None and _smelts(layout.entity(index))]
    if not furnaces:
        return recipes, unsure
    fed_by_furnaces = _second_stage(layout, known, furnaces)
    flows = trace(layout, known, ores=ores)
    table = load_table()
    for index in furnaces:
        found = None if index in fed_by_furnaces else _first_stage(flows, index, label, ores, starts)
        if index in fed_by_furnaces:
            found = table.recipe("steel-plate")
        elif fed_by_furnaces and (found is None or found.name == "steel-plate"):
            found = table.recipe(DEFAULT_SMELTING)
        elif found is None:
            unsure.add(index)
        recipes[index] = found or table.recipe(DEFAULT_SMELTING)
    return recipes, unsure


def _smelts(entity: Entity) -> bool:
    machine = entity.prototype.machine
    return machine is not None and machine.furnace and SMELTING in machine.categories


def _second_stage(layout: Layout, recipes: Mapping[int, Recipe | None], furnaces: list[int]) -> set[int]:
    """Furnaces that take what other furnaces made, by an arm between them or off a line that those fill."""
    marker = replace(load_table().recipe("iron-plate"), name="smelted")
    marked = dict(recipes) | dict.fromkeys(furnaces, marker)
    flows = trace(layout, marked)
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


def _first_stage(
    flows: Flows, furnace: int, label: str, ores: Mapping[int, str], starts: Iterable[tuple[Place, ...]]
) -> Recipe | None:
    """What a furnace smelts, by everything but other furnaces; None if nothing says."""
    smelting = [recipe for recipe in load_table().recipes.values() if SMELTING in recipe.categories]
    offered = _offered(flows, furnace, ores)
    for recipe in smelting:
        if item_ingredients(recipe) & offered:
            return recipe
    wanted = _wanted_after(flows, furnace)
    candidates = [recipe for recipe in smelting if any(part.name in wanted for part in recipe.products)]
    name = _named(_FURNACE.sub("furnace", label.lower()), _LABEL_RECIPES)
    named = load_table().recipes.get(name) if name is not None else None
    if candidates and (named is None or named not in candidates):
        return candidates[0]
    shared = _beside(flows, furnace, starts) if named is None else set()
    return named or next((recipe for recipe in smelting if item_ingredients(recipe) & shared), None)


def _beside(flows: Flows, furnace: int, starts: Iterable[tuple[Place, ...]]) -> set[str]:
    """Items that other machines want of the ways in that feed a furnace: where plates come in, it makes steel."""
    feeding = {place for found in flows.deliveries if found.machine == furnace for place in found.places}
    leading = {place for start in starts for place in start if not feeding.isdisjoint(flows.reach((place,)))}
    return set().union(*(flows.wants.get(place, NOTHING) for place in leading))


def _offered(flows: Flows, furnace: int, ores: Mapping[int, str]) -> set[str]:
    """Items that filters name or that the design itself brings to a furnace."""
    offered = {ores[drill.entity] for drill in flows.layout.drills if drill.drop == furnace and drill.entity in ores}
    for delivery in flows.deliveries:
        if delivery.machine == furnace:
            offered |= delivery.arm.filters
            for place in delivery.places:
                offered |= flows.carries.get(place, NOTHING)
    return offered


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


def _named(label: str, words: tuple[tuple[tuple[str, ...], str], ...]) -> str | None:
    """The first thing of which the label has a word."""
    lowered = f"{label.lower()} "
    return next((name for found, name in words if any(word in lowered for word in found)), None)
