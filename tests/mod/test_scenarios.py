"""Scenarios: the same name and seed make the same world, and goals are reached exactly when they are."""

from __future__ import annotations

import re

import pytest

from factorion_cli.servers.modding import mod_folder
from tests.mod.client import Client

NAMES = re.findall(r"^  (\w+) = \{ size", (mod_folder() / "scripts" / "scenario_list.lua").read_text(), re.MULTILINE)


def test_there_are_scenarios():
    assert len(NAMES) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_reset_leads_back_to_the_same_world(plain, name):
    first = plain.ask("scenario", name=name, seed=3)
    plain.ask("mode", honest=False)
    plain.act("place", name="wooden-chest", x=3, y=3)
    plain.act("walk", position={"x": 9, "y": 9})
    plain.server.tick(50)
    assert plain.ask("digest")["digest"] != first["digest"]
    assert plain.ask("reset")["digest"] == first["digest"]


def test_seeds_make_different_worlds_and_servers_the_same(plain):
    worlds = [plain.ask("scenario", name="survival_basic", seed=seed)["digest"] for seed in (1, 2)]
    assert worlds[0] != worlds[1]
    assert (
        Client(version="2.1", reversed_pairs=True).ask("scenario", name="survival_basic", seed=1)["digest"] == worlds[0]
    )


def test_waypoints_are_reached_in_order(client):
    told = client.ask("scenario", name="movement_training", seed=5)
    client.ask("mode", honest=False)
    shares = []
    for place in told["waypoints"]:
        client.act("walk", position=place)
        client.server.tick(2)
        shares.append(client.ask("goal")["progress"])
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert client.ask("goal")["done"] is True


def test_building_goals_count_what_stands(plain):
    plain.ask("scenario", name="construction_training")
    plain.ask("mode", honest=False)
    for index in range(5):
        assert plain.ask("goal")["done"] is False
        plain.act("place", name="assembling-machine-1", x=4 * index, y=0)
    assert plain.ask("goal")["done"] is True


def test_time_of_a_scenario_runs_out(plain):
    plain.ask("scenario", name="movement_training")
    plain.server.tick(299 * 60)
    assert plain.ask("goal")["over"] is False
    plain.server.tick(60)
    assert plain.ask("goal") | {"progress": 0} == {"progress": 0, "done": False, "seconds": 300, "over": True}
