"""Which arm acts first in a tick: that decides who gets the last item, and it must not depend on how a factory lies.

In the game it depends on the order in which things were built and fell asleep, which no Factory carries. Here arms go
by what they are and what they stand between; arms that are alike in all of that go by place. What a thing is becomes a
number, its trait, with which `wiring` and the kernels of the flow engine calculate alike.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from factorion_cli.factory import Entity, Sink, Source
from factorion_cli.simulation.wiring import KIND_CODES, Arm, BeltNode, Spot, Table, turn_code

PRECEDENCE_BITS = 15
"""So many, since a world keeps them in one number with the place of the arm."""

_MODULUS, _FACTOR = (1 << 31) - 1, 48271
"""Of the generator of Park and Miller: products stay within 64 bits."""

ThingAt = Callable[[Spot], Entity | Source | Sink]
"""The entity or endpoint that a spot stands for; belts are not asked for."""


def _trait(*what: object) -> int:
    return crc32(repr(what).encode()) % _MODULUS


def arm_trait(arm: Entity) -> int:
    """What counts of an arm."""
    return _trait(arm.name, arm.quality, arm.filters)


def thing_trait(thing: Entity | Source | Sink) -> int:
    """What counts of a machine, a chest or an endpoint that is one."""
    if isinstance(thing, Entity):
        return _trait(thing.name, thing.quality, thing.recipe, thing.modules)
    return _trait(type(thing).__name__, thing.item)


def items_trait(left: str | None, right: str | None) -> int:
    """What counts of a belt besides its tile: what a source keeps on its lanes."""
    return 0 if left is None and right is None else _trait(left, right)


def belt_end(kind: int, speed: int, turn: int, aside: int, items: int) -> int:
    """A belt as an end of an arm, on plain numbers of `belt_rules`; `aside` its direction less the arm's, 0 to 15."""
    return (((((kind * 64 + speed) * 4 + turn) * 16 + aside) * _FACTOR + items) * _FACTOR) % _MODULUS


def turn_to_act(arm: int, pickup: int, drop: int) -> int:
    """A number below 1 << PRECEDENCE_BITS by which arms act in turn, from traits and belt ends."""
    mixed = (((arm * _FACTOR + pickup) % _MODULUS) * _FACTOR + drop) % _MODULUS
    return ((mixed * _FACTOR) % _MODULUS * _FACTOR) % _MODULUS >> 31 - PRECEDENCE_BITS


def precedence(entity: Entity, arm: Arm, nodes: Table[BeltNode], thing_at: ThingAt) -> int:
    """The turn of an arm, the same wherever and however it stands."""
    pickup, drop = (_end(spot, entity, nodes, thing_at) for spot in (arm.pickup, arm.drop))
    return turn_to_act(arm_trait(entity), pickup, drop)


def _end(spot: Spot | None, arm: Entity, nodes: Table[BeltNode], thing_at: ThingAt) -> int:
    """What an arm finds at one of its ends."""
    if spot is None:
        return 0
    if spot.kind == "belt":
        node = nodes[spot.index]
        aside = (node.direction - arm.direction) % 16
        return belt_end(KIND_CODES[node.kind], node.speed, turn_code(node), aside, items_trait(*node.items))
    return thing_trait(thing_at(spot))
