"""Which items each place of a design wants and carries.

A place is one lane of a belt-like entity, or a chest. Wants travel against the flow from the machines that use an item
to every place from which it could come; what machines make travels with the flow. Both are sets that only grow, so one
work list each finds them. `ANY` is wanted where things leave the design and nothing says what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from factorion_cli.prototypes import Recipe
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.tasks.layout import Arm, Drill, Layout

ANY = "*"
FUEL = "coal"
"""What furnaces burn: blueprints do not say, and it is what players bring first."""

NOTHING: frozenset[str] = frozenset()

Place = int
"""Twice the entity's index, plus 1 for the right lane of a belt."""


class Edge(NamedTuple):
    """Things move from one place to `target`, if `only` names them (when it is not empty) and `never` does not."""

    target: Place
    only: frozenset[str] = NOTHING
    never: str | None = None

    def let_through(self, items: frozenset[str]) -> frozenset[str]:
        """The items among these that may pass; of `ANY`, what the filter names."""
        if self.only:
            return self.only if ANY in items else items & self.only
        return items - {self.never} if self.never is not None else items


class Delivery(NamedTuple):
    """An arm that feeds a machine: the places it takes from (none: straight from the machine `maker`)."""

    machine: int
    arm: Arm
    places: tuple[Place, ...]
    maker: int | None

    def taken(self, items: frozenset[str]) -> frozenset[str]:
        """The items among these that the arm's filters let it move."""
        return items & self.arm.filters if self.arm.filters else items


@dataclass(frozen=True, slots=True)
class Flows:
    """How things move through a design.

    Attributes:
        layout: the design.
        edges: from each place to the next.
        deliveries: every arm that gives to a machine.
        receipts: places where an arm puts what a machine makes, with the machine and the arm's filters.
        wants: items wanted at or after a place.
        carries: items made or mined inside that reach a place.
        needs: for every machine the ingredients that nothing inside the design brings it.
    """

    layout: Layout
    edges: Mapping[Place, tuple[Edge, ...]]
    deliveries: tuple[Delivery, ...]
    receipts: tuple[tuple[Place, int, frozenset[str]], ...]
    wants: Mapping[Place, frozenset[str]]
    carries: Mapping[Place, frozenset[str]]
    needs: Mapping[int, frozenset[str]]

    def reach(self, start: Iterable[Place]) -> set[Place]:
        """Every place that things from `start` can come to, filters aside."""
        seen = set(start)
        queue = list(seen)
        while queue:
            for edge in self.edges.get(queue.pop(), ()):
                if edge.target not in seen:
                    seen.add(edge.target)
                    queue.append(edge.target)
        return seen


def places_of(layout: Layout, index: int) -> tuple[Place, ...]:
    """Both lanes of a belt, or the one place of a chest; none for anything else."""
    if layout.is_belt(index):
        return (2 * index + LEFT, 2 * index + RIGHT)
    return (2 * index,) if layout.is_chest(index) else ()


def trace(
    layout: Layout,
    recipes: Mapping[int, Recipe | None],
    exits: Iterable[Place] = (),
    ores: Mapping[int, str] = MappingProxyType({}),
    burners: frozenset[int] = frozenset(),
) -> Flows:
    """Follow items through a design.

    Args:
        layout: the design.
        recipes: what each crafting machine makes, None where unknown.
        exits: places at which things leave the design, so that anything is wanted there.
        ores: what drills mine; the others lie still.
        burners: machines that need fuel brought.
    """
    edges = {place: tuple(found) for place, found in _edges(layout).items()}
    deliveries = tuple(_deliveries(layout, recipes))
    receipts = tuple(_receipts(layout, recipes))
    carries = _spread(edges, _made(layout, receipts, recipes, ores, item_products))
    primed = _spread(edges, _made(layout, receipts, recipes, ores, item_gains))
    needs = _outside_needs(layout, deliveries, _wanted_items(recipes, burners), recipes, (carries, primed))
    for drill in layout.drills:
        if drill.drop is not None and drill.drop in needs and drill.entity in ores:
            needs[drill.drop] -= {ores[drill.entity]}
    wanted = _seed_wants(deliveries, needs)
    for place in exits:
        wanted[place] = wanted.get(place, NOTHING) | {ANY}
    return Flows(layout, edges, deliveries, receipts, _pull(edges, wanted), carries, needs)


def item_ingredients(recipe: Recipe | None) -> frozenset[str]:
    """Names of the solid ingredients."""
    return NOTHING if recipe is None else frozenset(part.name for part in recipe.ingredients if not part.fluid)


def item_products(recipe: Recipe | None) -> frozenset[str]:
    """Names of the solid products."""
    return NOTHING if recipe is None else frozenset(part.name for part in recipe.products if not part.fluid)


def item_gains(recipe: Recipe | None) -> frozenset[str]:
    """Solid products but those that the recipe takes itself: it cannot start without them (Kovarex enrichment)."""
    return item_products(recipe) - item_ingredients(recipe)


def drop_places(layout: Layout, arm: Arm) -> tuple[Place, ...]:
    """Where an arm puts things: one lane of a belt, or a chest."""
    if arm.drop is None:
        return ()
    if layout.is_belt(arm.drop):
        return (2 * arm.drop + arm.lane,)
    return places_of(layout, arm.drop)


def pickup_places(layout: Layout, arm: Arm) -> tuple[Place, ...]:
    """Where an arm takes things from: both lanes of a belt, or a chest."""
    if arm.pickup is None:
        return ()
    return places_of(layout, arm.pickup)


def _edges(layout: Layout) -> dict[Place, list[Edge]]:
    edges: dict[Place, list[Edge]] = {}
    for index, links in layout.links.items():
        for link in links:
            only = frozenset((link.only,)) if link.only is not None else NOTHING
            for lane, landing in enumerate(link.lanes):
                if landing is not None:
                    edges.setdefault(2 * index + lane, []).append(Edge(2 * link.target + landing, only, link.never))
    for arm in layout.arms:
        for target in drop_places(layout, arm):
            for place in pickup_places(layout, arm):
                edges.setdefault(place, []).append(Edge(target, arm.filters))
    return edges


def _deliveries(layout: Layout, recipes: Mapping[int, Recipe | None]) -> Iterator[Delivery]:
    for arm in layout.arms:
        if arm.drop is not None and arm.drop in recipes and arm.pickup is not None:
            maker = arm.pickup if arm.pickup in recipes else None
            yield Delivery(arm.drop, arm, pickup_places(layout, arm), maker)


def _receipts(layout: Layout, recipes: Mapping[int, Recipe | None]) -> Iterator[tuple[Place, int, frozenset[str]]]:
    for arm in layout.arms:
        if arm.pickup is not None and arm.pickup in recipes:
            for place in drop_places(layout, arm):
                yield place, arm.pickup, arm.filters


def mined_places(layout: Layout, drill: Drill) -> tuple[Place, ...]:
    """Where a drill puts things: one lane of a belt, or a chest."""
    if drill.drop is None:
        return ()
    return (2 * drill.drop + drill.lane,) if layout.is_belt(drill.drop) else places_of(layout, drill.drop)


def _made(
    layout: Layout,
    receipts: Iterable[tuple[Place, int, frozenset[str]]],
    recipes: Mapping[int, Recipe | None],
    ores: Mapping[int, str],
    products_of: Callable[[Recipe | None], frozenset[str]],
) -> dict[Place, frozenset[str]]:
    made: dict[Place, frozenset[str]] = {}
    for drill in layout.drills:
        for place in mined_places(layout, drill) if drill.entity in ores else ():
            made[place] = made.get(place, NOTHING) | {ores[drill.entity]}
    for place, machine, filters in receipts:
        products = products_of(recipes[machine])
        made[place] = made.get(place, NOTHING) | (products & filters if filters else products)
    return made


def _wanted_items(recipes: Mapping[int, Recipe | None], burners: frozenset[int]) -> dict[int, frozenset[str]]:
    return {
        machine: item_ingredients(recipe) | (frozenset((FUEL,)) if machine in burners else NOTHING)
        for machine, recipe in recipes.items()
    }


def _outside_needs(
    layout: Layout,
    deliveries: Iterable[Delivery],
    wanted: Mapping[int, frozenset[str]],
    recipes: Mapping[int, Recipe | None],
    carried: tuple[Mapping[Place, frozenset[str]], Mapping[Place, frozenset[str]]],
) -> dict[int, frozenset[str]]:
    """What nothing inside brings; `carried` is what is made, by place: all of it, and all but what its recipe takes."""
    carries, primed = carried
    needs = dict(wanted)
    for delivery in deliveries:
        recipe = recipes[delivery.machine]
        # A recipe cannot start on its own product (Kovarex enrichment), but what others make of it will do.
        own = item_ingredients(recipe) & item_products(recipe)
        inside = NOTHING
        if delivery.maker is not None:
            inside = item_products(recipes[delivery.maker]) - (own if recipes[delivery.maker] == recipe else NOTHING)
            if layout.prototype(delivery.maker).lab is not None:
                inside = wanted[delivery.maker]  # labs hand on what they get
        for place in delivery.places:
            inside |= (carries.get(place, NOTHING) - own) | primed.get(place, NOTHING)
        needs[delivery.machine] -= delivery.taken(inside)
    return needs


def _seed_wants(deliveries: Iterable[Delivery], needs: Mapping[int, frozenset[str]]) -> dict[Place, frozenset[str]]:
    wanted: dict[Place, frozenset[str]] = {}
    for delivery in deliveries:
        for place in delivery.places:
            wanted[place] = wanted.get(place, NOTHING) | delivery.taken(needs[delivery.machine])
    return wanted


def _spread(
    edges: Mapping[Place, tuple[Edge, ...]], start: Mapping[Place, frozenset[str]]
) -> dict[Place, frozenset[str]]:
    found = dict(start)
    queue = list(start)
    while queue:
        place = queue.pop()
        for edge in edges.get(place, ()):
            arriving = edge.let_through(found[place])
            before = found.get(edge.target, NOTHING)
            if not arriving <= before:
                found[edge.target] = before | arriving
                queue.append(edge.target)
    return found


def _pull(
    edges: Mapping[Place, tuple[Edge, ...]], start: Mapping[Place, frozenset[str]]
) -> dict[Place, frozenset[str]]:
    backwards: dict[Place, list[Edge]] = {}
    for place, found in edges.items():
        for edge in found:
            backwards.setdefault(edge.target, []).append(edge._replace(target=place))
    return _spread({place: tuple(found) for place, found in backwards.items()}, start)
