"""Power and heat in the flow engine: shares at which what is drawn is what there is, as in the tick engine."""

from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.batch import FactoryBatch
from factorion_cli.simulation.flowing import flow_rates

GEARS = Entity("assembling-machine-2", 0, 0, recipe="iron-gear-wheel", unlimited_io=True)
COUNTED = (Sink("gears", "output", of=(0, 0)),)
POLE = Entity("medium-electric-pole", 3, 4)
ENGINE = (
    Entity("offshore-pump", 10, 21, 12),
    Entity("boiler", 11, 20, fuel="unlimited"),
    Entity("steam-engine", 11, 15),
    Entity("medium-electric-pole", 10, 16),
    Entity("medium-electric-pole", 8, 10),
    POLE,
)
FUELLED = (ENGINE[0], replace(ENGINE[1], fuel=None), *ENGINE[2:])


def _factory(
    *entities: Entity, sources: tuple[Source, ...] = (), sinks: tuple[Sink, ...] = COUNTED, power: str = "network"
) -> Factory:
    # Parts of a design may bring the same pole.
    return Factory(200, 60, tuple(dict.fromkeys(entities)), sources=sources, sinks=sinks, power=Power(power))


def _flow(
    *entities: Entity, sources: tuple[Source, ...] = (), sinks: tuple[Sink, ...] = COUNTED, power: str = "network"
) -> SimulationResult:
    """What the flow engine says, having held its sinks and power against the tick engine's."""
    factory = _factory(*entities, sources=sources, sinks=sinks, power=power)
    ticks, flow = (throughput([factory], engine=engine)[0] for engine in ("ticks", "rates"))
    assert flow.error is None
    assert flow.not_simulated == ()
    for sink in sinks:
        assert flow.rate(sink.id) == pytest.approx(ticks.rate(sink.id), rel=0.03, abs=0.005)
    for name in ("electric_demand", "electric_output", "satisfaction", "steam_per_second"):
        if name in ticks.metrics:
            assert flow.metrics[name] == pytest.approx(ticks.metrics[name], rel=0.03, abs=0.01), name
    return flow


def _panels(count: int, light: float | None = 1.0) -> tuple[Entity, ...]:
    """Panels in a row, with poles that reach them and the machine at the origin."""
    panels = [Entity("solar-panel", 4 + 3 * i, 0, light=light) for i in range(count)]
    return (*panels, *(Entity("medium-electric-pole", 3 + 6 * i, 4) for i in range(count // 2 + 1)))


def test_enough_power_means_full_speed() -> None:
    assert _flow(GEARS, *_panels(3)).rate("gears") == pytest.approx(1.5)


def test_a_shortage_slows_in_proportion_and_the_machine_is_never_idle() -> None:
    # 150 kW and 5 kW of drain on one panel of 60 kW.
    result = _flow(GEARS, *_panels(1))
    assert result.rate("gears") == pytest.approx(1.5 * 60 / 155)
    assert result.metrics["satisfaction"] == pytest.approx(60 / 155)
    assert result.machines[0].utilisation == pytest.approx(1)


def test_without_a_producer_or_a_pole_nothing_works() -> None:
    assert _flow(GEARS, POLE).rate("gears") == 0
    assert _flow(GEARS, Entity("solar-panel", 4, 0, light=1.0)).rate("gears") == 0


def test_two_networks_have_shares_of_their_own() -> None:
    other = replace(GEARS, x=60)
    sinks = (*COUNTED, Sink("others", "output", of=(60, 0)))
    panel, pole = Entity("solar-panel", 64, 0, light=1.0), Entity("medium-electric-pole", 63, 4)
    result = _flow(GEARS, *_panels(3), other, panel, pole, sinks=sinks)
    assert [result.rate(sink) for sink in ("gears", "others")] == pytest.approx([1.5, 1.5 * 60 / 155])


def test_a_beacon_at_part_of_its_power_gives_part_of_its_effect() -> None:
    # Two of +50 %, times 1.5: 2.5 times the speed, 150 kW x (1 + 2 x 0.7 x 1.5) = 465 kW.
    beacon = Entity("beacon", 0, 5, modules=("speed-module-3", "speed-module-3"))
    share = 8 * 60 / (465 + 5 + 480)
    result = _flow(GEARS, beacon, *_panels(8), POLE)
    assert result.rate("gears") == pytest.approx(1.5 * share * (1 + 1.5 * share), rel=1e-2)


def test_rocket_silos_are_served_before_machines() -> None:
    silo = Entity("rocket-silo", 20, 6, recipe="rocket-part", unlimited_io=True)
    poles = Entity("substation", 18, 6), Entity("substation", 9, 6)
    result = _flow(GEARS, silo, *_panels(6), *poles)
    silo_w = 250_000 + 8_333
    assert result.rate("gears") == pytest.approx(1.5 * (360_000 - silo_w) / 155_000, rel=1e-3)


def test_arms_swing_slower_at_less_power() -> None:
    # The arms draw 13.6 kW each at work, of 0.1 x 60 kW.
    arms = Entity("inserter", 1, 7, 12), Entity("inserter", 3, 7, 12)
    chests = Source("S", "chest", 0, 7, "iron-plate"), Sink("K", "chest", 4, 7)
    panel = Entity("solar-panel", 4, 0, light=0.1)
    poles = POLE, Entity("small-electric-pole", 2, 6)
    result = _flow(*arms, Entity("iron-chest", 2, 7), panel, *poles, sources=chests[:1], sinks=chests[1:])
    assert 0.1 < result.rate("K") < 0.5


def test_an_engine_makes_as_much_as_is_drawn() -> None:
    result = _flow(GEARS, *ENGINE)
    assert result.rate("gears") == pytest.approx(1.5)
    assert result.metrics["electric_output"] == pytest.approx(155_000, rel=1e-3)
    # 30 kJ in every unit of steam.
    assert result.metrics["steam_per_second"] == pytest.approx(155 / 30, rel=1e-3)
    boiler = next(machine for machine in result.machines if machine.name == "boiler")
    assert boiler.utilisation == pytest.approx(155 / 1800, rel=1e-2)


def test_the_sun_comes_before_steam() -> None:
    assert _flow(GEARS, *ENGINE, *_panels(2)).metrics["steam_per_second"] == pytest.approx(35 / 30, rel=1e-2)


def test_a_burner_arm_that_fuels_a_boiler_brings_power_an_electric_one_never_starts() -> None:
    coal = (Source("coal", "chest", 12, 23, "coal"),)
    burning = _flow(GEARS, *FUELLED, Entity("burner-inserter", 12, 22, 8), sources=coal)
    assert burning.rate("gears") == pytest.approx(1.5)
    # Before there is any steam, an arm on the engine's own network has no power to bring the first coal.
    dark = _flow(GEARS, *FUELLED, Entity("inserter", 12, 22, 8), Entity("small-electric-pole", 9, 18), sources=coal)
    assert dark.rate("gears") == 0
    assert dark.metrics["satisfaction"] == 0


def test_turbines_run_on_what_heat_exchangers_boil() -> None:
    plant = (
        Entity("nuclear-reactor", 10, 10, fuel="unlimited"), Entity("heat-pipe", 15, 12), Entity("heat-pipe", 16, 12),
        Entity("heat-exchanger", 15, 10), Entity("infinity-pipe", 18, 11, filter="water"),
        Entity("steam-turbine", 15, 5), Entity("substation", 18, 6), Entity("substation", 18, 20),
    )  # fmt: skip
    machine = replace(GEARS, x=20, y=18)
    result = _flow(machine, *plant, sinks=(Sink("gears", "output", of=(20, 18)),))
    assert result.rate("gears") == pytest.approx(1.5)
    # 97 kJ in every unit of steam of 500 degrees.
    assert result.metrics["steam_per_second"] == pytest.approx(155 / 97, rel=1e-2)


def test_exchangers_boil_what_the_heat_of_a_reactor_allows() -> None:
    # 40 MW for five exchangers of 10 MW, turbines of 58 MW and beacons that draw 54 MW.
    pipes = tuple(Entity("heat-pipe", 15 + i, 12) for i in range(15))
    boilers = tuple(Entity("heat-exchanger", 15 + 3 * i, 10) for i in range(5))
    turbines = tuple(Entity("steam-turbine", 15 + 3 * i, y) for i in range(5) for y in (0, 5))
    around = Entity("infinity-pipe", 30, 11, filter="water"), Entity("substation", 19, 13), Entity("substation", 30, 8)
    load = tuple(Entity("beacon", 40 + 3 * i, y) for i in range(28) for y in (10, 13, 18, 21))
    poles = tuple(Entity("substation", 44 + 16 * i, 16) for i in range(6))
    reactor = Entity("nuclear-reactor", 10, 10, fuel="unlimited")
    result = _flow(reactor, *pipes, *boilers, *turbines, *around, *load, *poles, sinks=())
    assert result.metrics["electric_output"] == pytest.approx(40e6, rel=0.01)
    assert result.metrics["steam_per_second"] == pytest.approx(40e6 / 97e3, rel=0.01)


def test_a_day_of_sun_makes_seven_tenths_of_what_noon_does() -> None:
    result = _flow(GEARS, *_panels(2, light=None))
    assert result.rate("gears") == pytest.approx(1.5 * 2 * 42 / 155, rel=1e-2)


def test_accumulators_carry_a_machine_through_the_night() -> None:
    # The mean of eight panels, 336 kW, less what the accumulators need.
    stores = tuple(Entity("accumulator", 6 * i, 5) for i in range(3))
    without = _flow(GEARS, *_panels(8, light=None))
    result = _flow(GEARS, *_panels(8, light=None), *stores)
    assert without.rate("gears") < 1.5 * 0.9
    assert result.rate("gears") == pytest.approx(1.5, rel=1e-2)


def test_what_stands_around_a_powered_factory_in_a_batch_changes_no_bit_of_it() -> None:
    short, plain = _factory(GEARS, *_panels(1)), _factory(GEARS, power="unlimited")
    (alone,) = flow_rates(FactoryBatch.from_factories([short])).sink_rates(0, 0)[:1]
    among = flow_rates(FactoryBatch.from_factories([plain, short, plain, short]), threads=2)
    for number in (1, 3):
        assert np.array_equal(among.sink_rates(number, 0)[0], alone)
    assert among.sink_rates(2, 0).sum() == pytest.approx(1.5)
