"""How many placements near a missing entity would do as well as its own.

Difficulty depends on it: a pole that may stand on any of nine tiles is easier to put back than the one belt that fits.
The fast scorer judges, so that thousands of placements cost little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from factorion_cli import simulation
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.placement import legal_directions, legal_tiles, occupied_tiles
from factorion_cli.tasks.layout import BELT_TYPES

REACH = 1
"""Tiles around its own place at which an entity is tried."""
AS_GOOD = 0.99
"""Share of the reference's throughput that counts as as good."""


def count_equivalents(reference: Factory, missing: Sequence[int]) -> list[int]:
    """For each entity of `missing`, taken out alone, the placements found to be as good, its own included.

    Tried are the tiles at most REACH away on which the entity may stand, in all its directions, with the settings that
    it had. A belt, underground or splitter that moves leaves a gap, so of these only their own placement is known. 0
    stands for "not counted": the fast scorer could not judge this factory.

    Args:
        reference: a complete factory with endpoints.
        missing: indices into its entities.
    """
    tried = [list(_placements(reference, index)) for index in missing]
    flat = [factory for group in tried for factory in group]
    rates = _rates([reference, *flat])
    if rates[0] is None or rates[0] <= 0:
        return [0] * len(missing)
    counts, place = [], 1
    for group in tried:
        good = [rate is not None and rate >= AS_GOOD * rates[0] for rate in rates[place : place + len(group)]]
        place += len(group)
        counts.append(1 + sum(good))
    return counts


def _placements(reference: Factory, index: int) -> Iterator[Factory]:
    """The factory with the entity moved or turned a little; its own placement is left out."""
    own = reference.entities[index]
    if own.prototype.type in BELT_TYPES:
        return
    start = reference.without((index,))
    occupied = occupied_tiles(start)
    for direction in _directions(own):
        legal = legal_tiles(occupied, own.name, direction)
        for y in range(max(0, own.y - REACH), min(reference.height, own.y + REACH + 1)):
            for x in range(max(0, own.x - REACH), min(reference.width, own.x + REACH + 1)):
                if legal[y, x] and (x, y, direction) != (own.x, own.y, own.direction):
                    yield start.adding(replace(own, x=x, y=y, direction=direction))


def _directions(entity: Entity) -> tuple[int, ...]:
    """Directions that make a difference: a square machine works the same whichever way it faces."""
    machine = entity.prototype.machine is not None and entity.prototype.width == entity.prototype.height
    return (entity.direction,) if machine else legal_directions(entity.name)


def _rates(factories: Sequence[Factory]) -> list[float | None]:
    results = simulation.throughput(factories, engine="flow", threads=1)  # designs are mined side by side
    return [None if result.error is not None else float(result.throughput) for result in results]
