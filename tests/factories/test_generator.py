"""What the random factories are: valid, the same for the same seed, of every kind, and at work."""

from __future__ import annotations

from functools import cache

import pytest

from factorion_cli.factory import Entity, Factory, Power
from factorion_cli.factory.placement import check
from factorion_cli.factory.symmetry import rotate
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import SimulationResult, throughput
from tests.factories import random_factory

SEEDS = 400
RUN = 150

LEFT_OUT = {
    "heat-exchanger": "a factory that fits one has no room for a reactor; tests/simulation/test_heating.py has some",
    "heat-pipe": "as heat-exchanger",
    "heating-tower": "as heat-exchanger",
    "nuclear-reactor": "as heat-exchanger",
    "recycler": "vanilla-2.1.json has none of its recipes",
    "factorio-logo-11tiles": "a chest for show that no player can build",
    "factorio-logo-16tiles": "a chest for show that no player can build",
    "factorio-logo-22tiles": "a chest for show that no player can build",
}


@cache
def grown() -> list[Factory]:
    return [random_factory(seed) for seed in range(SEEDS)]


@cache
def results() -> list[SimulationResult]:
    return throughput(grown()[:RUN], warmup_ticks=3600, measure_ticks=3600)


@pytest.mark.parametrize("seed", range(0, SEEDS, 5))
def test_everything_stands_where_the_game_allows_it(seed: int) -> None:
    factory = grown()[seed]
    standing = factory.with_entities(())
    for entity in factory.entities:
        assert check(standing, entity) is None
        standing = standing.adding(entity)


def test_same_seed_gives_the_same_factory() -> None:
    assert [random_factory(seed) for seed in range(40)] == grown()[:40]


def test_every_simulated_kind_of_entity_occurs() -> None:
    alone = [
        Factory(24, 24, (Entity(name),), id=name, power=Power(mode))
        for name in load_table().entities
        for mode in ("unlimited", "network")
    ]
    results = throughput(alone, warmup_ticks=0, measure_ticks=1)
    simulated = {result.id for result in results if not result.not_simulated and result.error is None}
    occurring = {entity.name for factory in grown() for entity in factory.entities}
    assert simulated - occurring - set(LEFT_OUT) == set()


def test_sizes_go_from_3_to_64_tiles() -> None:
    sides = {side for factory in grown() for side in (factory.width, factory.height)}
    assert min(sides) == 3
    assert max(sides) >= 60


def test_all_power_modes_occur() -> None:
    assert {factory.power.mode for factory in grown()} >= {"unlimited", "poles", "satisfaction", "network"}


def test_every_factory_can_be_simulated() -> None:
    assert [result.error for result in results() if result.error is not None] == []


def test_most_factories_move_items() -> None:
    assert sum(result.throughput > 0 for result in results()) > 0.85 * RUN


def test_some_machines_wait_and_some_never_do() -> None:
    used = [machine.utilisation for result in results() for machine in result.machines]
    for low, high in ((0, 0.01), (0.01, 0.9), (0.98, 1.01)):
        assert sum(low <= share < high for share in used) > 0.1 * len(used)


def test_a_factory_of_a_given_size_has_that_size() -> None:
    factory = random_factory(7, 11, 9)
    assert sorted((factory.width, factory.height)) == [9, 11]
    assert rotate(factory, 4) == factory
