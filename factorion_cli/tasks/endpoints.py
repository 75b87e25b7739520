"""Sources and sinks for a design that has none: where things enter and leave, and which things.

An open belt head is where something comes in, an open tail where something goes out; so are chests that are only taken
from or only given to, and arms that reach past the edge (`openings`). What comes in follows from the recipes
(`supply`), what goes out is what the design makes and does not use up. Every endpoint says why it is there and how
sure that is (`certainty`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from factorion_cli.factory import Factory, Sink, Source
from factorion_cli.factory.entity import Lanes
from factorion_cli.tasks import certainty
from factorion_cli.tasks.assumptions import assume, assumed_power
from factorion_cli.tasks.flows import FUEL, NOTHING, Flows, Place, item_ingredients, trace
from factorion_cli.tasks.layout import Layout, Opening, Tile, belt_tier
from factorion_cli.tasks.openings import Openings, Outlet, exits_of, find_openings
from factorion_cli.tasks.ores import deposits
from factorion_cli.tasks.recipes import Making, infer_making
from factorion_cli.tasks.research import is_lab
from factorion_cli.tasks.supply import Cargo, Inlet, Load, Supply, assign, through_cargo

MARGIN = 1
"""Tiles that the rectangle grows on every side, so that endpoints have room."""

DEFAULT_ITEM = "iron-plate"
"""What runs through designs that do not care what they move."""


class Reasoned(NamedTuple):
    """An endpoint, why it is there, and how sure that is, 0 to 1."""

    endpoint: Source | Sink
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Design:
    """What is known of a design once its supply is decided."""

    openings: Openings
    making: Making
    flows: Flows
    inlets: tuple[Inlet, ...]
    supply: Supply
    fuelled: frozenset[int]

    @property
    def layout(self) -> Layout:
        return self.openings.layout

    @property
    def produces(self) -> bool:
        return bool(self.flows.deliveries or self.flows.receipts)


def infer_endpoints(factory: Factory) -> Factory:
    """The factory with a margin around it and sources and sinks where things enter and leave.

    Args:
        factory: entities only; endpoints that it has already are dropped. `metadata["label"]`, when there, helps to
            tell what furnaces smelt and drills mine.

    Returns:
        A new Factory. `metadata["endpoints"]` lists `{"id", "reason", "confidence"}` for each endpoint and
        `metadata["problems"]` what keeps the design from working as drawn, in words; both are absent when empty. Ore
        lies under drills; fuel, fluids and power are assumed as `assumptions` says.
    """
    design = _understand(_with_margin(factory))
    through = _through_cargo(design)
    sources = _sources(design, design.supply.cargo) + _sources(design, through)
    sinks = _sinks(design, design.openings.outlets, through) + _labs(design)
    sinks = sinks or _sinks(design, design.openings.last_outlets, through)
    return _finish(design, sources, sinks)


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
    """Decide the supply: with fuel for burners if it can all be brought, with last resorts if it must."""
    openings = find_openings(factory)
    layout = openings.layout
    label = str(factory.metadata.get("label", ""))
    making = infer_making(layout, label, [inlet.starts for inlet in openings.inlets])
    burners = frozenset(index for index in making.recipes if _burns(layout, index))
    ways = [openings.inlets, (*openings.inlets, *openings.last_inlets)][: 1 + bool(openings.last_inlets)]
    tries = [(inlets, fuelled) for inlets in ways for fuelled in dict.fromkeys((burners, frozenset[int]()))]
    best: _Design | None = None
    for inlets, fuelled in tries:
        flows = trace(layout, making.recipes, exits_of(openings), making.ores, fuelled)
        supply = assign(flows, inlets)
        if best is None or len(supply.unmet) < len(best.supply.unmet):
            best = _Design(openings, making, flows, inlets, supply, fuelled)
        if not supply.unmet:
            break
    assert best is not None
    return best


def _burns(layout: Layout, index: int) -> bool:
    machine = layout.prototype(index).machine
    return machine is not None and machine.burner


def _through_cargo(design: _Design) -> Cargo:
    """What is sent along the lines of a design without machines; in others, lines that pass by all of them are idle."""
    return tuple(
        (None,) * len(items) if design.produces or any(items) else through_cargo(design.flows, inlet, DEFAULT_ITEM)
        for inlet, items in zip(design.inlets, design.supply.cargo, strict=True)
    )


def _sources(design: _Design, cargo: Cargo) -> list[Reasoned]:
    sources: list[Reasoned] = []
    for inlet, loads in zip(design.inlets, cargo, strict=True):
        entity, opening = design.layout.entity(inlet.entity), inlet.opening
        where, sure = _place(design, inlet.entity, opening)
        for lanes, load in _by_lanes(loads):
            if opening is None:
                source = Source("", "chest", entity.x, entity.y, load.item)
            else:
                belt = belt_tier(entity.name)
                source = Source("", "belt", opening.x, opening.y, load.item, opening.direction, lanes, belt)
            trust, why = _trust(design, inlet, load)
            shared = certainty.SHARED_BELT if opening is not None and lanes != "both" else 1.0
            sources.append(Reasoned(source, f"{where}: {why}", sure * trust * shared))
    return sources


def _by_lanes(loads: tuple[Load | None, ...]) -> list[tuple[Lanes, Load]]:
    if len(loads) == 1:
        return [("both", load) for load in loads if load is not None]
    left, right = loads
    if left is not None and right is not None and left.item == right.item:
        return [("both", left)]
    found: list[tuple[Lanes, Load]] = []
    if left is not None:
        found.append(("left", left))
    if right is not None:
        found.append(("right", right))
    return found


def _place(design: _Design, index: int, opening: Opening | None) -> tuple[str, float]:
    """Why there, in words, and how sure that is."""
    entity = design.layout.entity(index)
    if index in design.openings.placeholders:
        return "an arm reaches for this free tile", certainty.CUT_ARM
    if opening is None:
        return f"{entity.name} at one end of all its arms", certainty.CHEST
    if (entity.x, entity.y) != (opening.x, opening.y):
        return f"open end of the {entity.name} at {entity.x},{entity.y}", certainty.OPEN_END
    if entity.prototype.type == "underground-belt":
        return f"{entity.name} whose other end is missing", certainty.CUT_UNDERGROUND
    return f"{entity.name} whose end is hemmed in", certainty.HEMMED_IN


def _trust(design: _Design, inlet: Inlet, load: Load) -> tuple[float, str]:
    """How far the item is to be trusted, and why it."""
    trust, words = certainty.GROUNDS[load.ground]
    if load.item == FUEL and design.fuelled:
        return certainty.FUEL_LANE, f"fuel ({FUEL})"
    takers = _takers(design, inlet, load.item)
    if any(is_lab(design.layout, machine) for machine in takers):
        return min(trust, certainty.PACKS), f"{load.item} for labs"
    if takers and takers <= design.making.guessed:
        return trust * certainty.GUESSED_ORE, f"{words.format(load.item)}, though nothing says what is smelted"
    return trust, words.format(load.item)


def _takers(design: _Design, inlet: Inlet, item: str) -> set[int]:
    """Machines that take the item from lines that the inlet leads to."""
    reached = design.flows.reach(inlet.starts)
    return {
        delivery.machine
        for delivery in design.flows.deliveries
        if item in design.flows.needs[delivery.machine] and reached.intersection(delivery.places)
    }


def _arriving(design: _Design, cargo: Cargo) -> dict[Place, frozenset[str]]:
    """Items from the sources by the places that they can come to, filters aside."""
    arriving: dict[Place, frozenset[str]] = {}
    for inlet, loads in zip(design.inlets, cargo, strict=True):
        for start, load in zip(inlet.starts, loads, strict=True):
            if load is not None:
                for place in design.flows.reach((start,)):
                    arriving[place] = arriving.get(place, NOTHING) | {load.item}
    return arriving


def _used_up(design: _Design) -> frozenset[str]:
    """Products that some machine of the design takes as an ingredient."""
    return frozenset(
        item
        for machine, recipe in design.making.recipes.items()
        for item in item_ingredients(recipe) - design.flows.needs[machine]
    )


def _sinks(design: _Design, outlets: Iterable[Outlet], through: Cargo) -> list[Reasoned]:
    outlets = tuple(outlets)
    raw, passing = _arriving(design, design.supply.cargo), _arriving(design, through)
    used_up = _used_up(design)
    made = [_at(design.flows.carries, outlet) for outlet in outlets]
    final = any(products - used_up for products in made)
    found: dict[Tile, Reasoned] = {}
    for outlet, products in zip(outlets, made, strict=True):
        # Lines dead-end when they only feed machines, and when all that they carry is used up inside; a chest that
        # nothing takes from is there to be emptied by someone.
        wanted = products - used_up if final and outlet.opening is not None else products
        brought = _at(raw, outlet)
        items = wanted or _at(passing, outlet) or (brought if outlet.opening is None else NOTHING)
        if items:
            sink = _sink(design, outlet, items, bool(wanted and brought), bool(wanted))
            found.setdefault((sink.endpoint.x, sink.endpoint.y), sink)
    return list(found.values())


def _labs(design: _Design) -> list[Reasoned]:
    """Labs that get packs count what they use up."""
    fed = {delivery.machine for delivery in design.flows.deliveries}
    labs = [index for index in sorted(fed) if is_lab(design.layout, index) and design.making.recipes[index] is not None]
    places = [(design.layout.entity(index).x, design.layout.entity(index).y) for index in labs]
    return [Reasoned(Sink("", "output", of=place), "lab that uses up science packs", certainty.LAB) for place in places]


def _at(items: Mapping[Place, frozenset[str]], outlet: Outlet) -> frozenset[str]:
    return NOTHING.union(*(items.get(place, NOTHING) for place in outlet.places))


def _sink(design: _Design, outlet: Outlet, items: frozenset[str], mixed: bool, made: bool) -> Reasoned:
    """Where raw items come along (`mixed`) only one product can be named, so that the raw ones do not count."""
    entity, opening = design.layout.entity(outlet.entity), outlet.opening
    item = min(items) if len(items) == 1 or mixed else None
    where, sure = _place(design, outlet.entity, opening)
    if opening is None:
        sink = Sink("", "chest", entity.x, entity.y, item)
    else:
        sink = Sink("", "belt", opening.x, opening.y, item, opening.direction, belt_tier(entity.name))
    names = ", ".join(sorted(items)[:3]) + (", ..." if len(items) > 3 else "")
    trust = certainty.PASSING if not made else certainty.ONE_PRODUCT if len(items) == 1 else certainty.SEVERAL_PRODUCTS
    return Reasoned(sink, f"{where}: {'product' if made else 'passes through'} {names}", sure * trust)


def _problems(design: _Design) -> list[str]:
    problems = []
    if any(recipe is None for recipe in design.making.recipes.values()):
        problems.append("recipe missing")
    missing = {(item, design.layout.entity(machine).name) for machine, item in design.supply.unmet}
    problems += [f"nothing brings {item} to the {name}" for item, name in sorted(missing)]
    return problems


def _finish(design: _Design, sources: list[Reasoned], sinks: list[Reasoned]) -> Factory:
    factory = design.layout.factory
    named: list[Reasoned] = []
    for prefix, found in (("source", sources), ("sink", sinks)):
        for number, reasoned in enumerate(sorted(found, key=_reading_order)):
            named.append(reasoned._replace(endpoint=replace(reasoned.endpoint, id=f"{prefix}-{number}")))
    standing = [end.endpoint for end in named if end.endpoint.kind != "output"]
    replaced = {design.layout.at.get((end.x, end.y)) for end in standing} | design.openings.placeholders
    metadata: dict[str, Any] = dict(factory.metadata)
    if named:
        metadata["endpoints"] = [
            {"id": end.endpoint.id, "reason": end.reason, "confidence": round(end.confidence, 2)} for end in named
        ]
    if problems := _problems(design):
        metadata["problems"] = problems
    return replace(
        factory,
        entities=tuple(
            replace(entity, fuel=None) if index in design.fuelled else entity
            for index, entity in enumerate(factory.entities)
            if index not in replaced
        ),
        sources=tuple(end.endpoint for end in named if isinstance(end.endpoint, Source)),
        sinks=tuple(end.endpoint for end in named if isinstance(end.endpoint, Sink)),
        resources=deposits(factory, design.making.ores),
        metadata=metadata,
    )


def _reading_order(reasoned: Reasoned) -> tuple[int, int, str]:
    endpoint = reasoned.endpoint
    x, y = (isinstance(endpoint, Sink) and endpoint.of) or (endpoint.x, endpoint.y)
    return y, x, getattr(endpoint, "lanes", "")
