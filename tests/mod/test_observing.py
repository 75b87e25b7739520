"""What is seen: the character, its inventory, the map of eight channels, entities; whole and as changes."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from tests.mod.client import RefusedError

SIZE, CHANNELS, MIDDLE = 32, 8, 32
TERRAIN, RESOURCES, ENTITIES, STRUCTURES, POWER, LOGISTICS, THREATS, ACCESS = range(CHANNELS)


def _grid(told):
    data = zlib.decompress(base64.b64decode(told["data"]))
    return np.frombuffer(data, np.uint8).reshape(-1, SIZE, CHANNELS).copy()


@pytest.fixture
def seen(client):
    """A client with a character that has built a belt, an arm, a pole and an assembler to its right."""
    client.ask("scenario", name="construction_training")
    client.act("place", name="transport-belt", x=MIDDLE + 2, y=MIDDLE, direction=8)
    client.act("place", name="inserter", x=MIDDLE + 3, y=MIDDLE, direction=4)
    client.act("place", name="small-electric-pole", x=MIDDLE + 3, y=MIDDLE + 2)
    client.act("place", name="assembling-machine-1", x=MIDDLE + 4, y=MIDDLE - 1, recipe="iron-gear-wheel")
    return client


def test_the_first_observation_is_whole(seen):
    told = seen.observe()
    assert told["full"] is True
    assert {"position", "health", "walking", "direction", "mining", "activity"} <= set(told["player"])
    assert told["inventory"]["transport-belt"] == 99
    assert (told["map"]["left"], told["map"]["top"]) == (MIDDLE - 16, MIDDLE - 16)
    assert _grid(told["map"]).shape == (SIZE, SIZE, CHANNELS)


def test_each_channel_shows_its_cause(seen):
    grid = _grid(seen.observe()["map"])
    row, column = 16, 16
    belt, arm, pole, machine = grid[row, column + 2], grid[row, column + 3], grid[row + 2, column + 3], grid[row, 21]
    assert [belt[STRUCTURES], arm[STRUCTURES], pole[STRUCTURES], machine[STRUCTURES]] == [1, 4, 9, 5]
    assert [belt[LOGISTICS], arm[LOGISTICS], pole[LOGISTICS]] == [3, 6, 0]
    assert [belt[POWER], arm[POWER], pole[POWER], machine[POWER]] == [0, 2, 1, 2]
    assert [belt[ACCESS], arm[ACCESS], machine[ACCESS], grid[0, 0, ACCESS]] == [1, 0, 0, 1]
    assert (grid[row - 1 : row + 2, 20:23, STRUCTURES] == 5).all()
    assert not grid[..., [TERRAIN, RESOURCES, ENTITIES, THREATS]].any()


def test_ore_is_in_the_channel_of_resources(client):
    client.ask("scenario", name="mining_training")
    client.ask("mode", honest=False)
    ores = client.ask("entities", area=[[0, 0], [64, 64]])["entities"]
    ore = next(e for e in ores if e["type"] == "resource")
    client.act("walk", position=ore["position"])
    grid = _grid(client.observe()["map"])
    assert grid[16, 16, RESOURCES] == 1
    assert ore["amount"] == 2000


def test_the_nearest_entities_come_first_and_say_what_they_have(seen):
    near = seen.observe()["entities"]
    assert [entity["name"] for entity in near] == [
        "transport-belt", "inserter", "small-electric-pole", "assembling-machine-1",
    ]  # fmt: skip
    assert near[3]["recipe"] == "iron-gear-wheel"
    assert near[3]["progress"] == 0


def test_changes_since_the_last_observation_make_the_whole_again(seen):
    first = seen.observe()
    grid = _grid(first["map"])
    nothing = seen.observe(since=first["revision"])
    assert {"map", "inventory", "entities", "full"}.isdisjoint(nothing)
    seen.act("place", name="wooden-chest", x=MIDDLE - 3, y=MIDDLE + 4)
    changes = seen.observe(since=nothing["revision"])
    grid[changes["map"]["rows"]] = _grid(changes["map"])
    whole = seen.observe()
    assert changes["inventory"] == whole["inventory"]
    assert [first["entities"][e] if isinstance(e, int) else e for e in changes["entities"]] == whole["entities"]
    assert (grid == _grid(whole["map"])).all()


def test_entities_that_only_change_their_order_are_told_by_their_places(seen):
    first = seen.observe()
    seen.ask("mode", honest=False)
    seen.act("walk", position={"x": MIDDLE + 9.5, "y": MIDDLE + 0.5})
    changes = seen.observe(since=first["revision"])
    assert changes["entities"] == [3, 1, 2, 0]
    seen.act("rotate", x=MIDDLE + 2, y=MIDDLE)
    turned = seen.observe(since=changes["revision"])["entities"]
    assert turned[:3] == [0, 1, 2]
    assert turned[3]["name"] == "transport-belt"


def test_changes_since_an_older_observation_are_the_whole(seen):
    first = seen.observe()
    seen.observe()
    assert seen.observe(since=first["revision"])["full"] is True


def test_a_poll_brings_the_observation_when_the_step_is_over(seen):
    seen.observe()
    seen.send("s 3 w4")
    assert seen.send("p 0")["r"][0] == {"done": False, "left": 3}
    seen.server.tick(3)
    told = seen.send("p 0")["r"][0]
    assert told["done"] is True
    assert told["seen"]["full"] is True
    assert told["seen"]["player"]["position"]["x"] == pytest.approx(MIDDLE + 0.45, abs=0.2)


def test_entities_are_found_by_area(seen):
    found = seen.ask("entities", area=[[MIDDLE, MIDDLE - 2], [MIDDLE + 3, MIDDLE + 2]])["entities"]
    assert "transport-belt" in [entity["name"] for entity in found]
    with pytest.raises(RefusedError, match="bad_argument"):
        seen.ask("entities", area=[1, 2, 3, 4])
    with pytest.raises(RefusedError, match="bad_argument"):
        seen.ask("entities", area=[[1], [2, 3]])


def test_statistics_count_what_was_made(client):
    client.ask("surface", name="a", width=9, height=9)
    factory = {
        "size": [9, 9],
        "entities": [
            {"name": "inserter", "x": 1, "y": 1, "dir": 12},
            {"name": "assembling-machine-2", "x": 2, "y": 0, "recipe": "iron-gear-wheel"},
        ],
        "sources": [{"id": "in", "kind": "chest", "x": 0, "y": 1, "item": "iron-plate"}],
    }
    client.ask("build", factory=factory)
    client.server.tick(600)
    statistics = client.ask("statistics", surface="a")
    assert statistics["made"]["iron-gear-wheel"] > 0
    assert statistics["used"]["iron-plate"] >= 2 * statistics["made"]["iron-gear-wheel"]


def test_ore_that_is_mined_to_the_end_is_off_the_map_at_once(client):
    client.ask("scenario", name="mining_training")
    client.ask("mode", honest=False)
    ores = client.ask("entities", area=[[0, 0], [64, 64]])["entities"]
    place = next(e for e in ores if e["type"] == "resource")["position"]
    client.act("walk", position=place)
    assert _grid(client.observe()["map"])[16, 16, RESOURCES] == 1
    x, y = place["x"], place["y"]
    find = (
        f"game.surfaces['factorion-scenario'].find_entities_filtered{{type = 'resource', position = {{{x}, {y}}}}}[1]"
    )
    assert client.server.command(f"/sc {find}.amount = 1") == ""
    client.act("mine", x=int(x), y=int(y))
    assert _grid(client.observe()["map"])[16, 16, RESOURCES] == 0


def test_a_belt_that_is_turned_is_drawn_anew(seen):
    first = seen.observe()
    seen.act("rotate", x=MIDDLE + 2, y=MIDDLE)
    changes = seen.observe(since=first["revision"])
    assert changes["map"]["rows"] == [16]
    assert _grid(changes["map"])[0, 18, LOGISTICS] == 4
    assert changes["entities"][0]["direction"] == 12
