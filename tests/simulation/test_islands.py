"""Factories taken apart into what exchanges nothing."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.islands import islands
from tests.factories import random_factory


def line(y: int) -> tuple[tuple[Entity, ...], Source, Sink]:
    """A belt from west to east."""
    source = Source(f"S{y}", "belt", 0, y, "iron-plate", direction=4)
    return (Entity("transport-belt", 1, y, 4),), source, Sink(f"K{y}", "belt", 2, y, direction=4)


def lines(*rows: int, more: tuple[Entity, ...] = ()) -> Factory:
    parts = [line(y) for y in rows]
    entities = (*more, *(belt for belts, _, _ in parts for belt in belts))
    return Factory(12, 12, entities, tuple(part[1] for part in parts), tuple(part[2] for part in parts))


def test_belts_apart_are_islands_that_know_their_entities() -> None:
    first, second = islands(lines(0, 2))
    assert [sink.id for sink in first.factory.sinks] == ["K0"]
    assert first.entities == (0,)
    assert [sink.id for sink in second.factory.sinks] == ["K2"]
    assert second.entities == (1,)
    assert second.factory.entities == (Entity("transport-belt", 1, 2, 4),)


def test_an_arm_between_two_belts_joins_them() -> None:
    assert len(islands(lines(0, 2, more=(Entity("inserter", 1, 1),)))) == 1


def test_a_beacon_joins_the_machines_that_it_reaches() -> None:
    machines = tuple(Entity("assembling-machine-1", x, 5, recipe="iron-gear-wheel") for x in (0, 6))
    sinks = tuple(Sink(f"K{machine.x}", "output", of=(machine.x, 5)) for machine in machines)
    apart = Factory(12, 12, machines, sinks=sinks)
    assert len(islands(apart)) == 2
    assert len(islands(replace(apart, entities=(*machines, Entity("beacon", 3, 5))))) == 1


def test_a_network_of_power_is_one_island() -> None:
    joined = replace(lines(0, 2), power=Power("network"))
    assert [island.factory for island in islands(joined)] == [joined]


def test_islands_do_alone_what_they_do_together() -> None:
    factory = random_factory(12)
    parts = islands(factory)
    (together,) = throughput([factory])
    alone = throughput([island.factory for island in parts])
    assert len(parts) > 2
    rates = {sink: result.rate(sink) for result in alone for sink in result.sinks}
    # A part that repeats itself is measured exactly, the whole maybe over a window.
    assert rates == pytest.approx({sink: together.rate(sink) for sink in together.sinks}, rel=1e-3)
