"""Reactors, heat pipes and heat exchangers."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.heating import heat_up

REACTOR = Entity("nuclear-reactor", 10, 10, fuel="unlimited")


def _exchangers(count: int) -> tuple[Entity, ...]:
    """Exchangers in a row above a row of heat pipes that starts at the reactor, with water and room for steam."""
    pipes = [Entity("heat-pipe", 15 + i, 12) for i in range(3 * count)]
    boilers = [Entity("heat-exchanger", 15 + 3 * i, 10) for i in range(count)]
    tanks = [Entity("storage-tank", 16 + 3 * i, 7, 4) for i in range(count)]
    return (*pipes, *boilers, *tanks, Entity("infinity-pipe", 15 + 3 * count, 11, filter="water"))


def _run(*entities: Entity, sources: tuple[Source, ...] = (), sinks: tuple[Sink, ...] = ()) -> SimulationResult:
    (result,) = throughput([Factory(60, 40, entities, sources, sinks)])
    assert result.error is None
    assert result.not_simulated == ()
    return result


def _steam(result: SimulationResult) -> float:
    return sum(machine.rates.get("steam", 0) for machine in result.machines)


def test_heat_connections_that_meet_are_one_network() -> None:
    entities = (REACTOR, *_exchangers(2))
    joined = heat_up(Factory(60, 40, entities), [0, 7, 8])
    assert [network.joules_per_degree for network in joined.networks] == [18_000_000]
    apart = heat_up(Factory(60, 40, (REACTOR, Entity("heat-pipe", 15, 11))), [0])
    assert len(apart.networks) == 2


def test_an_exchanger_boils_as_much_as_ten_megawatts_do() -> None:
    # 97 kJ in every unit of steam of 500 degrees.
    assert _steam(_run(REACTOR, *_exchangers(1))) == pytest.approx(10_000 / 97, rel=1e-2)


def test_a_reactor_feeds_four_exchangers() -> None:
    result = _run(REACTOR, *_exchangers(6))
    assert _steam(result) == pytest.approx(40_000 / 97, rel=1e-2)
    waits = [machine.waits_for for machine in result.machines if machine.name == "heat-exchanger"]
    assert waits.count("fuel") == 2


def test_reactors_side_by_side_make_twice_as_much_each() -> None:
    aside = replace(REACTOR, x=5)
    assert _steam(_run(aside, REACTOR, *_exchangers(9))) == pytest.approx(90_000 / 97, rel=1e-2)
    # A reactor that touches half a side only counts as none; both are joined by heat.
    shifted = replace(REACTOR, x=5, y=12)
    assert _steam(_run(shifted, REACTOR, *_exchangers(9))) == pytest.approx(80_000 / 97, rel=1e-2)


def test_a_reactor_without_fuel_stays_cold() -> None:
    result = _run(replace(REACTOR, fuel=None), *_exchangers(1))
    assert _steam(result) == 0
    assert {machine.name: machine.waits_for for machine in result.machines}["nuclear-reactor"] == "fuel"


def test_arms_bring_cells_and_take_used_ones() -> None:
    cells = (Source("cells", "chest", 11, 16, "uranium-fuel-cell"),)
    arms = Entity("inserter", 11, 15, 8), Entity("inserter", 13, 15, 0)
    (result,) = throughput(
        [Factory(60, 40, (replace(REACTOR, fuel=None), *arms), cells, (Sink("used", "chest", 13, 16),))],
        warmup_ticks=12_000,
        measure_ticks=36_000,
        steady=False,
    )
    assert result.machines[0].rates["depleted-uranium-fuel-cell"] == pytest.approx(1 / 200, rel=0.01)
    assert result.rate("used") > 0


def test_turbines_run_on_what_exchangers_boil() -> None:
    turbine = Entity("steam-turbine", 15, 5)
    beacons = [Entity("beacon", 19 + 3 * i, 3, modules=("speed-module",)) for i in range(4)]
    poles = Entity("substation", 18, 6), Entity("substation", 25, 6)
    plant = (REACTOR, Entity("heat-pipe", 15, 12), Entity("heat-pipe", 16, 12), Entity("heat-exchanger", 15, 10))
    water = Entity("infinity-pipe", 18, 11, filter="water")
    (result,) = throughput([Factory(60, 40, (*plant, water, turbine, *beacons, *poles), power=Power("network"))])
    assert result.error is None
    assert result.metrics["satisfaction"] == 1
    assert result.metrics["electric_output"] == pytest.approx(4 * 480_000, rel=1e-3)
