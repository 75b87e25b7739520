"""What can come where in a design, and what is wanted there: item by item and lane by lane, without running it.

Items are followed along the simulator's own wiring, on from the sources and back from the sinks, so what this rules out
happens at no time, however long the factory runs. A place is one lane of a belt, or what goes into or comes out of a
machine or chest. Sets of items are numbers with a bit for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.wiring import Spot, drop_lane, wire

Place = int
Items = int
ANYTHING: Items = -1


class Move(NamedTuple):
    """Items that may go from place to place, by an arm (an entity's index) or along a belt (-1)."""

    source: Place
    target: Place
    items: Items
    arm: int = -1


class Craft(NamedTuple):
    """What a machine makes once everything that it needs comes in."""

    entity: int
    into: Place
    needs: Items
    out: Place
    makes: Items


class Traffic:
    """The traffic of a factory.

    Attributes:
        comes: items that can come to a place.
        wanted: items of which something at or after a place has a use that ends in a sink.
    """

    def __init__(self, factory: Factory) -> None:
        self._factory, self._wiring = factory, wire(factory)
        self._bits = {name: 1 << number for number, name in enumerate(_names(factory))}
        self._crafts = tuple(self._made())
        self._needs = {craft.into: craft.needs for craft in self._crafts}
        self._belts, self._arms = tuple(self._along_belts()), tuple(self._by_arms())
        moves = self._belts + self._arms
        self.comes = _spread(
            self._given(), moves, {craft.into: (craft.needs, craft.out, craft.makes) for craft in self._crafts}
        )
        self.wanted = _spread(
            self._asked(),
            (Move(move.target, move.source, move.items) for move in moves),
            {craft.out: (craft.makes, craft.into, craft.needs) for craft in self._crafts if craft.out in self.comes},
        )

    def useful(self) -> set[int]:
        """Entities through which something comes to a sink that wants it, or in which that is made."""
        found = {craft.entity for craft in self._crafts if self._serves(craft.out)}
        found |= {move.arm for move in self._arms if self._serves(move.source, move.target, move.items)}
        for number, node in enumerate(self._wiring.nodes):
            if node.entity >= 0 and any(self._serves(2 * number + lane) for lane in (LEFT, RIGHT)):
                found.add(node.entity)
        return found

    def strays(self, first: int = 0) -> Iterator[str]:
        """Items that can come onto belts of the entities from `first` on, or into sinks, where nobody wants them."""
        wanted = {place: self.comes.get(place, 0) & items for place, items in self.wanted.items()}
        # What has passed somebody who wants it may lie in the rest of his belt.
        fine = _spread(wanted, self._belts, {})
        for number, node in enumerate(self._wiring.nodes):
            if node.sink < 0 and node.entity < first:
                continue
            lanes = [2 * number + LEFT, 2 * number + RIGHT]
            for item, bit in self._bits.items():
                if any(self.comes.get(place, 0) & ~fine.get(place, 0) & bit for place in lanes):
                    yield f"{item} can come to {node.x},{node.y}, where nobody wants it"

    def _serves(self, source: Place, target: Place | None = None, items: Items = ANYTHING) -> bool:
        target = source if target is None else target
        return self.comes.get(source, 0) & self.wanted.get(target, 0) & items != 0

    def _made(self) -> Iterator[Craft]:
        for index, entity in enumerate(self._factory.entities):
            if entity.recipe is not None:
                recipe = load_table().recipes[entity.recipe]
                needs, makes = (self._set(part.name for part in of) for of in (recipe.ingredients, recipe.products))
                place = self._of_entity(index)
                yield Craft(index, place, needs, place + 1, makes)

    def _along_belts(self) -> Iterator[Move]:
        for feed in self._wiring.feeds:
            yield Move(2 * feed.node + feed.lane, 2 * feed.to_node + feed.to_lane, ANYTHING)
        for number, node in enumerate(self._wiring.nodes):
            if node.kind == "splitter":
                for lane in (LEFT, RIGHT):
                    yield Move(2 * number + lane, 2 * node.partner + lane, ANYTHING)

    def _by_arms(self) -> Iterator[Move]:
        for index, pickup, drop in self._wiring.arms:
            if pickup is None or drop is None:
                continue
            entity = self._factory.entities[index]
            target = self._target(entity, drop)
            items = self._set(entity.filters) if entity.filters else ANYTHING
            if drop.kind == "machine":
                items &= self._needs.get(target, 0)
            for source in self._sources(pickup):
                yield Move(source, target, items, index)

    def _given(self) -> dict[Place, Items]:
        given = {
            2 * number + lane: self._set((item,))
            for number, node in enumerate(self._wiring.nodes)
            for lane, item in enumerate(node.items)
            if item is not None
        }
        for index, source in enumerate(self._factory.sources):
            if source.kind == "chest":
                given[self._of_end(index)] = self._set((source.item,))
        return given

    def _asked(self) -> dict[Place, Items]:
        asked = {}
        for number, node in enumerate(self._wiring.nodes):
            if node.sink >= 0:
                asked.update(dict.fromkeys((2 * number, 2 * number + 1), self._wish(node.sink)))
        for index, sink in enumerate(self._factory.sinks):
            if sink.kind == "chest":
                asked[self._of_end(len(self._factory.sources) + index)] = self._wish(index)
        return asked

    def _wish(self, sink: int) -> Items:
        item = self._factory.sinks[sink].item
        return ANYTHING if item is None else self._set((item,))

    def _set(self, names: Iterable[str]) -> Items:
        return sum(self._bits[name] for name in set(names))

    def _of_entity(self, index: int) -> Place:
        """Where things go into an entity that is no belt; what it makes comes out at the place after that."""
        return 2 * (len(self._wiring.nodes) + index)

    def _of_end(self, number: int) -> Place:
        """The place of a chest, sources before sinks."""
        return self._of_entity(len(self._factory.entities) + number)

    def _target(self, arm: Entity, spot: Spot) -> Place:
        if spot.kind == "belt":
            return 2 * spot.index + drop_lane(self._wiring.nodes[spot.index], opposite(arm.direction))
        return self._of_spot(spot)

    def _sources(self, spot: Spot) -> tuple[Place, ...]:
        if spot.kind == "belt":
            return 2 * spot.index + LEFT, 2 * spot.index + RIGHT
        return (self._of_spot(spot) + (spot.kind == "machine"),)

    def _of_spot(self, spot: Spot) -> Place:
        if spot.kind == "chest-source":
            return self._of_end(spot.index)
        if spot.kind == "chest-sink":
            return self._of_end(len(self._factory.sources) + spot.index)
        return self._of_entity(spot.index)


def _names(factory: Factory) -> list[str]:
    """Every item that a factory speaks of, once each."""
    names = {source.item for source in factory.sources} | {sink.item for sink in factory.sinks if sink.item is not None}
    for entity in factory.entities:
        names.update(entity.filters)
        if entity.recipe is not None:
            recipe = load_table().recipes[entity.recipe]
            names.update(part.name for part in (*recipe.ingredients, *recipe.products))
    return sorted(names)


def _spread(
    start: Mapping[Place, Items], moves: Iterable[Move], crafts: Mapping[Place, tuple[Items, Place, Items]]
) -> dict[Place, Items]:
    """What is where once everything has gone wherever it may.

    `crafts` says, by the place where all of a set of items must come in, where which others come out then.
    """
    ways: dict[Place, list[Move]] = {}
    for move in moves:
        ways.setdefault(move.source, []).append(move)
    found = dict(start)
    queue = list(start)
    while queue:
        place = queue.pop()
        there = found[place]
        arriving = [(move.target, there & move.items) for move in ways.get(place, ())]
        if place in crafts:
            needs, out, makes = crafts[place]
            if there & needs == needs:
                arriving.append((out, makes))
        for target, items in arriving:
            if items & ~found.get(target, 0):
                found[target] = found.get(target, 0) | items
                queue.append(target)
    return found
