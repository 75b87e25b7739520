"""The known cases, built and measured through the mod, give what the simulator says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.factory import read_factories
from factorion_cli.simulation import throughput
from tests.mod.client import Client

GOLDEN = Path(__file__).parents[1] / "golden"
BUILDABLE = {"belts": 20, "inserters": 44, "lines": 10, "mining": 7, "splitters": 15}
"""Files with the fewest cases of each that must be built whole."""


@pytest.fixture(scope="module")
def server():
    return Client()


def _differences(factory, rates):
    """(sink, item, measured, simulated) where the two differ by more than 2 % and an item in 50 s."""
    simulated = throughput([factory])[0]
    for sink in factory.sinks:
        measured = rates.get(sink.id, {})
        for item in {*measured, *simulated.sinks.get(sink.id, {})}:
            here, there = measured.get(item, 0.0), simulated.rate(sink.id, item)
            if abs(here - there) > 0.02 * max(here, there) + 0.02:
                yield sink.id, item, here, there


@pytest.mark.parametrize("name", BUILDABLE)
def test_known_cases_give_what_the_simulator_says(server, name):
    built = 0
    for factory in read_factories(GOLDEN / f"{name}.yaml"):
        if not factory.sinks or any(entity.fuel for entity in factory.entities):
            continue
        if server.build(factory)["failed"]:
            continue
        built += 1
        assert not list(_differences(factory, server.rates(warmup=1800, ticks=3600))), factory.id
    assert built >= BUILDABLE[name]
