"""What stands next to what in a design: belts linked lane by lane, arms with both their ends, open ends.

Only the topology is worked out here, never rates: the simulator is the judge of those. The rules (curves, side-loading,
undergrounds, the lane that an arm drops on) are those of the game as docs/simulator.md states them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step, turn_right
from factorion_cli.prototypes import EntityPrototype

Tile = tuple[int, int]

LEFT, RIGHT = 0, 1
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
    """An inserter: the entities that it takes from and gives to (None: nothing there) and their tiles."""

    entity: int
    pickup: int | None
    drop: int | None
    pickup_tile: Tile
    drop_tile: Tile
    filters: frozenset[str]


class _Exit(NamedTuple):
    tile: Tile
    direction: int
    only: str | None = None
    never: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A design and its connections. Entities are named by their index in `factory.entities`.

    Attributes:
        factory: the design.
        at: entity on each covered tile.
        links: for every belt-like entity what it hands items to.
        arms: every inserter.
        heads: where nothing feeds a belt, entrance or splitter input: the tile behind it, free or not; and exits that
            lack their entrance. A spare input of a splitter inside the design is none.
        tails: where nothing takes what a belt, exit or splitter gives: the tile in front of it, free or not; and
            entrances that lack their exit.
    """

    factory: Factory
    at: Mapping[Tile, int]
    links: Mapping[int, tuple[Link, ...]]
    arms: tuple[Arm, ...]
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
    belts = [index for index, entity in enumerate(factory.entities) if entity.prototype.type in BELT_TYPES]
    exits = {index: tuple(_exits(factory.entities[index])) for index in belts}
    inputs = _inputs(factory.entities, at, exits)
    links: dict[int, tuple[Link, ...]] = {}
    tails: list[Opening] = []
    for index in belts:
        found: list[Link] = []
        for exit_ in exits[index]:
            link = _link(factory.entities, at, inputs, exit_)
            if link is not None:
                found.append(link)
            else:
                tails.append(Opening(index, *exit_.tile, exit_.direction))
        if not exits[index]:
            paired = _paired_exit(factory.entities, at, index)
            if paired is not None:
                found.append(Link(paired, (LEFT, RIGHT)))
            else:
                tails.append(_own_tile(factory.entities, index))
        links[index] = tuple(found)
    arms = tuple(_arms(factory.entities, at))
    linked = {link.target for found in links.values() for link in found}
    heads = [*_heads(factory.entities, belts, inputs, arms)]
    heads += [_own_tile(factory.entities, index) for index in belts if _is_exit(factory, index) and index not in linked]
    return Layout(factory, at, links, arms, _without_spares(factory, heads), tuple(tails))


def _without_spares(factory: Factory, heads: list[Opening]) -> tuple[Opening, ...]:
    """Leave out the second input of a splitter whose first is connected, unless it looks out of the design.

    Who splits one belt in two needs no second input; one that is meant to be fed lies at the edge, where its belt
    would come from.
    """
    ends = Counter(opening.entity for opening in heads)
    return tuple(
        opening
        for opening in heads
        if factory.entities[opening.entity].prototype.type != "splitter"
        or ends[opening.entity] == 2
        or not (0 <= opening.x < factory.width and 0 <= opening.y < factory.height)
    )


def _own_tile(entities: tuple[Entity, ...], index: int) -> Opening:
    entity = entities[index]
    return Opening(index, entity.x, entity.y, entity.direction)


def _is_exit(factory: Factory, index: int) -> bool:
    return factory.entities[index].underground_type == "output"


def _halves(entity: Entity) -> tuple[Tile, ...]:
    """Tiles of a belt-like entity, the left half first as a traveller sees it."""
    tiles = tuple(entity.tiles())
    return tiles if entity.direction in (0, 4) else tiles[::-1]


def _exits(entity: Entity) -> Iterator[_Exit]:
    kind = entity.prototype.type
    if kind == "underground-belt" and entity.underground_type == "input":
        return
    for side, tile in zip(("left", "right"), _halves(entity), strict=False):
        only = never = None
        if kind == "splitter" and entity.filter is not None and entity.output_priority is not None:
            only, never = (entity.filter, None) if side == entity.output_priority else (None, entity.filter)
        yield _Exit(step(*tile, entity.direction), entity.direction, only, never)


def _paired_exit(entities: tuple[Entity, ...], at: Mapping[Tile, int], index: int) -> int | None:
    """The exit of an underground entrance; an entrance or exit of its tier and axis in between takes its place."""
    entity = entities[index]
    belt = entity.prototype.belt
    if entity.underground_type != "input" or belt is None or entity.prototype.type != "underground-belt":
        return None
    for distance in range(1, belt.max_distance + 1):
        other_index = at.get(step(entity.x, entity.y, entity.direction, distance))
        if other_index is None or entities[other_index].name != entity.name:
            continue
        other = entities[other_index]
        if other.direction == entity.direction:
            return other_index if other.underground_type == "output" else None
        if other.direction == opposite(entity.direction):
            return None
    return None


def _accepts(target: Entity, direction: int) -> bool:
    """Whether belt-like `target` takes items that arrive travelling in `direction`."""
    if target.prototype.type == "splitter":
        return target.direction == direction
    if target.direction == direction:
        return target.underground_type != "output"
    return target.direction != opposite(direction)


def _inputs(
    entities: tuple[Entity, ...], at: Mapping[Tile, int], exits: Mapping[int, tuple[_Exit, ...]]
) -> dict[Tile, list[int]]:
    """Directions of travel in which belt-like neighbours arrive at each belt-like tile."""
    inputs: dict[Tile, list[int]] = {}
    for exit_ in (exit_ for found in exits.values() for exit_ in found):
        target = at.get(exit_.tile)
        if target is not None and target in exits and _accepts(entities[target], exit_.direction):
            inputs.setdefault(exit_.tile, []).append(exit_.direction)
    return inputs


def _link(
    entities: tuple[Entity, ...], at: Mapping[Tile, int], inputs: Mapping[Tile, list[int]], exit_: _Exit
) -> Link | None:
    target_index = at.get(exit_.tile)
    if target_index is None or exit_.direction not in inputs.get(exit_.tile, ()):
        return None
    target = entities[target_index]
    curve = target.prototype.type == "transport-belt" and len(inputs[exit_.tile]) == 1
    if target.direction == exit_.direction or curve:
        lanes: tuple[int | None, int | None] = (LEFT, RIGHT)
    else:
        lanes = _side_load(target, exit_.direction)
    return Link(target_index, lanes, exit_.only, exit_.never)


def _side_load(target: Entity, direction: int) -> tuple[int | None, int | None]:
    near = LEFT if opposite(direction) == turn_right(target.direction, 3) else RIGHT
    if target.prototype.type != "underground-belt":
        return near, near
    # Half of an underground's tile is covered: only the feeder's lane on the open half gets in.
    is_entrance = target.underground_type == "input"
    open_half = opposite(target.direction) if is_entrance else target.direction
    return (near, None) if turn_right(direction, 3) == open_half else (None, near)


def _arms(entities: tuple[Entity, ...], at: Mapping[Tile, int]) -> Iterator[Arm]:
    for index, entity in enumerate(entities):
        inserter = entity.prototype.inserter
        if inserter is None:
            continue
        pickup = step(entity.x, entity.y, entity.direction, inserter.reach)
        drop = step(entity.x, entity.y, opposite(entity.direction), inserter.reach)
        yield Arm(index, at.get(pickup), at.get(drop), pickup, drop, frozenset(entity.filters))


def _drill_targets(entities: tuple[Entity, ...]) -> Iterator[Tile]:
    for entity in entities:
        drill = entity.prototype.drill
        if drill is None:
            continue
        width, height = entity.size
        dx, dy = drill.drop
        for _ in range(entity.direction // 4):
            dx, dy = -dy, dx
        yield floor(entity.x + width / 2 + dx), floor(entity.y + height / 2 + dy)


def _heads(
    entities: tuple[Entity, ...],
    belts: list[int],
    inputs: Mapping[Tile, list[int]],
    arms: tuple[Arm, ...],
) -> Iterator[Opening]:
    fed = {arm.drop_tile for arm in arms} | set(_drill_targets(entities))
    for index in belts:
        entity = entities[index]
        if entity.underground_type == "output":
            continue
        for tile in _halves(entity):
            if tile not in inputs and tile not in fed:
                yield Opening(index, *step(*tile, opposite(entity.direction)), entity.direction)


def drop_lane(arm: Entity, belt: Entity) -> int:
    """The lane that an arm puts things on: the far one, or the right one of a belt along the arm's axis."""
    if belt.direction % 8 == arm.direction % 8:
        return RIGHT
    # The arm stands on its pick-up side of the belt; the far lane lies where it reaches to.
    return LEFT if turn_right(belt.direction, 3) == opposite(arm.direction) else RIGHT
