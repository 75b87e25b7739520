"""What can come to the sinks when entities are gone: never less than the tick simulator finds there."""

import numpy as np
import pytest

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.factory import PowerMode
from factorion_cli.simulation import throughput
from factorion_cli.simulation.arrivals import Arrivals, arrivals_of
from tests.factories.generator import random_factory

SOURCE = Source("S", "belt", 0, 1, "iron-plate", 4)


def arrivals(factory: Factory) -> Arrivals:
    found = arrivals_of(factory)
    assert found is not None
    return found


def gear_line(*more: Entity, power: PowerMode = "unlimited") -> Factory:
    """Plates by belt and arm into an assembler, gears by arm into a chest."""
    entities = (
        Entity("transport-belt", 1, 1, 4),
        Entity("inserter", 2, 1, 12),
        Entity("assembling-machine-1", 3, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 6, 1, 12),
    )
    sink = Sink("K", "chest", 7, 1, "iron-gear-wheel")
    return Factory(20, 8, (*entities, *more), (SOURCE,), (sink,), power=Power(power))


def belt_line(*entities: Entity) -> Factory:
    return Factory(12, 3, entities, (SOURCE,), (Sink("K", "belt", 9, 1, direction=4),))


@pytest.mark.parametrize("missing", range(4))
def test_nothing_arrives_without_a_link_of_the_only_chain(missing: int):
    assert arrivals(gear_line()).possible(())
    assert not arrivals(gear_line()).possible((missing,))


def test_a_machine_makes_nothing_without_one_of_its_ingredients():
    line = gear_line()
    circuits = line.with_entities(
        (*line.entities[:2], Entity("assembling-machine-1", 3, 0, recipe="electronic-circuit"), line.entities[3])
    )
    assert not arrivals(circuits).possible(())


def test_a_second_way_is_enough():
    belts = [Entity("transport-belt", x, 1, 4) for x in (1, 4, 5, 6, 7, 8)]
    both = belt_line(*belts, Entity("splitter", 2, 1, 4), *(Entity("transport-belt", 3, y, 4) for y in (1, 2)))
    around = both.with_entities((*both.entities[:-1], Entity("transport-belt", 3, 2, 0)))
    assert arrivals(around).possible(())
    straight = around.with_entities((*around.entities[:-2], Entity("transport-belt", 3, 1, 4), around.entities[-1]))
    assert arrivals(straight).possible((len(straight.entities) - 1,))


def test_an_underground_finds_the_exit_behind_those_that_are_gone():
    line = belt_line(
        Entity("transport-belt", 1, 1, 4),
        Entity("underground-belt", 2, 1, 4, underground_type="input"),
        Entity("underground-belt", 3, 1, 4, underground_type="output"),
        Entity("transport-belt", 4, 1, 4),
        Entity("underground-belt", 5, 1, 4, underground_type="input"),
        Entity("underground-belt", 6, 1, 4, underground_type="output"),
        *(Entity("transport-belt", x, 1, 4) for x in (7, 8)),
    )
    assert arrivals(line).possible((2, 3, 4))
    assert not arrivals(line).possible((2, 3))
    rates = [result.throughput for result in throughput([line.without((2, 3, 4)), line.without((2, 3))])]
    assert rates[0] > 0
    assert rates[1] == 0


def test_arms_out_of_every_poles_reach_move_nothing():
    near, far = Entity("medium-electric-pole", 4, 3), Entity("medium-electric-pole", 18, 6)
    powered = arrivals(gear_line(near, far, power="poles"))
    assert powered.possible((5,))
    assert not powered.possible((4,))


def test_counters_at_machines_count_as_sinks():
    line = gear_line()
    counted = Factory(8, 3, line.entities[:3], line.sources, (Sink("C", "output", of=(3, 0)),))
    assert arrivals(counted).possible(())
    assert not arrivals(counted).possible((1,))


def test_labs_heat_and_networks_are_left_to_the_simulator():
    assert arrivals_of(gear_line(Entity("lab", 10, 3))) is None
    assert arrivals_of(gear_line(Entity("boiler", 10, 3))) is None
    assert arrivals_of(gear_line(power="network")) is None


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_what_cannot_arrive_never_does(first: int):
    left, possible = [], []
    for seed in range(first, first + 20):
        factory = random_factory(seed)
        try:
            found = arrivals_of(factory)
        except FactorionError:
            continue
        rng = np.random.default_rng(seed)
        for _ in range(8 if found is not None and factory.entities else 0):
            size = int(rng.integers(1, 1 + min(6, len(factory.entities))))
            missing = [int(index) for index in rng.choice(len(factory.entities), size, replace=False)]
            left.append(factory.without(missing))
            possible.append(found.possible(missing))
    results = throughput(left, warmup_ticks=1800, measure_ticks=1800)
    rates = [0.0 if result.error is not None else result.throughput for result in results]
    assert not [factory.id for factory, may, rate in zip(left, possible, rates, strict=True) if rate > 0 and not may]
    # Were the answer always yes, it would be worth nothing.
    assert possible.count(False) > 0
