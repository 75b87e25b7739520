"""How many placements near a missing entity would do as well as its own.

Difficulty depends on it: a pole that may stand on any of nine tiles is easier to put back than the one belt that fits.
The fast scorer judges, so that thousands of placements cost little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.placement import legal_directions, legal_tiles, occupied_tiles
from factorion_cli.simulation.batch_moves import Move
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
    # The engines bring numba with them.
    from factorion_cli.simulation.flow_report import rates_of_moves

    tried = [list(_moves(reference, index)) for index in missing]
    own, *found = rates_of_moves(reference, [move for group in tried for move in group])
    if own is None or own <= 0:
        return [0] * len(missing)
    rates = iter(found)
    return [
        1 + sum(rate is not None and rate >= AS_GOOD * own for rate in islice(rates, len(group))) for group in tried
    ]


def _moves(reference: Factory, index: int) -> Iterator[Move]:
    """The places and directions to try for an entity; its own are left out."""
    own = reference.entities[index]
    if own.prototype.type in BELT_TYPES:
        return
    occupied = occupied_tiles(reference.without((index,)))
    for direction in _directions(own):
        legal = legal_tiles(occupied, own.name, direction)
        for y in range(max(0, own.y - REACH), min(reference.height, own.y + REACH + 1)):
            for x in range(max(0, own.x - REACH), min(reference.width, own.x + REACH + 1)):
                if legal[y, x] and (x, y, direction) != (own.x, own.y, own.direction):
                    yield Move(index, x, y, direction)


def _directions(entity: Entity) -> tuple[int, ...]:
    """Directions that make a difference: a square machine works the same whichever way it faces."""
    machine = entity.prototype.machine is not None and entity.prototype.width == entity.prototype.height
    return (entity.direction,) if machine else legal_directions(entity.name)
