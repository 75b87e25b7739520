"""Sources and sinks for a design that has none: where things enter and leave, and which things.

An open belt head is where something comes in, an open tail where something goes out; so are chests that are only taken
from or only given to, and arms that reach past the edge. What comes in follows from the recipes (`supply`), what goes
out is what the design makes and does not use up. Endpoints stand on free tiles outside the belts that they serve, for
which the factory grows by a margin; chests, and undergrounds whose other end is missing, are replaced where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.entity import Lanes
from factorion_cli.prototypes import Recipe
from factorion_cli.tasks.assumptions import assume, assumed_power
from factorion_cli.tasks.flows import (
    NOTHING,
    Flows,
    Place,
    drop_places,
    item_ingredients,
    pickup_places,
    places_of,
    trace,
)
from factorion_cli.tasks.layout import Layout, Opening, Tile, analyse, belt_tier
from factorion_cli.tasks.recipes import infer_recipes
from factorion_cli.tasks.supply import Inlet, Supply, assign, through_cargo

MARGIN = 1
"""Tiles that the rectangle grows on every side, so that endpoints have room."""

DEFAULT_ITEM = "iron-plate"
"""What runs through designs that do not care what they move."""

PLACEHOLDER = "steel-chest"
"""Stands for the other end of an arm that reaches past the edge, until an endpoint takes its place."""

Reasoned = tuple[Source | Sink, str]


@dataclass(frozen=True, slots=True)
class _Design:
    """A design on its way to a factory: what is known before endpoints are chosen."""

    layout: Layout
    recipes: Mapping[int, Recipe | None]
    placeholders: frozenset[int]
    inlets: tuple[Inlet, ...]
    tails: tuple[Opening, ...]
    outlet_chests: tuple[int, ...]
    flows: Flows


def infer_endpoints(factory: Factory) -> Factory:
    """The factory with a margin around it and sources and sinks where things enter and leave.

    Args:
        factory: entities only; endpoints that it has already are dropped. `metadata["label"]`, when there, helps to
            tell what furnaces smelt.

    Returns:
        A new Factory. `metadata["endpoints"]` lists `{"id", "reason"}` for each endpoint and `metadata["problems"]`
        what keeps the design from working as drawn, in words; both are absent when empty. Fuel, fluids and power are
        assumed as `assumptions` says.
    """
    design = _understand(_with_margin(factory))
    supply = assign(design.flows, design.inlets)
    through = _through_cargo(design, supply.cargo)
    sources = _sources(design, supply.cargo) + _sources(design, through)
    sinks = _sinks(design, supply.cargo, through)
    return _finish(design, sources, sinks, _problems(design, supply))


def _with_margin(factory: Factory) -> Factory:
    moved = tuple(assume(replace(entity, x=entity.x + MARGIN, y=entity.y + MARGIN)) for entity in factory.entities)
    return replace(
        factory,
        width=factory.width + 2 * MARGIN,
        height=factory.height + 2 * MARGIN,
        entities=moved,
        sources=(),
        sinks=(),
        power=assumed_power(replace(factory, entities=moved)),
    )


def _understand(factory: Factory) -> _Design:
    bare = analyse(factory)
    open_tiles = _open_arm_tiles(bare)
    layout = analyse(factory.adding(*(Entity(PLACEHOLDER, x, y) for x, y in open_tiles))) if open_tiles else bare
    placeholders = frozenset(range(len(factory.entities), len(layout.factory.entities)))
    recipes = infer_recipes(layout, str(factory.metadata.get("label", "")))
    inlet_chests, outlet_chests = _terminal_chests(layout, recipes)
    taken: set[Tile] = set()
    inlets = [
        Inlet(opening.entity, places_of(layout, opening.entity), opening)
        for opening in layout.heads
        if _claim(layout, taken, opening)
    ]
    inlets += [Inlet(chest, places_of(layout, chest), None) for chest in inlet_chests]
    tails = tuple(opening for opening in layout.tails if _claim(layout, taken, opening, shared=True))
    exits = [place for tail in tails for place in places_of(layout, tail.entity)]
    exits += [place for chest in outlet_chests for place in places_of(layout, chest)]
    flows = trace(layout, recipes, exits)
    return _Design(layout, recipes, placeholders, tuple(inlets), tails, tuple(outlet_chests), flows)


def _free(layout: Layout, tile: Tile) -> bool:
    factory = layout.factory
    return tile not in layout.at and 0 <= tile[0] < factory.width and 0 <= tile[1] < factory.height


def _claim(layout: Layout, taken: set[Tile], opening: Opening, shared: bool = False) -> bool:
    """Whether an endpoint may stand there; one tile serves one source. `shared` tails may meet on one sink."""
    tile = (opening.x, opening.y)
    if tile in taken or not (_free(layout, tile) or layout.at.get(tile) == opening.entity):
        return False
    if not shared:
        taken.add(tile)
    return True


def _open_arm_tiles(layout: Layout) -> list[Tile]:
    """Free tiles from which an arm feeds a machine, or onto which one unloads a machine."""
    belt_ends = {(opening.x, opening.y) for opening in (*layout.heads, *layout.tails)}
    tiles: set[Tile] = set()
    for arm in layout.arms:
        ends = ((arm.pickup_tile, arm.drop), (arm.drop_tile, arm.pickup))
        for tile, other in ends:
            machine = other is not None and layout.prototype(other).machine is not None
            if machine and _free(layout, tile) and tile not in belt_ends:
                tiles.add(tile)
    return sorted(tiles, key=lambda tile: (tile[1], tile[0]))


def _terminal_chests(layout: Layout, recipes: Mapping[int, Recipe | None]) -> tuple[list[int], list[int]]:
    """Chests that are only taken from, and chests that are only given to."""
    given: set[int] = set()
    taken: set[int] = set()
    for arm in layout.arms:
        moves_on = arm.drop in recipes or bool(drop_places(layout, arm))
        comes_from = arm.pickup in recipes or bool(pickup_places(layout, arm))
        if arm.pickup is not None and layout.is_chest(arm.pickup) and moves_on:
            taken.add(arm.pickup)
        if arm.drop is not None and layout.is_chest(arm.drop) and comes_from:
            given.add(arm.drop)
    return sorted(taken - given), sorted(given - taken)


def _produces(design: _Design) -> bool:
    return bool(design.flows.deliveries or design.flows.receipts)


Cargo = tuple[tuple[str | None, ...], ...]
"""The item of each start of each inlet."""


def _through_cargo(design: _Design, fed: Cargo) -> Cargo:
    """What is sent along the lines of a design without machines; in others, lines that pass by all of them are idle."""
    return tuple(
        (None,) * len(items) if _produces(design) or any(items) else through_cargo(design.flows, inlet, DEFAULT_ITEM)
        for inlet, items in zip(design.inlets, fed, strict=True)
    )


def _sources(design: _Design, cargo: Cargo) -> list[Reasoned]:
    sources: list[Reasoned] = []
    for inlet, items in zip(design.inlets, cargo, strict=True):
        entity = design.layout.entity(inlet.entity)
        opening = inlet.opening
        if opening is None:
            if items[0] is not None:
                reason = f"{entity.name} that is only taken from"
                sources.append((Source("", "chest", entity.x, entity.y, items[0]), reason))
            continue
        belt = belt_tier(entity.name)
        for lanes, item in _by_lanes(items):
            source = Source("", "belt", opening.x, opening.y, item, opening.direction, lanes, belt)
            sources.append((source, _open_end(entity, opening)))
    return sources


def _by_lanes(items: tuple[str | None, ...]) -> list[tuple[Lanes, str]]:
    left, right = items
    if left is not None and left == right:
        return [("both", left)]
    found: list[tuple[Lanes, str]] = []
    if left is not None:
        found.append(("left", left))
    if right is not None:
        found.append(("right", right))
    return found


def _arriving(design: _Design, cargo: Cargo) -> dict[Place, frozenset[str]]:
    """Items from the sources by the places that they can come to, filters aside."""
    arriving: dict[Place, frozenset[str]] = {}
    for inlet, items in zip(design.inlets, cargo, strict=True):
        for start, item in zip(inlet.starts, items, strict=True):
            if item is not None:
                for place in design.flows.reach((start,)):
                    arriving[place] = arriving.get(place, NOTHING) | {item}
    return arriving


def _used_up(design: _Design) -> frozenset[str]:
    """Products that some machine of the design takes as an ingredient."""
    return frozenset(
        item
        for machine, recipe in design.recipes.items()
        for item in item_ingredients(recipe) - design.flows.needs[machine]
    )


def _sinks(design: _Design, fed: Cargo, through: Cargo) -> list[Reasoned]:
    layout, carries = design.layout, design.flows.carries
    ends: list[tuple[int, Opening | None]] = [(tail.entity, tail) for tail in design.tails]
    ends += [(chest, None) for chest in design.outlet_chests]
    raw, passing = _arriving(design, fed), _arriving(design, through)
    used_up = _used_up(design)
    made = [_at(layout, carries, index) for index, _ in ends]
    final = any(products - used_up for products in made)
    found: dict[Tile, Reasoned] = {}
    for (index, opening), products in zip(ends, made, strict=True):
        # Lines dead-end when they only feed machines, and when all that they carry is used up inside.
        wanted = products - used_up if final else products
        brought = _at(layout, raw, index)
        items = wanted or _at(layout, passing, index) or (brought if opening is None else NOTHING)
        if items:
            # Where raw items come along only one product can be named, so that the raw ones do not count.
            item = min(items) if len(items) == 1 or (wanted and brought) else None
            sink, reason = _sink(layout, opening, index, item)
            found.setdefault((sink.x, sink.y), (sink, reason))
    return list(found.values())


def _at(layout: Layout, items: Mapping[Place, frozenset[str]], index: int) -> frozenset[str]:
    return NOTHING.union(*(items.get(place, NOTHING) for place in places_of(layout, index)))


def _sink(layout: Layout, opening: Opening | None, index: int, item: str | None) -> Reasoned:
    entity = layout.entity(index)
    if opening is None:
        return Sink("", "chest", entity.x, entity.y, item), f"{entity.name} that is only given to"
    sink = Sink("", "belt", opening.x, opening.y, item, opening.direction, belt_tier(entity.name))
    return sink, _open_end(entity, opening)


def _open_end(entity: Entity, opening: Opening) -> str:
    if (entity.x, entity.y) == (opening.x, opening.y):
        return f"{entity.name} whose other end is missing"
    return f"open end of the {entity.name} at {entity.x},{entity.y}"


def _problems(design: _Design, supply: Supply) -> list[str]:
    problems = []
    if any(recipe is None for recipe in design.recipes.values()):
        problems.append("recipe missing")
    if supply.unmet:
        machine, item = min(supply.unmet)
        problems.append(f"nothing brings {item} to the {design.layout.entity(machine).name}")
    return problems


def _finish(design: _Design, sources: list[Reasoned], sinks: list[Reasoned], problems: list[str]) -> Factory:
    factory = design.layout.factory
    named: list[Reasoned] = []
    for prefix, found in (("source", sources), ("sink", sinks)):
        for number, (endpoint, reason) in enumerate(sorted(found, key=_reading_order)):
            named.append((replace(endpoint, id=f"{prefix}-{number}"), reason))
    replaced = {design.layout.at.get((endpoint.x, endpoint.y)) for endpoint, _ in named} | design.placeholders
    entities = tuple(entity for index, entity in enumerate(factory.entities) if index not in replaced)
    metadata: dict[str, Any] = dict(factory.metadata)
    if named:
        metadata["endpoints"] = [{"id": endpoint.id, "reason": reason} for endpoint, reason in named]
    if problems:
        metadata["problems"] = problems
    return replace(
        factory,
        entities=entities,
        sources=tuple(endpoint for endpoint, _ in named if isinstance(endpoint, Source)),
        sinks=tuple(endpoint for endpoint, _ in named if isinstance(endpoint, Sink)),
        metadata=metadata,
    )


def _reading_order(reasoned: Reasoned) -> tuple[int, int, str]:
    endpoint = reasoned[0]
    return endpoint.y, endpoint.x, getattr(endpoint, "lanes", "")
