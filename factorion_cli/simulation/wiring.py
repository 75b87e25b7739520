"""Which entity hands items to which: belt lanes, undergrounds, splitters and the two ends of every arm.

Everything is in a canonical order (by y, x), so nothing depends on the order of entities in a file. Lanes are 0
(left) and 1 (right) as seen by someone travelling with the belt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Literal, NamedTuple, Protocol, TypeVar

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import STEP, opposite, step
from factorion_cli.prototypes import EntityPrototype, load_table
from factorion_cli.simulation import belt_rules, decisions
from factorion_cli.simulation.belt_rules import LEFT, RIGHT

NodeKind = Literal["belt", "under-in", "under-out", "splitter", "source", "sink"]
Turn = Literal["left", "right"]
SpotKind = Literal["belt", "machine", "chest", "chest-source", "chest-sink"]

Input = tuple[int, int]
"""A feeding node and where it meets the fed one (`belt_rules`)."""

TileIndex = Mapping[tuple[int, int], int]
"""The node on each tile."""

Record = TypeVar("Record", covariant=True)


class Table(Protocol[Record]):
    """Records by number: of a whole factory, or of a world in which some are gone."""

    def __getitem__(self, number: int, /) -> Record: ...


KIND_CODES: dict[NodeKind, int] = {
    "belt": belt_rules.BELT,
    "under-in": belt_rules.UNDER_IN,
    "under-out": belt_rules.UNDER_OUT,
    "splitter": belt_rules.SPLITTER,
    "source": belt_rules.SOURCE,
    "sink": belt_rules.SINK,
}
"""Kinds of nodes as `belt_rules` counts them."""


class BeltNode(NamedTuple):
    """One belt-like tile: a belt, one end of an underground, half a splitter, or a belt endpoint.

    Attributes:
        kind: what it is.
        x: its column.
        y: its row.
        direction: the way items leave it.
        speed: subtiles per tick.
        entity: index into the factory's entities, -1 for an endpoint.
        side: 0 for a splitter's left half, 1 for its right half.
        turn: the way a curved belt turns, seen by a traveller.
        partner: node at the other end of an underground, or the other half of a splitter.
        items: for sources, the item kept on the left and on the right lane.
        sources: indices into the factory's sources of those items, -1 for none.
        sink: index into the factory's sinks.
    """

    kind: NodeKind
    x: int
    y: int
    direction: int
    speed: int
    entity: int = -1
    side: int = 0
    turn: Turn | None = None
    partner: int = -1
    items: tuple[str | None, str | None] = (None, None)
    sources: tuple[int, int] = (-1, -1)
    sink: int = -1


class Feed(NamedTuple):
    """Items of one lane of a node go on to a lane of the next, entering `entry` subtiles after its start."""

    node: int
    lane: int
    to_node: int
    to_lane: int
    entry: int


@dataclass(frozen=True, slots=True)
class Spot:
    """What an arm reaches: a belt node, or the entity or endpoint of that index; `origin` is its top-left tile."""

    kind: SpotKind
    index: int
    origin: tuple[int, int]


class Arm(NamedTuple):
    """An inserter with what it takes from and what it gives to (None: nothing there that handles items)."""

    entity: int
    pickup: Spot | None
    drop: Spot | None


@dataclass(frozen=True, slots=True)
class Wiring:
    """All connections of a factory.

    `nodes` are sorted by row and column; `feeds` by feeding node and lane; `arms`, `drills` and `loaders` by place. A
    drill has only what it drops into; of a loader's ends one is its own belt.
    """

    nodes: tuple[BeltNode, ...]
    feeds: tuple[Feed, ...]
    arms: tuple[Arm, ...]
    drills: tuple[Arm, ...] = ()
    loaders: tuple[Arm, ...] = ()

    def flows(self, factory: Factory) -> set[tuple[tuple[int, int], tuple[int, int]]]:
        """Pairs of tiles (top-left ones; each half of a splitter its own): the first hands items to the second.

        This is the language of the connectivity facts, in which arms and splitters are never paired; `arms` has both.
        """
        return _flows(self, factory)


LOADER_TYPES = frozenset({"loader", "loader-1x1"})
_BELT_TYPES = {"transport-belt", "underground-belt", "splitter"} | LOADER_TYPES


def entity_nodes(entity: Entity, index: int) -> list[BeltNode]:
    """The belt-like tiles of an entity; none for most."""
    prototype = entity.prototype
    if prototype.type not in _BELT_TYPES or prototype.belt is None:
        return []
    speed = prototype.belt.speed_subtiles
    if prototype.type == "transport-belt":
        return [BeltNode("belt", entity.x, entity.y, entity.direction, speed, index)]
    if prototype.type in LOADER_TYPES:
        # The half that is a belt is open on one side only and covered on the other, as the ends of undergrounds are.
        x, y = loader_tiles(entity)[0]
        half: NodeKind = "under-out" if entity.underground_type == "output" else "under-in"
        return [BeltNode(half, x, y, entity.direction, speed, index)]
    if prototype.type == "underground-belt":
        kind: NodeKind = "under-out" if entity.underground_type == "output" else "under-in"
        return [BeltNode(kind, entity.x, entity.y, entity.direction, speed, index)]
    tiles = list(entity.tiles())
    # In travel direction the left half is the western one going north, the northern one going east.
    if entity.direction in (8, 12):
        tiles.reverse()
    return [BeltNode("splitter", x, y, entity.direction, speed, index, side) for side, (x, y) in enumerate(tiles)]


def loader_tiles(entity: Entity) -> tuple[tuple[int, int], tuple[int, int]]:
    """The tile of a loader's belt and the one where its chest or machine stands."""
    dx, dy = STEP[entity.direction]
    along = sorted(entity.tiles(), key=lambda tile: tile[0] * dx + tile[1] * dy)
    if entity.underground_type == "output":
        return along[-1], step(*along[0], opposite(entity.direction))
    return along[0], step(*along[-1], entity.direction)


def loader_between(entities: Table[Entity], index: int, belt: int, container: Spot | None) -> Arm:
    """A loader between its own belt and what stands at its other end."""
    own = Spot("belt", belt, (entities[index].x, entities[index].y))
    if container is not None and container.kind == "belt":
        container = None
    if entities[index].underground_type == "output":
        return arm_between(entities, index, container, own)
    return arm_between(entities, index, own, container)


def _belt_speed(name: str) -> int:
    belt = load_table().entity(name).belt
    return belt.speed_subtiles if belt is not None else 8


def _endpoint_nodes(factory: Factory) -> list[BeltNode]:
    sources: dict[tuple[int, int], BeltNode] = {}
    for index, source in enumerate(factory.sources):
        if source.kind == "belt":
            key = (source.x, source.y)
            sources[key] = with_source(sources.get(key), source, index)
    sinks = [sink_node(sink, index) for index, sink in enumerate(factory.sinks) if sink.kind == "belt"]
    return [*sources.values(), *sinks]


def sink_node(sink: Sink, index: int) -> BeltNode:
    """The tile of a belt sink."""
    return BeltNode("sink", sink.x, sink.y, sink.direction, _belt_speed(sink.belt), sink=index)


def with_source(node: BeltNode | None, source: Source, index: int) -> BeltNode:
    """The tile of a belt source; two sources may share a tile, each with its own lane."""
    if node is None:
        node = BeltNode("source", source.x, source.y, source.direction, _belt_speed(source.belt))
    left, right = node.items
    left_source, right_source = node.sources
    if source.lanes in ("both", "left"):
        left, left_source = source.item, index
    if source.lanes in ("both", "right"):
        right, right_source = source.item, index
    return node._replace(items=(left, right), sources=(left_source, right_source))


def _belt_nodes(factory: Factory) -> list[BeltNode]:
    nodes = _endpoint_nodes(factory)
    for index, entity in enumerate(factory.entities):
        nodes += entity_nodes(entity, index)
    return sorted(nodes, key=lambda node: (node.y, node.x, node.kind))


def _with_partners(nodes: list[BeltNode], factory: Factory, at: TileIndex) -> list[BeltNode]:
    """Pair underground ends and splitter halves."""
    partner: dict[int, int] = {}
    halves: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.kind == "under-in":
            exit_index = underground_exit(nodes, factory.entities, at, node)
            if exit_index is not None:
                partner[index], partner[exit_index] = exit_index, index
        elif node.kind == "splitter":
            halves.setdefault(node.entity, []).append(index)
    for first, second in halves.values():
        partner[first], partner[second] = second, first
    for index, other in partner.items():
        nodes[index] = nodes[index]._replace(partner=other)
    return nodes


def underground_exit(nodes: Table[BeltNode], entities: Table[Entity], at: TileIndex, entrance: BeltNode) -> int | None:
    """The nearest exit ahead; any other end of the same tier and axis in between takes its place."""
    prototype = entities[entrance.entity].prototype
    assert prototype.belt is not None
    for distance in range(1, prototype.belt.max_distance + 1):
        index = at.get(step(entrance.x, entrance.y, entrance.direction, distance))
        if index is None or nodes[index].kind not in ("under-in", "under-out"):
            continue
        node = nodes[index]
        if entities[node.entity].name != prototype.name or node.direction % 8 != entrance.direction % 8:
            continue
        return index if node.kind == "under-out" and node.direction == entrance.direction else None
    return None


def inputs_of(nodes: Table[BeltNode], at: TileIndex, index: int) -> list[Input]:
    """The nodes whose output faces a node and where they meet it."""
    target = nodes[index]
    inputs: list[Input] = []
    for direction, (dx, dy) in STEP.items():
        behind = at.get((target.x - dx, target.y - dy))
        if behind is None or nodes[behind].direction != direction:
            continue
        where = belt_rules.meets(KIND_CODES[nodes[behind].kind], direction, KIND_CODES[target.kind], target.direction)
        if where != belt_rules.NOWHERE:
            inputs.append((behind, where))
    return inputs


_STRAIGHT: tuple[list[int], ...] = ([], [belt_rules.BEHIND])
"""How nearly every node is fed: by nothing, or from behind."""


def turn_of(node: BeltNode, inputs: list[Input]) -> Turn | None:
    """The way a node turns when these nodes feed it."""
    sides = [where for _, where in inputs]
    if sides in _STRAIGHT:
        return None
    ways = (side in sides for side in (belt_rules.BEHIND, belt_rules.FROM_LEFT, belt_rules.FROM_RIGHT))
    if not belt_rules.curves(KIND_CODES[node.kind], *ways):
        return None
    return "left" if sides[0] == belt_rules.FROM_LEFT else "right"


def _side_feeds(feeder: int, side: int, target: BeltNode, to_node: int) -> list[Feed]:
    """Both lanes of the feeder go to the lane next to it, one entering before the other; hoods block one of them."""
    near = LEFT if side == belt_rules.FROM_LEFT else RIGHT
    entries = [
        (lane, belt_rules.side_entry(KIND_CODES[target.kind], lane == belt_rules.late_lane(side)))
        for lane in (LEFT, RIGHT)
    ]
    return [Feed(feeder, lane, to_node, near, entry) for lane, entry in entries if entry >= 0]


def feeds_into(nodes: Table[BeltNode], index: int, inputs: list[Input]) -> list[Feed]:
    """All that enters a node: what its inputs hand over, and what comes out of a tunnel."""
    target = nodes[index]
    feeds: list[Feed] = []
    for feeder, where in inputs:
        if where != belt_rules.BEHIND and target.turn is None:
            feeds += _side_feeds(feeder, where, target, index)
        else:
            feeds += [Feed(feeder, lane, index, lane, 0) for lane in (LEFT, RIGHT)]
    if target.kind == "under-out" and target.partner >= 0:
        feeds += [Feed(target.partner, lane, index, lane, 0) for lane in (LEFT, RIGHT)]
    return feeds


def spot_kind(prototype: EntityPrototype) -> SpotKind | None:
    """What an arm may find in an entity that is no belt."""
    if prototype.type in decisions.CHEST_TYPES:
        return "chest"
    works = prototype.machine is not None or prototype.drill is not None or prototype.lab is not None
    works = works or prototype.heats
    return "machine" if works else None


def _spots(factory: Factory, nodes: list[BeltNode]) -> dict[tuple[int, int], Spot]:
    """What an arm finds on each tile."""
    spots: dict[tuple[int, int], Spot] = {}
    for index, entity in enumerate(factory.entities):
        kind = spot_kind(entity.prototype)
        if kind is not None:
            spots.update(dict.fromkeys(entity.tiles(), Spot(kind, index, (entity.x, entity.y))))
    for index, node in enumerate(nodes):
        origin = (node.x, node.y)
        if node.entity >= 0:
            origin = (factory.entities[node.entity].x, factory.entities[node.entity].y)
        spots[node.x, node.y] = Spot("belt", index, origin)
    endpoints: list[tuple[SpotKind, int, Source | Sink]] = [
        ("chest-source", index, source) for index, source in enumerate(factory.sources) if source.kind == "chest"
    ]
    endpoints += [("chest-sink", index, sink) for index, sink in enumerate(factory.sinks) if sink.kind == "chest"]
    for kind, index, endpoint in endpoints:
        spots[endpoint.x, endpoint.y] = Spot(kind, index, (endpoint.x, endpoint.y))
    return spots


def outlet(entity: Entity) -> tuple[float, float]:
    """Where a drill puts what it mines, in tiles."""
    drill = entity.prototype.drill
    assert drill is not None
    x, y = drill.drop
    for _ in range(entity.direction // 4):
        x, y = -y, x
    width, height = entity.size
    return entity.x + width / 2 + x, entity.y + height / 2 + y


def outlet_tile(entity: Entity) -> tuple[int, int] | None:
    """The tile onto which a drill mines; a pumpjack has its outlet inside itself: what it pumps leaves by pipe."""
    if entity.prototype.drill is None or entity.prototype.drill.drop == (0, 0):
        return None
    x, y = outlet(entity)
    return floor(x), floor(y)


def _drills(factory: Factory, spots: dict[tuple[int, int], Spot]) -> list[Arm]:
    drills = []
    for index, entity in enumerate(factory.entities):
        tile = outlet_tile(entity)
        if tile is not None:
            drills.append(arm_between(factory.entities, index, None, spots.get(tile)))
    return sorted(drills, key=lambda drill: (factory.entities[drill.entity].y, factory.entities[drill.entity].x))


def _loaders(factory: Factory, spots: dict[tuple[int, int], Spot]) -> list[Arm]:
    loaders = []
    for index, entity in enumerate(factory.entities):
        if entity.prototype.type in LOADER_TYPES:
            belt, container = loader_tiles(entity)
            loaders.append(loader_between(factory.entities, index, spots[belt].index, spots.get(container)))
    return sorted(loaders, key=lambda loader: (factory.entities[loader.entity].y, factory.entities[loader.entity].x))


def reach_of(entity: Entity) -> tuple[tuple[int, int], tuple[int, int]]:
    """The tiles from which an inserter takes and to which it gives."""
    data = entity.prototype.inserter
    assert data is not None
    pickup = step(entity.x, entity.y, entity.direction, data.reach)
    return pickup, step(entity.x, entity.y, opposite(entity.direction), data.reach)


def _finds_nothing(entities: Table[Entity], spot: Spot) -> bool:
    """Whether an arm takes nothing there: from sinks and drills, which put out what they mine themselves."""
    if spot.kind == "machine":
        return entities[spot.index].prototype.drill is not None
    return spot.kind == "chest-sink"


def arm_between(entities: Table[Entity], index: int, pickup: Spot | None, drop: Spot | None) -> Arm:
    """An inserter or drill between what lies on the tiles from which it takes and to which it gives."""
    if pickup is not None and _finds_nothing(entities, pickup):
        pickup = None
    if drop is not None and drop.kind == "chest-source":
        drop = None
    return Arm(index, pickup, drop)


def _arms(factory: Factory, spots: dict[tuple[int, int], Spot]) -> list[Arm]:
    arms = []
    for index, entity in enumerate(factory.entities):
        if entity.prototype.inserter is not None:
            pickup, drop = reach_of(entity)
            arms.append(arm_between(factory.entities, index, spots.get(pickup), spots.get(drop)))
    return sorted(arms, key=lambda arm: (factory.entities[arm.entity].y, factory.entities[arm.entity].x))


def turn_code(node: BeltNode) -> int:
    """The side that feeds a curve, as `belt_rules` counts; NOWHERE for what is straight."""
    if node.turn is None:
        return belt_rules.NOWHERE
    return belt_rules.FROM_LEFT if node.turn == "left" else belt_rules.FROM_RIGHT


def drop_lane(node: BeltNode, heading: int) -> int:
    """The lane on which an arm that drops towards `heading` lets go."""
    return belt_rules.drop_lane(node.direction, turn_code(node), heading)


def wire(factory: Factory) -> Wiring:
    """Every connection of the factory; raises DataError for a modded entity."""
    nodes = _belt_nodes(factory)
    at = {(node.x, node.y): index for index, node in enumerate(nodes)}
    nodes = _with_partners(nodes, factory, at)
    inputs = [inputs_of(nodes, at, index) for index in range(len(nodes))]
    for index, feeders in enumerate(inputs):
        turn = turn_of(nodes[index], feeders)
        if turn is not None:
            nodes[index] = nodes[index]._replace(turn=turn)
    feeds = [feed for index, feeders in enumerate(inputs) for feed in feeds_into(nodes, index, feeders)]
    feeds.sort(key=lambda feed: (feed.node, feed.lane))
    spots = _spots(factory, nodes)
    arms, drills, loaders = _arms(factory, spots), _drills(factory, spots), _loaders(factory, spots)
    return Wiring(tuple(nodes), tuple(feeds), tuple(arms), tuple(drills), tuple(loaders))


def _is_splitter(wiring: Wiring, spot: Spot) -> bool:
    return spot.kind == "belt" and wiring.nodes[spot.index].kind == "splitter"


def _flows(wiring: Wiring, factory: Factory) -> set[tuple[tuple[int, int], tuple[int, int]]]:
    pairs = set()
    for feed in wiring.feeds:
        feeder, target = wiring.nodes[feed.node], wiring.nodes[feed.to_node]
        pairs.add(((feeder.x, feeder.y), (target.x, target.y)))
        if feeder.kind == "splitter":
            other = wiring.nodes[feeder.partner]
            pairs.add(((other.x, other.y), (target.x, target.y)))
    for arm in (*wiring.arms, *wiring.drills):
        entity = factory.entities[arm.entity]
        if arm.pickup is not None and not _is_splitter(wiring, arm.pickup):
            pairs.add((arm.pickup.origin, (entity.x, entity.y)))
        if arm.drop is not None and not _is_splitter(wiring, arm.drop):
            pairs.add(((entity.x, entity.y), arm.drop.origin))
    return pairs
