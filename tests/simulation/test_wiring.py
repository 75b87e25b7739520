"""Who hands items to whom."""

from functools import cache
from typing import Any

import pytest
import yaml

from factorion_cli.factory import Entity, Factory, Sink, Source, factory_from_json
from factorion_cli.simulation import decisions
from factorion_cli.simulation.lines import make_lines
from factorion_cli.simulation.wiring import LEFT, RIGHT, Feed, Wiring, wire
from tests.simulation.judging import GOLDEN


@cache
def layouts() -> list[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.load((GOLDEN / "connectivity.yaml").read_text(encoding="utf-8"), Loader=loader))


def _factory(layout: dict[str, Any]) -> Factory:
    for index, endpoint in enumerate((*layout["sources"], *layout["sinks"])):
        endpoint.setdefault("id", f"E{index}")
    for source in layout["sources"]:
        source.setdefault("item", "iron-plate")
    return factory_from_json(layout)


def test_690_layouts_are_wired_as_known() -> None:
    wrong = {}
    for layout in layouts():
        factory = _factory(layout)
        expected = {(tuple(origin), tuple(target)) for origin, target in layout["flows"]}
        flows = wire(factory).flows(factory)
        if flows != expected:
            wrong[layout["id"]] = (flows - expected, expected - flows)
    assert len(layouts()) == 690
    assert wrong == {}


def test_an_arm_drops_onto_a_splitter_and_takes_from_one_though_the_facts_never_pair_them() -> None:
    wiring = _wire(Entity("splitter", 2, 0, 4), Entity("inserter", 1, 0, 12), Entity("inserter", 3, 0, 12))
    assert [arm.drop and arm.drop.kind for arm in wiring.arms] == ["belt", None]
    assert [arm.pickup and arm.pickup.kind for arm in wiring.arms] == [None, "belt"]


def _wire(*entities: Entity, sources: tuple[Source, ...] = (), sinks: tuple[Sink, ...] = ()) -> Wiring:
    return wire(Factory(16, 16, entities, sources, sinks))


def _feeds_into(wiring: Wiring, x: int, y: int) -> list[Feed]:
    return [feed for feed in wiring.feeds if (wiring.nodes[feed.to_node].x, wiring.nodes[feed.to_node].y) == (x, y)]


def test_a_lone_side_feed_makes_a_curve_with_a_short_inner_and_a_long_outer_lane() -> None:
    wiring = _wire(
        Entity("transport-belt", 0, 0, 4), Entity("transport-belt", 1, 0, 8), Entity("transport-belt", 1, 1, 8)
    )
    turn = next(node for node in wiring.nodes if (node.x, node.y) == (1, 0))
    assert turn.turn == "right"
    lengths = {line.lane: line.length for line in make_lines(wiring).lines}
    assert lengths[RIGHT] == 256 + decisions.CURVE_INNER_LENGTH + 256
    assert lengths[LEFT] == 256 + decisions.CURVE_OUTER_LENGTH + 256


def test_a_side_feed_beside_one_from_behind_loads_the_near_lane_at_two_places() -> None:
    wiring = _wire(
        Entity("transport-belt", 1, 0, 8), Entity("transport-belt", 1, 1, 8), Entity("transport-belt", 0, 1, 4)
    )
    side = [feed for feed in _feeds_into(wiring, 1, 1) if feed.entry > 0]
    assert {feed.to_lane for feed in side} == {RIGHT}
    # The feeder's right lane (south) is nearer to where the belt goes.
    assert {feed.lane: feed.entry for feed in side} == {LEFT: 68, RIGHT: 188}


def test_the_hood_of_an_underground_blocks_one_lane_of_a_side_feed() -> None:
    entrance = _wire(Entity("transport-belt", 0, 0, 4), Entity("underground-belt", 1, 0, 8, underground_type="input"))
    assert [(feed.lane, feed.to_lane) for feed in _feeds_into(entrance, 1, 0)] == [(LEFT, RIGHT)]
    way_out = _wire(Entity("transport-belt", 0, 0, 4), Entity("underground-belt", 1, 0, 8, underground_type="output"))
    assert [(feed.lane, feed.to_lane) for feed in _feeds_into(way_out, 1, 0)] == [(RIGHT, RIGHT)]


@pytest.mark.parametrize(("gap", "paired"), [(0, True), (4, True), (5, False)])
def test_an_underground_reaches_over_at_most_its_gap(gap: int, paired: bool) -> None:
    wiring = _wire(
        Entity("underground-belt", 0, 0, 4, underground_type="input"),
        Entity("underground-belt", gap + 1, 0, 4, underground_type="output"),
    )
    assert bool(wiring.feeds) == paired
    if paired:
        assert {line.length for line in make_lines(wiring).lines} == {256 * (gap + 2)}


def test_another_end_of_the_same_tier_takes_an_exits_place_but_other_tiers_do_not() -> None:
    ends = (
        Entity("underground-belt", 0, 0, 4, underground_type="input"),
        Entity("underground-belt", 4, 0, 4, underground_type="output"),
    )
    between = Entity("underground-belt", 2, 0, 4, underground_type="input")
    wiring = _wire(*ends, between)
    assert {(wiring.nodes[feed.node].x, wiring.nodes[feed.to_node].x) for feed in wiring.feeds} == {(2, 4)}
    wiring = _wire(*ends, Entity("fast-underground-belt", 2, 0, 4, underground_type="input"))
    assert {(wiring.nodes[feed.node].x, wiring.nodes[feed.to_node].x) for feed in wiring.feeds} == {(0, 4)}


def test_two_sources_may_share_a_tile_each_with_its_lane() -> None:
    sources = (
        Source("A", "belt", 0, 0, "iron-plate", 4, "left"),
        Source("B", "belt", 0, 0, "copper-plate", 4, "right"),
    )
    assert _wire(sources=sources).nodes[0].items == ("iron-plate", "copper-plate")


def test_a_closed_ring_of_belts_is_one_line_per_lane_that_follows_itself() -> None:
    ring = (
        Entity("transport-belt", 0, 0, 4),
        Entity("transport-belt", 1, 0, 8),
        Entity("transport-belt", 1, 1, 12),
        Entity("transport-belt", 0, 1, 0),
    )
    lines = make_lines(_wire(*ring)).lines
    assert [(line.next_line, line.length) for line in lines] == [(0, 4 * 295), (1, 4 * 106)]


def test_the_order_of_entities_does_not_change_the_wiring() -> None:
    layout = next(layout for layout in layouts() if len(layout["entities"]) > 2)
    factory = _factory(layout)
    turned = factory.with_entities(tuple(reversed(factory.entities)))
    assert wire(factory).flows(factory) == wire(turned).flows(turned)
