"""Factories taken apart: into parts that exchange nothing, and down to the smallest on which two engines disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from factorion_cli.factory import Factory
from factorion_cli.simulation.compiling import beacon_reaches
from factorion_cli.simulation.piping import pipe_up
from factorion_cli.simulation.wiring import wire

Tile = tuple[int, int]


class _Groups:
    """Union-find over tiles."""

    def __init__(self) -> None:
        self.parent: dict[Tile, Tile] = {}

    def root(self, tile: Tile) -> Tile:
        self.parent.setdefault(tile, tile)
        while self.parent[tile] != tile:
            self.parent[tile] = self.parent[self.parent[tile]]
            tile = self.parent[tile]
        return tile

    def join(self, first: Tile, second: Tile) -> None:
        self.parent[self.root(first)] = self.root(second)


def islands(factory: Factory) -> list[Factory]:
    """The parts with a sink that pass each other no items, fluids or effects; poles stay with every part.

    Networks of power tie everything together.
    """
    if factory.power.mode == "network":
        return [factory]
    groups = _Groups()
    for first, second in _ties(factory):
        groups.join(first, second)
    roots = dict.fromkeys(groups.root(sink.of or (sink.x, sink.y)) for sink in factory.sinks)
    return [_part(factory, groups, root, number) for number, root in enumerate(roots)]


def _part(factory: Factory, groups: _Groups, root: Tile, number: int) -> Factory:
    """What hangs together with one tile, and every pole."""
    return replace(
        factory,
        id=f"{factory.id}/{number}",
        entities=tuple(
            entity
            for entity in factory.entities
            if entity.prototype.pole is not None or groups.root((entity.x, entity.y)) == root
        ),
        sources=tuple(source for source in factory.sources if groups.root((source.x, source.y)) == root),
        sinks=tuple(sink for sink in factory.sinks if groups.root(sink.of or (sink.x, sink.y)) == root),
    )


def _ties(factory: Factory) -> Iterator[tuple[Tile, Tile]]:
    """Pairs of tiles that belong together."""
    for entity in factory.entities:
        for tile in entity.tiles():
            yield tile, (entity.x, entity.y)
    wiring = wire(factory)
    yield from wiring.flows(factory)
    for arm in (*wiring.arms, *wiring.drills, *wiring.loaders):
        entity = factory.entities[arm.entity]
        yield from (((entity.x, entity.y), spot.origin) for spot in (arm.pickup, arm.drop) if spot is not None)
    pipes = pipe_up(factory, [True] * len(factory.entities))
    first_of: dict[int, Tile] = {}
    for (index, _), segment in pipes.of_box.items():
        entity = factory.entities[index]
        yield (entity.x, entity.y), first_of.setdefault(segment, (entity.x, entity.y))
    beacons = [entity for entity in factory.entities if entity.prototype.beacon is not None]
    for machine in factory.entities:
        if machine.prototype.machine is not None or machine.prototype.drill is not None:
            yield from (
                ((beacon.x, beacon.y), (machine.x, machine.y)) for beacon in beacons if beacon_reaches(beacon, machine)
            )


def shrink(factory: Factory, disagrees: Callable[[Factory], bool], most_tries: int = 400) -> Factory:
    """The factory less all entities and endpoints that can go while two engines still disagree, in a few passes."""
    pieces = max(1, len(factory.entities) // 2)
    tries = 0
    while tries < most_tries:
        smaller = None
        for candidate in _less(factory, pieces):
            tries += 1
            if tries > most_tries or disagrees(candidate):
                smaller = candidate if tries <= most_tries else None
                break
        if smaller is not None:
            factory = smaller
            pieces = min(pieces, max(1, len(factory.entities) // 2))
        elif pieces == 1:
            return factory
        else:
            pieces = max(1, pieces // 2)
    return factory


def _less(factory: Factory, pieces: int) -> Iterator[Factory]:
    """The factory without `pieces` entities in a row, wherever; then without one endpoint."""
    for first in range(0, len(factory.entities), pieces):
        yield factory.without(range(first, min(len(factory.entities), first + pieces)))
    if pieces == 1:
        for source in factory.sources:
            yield replace(factory, sources=tuple(other for other in factory.sources if other != source))
        if len(factory.sinks) > 1:
            for sink in factory.sinks:
                yield replace(factory, sinks=tuple(other for other in factory.sinks if other != sink))
