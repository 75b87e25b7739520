"""Stacks of items on belts, once they are researched."""

from collections.abc import Mapping

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Resource, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.layout import ITEM_BITS
from factorion_cli.simulation.running import run, start

TIERS = ("", "fast-", "express-", "turbo-")
RESEARCH = {"bulk_inserter_capacity_bonus": 11, "belt_stack_size_bonus": 3}


def _unloading(tier: str, research: Mapping[str, float], *after: Entity, sinks: tuple[Sink, ...] = ()) -> Factory:
    """A stack arm that empties a chest onto a belt towards the east."""
    belt = f"{tier}transport-belt"
    sinks = sinks or (Sink("K", "belt", 4, 2, direction=4, belt=belt),)
    entities = (Entity("stack-inserter", 1, 1, 0), *(Entity(belt, x, 2, 4) for x in (1, 2)), *after)
    return Factory(10, 10, entities, (Source("S", "chest", 1, 0, "iron-plate"),), sinks, research=research)


@pytest.mark.parametrize(
    ("tier", "hand", "stack", "rate"),
    [
        *zip(TIERS, (6,) * 4, (2,) * 4, (11.27, 12.87, 13.8, 13.8), strict=True),
        *zip(TIERS, (16,) * 4, (2,) * 4, (13.33, 20, 24, 26.67), strict=True),
        *zip(TIERS, (16,) * 4, (4,) * 4, (24, 30, 33.07, 34.33), strict=True),
    ],
)
def test_a_stack_arm_unloads_as_the_wiki_measured(tier: str, hand: int, stack: int, rate: float) -> None:
    research = {"bulk_inserter_capacity_bonus": hand - 5, "belt_stack_size_bonus": stack - 1}
    factory = _unloading(tier, research, Entity(f"{tier}transport-belt", 3, 2, 4))
    assert throughput([factory])[0].rate("K") == pytest.approx(rate, rel=0.01)


def test_without_research_every_item_lies_alone() -> None:
    factory = _unloading("", {"bulk_inserter_capacity_bonus": 11}, Entity("transport-belt", 3, 2, 4))
    # 16 items one by one: 24 ticks of turning and 14 spacings of 8 ticks.
    assert throughput([factory])[0].rate("K") == pytest.approx(60 * 16 / (24 + 112), rel=0.01)


@pytest.mark.parametrize("arm", ["inserter", "fast-inserter", "bulk-inserter"])
def test_other_arms_lay_single_items(arm: str) -> None:
    factory = _unloading("", {}, Entity("transport-belt", 3, 2, 4))
    entities = (Entity(arm, 1, 1, 0), *factory.entities[1:])
    world, _ = build_world(
        [compile_factory(Factory(10, 10, entities, factory.sources, factory.sinks, research=RESEARCH))]
    )
    run(world, 600)
    assert not np.any(world.slots["item"] >> ITEM_BITS)


def test_an_arm_takes_from_a_stack_what_its_hand_has_room_for() -> None:
    taker = (Entity("transport-belt", 3, 2, 4), Entity("fast-inserter", 3, 3, 0))
    factory = _unloading("", RESEARCH, *taker, sinks=(Sink("K", "chest", 3, 4),))
    assert throughput([factory])[0].rate("K") == pytest.approx(2.5, rel=0.01)


def test_stacks_pass_splitters_by_their_filter_and_loaders_into_chests() -> None:
    splitter = Entity("splitter", 3, 2, 4, filter="iron-plate", output_priority="right")
    loader = Entity("loader", 4, 3, 4, underground_type="input")
    factory = _unloading("", RESEARCH, splitter, loader, sinks=(Sink("K", "chest", 6, 3),))
    assert throughput([factory])[0].rate("K") == pytest.approx(24, rel=0.01)


def test_nothing_gets_lost_in_stacks() -> None:
    taker = (Entity("transport-belt", 3, 2, 4), Entity("bulk-inserter", 3, 3, 0, stack_size=3))
    factory = _unloading("", RESEARCH, *taker, sinks=(Sink("K", "chest", 3, 4),))
    world, _ = build_world([compile_factory(factory)])
    start(world)
    for _ in range(60):
        run(world, 37)
        lines = world.lines
        lying = sum(
            int(((world.slots["item"][line["head"] : line["head"] + line["count"]] >> ITEM_BITS) + 1).sum())
            for line in lines
        )
        held = int(world.arms["held"].sum())
        assert int(world.chests["given"].sum()) == lying + held + int(world.tallies["taken"].sum())


def test_a_big_drill_lays_full_stacks() -> None:
    sinks = (Sink("K", "belt", 4, 2, direction=4),)
    factory = Factory(
        12, 12, (Entity("big-mining-drill", 2, 3),), sinks=sinks, research=RESEARCH,
        resources=(Resource("scrap", (0, 0, 12, 12)),),
    )  # fmt: skip
    assert throughput([factory])[0].rate("K") == pytest.approx(5, rel=0.01)
    world, _ = build_world([compile_factory(factory)])
    run(world, 600)
    assert np.any(world.slots["item"] >> ITEM_BITS == 3)
