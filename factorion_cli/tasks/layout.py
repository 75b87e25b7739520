"""What stands next to what in a design: belts linked lane by lane, arms with both their ends, open ends.

The connections are the simulator's own (`simulation.wiring`), told here by entity rather than by tile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.prototypes import EntityPrototype
from factorion_cli.simulation.belt_rules import LEFT, outlet_lane
from factorion_cli.simulation.wiring import BeltNode, Wiring, drop_lane, outlet, outlet_tile, turn_code, wire

Tile = tuple[int, int]

BELT_TYPES = frozenset({"transport-belt", "underground-belt", "splitter"})
CHEST_TYPES = frozenset({"container", "logistic-container"})


class Link(NamedTuple):
    """Belt-like `target` takes what leaves here: `lanes[lane]` is the lane it lands on, None when blocked.

    `only` and `never` are the items that a splitter's filter lets through and holds back.
    """

    target: int
    lanes: tuple[int | None, int | None]
    only: str | None = None
    never: str | None = None


class Opening(NamedTuple):
    """An open end of the belt-like `entity`: the tile outside it, and the direction of travel there.

    Where the other end of an underground is missing, the tile is the one that the end itself stands on.
    """

    entity: int
    x: int
    y: int
    direction: int


class Arm(NamedTuple):
    """An inserter: the entities that it takes from and gives to (None: nothing there) and their tiles.

    `lane` is the one on which it drops, where it drops on a belt.
    """

    entity: int
    pickup: int | None
    drop: int | None
    pickup_tile: Tile
    drop_tile: Tile
    lane: int
    filters: frozenset[str]


class Drill(NamedTuple):
    """A mining drill: the entity that it mines into (None: nothing there), and the lane where that is a belt."""

    entity: int
    drop: int | None
    lane: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A design and its connections. Entities are named by their index in `factory.entities`.

    Attributes:
        factory: the design.
        at: entity on each covered tile.
        links: for every belt-like entity what it hands items to.
        arms: every inserter.
        drills: every mining drill that puts out items.
        heads: where nothing feeds a belt, entrance or splitter input: the tile behind it, free or not; and exits that
            lack their entrance. A spare input of a splitter inside the design is none.
        tails: where nothing takes what a belt, exit or splitter gives: the tile in front of it, free or not; and
            entrances that lack their exit.
    """

    factory: Factory
    at: Mapping[Tile, int]
    links: Mapping[int, tuple[Link, ...]]
    arms: tuple[Arm, ...]
    drills: tuple[Drill, ...]
    heads: tuple[Opening, ...]
    tails: tuple[Opening, ...]

    def entity(self, index: int) -> Entity:
        """The entity of that index."""
        return self.factory.entities[index]

    def prototype(self, index: int) -> EntityPrototype:
        """The prototype of the entity of that index."""
        return self.entity(index).prototype

    def is_belt(self, index: int) -> bool:
        """Whether it is a belt, an underground or a splitter."""
        return self.prototype(index).type in BELT_TYPES

    def is_chest(self, index: int) -> bool:
        """Whether it is a chest of one tile, which an endpoint could stand for."""
        prototype = self.prototype(index)
        return prototype.type in CHEST_TYPES and (prototype.width, prototype.height) == (1, 1)


def belt_tier(name: str) -> str:
    """The plain belt of the same speed as a belt, underground or splitter.

    >>> belt_tier("fast-splitter"), belt_tier("underground-belt")
    ('fast-transport-belt', 'transport-belt')
    """
    prefix = name.removesuffix("transport-belt").removesuffix("underground-belt").removesuffix("splitter")
    return f"{prefix}transport-belt"


def analyse(factory: Factory) -> Layout:
    """Work out the connections of a design. Endpoints that it has already are not looked at."""
    at = {tile: index for index, entity in enumerate(factory.entities) for tile in entity.tiles()}
    wiring = wire(replace(factory, sources=(), sinks=()))
    # By entity, so that ends are named in the order of the design.
    order = sorted(range(len(wiring.nodes)), key=lambda index: (wiring.nodes[index].entity, wiring.nodes[index].side))
    # A loader has a chest or machine at its other end: nothing enters or leaves the design there.
    ends = [index for index in order if factory.entities[wiring.nodes[index].entity].prototype.type in BELT_TYPES]
    arms = tuple(_arms(factory.entities, at, wiring))
    heads = list(_heads(factory, wiring, ends, arms))
    tails = tuple(_tails(wiring, ends))
    drills = tuple(_drills(factory.entities, wiring))
    return Layout(factory, at, _links(factory, wiring, order), arms, drills, without_spares(factory, heads), tails)


def _links(factory: Factory, wiring: Wiring, order: list[int]) -> dict[int, tuple[Link, ...]]:
    lanes: dict[tuple[int, int], list[int | None]] = {}
    for feed in wiring.feeds:
        lanes.setdefault((feed.node, feed.to_node), [None, None])[feed.lane] = feed.to_lane
    links: dict[int, tuple[Link, ...]] = {wiring.nodes[index].entity: () for index in order}
    place = {index: rank for rank, index in enumerate(order)}
    for (feeder, target), (left, right) in sorted(lanes.items(), key=lambda item: place[item[0][0]]):
        node = wiring.nodes[feeder]
        link = Link(wiring.nodes[target].entity, (left, right), *_filter(factory.entities[node.entity], node.side))
        links[node.entity] += (link,)
    return links


def _filter(entity: Entity, side: int) -> tuple[str | None, str | None]:
    """What a splitter's half lets through only, and what it holds back."""
    if entity.filter is None or entity.output_priority is None:
        return None, None
    return (entity.filter, None) if ("left", "right")[side] == entity.output_priority else (None, entity.filter)


def _arms(entities: tuple[Entity, ...], at: Mapping[Tile, int], wiring: Wiring) -> Iterator[Arm]:
    belts = {(node.x, node.y): node for node in wiring.nodes}
    for index, entity in enumerate(entities):
        inserter = entity.prototype.inserter
        if inserter is None:
            continue
        heading = opposite(entity.direction)
        pickup = step(entity.x, entity.y, entity.direction, inserter.reach)
        drop = step(entity.x, entity.y, heading, inserter.reach)
        lane = drop_lane(belts[drop], heading) if drop in belts else LEFT
        yield Arm(index, at.get(pickup), at.get(drop), pickup, drop, lane, frozenset(entity.filters))


def _drills(entities: tuple[Entity, ...], wiring: Wiring) -> Iterator[Drill]:
    for drill in wiring.drills:
        if drill.drop is None or drill.drop.kind != "belt":
            yield Drill(drill.entity, None if drill.drop is None else drill.drop.index, LEFT)
            continue
        node, (x, y) = wiring.nodes[drill.drop.index], outlet(entities[drill.entity])
        lane = outlet_lane(node.direction, turn_code(node), x - node.x - 0.5, y - node.y - 0.5)
        yield Drill(drill.entity, node.entity, lane)


def _own_tile(node: BeltNode) -> Opening:
    return Opening(node.entity, node.x, node.y, node.direction)


def _heads(factory: Factory, wiring: Wiring, order: list[int], arms: tuple[Arm, ...]) -> Iterator[Opening]:
    given = {arm.drop_tile for arm in arms} | {outlet_tile(entity) for entity in factory.entities}
    fed = {feed.to_node for feed in wiring.feeds}
    exits: list[Opening] = []
    for index in order:
        node = wiring.nodes[index]
        if index in fed:
            continue
        if node.kind == "under-out":
            exits.append(_own_tile(node))
        elif (node.x, node.y) not in given:
            yield Opening(node.entity, *step(node.x, node.y, opposite(node.direction)), node.direction)
    yield from exits


def _tails(wiring: Wiring, order: list[int]) -> Iterator[Opening]:
    feeding = {feed.node for feed in wiring.feeds}
    for index in order:
        node = wiring.nodes[index]
        if index in feeding:
            continue
        if node.kind == "under-in":
            yield _own_tile(node)
        else:
            yield Opening(node.entity, *step(node.x, node.y, node.direction), node.direction)


def without_spares(factory: Factory, openings: Sequence[Opening]) -> tuple[Opening, ...]:
    """Leave out the second input or output of a splitter whose first is connected, unless it looks out of the design.

    Who splits one belt in two needs no second input, who joins two no second output; one that is meant to be used lies
    at the edge, where its belt would be.
    """
    ends = Counter(opening.entity for opening in openings)
    tiles = [tile for entity in factory.entities for tile in entity.tiles()] or [(0, 0)]
    columns, rows = zip(*tiles, strict=True)
    left, right, top, bottom = min(columns), max(columns), min(rows), max(rows)
    return tuple(
        opening
        for opening in openings
        if factory.entities[opening.entity].prototype.type != "splitter"
        or ends[opening.entity] == 2
        or not (left <= opening.x <= right and top <= opening.y <= bottom)
    )
