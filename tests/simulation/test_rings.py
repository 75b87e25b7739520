"""Closed rings of belts: they have no first tile, and they turn when they are full."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.symmetry import rotate
from factorion_cli.simulation import World, throughput
from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.world.states import BeltState, LaneItems

SIDE = 6
INNER_SUBTILES = 4 * 106 + 4 * (SIDE - 2) * 256


def _ring(left: int = 1, top: int = 1, side: int = SIDE, name: str = "transport-belt") -> list[Entity]:
    """Belts in a square, clockwise."""
    last = side - 1
    tiles = [(x, 0, 4) for x in range(last)] + [(last, y, 8) for y in range(last)]
    tiles += [(x, last, 12) for x in range(last, 0, -1)] + [(0, y, 0) for y in range(last, 0, -1)]
    return [Entity(name, left + x, top + y, direction=direction) for x, y, direction in tiles]


def _fed(*ring: Entity) -> Factory:
    """A ring that is side-loaded from both sides: iron onto its outer (left) lane, copper onto its inner one."""
    sources = (
        Source("iron", "belt", 0, 3, "iron-plate", direction=4),
        Source("copper", "belt", 4, 3, "copper-plate", direction=12),
    )
    feeders = [Entity("transport-belt", 3, 3, direction=12), Entity("transport-belt", 2, 3, direction=12)]
    return Factory(9, 9, (*ring, *feeders), sources)


def _places(world: World, number: int) -> tuple[LaneItems, LaneItems]:
    state = world.state(number)
    assert isinstance(state, BeltState)
    return state.left, state.right


def _count(world: World, belts: int) -> int:
    return sum(len(lane) for number in range(belts) for lane in _places(world, number))


def test_side_loads_fill_a_ring_up_to_the_spacing() -> None:
    ring = _ring()
    world = World(_fed(*ring))
    world.step(3000)
    assert sum(len(_places(world, number)[1]) for number in range(len(ring))) == INNER_SUBTILES // SPACING


def test_a_full_ring_goes_on_turning() -> None:
    world = World(_fed(*_ring()))
    world.step(3000)
    before = [_places(world, number) for number in range(4)]
    world.step(1)
    assert [_places(world, number) for number in range(4)] != before


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_ring_gives_the_same_wherever_its_tiles_begin(turns: int) -> None:
    factory = _fed(*_ring())
    arms = (Entity("fast-inserter", 4, 0, 8), Entity("stack-inserter", 7, 4, 12), Entity("inserter", 3, 7, 0))
    sinks = (Sink("a", "chest", 4, -1), Sink("b", "chest", 8, 4), Sink("c", "chest", 3, 8))
    factory = Factory(9, 9, (*factory.entities, *arms), factory.sources, sinks)
    first, turned = throughput([factory, rotate(factory, turns)])
    for sink in sinks:
        assert first.rate(sink.id) > 0
        assert turned.rate(sink.id) == pytest.approx(first.rate(sink.id), rel=1e-9)


def test_a_ring_of_more_than_one_square_turns_as_a_small_one() -> None:
    """Lines end at the borders of squares of 32 tiles; a ring across four of them still moves as one."""
    ring = _ring(28, 28, 8)
    world = World(Factory(64, 64, tuple(ring)))
    for number in range(len(ring)):
        assert world.insert(number, "iron-plate", 8) > 0
    world.step(1)
    held = _count(world, len(ring))
    for _ in range(500):
        before = [_places(world, number) for number in range(len(ring))]
        world.step(1)
        assert [_places(world, number) for number in range(len(ring))] != before
    assert _count(world, len(ring)) == held
