"""Small factories, one for each rule by which the flow engine once differed from the tick simulator."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput


def _agree(entities: list[Entity], sources: list[Source], sinks: list[Sink]) -> None:
    factory = Factory(20, 20, tuple(entities), tuple(sources), tuple(sinks))
    ticks, flow = (
        throughput([factory], engine=engine, warmup_ticks=12000, measure_ticks=12000)[0]
        for engine in ("ticks", "rates")
    )
    assert flow.error is None
    assert sum(ticks.rate(sink.id) for sink in sinks) > 0
    for sink in sinks:
        assert flow.rate(sink.id) == pytest.approx(ticks.rate(sink.id), rel=0.03, abs=0.005)


@pytest.mark.parametrize("direction", [0, 4, 8, 12])
def test_loaders_pass_items_from_belt_to_chest_to_belt(direction: int) -> None:
    dx, dy = {0: (0, -1), 4: (1, 0), 8: (0, 1), 12: (-1, 0)}[direction]
    tile = [(8 + dx * n, 8 + dy * n) for n in range(9)]
    _agree(
        [
            Entity("fast-transport-belt", *tile[1], direction),
            Entity("loader", *min(tile[2], tile[3]), direction, underground_type="input"),
            Entity("iron-chest", *tile[4]),
            Entity("loader", *min(tile[5], tile[6]), direction, underground_type="output"),
            Entity("transport-belt", *tile[7], direction),
        ],
        [Source("S", "belt", *tile[0], "iron-plate", direction, belt="fast-transport-belt")],
        [Sink("K", "belt", *tile[8], direction=direction, belt="fast-transport-belt")],
    )


def test_a_loader_is_no_end_of_an_underground() -> None:
    _agree(
        [
            Entity("underground-belt", 1, 0, 4, underground_type="input"),
            Entity("loader", 2, 0, 4, underground_type="input"),
            Entity("underground-belt", 5, 0, 4, underground_type="output"),
        ],
        [Source("S", "belt", 0, 0, "iron-plate", 4)],
        [Sink("K", "belt", 6, 0, direction=4)],
    )


def test_what_an_arm_takes_off_a_moving_source_does_not_reach_the_belt() -> None:
    _agree(
        [Entity("transport-belt", 1, 0, 4), Entity("inserter", 0, 1, 0)],
        [Source("S", "belt", 0, 0, "iron-plate", 4)],
        [Sink("K", "belt", 2, 0, direction=4), Sink("C", "chest", 0, 2)],
    )


def test_a_source_that_goes_nowhere_fills_a_hand_at_once() -> None:
    _agree(
        [Entity("stack-inserter", 0, 1, 0)],
        [Source("S", "belt", 0, 0, "iron-plate", 4, lanes="right")],
        [Sink("C", "chest", 0, 2)],
    )


def test_a_ring_of_belts_brings_back_what_an_arm_missed() -> None:
    ring = [(1, 2, 4), (2, 2, 4), (3, 2, 8), (3, 3, 8), (3, 4, 12), (2, 4, 12), (1, 4, 0), (1, 3, 0)]
    _agree(
        [
            *(Entity("express-transport-belt", x, y, direction) for x, y, direction in ring),
            Entity("fast-inserter", 3, 1, 0),
            Entity("stack-inserter", 2, 5, 0),
        ],
        [Source("S", "chest", 3, 0, "iron-plate")],
        [Sink("K", "chest", 2, 6)],
    )


@pytest.mark.parametrize("arm", ["inserter", "fast-inserter"])
def test_a_crusher_waits_for_its_chunks_to_be_taken(arm: str) -> None:
    _agree(
        [
            Entity("crusher", 4, 2, 8, recipe="oxide-asteroid-reprocessing"),
            Entity("fast-inserter", 4, 1, 0),
            Entity(arm, 3, 4, 4),
        ],
        [Source("S", "chest", 4, 0, "oxide-asteroid-chunk")],
        [Sink("K", "chest", 2, 4)],
    )


_PRODUCTIVE = ("productivity-module-3",) * 4


def test_a_full_productivity_bar_makes_the_next_craft_wait_for_the_arm() -> None:
    # Two packs a craft and two more with each bar: four are more than the machine keeps while it goes on.
    _agree(
        [
            Entity("assembling-machine-3", 2, 2, recipe="military-science-pack", modules=_PRODUCTIVE),
            *(Entity("fast-inserter", x, 1, 0) for x in (2, 3, 4)),
            Entity("inserter", 5, 3, 12),
        ],
        [
            Source("S", "chest", 2, 0, "piercing-rounds-magazine"),
            Source("T", "chest", 3, 0, "grenade"),
            Source("U", "chest", 4, 0, "stone-wall"),
        ],
        [Sink("K", "chest", 6, 3)],
    )


def test_the_second_arm_at_a_machine_gets_what_the_first_cannot_carry_at_once() -> None:
    _agree(
        [
            Entity("electric-furnace", 2, 2, modules=_PRODUCTIVE[:2]),
            Entity("fast-inserter", 3, 1, 0),
            Entity("fast-inserter", 5, 2, 12),
            Entity("fast-inserter", 5, 3, 12),
        ],
        [Source("S", "chest", 3, 0, "stone")],
        [Sink("K", "chest", 6, 2), Sink("L", "chest", 6, 3)],
    )


@pytest.mark.parametrize("last", ["inserter", "long-handed-inserter"])
def test_two_arms_share_the_belts_that_a_craft_makes_by_two(last: str) -> None:
    _agree(
        [
            Entity("assembling-machine-1", 2, 2, recipe="transport-belt"),
            Entity("inserter", 2, 1, 0),
            Entity("inserter", 3, 1, 0),
            Entity("inserter", 5, 2, 12),
            Entity(last, 5, 3, 12),
        ],
        [Source("S", "chest", 2, 0, "iron-plate"), Source("T", "chest", 3, 0, "iron-gear-wheel")],
        [Sink("K", "chest", 6, 2), Sink("L", "chest", 6 if last == "inserter" else 7, 3)],
    )


def test_an_arm_that_is_wanted_for_nothing_takes_no_share() -> None:
    # The long-handed arm could bring pipes to engines, which lack steel.
    _agree(
        [
            Entity("assembling-machine-2", 2, 2, recipe="pipe"),
            Entity("inserter", 3, 1, 0),
            Entity("inserter", 5, 2, 12),
            Entity("inserter", 5, 4, 12),
            Entity("long-handed-inserter", 2, 5, 0),
            Entity("assembling-machine-2", 1, 7, recipe="engine-unit"),
        ],
        [Source("S", "chest", 3, 0, "iron-plate")],
        [Sink("K", "chest", 6, 2), Sink("L", "chest", 6, 4)],
    )


def test_a_hand_of_two_waits_for_the_next_items_of_an_even_flow() -> None:
    # A quarter of an express lane: an item every 10.7 ticks, so a turn of 24 ticks and the wait for two come to 32.
    _agree(
        [
            Entity("express-splitter", 1, 1, 4),
            Entity("express-splitter", 2, 0, 4),
            Entity("bulk-inserter", 4, 1, 0),
            *(Entity("express-transport-belt", x, 0, 4) for x in (3, 4)),
            Entity("express-transport-belt", 3, 2, 4),
        ],
        [Source("S", "belt", 0, 1, "iron-plate", 4, "left", belt="express-transport-belt")],
        [
            Sink("K", "belt", 5, 0, direction=4, belt="express-transport-belt"),
            Sink("L", "belt", 3, 1, direction=4, belt="express-transport-belt"),
            Sink("M", "belt", 2, 2, direction=4, belt="express-transport-belt"),
            Sink("C", "chest", 4, 2),
        ],
    )


@pytest.mark.parametrize("chest_x", [1, 7])
def test_of_two_arms_that_wait_for_the_same_piece_one_gets_all_wherever_it_stands(chest_x: int) -> None:
    machine = Entity("assembling-machine-1", 3, 3, recipe="iron-gear-wheel")
    arms = [Entity("inserter", 2, 4, 4), Entity("inserter", 6, 4, 12), Entity("inserter", 4, 6, 8)]
    sinks = [Sink("chest", "chest", chest_x, 4), Sink("belt", "belt", 8 - chest_x, 4, direction=8)]
    _agree([machine, *arms], [Source("S", "chest", 4, 7, "iron-plate")], sinks)


@pytest.mark.parametrize("piece", ["exit", "splitter"])
def test_an_arm_reaches_less_of_a_belt_that_is_shorter_than_a_tile(piece: str) -> None:
    last = {
        "exit": [
            Entity("underground-belt", 2, 1, 4, underground_type="input"),
            Entity("underground-belt", 4, 1, 4, underground_type="output"),
        ],
        "splitter": [Entity("transport-belt", x, 1, 4) for x in (2, 3)] + [Entity("splitter", 4, 0, 4)],
    }[piece]
    _agree(
        [Entity("transport-belt", 1, 1, 4), *last, Entity("bulk-inserter", 5, 1, 12, stack_size=6)],
        [Source("S", "belt", 0, 1, "iron-plate", 4)],
        [Sink("C", "chest", 6, 1)],
    )


def test_a_stack_inserter_over_a_sparse_belt_waits_until_its_hand_is_full() -> None:
    _agree(
        [
            Entity("fast-inserter", 1, 0, 12),
            *(Entity("transport-belt", x, 0, 4) for x in (2, 3, 4)),
            Entity("stack-inserter", 3, 1, 0),
        ],
        [Source("S", "chest", 0, 0, "iron-plate")],
        [Sink("K", "belt", 5, 0, direction=4), Sink("C", "chest", 3, 2)],
    )


def test_an_arm_at_a_crusher_brings_all_that_it_takes() -> None:
    _agree(
        [
            Entity("crusher", 1, 2, 0, recipe="oxide-asteroid-crushing"),
            Entity("stack-inserter", 1, 1, 0),
            Entity("burner-inserter", 1, 5, 0, fuel="unlimited"),
            *(Entity("transport-belt", x, 6, 4) for x in (1, 2)),
        ],
        [Source("S", "chest", 1, 0, "oxide-asteroid-chunk")],
        [Sink("K", "belt", 3, 6, direction=4)],
    )


@pytest.mark.parametrize(("above", "below"), [(1, 3), (3, 3), (12, 1), (4, 12)])
def test_an_arm_waits_for_gaps_between_the_hands_of_the_one_before_it(above: int, below: int) -> None:
    _agree(
        [
            *(Entity("transport-belt", x, 3, 4) for x in range(1, 6)),
            Entity("bulk-inserter", 2, 2, 0, stack_size=above),
            Entity("bulk-inserter", 4, 2, 0, stack_size=below),
        ],
        [Source("A", "chest", 2, 1, "iron-plate"), Source("B", "chest", 4, 1, "copper-plate")],
        [Sink("K", "belt", 6, 3, direction=4)],
    )
