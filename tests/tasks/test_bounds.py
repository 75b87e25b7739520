"""Bounds on what any design could deliver, against figures worked out by hand."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.tasks.bounds import arm_rate, lane_rate
from factorion_cli.tasks.markers import marker_task


def site(item: str, *given: str, size: int = 64, allowed: str = "basic") -> Factory:
    sources = tuple(Source(f"S{index}", "belt", 0, index, name, 4) for index, name in enumerate(given))
    sink = Sink("K0", "belt", size - 1, 0, item, 4)
    return Factory(size, size, (), sources, (sink,), metadata={"task": {"allowed": allowed}})


def bound(factory: Factory) -> float:
    return marker_task(factory).bound


def test_a_belt_carries_its_lanes() -> None:
    line = site("iron-plate", "iron-plate")
    assert bound(line) == pytest.approx(15.0)
    one_lane = replace(line.sources[0], lanes="left")
    assert bound(replace(line, sources=(one_lane,))) == pytest.approx(7.5)
    fast = replace(line.sources[0], belt="fast-transport-belt")
    assert bound(replace(line, sources=(fast,))) == pytest.approx(15.0), "the sink is yellow"


def test_tiers_of_belts_carry_what_the_wiki_says() -> None:
    tiers = ("transport-belt", "fast-transport-belt", "express-transport-belt", "turbo-transport-belt")
    assert [2 * lane_rate(tier) for tier in tiers] == [15.0, 30.0, 45.0, 60.0]


def test_ingredients_limit_what_is_made_of_them() -> None:
    assert bound(site("iron-gear-wheel", "iron-plate")) == pytest.approx(7.5)
    # A circuit takes three cables, of which a copper plate gives two.
    assert bound(site("electronic-circuit", "iron-plate", "copper-plate")) == pytest.approx(10.0)
    assert bound(site("electronic-circuit", "iron-plate", "copper-cable")) == pytest.approx(5.0)


def test_given_and_made_add_up() -> None:
    # One plate and one gear, or three plates.
    assert bound(site("burner-inserter", "iron-plate")) == pytest.approx(5.0)
    one_lane = site("burner-inserter", "iron-plate", "iron-gear-wheel")
    gears = replace(one_lane.sources[1], lanes="left")
    # 7.5 of the gears are given; of 15 plates 15 - r make (r - 7.5) gears: r = 10.
    assert bound(replace(one_lane, sources=(one_lane.sources[0], gears))) == pytest.approx(10.0)


def test_branches_that_share_a_source_share_its_belt() -> None:
    # Gear 2, circuit 1 (and its cables from copper), plate 1: four iron plates for an inserter.
    assert bound(site("inserter", "iron-plate", "copper-plate")) == pytest.approx(15 / 4)


def test_machines_need_room() -> None:
    small = site("engine-unit", "steel-plate", "iron-gear-wheel", "pipe", size=11)
    # 20 s in an assembling-machine-1, which covers nine tiles; four arms' moves in and one out cover little.
    assert 0.9 * 117 / 180 < bound(small) < 117 / 180
    assert bound(replace(small, metadata={"task": {"allowed": ["basic", "assembling-machine-3"]}})) > bound(small)


def test_arms_that_reach_a_chest_limit_it() -> None:
    factory = Factory(
        9, 9, (), (Source("S0", "chest", 4, 4, "coal"),), (Sink("K0", "belt", 0, 0, "coal"),),
        metadata={"task": {"allowed": ["inserter", "transport-belt"]}},
    )  # fmt: skip
    alone = arm_rate(Entity("inserter"), factory)
    assert bound(factory) == pytest.approx(4 * alone)
    blocked = replace(factory, metadata={"task": {"allowed": ["inserter"], "blocked": [[4, 3, 1, 1], [3, 4, 1, 1]]}})
    assert bound(blocked) == pytest.approx(2 * alone)


def test_no_arm_beats_the_rate_taken_for_it() -> None:
    for name in ("inserter", "long-handed-inserter", "fast-inserter", "bulk-inserter"):
        arm = Entity(name, 2, 2, 0)
        reach = arm.prototype.inserter.reach if arm.prototype.inserter else 0
        belt = Source("S0", "belt", 1, 2 - reach, "coal", 4)
        run = tuple(Entity("transport-belt", x, 2 - reach, 4) for x in (2, 3, 4))
        factory = Factory(
            5, 5, (arm, *run), (belt,), (Sink("K0", "chest", 2, 2 + reach, "coal"), Sink("K1", "belt", 4, 4, "coal"))
        )
        (result,) = throughput([factory])
        assert 0 < result.rate("K0") <= arm_rate(arm, factory) + 1e-9


def test_without_arms_nothing_is_made() -> None:
    factory = replace(
        site("iron-gear-wheel", "iron-plate"),
        metadata={"task": {"allowed": ["assembling-machine-1", "transport-belt"]}},
    )
    assert bound(factory) == pytest.approx(0.0, abs=1e-4)
