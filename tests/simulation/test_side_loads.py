"""Side-loads compress a lane fully (facts: sideload.squash), whatever the belts' speeds."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import throughput

TIERS = ("transport-belt", "fast-transport-belt", "express-transport-belt", "turbo-transport-belt")


def _lane_rate(name: str) -> float:
    belt = load_table().entity(name).belt
    assert belt is not None
    return belt.speed_subtiles * 60 / 64


@pytest.mark.parametrize("onto", TIERS)
@pytest.mark.parametrize("feeder", TIERS)
def test_both_lanes_of_a_belt_fill_a_lane_of_another(feeder: str, onto: str) -> None:
    belts = [Entity(onto, x, 1, direction=4) for x in range(1, 5)]
    belts += [Entity(feeder, 2, y, direction=0) for y in (2, 3, 4)]
    source = Source("in", "belt", 2, 5, "iron-plate", direction=0, belt=feeder)
    sink = Sink("out", "belt", 5, 1, direction=4, belt=onto)
    (result,) = throughput([Factory(6, 6, tuple(belts), (source,), (sink,))])
    assert result.rate("out") == pytest.approx(min(2 * _lane_rate(feeder), _lane_rate(onto)), rel=1e-6)
