"""A running world whose power comes from elsewhere: as if it had been built so."""

from __future__ import annotations

import pytest

from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.factory import Power
from factorion_cli.simulation.world import World

ARM, POLE = Entity("inserter", 1, 0, 12), Entity("small-electric-pole", 1, 1)
ENDS = {"sources": (Source("in", "chest", 0, 0, "coal"),), "sinks": (Sink("out", "chest", 2, 0),)}


def delivered(world: World) -> int:
    world.step(600)
    return world.counts()["out"].get("coal", 0)


def test_an_arm_out_of_reach_stands_still_until_power_is_everywhere():
    world = World(Factory(3, 2, (ARM,), **ENDS, power=Power("poles")))
    assert delivered(world) == 0
    assert not world.is_powered(0)
    world.supply(Power())
    assert world.is_powered(0)
    assert delivered(world) > 0


def test_poles_that_stand_there_count_once_power_comes_from_them():
    world = World(Factory(3, 2, (ARM, POLE), **ENDS))
    world.supply(Power("poles"))
    assert world.is_powered(0)
    assert delivered(world) > 0
    world.remove(1)
    before = delivered(world)
    assert not world.is_powered(0)
    assert delivered(world) == before


def test_the_digest_is_that_of_a_world_made_so():
    switched = World(Factory(3, 2, (ARM, POLE), **ENDS))
    switched.supply(Power("poles"))
    assert switched.digest() == World(Factory(3, 2, (ARM, POLE), **ENDS, power=Power("poles"))).digest()


def test_simulated_networks_cannot_be_switched():
    world = World(Factory(3, 2, (ARM,), **ENDS))
    with pytest.raises(UsageError, match="'network'"):
        world.supply(Power("network"))
