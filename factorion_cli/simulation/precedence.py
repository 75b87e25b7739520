"""Which arm acts first in a tick: that decides who gets the last item, and it must not depend on how a factory lies.

In the game it depends on the order in which things were built and fell asleep, which no Factory carries. Here arms go
by what they are and what they stand between; arms that are alike in all of that go by place.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from factorion_cli.factory import Entity, Sink, Source
from factorion_cli.simulation.wiring import Arm, BeltNode, Spot, Table

PRECEDENCE_BITS = 15
"""So many, since a world keeps them in one number with the place of the arm."""

ThingAt = Callable[[Spot], Entity | Source | Sink]
"""The entity or endpoint that a spot stands for; belts are not asked for."""


def precedence(entity: Entity, arm: Arm, nodes: Table[BeltNode], thing_at: ThingAt) -> int:
    """A number below 1 << PRECEDENCE_BITS by which arms act in turn, the same wherever and however the arm stands."""
    ends = [_end(spot, entity, nodes, thing_at) for spot in (arm.pickup, arm.drop)]
    return crc32(repr((entity.name, entity.quality, entity.filters, ends)).encode()) >> 32 - PRECEDENCE_BITS


def _end(spot: Spot | None, arm: Entity, nodes: Table[BeltNode], thing_at: ThingAt) -> tuple[object, ...]:
    """What an arm finds at one of its ends."""
    if spot is None:
        return ()
    if spot.kind == "belt":
        node = nodes[spot.index]
        return node.kind, node.speed, node.turn, node.items, (node.direction - arm.direction) % 16
    thing = thing_at(spot)
    if isinstance(thing, Entity):
        return thing.name, thing.quality, thing.recipe, thing.modules
    return spot.kind, thing.item
