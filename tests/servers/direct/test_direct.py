"""Without Lua and over the wire the same is seen, field by field, whatever is done in whichever scenario."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.errors import RefusedError, ServerError, UsageError
from factorion_cli.servers.addresses import connected
from factorion_cli.servers.direct import DirectGame
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.observations import Seen, from_wire

SCENARIOS = ("movement_training", "mining_training", "construction_training", "automation_intro", "survival_basic")
BUILDINGS = ("transport-belt", "inserter", "assembling-machine-1", "stone-furnace", "small-electric-pole",
             "wooden-chest", "burner-mining-drill", "burner-inserter")  # fmt: skip
ITEMS = ("coal", "iron-ore", "iron-plate", "transport-belt")
NEAR = st.integers(-7, 7)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    with connected("embedded") as server:
        yield server


@pytest.fixture(scope="module")
def direct() -> DirectGame:
    return DirectGame()


@st.composite
def _action(draw: st.DrawFn) -> dict:
    """An action by what it is, with tiles told from the character's."""
    kind = draw(st.sampled_from(("step", "step", "walk", "goal", "mine", "place", "place", "place", "rotate", "recipe",
                                 "transfer", "craft", "take", "stop", "compound", "ore")))  # fmt: skip
    tile = {"x": draw(NEAR), "y": draw(NEAR)}
    direction = draw(st.sampled_from(range(0, 16, 4)))
    walk = draw(st.sampled_from((None, *range(0, 16, 2))))
    craft = draw(st.sampled_from(("stone-furnace", "iron-gear-wheel", "wooden-chest")))
    parts = [{"kind": "stop"}, {"kind": "walk", "direction": 2}, {"kind": "take"}]
    return {
        "step": {"kind": kind, "ticks": draw(st.integers(1, 40)), "walk": walk},
        "walk": {"kind": "walk", "direction": draw(st.sampled_from(range(0, 16, 2)))},
        "goal": {"kind": "walk", "position": tile},
        "mine": {"kind": "mine", **tile, "count": draw(st.integers(1, 3))},
        "ore": {"kind": "ore"},
        "place": {"kind": "place", **tile, "name": draw(st.sampled_from(BUILDINGS)), "direction": direction},
        "rotate": {"kind": "rotate", **tile},
        "recipe": {"kind": "recipe", **tile, "recipe": "iron-gear-wheel"},
        "transfer": {"kind": "transfer", **tile, "item": draw(st.sampled_from(ITEMS)), "count": 3},
        "craft": {"kind": "craft", "recipe": craft},
        "take": {"kind": "take"},
        "stop": {"kind": "stop"},
        "compound": {"kind": "compound", "parts": parts},
    }[kind]  # fmt: skip


def _placed(action: dict, seen: Seen) -> dict:
    """The action with tiles of the surface."""
    x, y = (int(seen.player["position"][axis] // 1) for axis in "xy")
    if action["kind"] == "ore":  # mine the ore that is seen nearest
        rows, columns = np.nonzero(seen.cells[..., 1])
        if not len(rows):
            return {"kind": "stop"}
        nearest = np.argmin((rows + seen.top - y) ** 2 + (columns + seen.left - x) ** 2)
        return {"kind": "mine", "x": int(columns[nearest]) + seen.left, "y": int(rows[nearest]) + seen.top, "count": 2}
    if "position" in action:
        return {**action, "position": {"x": action["position"]["x"] + x, "y": action["position"]["y"] + y}}
    return {**action, "x": action["x"] + x, "y": action["y"] + y} if "x" in action else action


def _do(game: LiveServer | DirectGame, action: dict) -> dict | str:
    if action["kind"] == "step":
        game.step(action["ticks"], action["walk"])
        return {}
    try:
        return game.act(**action)
    except RefusedError as error:
        return str(error)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(SCENARIOS),
    seed=st.integers(0, 50),
    honest=st.booleans(),
    actions=st.lists(_action(), max_size=25),
)
def test_everything_that_is_seen_is_the_same(live, direct, name, seed, honest, actions):
    made = direct.load(name, seed)
    live.pause()
    assert live.scenario(name, seed)["digest"] == made["digest"]
    for game in (live, direct.live):
        game.session.ask("mode", {"honest": honest})
    start = from_wire(live.observe())
    first_ticks = start.tick, direct.observe().tick
    before = start
    for action in actions:
        wanted = _placed(action, before)
        assert _without_unit(_do(direct, wanted)) == _without_unit(_do(live, wanted))
        told, seen = from_wire(live.observe()), direct.observe()
        assert told.tick - first_ticks[0] == seen.tick - first_ticks[1]
        assert _same_units(told, seen).differences(seen) == ["tick"] * (first_ticks[0] != first_ticks[1])
        before = told


def _without_unit(result: dict | str) -> dict | str:
    """What counts on over scenarios, unit numbers, differs between two servers."""
    return {k: v for k, v in result.items() if k != "unit_number"} if isinstance(result, dict) else result


def _same_units(told: Seen, seen: Seen) -> Seen:
    entities = [
        {**one, "unit_number": other["unit_number"]} if "unit_number" in one and "unit_number" in other else one
        for one, other in zip(told.entities, seen.entities, strict=True)
    ]
    return Seen(told.tick, told.player, told.inventory, told.left, told.top, told.cells, tuple(entities))


def test_changes_make_the_same_as_the_whole(live):
    live.pause()
    live.scenario("construction_training", 2)
    told = live.observe()
    seen = from_wire(told)
    for action in (
        {"kind": "place", "name": "wooden-chest", "x": 30, "y": 30},
        {"kind": "walk", "direction": 4},
        {"kind": "craft", "recipe": "iron-gear-wheel"},
        {"kind": "place", "name": "transport-belt", "x": 33, "y": 33},
    ):
        _do(live, action)
        live.step(9)
        told = live.observe(since=told["revision"])
        seen = from_wire(told, seen)
        assert "full" not in told
    assert from_wire(live.observe()).differences(seen) == []


def test_changes_of_nothing_are_refused(live):
    live.scenario("construction_training", 2)
    revision = live.observe()["revision"]
    with pytest.raises(ServerError, match="ask for the whole first"):
        from_wire(live.observe(since=revision))


def test_an_observation_is_not_changed_by_what_comes_later(direct):
    direct.load("construction_training", 1)
    before = direct.observe()
    cells, position = before.cells.copy(), dict(before.player["position"])
    direct.act("place", name="wooden-chest", x=30, y=30)
    direct.step(20, walk=4)
    assert np.array_equal(before.cells, cells)
    assert before.player["position"] == position
    assert set(direct.observe().differences(before)) == {"tick", "player", "inventory", "left", "entities", "cells"}


def test_directions_and_order_of_calls_are_checked():
    game = DirectGame()
    with pytest.raises(ServerError, match="call load first"):
        game.observe()
    game.load("movement_training")
    with pytest.raises(UsageError, match="cannot walk in direction 3"):
        game.step(1, walk=3)
