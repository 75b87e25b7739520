"""Hypothesis strategies that tests of every room may use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from factorion_cli.factory import Entity, Factory, Power, Resource, Sink, Source
from factorion_cli.factory.placement import check, legal_directions
from factorion_cli.prototypes import EntityPrototype, load_table

BELTS = ("transport-belt", "fast-transport-belt", "express-transport-belt", "turbo-transport-belt")
LOGISTICS = (*BELTS, "underground-belt", "fast-underground-belt", "splitter", "express-splitter", "inserter",
             "long-handed-inserter", "fast-inserter", "bulk-inserter", "stack-inserter", "burner-inserter")  # fmt: skip
BUILDINGS = ("iron-chest", "steel-chest", "assembling-machine-1", "assembling-machine-2", "stone-furnace", "lab",
             "electric-furnace", "chemical-plant", "oil-refinery", "small-electric-pole", "substation", "beacon",
             "pipe", "pipe-to-ground", "storage-tank", "boiler", "pump", "recycler", "solar-panel")  # fmt: skip
ENTITY_NAMES = LOGISTICS + BUILDINGS

MODULES = ("speed-module", "productivity-module-3", "speed-module-2@rare")
ITEMS = ("iron-plate", "copper-plate", "iron-gear-wheel", "electronic-circuit", "coal", "automation-science-pack")
lane_sides = st.sampled_from((None, "left", "right"))
items = st.sampled_from(ITEMS)


def _settings(prototype: EntityPrototype) -> st.SearchStrategy[dict[str, Any]]:
    """Settings that the game lets an entity of this prototype have."""
    if prototype.type == "underground-belt":
        return st.fixed_dictionaries({"underground_type": st.sampled_from(("input", "output"))})
    if prototype.type == "splitter":
        filtered = st.builds(lambda item, side: {"filter": item, "output_priority": side}, items,
                             st.sampled_from(("left", "right")))  # fmt: skip
        return st.one_of(st.fixed_dictionaries({"input_priority": lane_sides, "output_priority": lane_sides}), filtered)
    if prototype.inserter is not None:
        filters = st.lists(items, max_size=2, unique=True).map(tuple)
        return st.fixed_dictionaries({"filters": filters, "stack_size": st.sampled_from((None, None, 1, 3, 12))})
    if prototype.type == "container":
        return st.fixed_dictionaries({"bar": st.sampled_from((None, None, 0, 5))})
    if prototype.machine is not None and not prototype.machine.furnace:
        recipes = [recipe.name for recipe in load_table().recipes_for(prototype.name)]
        slots = prototype.machine.module_slots
        return st.fixed_dictionaries({
            "recipe": st.sampled_from([None, *recipes]),
            "modules": st.lists(st.sampled_from(MODULES), max_size=slots).map(tuple),
            "quality": st.sampled_from(("normal", "normal", "legendary")),
            "beacons": st.sampled_from(((), (("speed-module-3", "speed-module-3"),))),
        })  # fmt: skip
    return st.just({})


@st.composite
def entities(draw: st.DrawFn, width: int, height: int, names: tuple[str, ...] = ENTITY_NAMES) -> Entity:
    """One entity somewhere on the rectangle, perhaps not fitting in."""
    name = draw(st.sampled_from(names))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    direction = draw(st.sampled_from(legal_directions(name)))
    return Entity(name, x, y, direction, **draw(_settings(load_table().entity(name))))


def _lane_sources(draw: st.DrawFn, source: Source) -> list[Source]:
    """The source, or one for each lane."""
    if source.kind == "chest" or not draw(st.booleans()):
        return [source]
    left = replace(source, id=f"{source.id}-left", lanes="left")
    return [left, replace(source, id=f"{source.id}-right", lanes="right", item=draw(items))]


@st.composite
def _endpoints(draw: st.DrawFn, factory: Factory, count: int) -> Factory:
    sources: list[Source] = []
    sinks: list[Sink] = []
    for number in range(count):
        x, y = draw(st.integers(0, factory.width - 1)), draw(st.integers(0, factory.height - 1))
        taken = Factory(factory.width, factory.height, factory.entities, tuple(sources), tuple(sinks))
        if check(taken, Entity("iron-chest", x, y)) is not None:
            continue
        kind = draw(st.sampled_from(("belt", "chest")))
        place = {"direction": draw(st.sampled_from((0, 4, 8, 12))), "belt": draw(st.sampled_from(BELTS))}
        if kind == "chest":
            place = {}
        if draw(st.booleans()):
            lanes = draw(st.sampled_from(("both", "left", "right"))) if kind == "belt" else "both"
            source = Source(f"S{number}", kind, x, y, draw(items), lanes=lanes, **place)
            sources.extend(_lane_sources(draw, source))
        else:
            sinks.append(Sink(f"K{number}", kind, x, y, draw(st.one_of(st.none(), items)), **place))
    machines = [entity for entity in factory.entities if entity.recipe]
    if machines and draw(st.booleans()):
        sinks.append(Sink("K-output", "output", of=(machines[0].x, machines[0].y)))
    return Factory(factory.width, factory.height, factory.entities, tuple(sources), tuple(sinks))


@st.composite
def factories(
    draw: st.DrawFn,
    max_side: int = 12,
    max_entities: int = 16,
    names: tuple[str, ...] = ENTITY_NAMES,
    endpoints: bool = True,
) -> Factory:
    """Factories whose entities the game would let stand, of many types and settings, with endpoints of every kind.

    Entities come in drawing order, so not sorted. What the settings say need not make sense together.
    """
    # Mostly roomy, so that most entities find a place.
    sides = st.one_of(st.integers(1, max_side), st.just(max_side), st.integers(max_side // 2, max_side))
    width, height = draw(sides), draw(sides)
    factory = Factory(width, height)
    count = draw(st.integers(0, max_entities))
    for entity in draw(st.lists(entities(width, height, names), min_size=count, max_size=count)):
        if check(factory, entity) is None:
            factory = factory.adding(entity)
    if endpoints:
        factory = draw(_endpoints(factory, draw(st.integers(0, 4))))
    power = draw(st.sampled_from((Power(), Power("poles"), Power("satisfaction", 0.5))))
    resources = draw(st.sampled_from(((), (Resource("iron-ore", (0, 0, width, height)),))))
    return Factory(width, height, factory.entities, factory.sources, factory.sinks,
                   draw(st.sampled_from(("factory", "a b", 'quoted "x"'))), power, resources)  # fmt: skip
