"""Factories taken apart into what exchanges nothing: neither items nor fluids, heat, power or effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

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


class Island(NamedTuple):
    """Part of a factory, and the numbers that its entities have in the whole."""

    factory: Factory
    entities: tuple[int, ...]


def whole(factory: Factory) -> Island:
    """All of it."""
    return Island(factory, tuple(range(len(factory.entities))))


def islands(factory: Factory) -> list[Island]:
    """The parts with a sink that pass each other nothing; poles stay with every part.

    Networks of power or heat tie everything together.
    """
    if factory.power.mode == "network" or any(entity.prototype.heat is not None for entity in factory.entities):
        return [whole(factory)]
    groups = _Groups()
    for first, second in _ties(factory):
        groups.join(first, second)
    roots = dict.fromkeys(groups.root(sink.of or (sink.x, sink.y)) for sink in factory.sinks)
    return [_part(factory, groups, root, number) for number, root in enumerate(roots)]


def _part(factory: Factory, groups: _Groups, root: Tile, number: int) -> Island:
    """What hangs together with one tile, and every pole."""
    chosen = tuple(
        index
        for index, entity in enumerate(factory.entities)
        if entity.prototype.pole is not None or groups.root((entity.x, entity.y)) == root
    )
    part = replace(
        factory,
        id=f"{factory.id}/{number}",
        entities=tuple(factory.entities[index] for index in chosen),
        sources=tuple(source for source in factory.sources if groups.root((source.x, source.y)) == root),
        sinks=tuple(sink for sink in factory.sinks if groups.root(sink.of or (sink.x, sink.y)) == root),
    )
    return Island(part, chosen)


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
