"""A character acts by the rules of the game: reach, time, items; or fast, and then it says so."""

from __future__ import annotations

import math

import pytest

from tests.mod.client import Client, RefusedError

MIDDLE = 32
"""Middle of the tiny scenarios, where the character starts."""


@pytest.fixture
def builder(client):
    """A character with a kit and nothing around it."""
    client.ask("scenario", name="construction_training")
    return client


@pytest.fixture
def miner(client):
    """A character beside iron ore; `ore` is a tile of it within reach."""
    client.ask("scenario", name="mining_training")
    client.ask("mode", honest=False)
    ores = client.ask("entities", area=[[0, 0], [64, 64]])["entities"]
    ore = next(e["position"] for e in ores if e["type"] == "resource")
    client.act("walk", position={"x": ore["x"] + 1, "y": ore["y"]})
    client.ask("mode", honest=True)
    client.ore = (math.floor(ore["x"]), math.floor(ore["y"]))
    return client


def _inventory(client):
    return client.observe()["inventory"]


def _place(client):
    position = client.observe()["player"]["position"]
    return position["x"], position["y"]


@pytest.mark.parametrize(("direction", "dx", "dy"), [(0, 0, -1), (4, 1, 0), (6, 1, 1), (8, 0, 1), (12, -1, 0)])
def test_walking_covers_a_step_of_the_character_each_tick(builder, direction, dx, dy):
    x, y = _place(builder)
    builder.ask("step", ticks=20, walk=direction)
    builder.server.tick(25)
    share = math.hypot(dx, dy)
    expected = (x + 20 * 0.15 * dx / share, y + 20 * 0.15 * dy / share)
    assert _place(builder) == pytest.approx(expected, abs=0.2)


def test_walking_goes_on_until_it_is_stopped(builder):
    x, y = _place(builder)
    builder.act("walk", direction=4)
    builder.step(10)
    builder.step(10)
    builder.act("stop")
    reached = _place(builder)
    builder.step(10)
    assert reached == pytest.approx((x + 3, y), abs=0.2)
    assert _place(builder) == reached


def test_walking_to_a_place_ends_there(builder):
    builder.act("walk", position={"x": MIDDLE + 5, "y": MIDDLE - 3})
    builder.step(90)
    assert _place(builder) == pytest.approx((MIDDLE + 5, MIDDLE - 3), abs=0.3)
    assert builder.observe()["player"]["activity"] == "idle"


def test_mining_takes_time_and_fills_the_inventory(miner):
    x, y = miner.ore
    assert miner.act("mine", x=x, y=y, count=2) == {"mining": "iron-ore"}
    miner.step(30)
    assert "iron-ore" not in dict(_inventory(miner))
    assert miner.observe()["player"]["activity"] == "mining"
    miner.step(400)
    assert _inventory(miner)["iron-ore"] == 2
    assert miner.observe()["player"]["activity"] == "idle"


def test_mining_beyond_reach_is_refused_unless_fast(miner):
    x, y = miner.ore
    miner.ask("mode", honest=False)
    miner.act("walk", position={"x": x + 10.5, "y": y + 0.5})
    miner.ask("mode", honest=True)
    with pytest.raises(RefusedError, match=r"out_of_reach.*iron-ore is \d+\.\d tiles away"):
        miner.act("mine", x=x, y=y)
    miner.ask("mode", honest=False)
    assert miner.act("mine", x=x, y=y)["mined"] is True
    assert miner.ask("mode")["fast"] > 0


def test_placing_takes_the_item(builder):
    before = _inventory(builder)["stone-furnace"]
    placed = builder.act("place", name="stone-furnace", x=MIDDLE + 2, y=MIDDLE + 2)
    assert placed["placed"] == "stone-furnace"
    assert _inventory(builder)["stone-furnace"] == before - 1


def test_placing_by_the_rules_needs_item_reach_and_room(builder):
    with pytest.raises(RefusedError, match="insufficient_items"):
        builder.act("place", name="lab", x=MIDDLE + 2, y=MIDDLE)
    with pytest.raises(RefusedError, match="out_of_reach"):
        builder.act("place", name="wooden-chest", x=MIDDLE + 15, y=MIDDLE)
    builder.act("place", name="wooden-chest", x=MIDDLE + 3, y=MIDDLE)
    with pytest.raises(RefusedError, match=r"cannot_place.*wooden-chest"):
        builder.act("place", name="stone-furnace", x=MIDDLE + 2, y=MIDDLE)
    with pytest.raises(RefusedError, match="unknown_entity"):
        builder.act("place", name="warp-drive", x=0, y=0)


def test_fast_mode_needs_neither_item_nor_reach(builder):
    builder.ask("mode", honest=False)
    assert builder.act("place", name="lab", x=2, y=2)["placed"] == "lab"
    assert builder.ask("mode")["fast"] == 2


def test_rotating_recipes_and_their_refusals(builder):
    builder.act("place", name="transport-belt", x=MIDDLE + 2, y=MIDDLE, direction=4)
    assert builder.act("rotate", x=MIDDLE + 2, y=MIDDLE) == {"rotated": True, "direction": 8}
    assert builder.act("rotate", x=MIDDLE + 2, y=MIDDLE, reverse=True)["direction"] == 4
    builder.act("place", name="assembling-machine-1", x=MIDDLE + 4, y=MIDDLE, recipe="iron-gear-wheel")
    assert builder.act("recipe", x=MIDDLE + 4, y=MIDDLE, recipe="pipe")["recipe"] == "pipe"
    with pytest.raises(RefusedError, match="unknown_recipe"):
        builder.act("recipe", x=MIDDLE + 4, y=MIDDLE, recipe="soup")
    with pytest.raises(RefusedError, match="takes no recipe"):
        builder.act("recipe", x=MIDDLE + 2, y=MIDDLE, recipe="pipe")
    with pytest.raises(RefusedError, match="nothing_there"):
        builder.act("rotate", x=MIDDLE - 5, y=MIDDLE)


def test_items_go_into_entities_and_back(builder):
    builder.act("place", name="wooden-chest", x=MIDDLE + 2, y=MIDDLE)
    coal = _inventory(builder)["coal"]
    assert builder.act("transfer", x=MIDDLE + 2, y=MIDDLE, item="coal", count=30) == {"moved": 30}
    assert _inventory(builder)["coal"] == coal - 30
    assert builder.act("transfer", x=MIDDLE + 2, y=MIDDLE, item="coal", count=10, to="self") == {"moved": 10}
    assert _inventory(builder)["coal"] == coal - 20
    with pytest.raises(RefusedError, match="insufficient_items"):
        builder.act("transfer", x=MIDDLE + 2, y=MIDDLE, item="iron-plate")
    with pytest.raises(RefusedError, match="unknown_item"):
        builder.act("transfer", x=MIDDLE + 2, y=MIDDLE, item="soup")


def test_crafting_takes_time_and_ingredients(miner):
    miner.ask("scenario", name="automation_intro")
    with pytest.raises(RefusedError, match="insufficient_items"):
        miner.act("craft", recipe="pipe")
    with pytest.raises(RefusedError, match="unknown_recipe"):
        miner.act("craft", recipe="soup")


def test_a_compound_action_tells_the_outcome_of_each_part(builder):
    parts = [
        {"kind": "place", "name": "wooden-chest", "x": MIDDLE + 2, "y": MIDDLE},
        {"kind": "transfer", "x": MIDDLE + 2, "y": MIDDLE, "item": "soup"},
        {"kind": "walk", "direction": 12},
    ]
    told = builder.act("compound", parts=parts)["parts"]
    assert told[0]["placed"] == "wooden-chest"
    assert told[1]["err"]["code"] == "unknown_item"
    builder.step(5)
    assert builder.observe()["player"]["activity"] == "walking"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"kind": "dance"}, "no kind"),
        ({"kind": "mine"}, "needs the tile"),
        ({"kind": "walk"}, "needs a direction"),
        ({"kind": "walk", "direction": 3}, "needs a direction"),
        ({"kind": "walk", "position": {"x": "far", "y": 1}}, "must be of kind number"),
        ({"kind": "compound", "parts": [{"kind": "compound"}]}, "not compound itself"),
        ({"kind": "compound", "parts": [3]}, "must be an action"),
    ],
)
def test_actions_that_are_none(plain, action, words):
    plain.ask("scenario", name="movement_training")
    with pytest.raises(RefusedError, match=words):
        plain.ask("act", **action)


def test_walking_and_mining_go_on_after_save_and_load(miner):
    x, y = miner.ore
    miner.act("mine", x=x, y=y, count=3)
    miner.step(50)
    miner.restart()
    miner.step(500)
    assert _inventory(miner)["iron-ore"] == 3


def test_commands_that_come_in_segments_act_the_same():
    client = Client(segmented=True)
    client.ask("scenario", name="construction_training")
    placed = client.act("place", name="stone-furnace", x=MIDDLE + 2, y=MIDDLE + 2)
    assert placed["placed"] == "stone-furnace"
