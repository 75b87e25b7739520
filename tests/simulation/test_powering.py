"""Electric networks: who is connected, who is served first, what a shortage does."""

from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink
from factorion_cli.factory.symmetry import rotate
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.layout import WorldArrays
from factorion_cli.simulation.powering import networks
from factorion_cli.simulation.running import run, start

GEARS = Entity("assembling-machine-2", 0, 0, recipe="iron-gear-wheel", unlimited_io=True)
NOON = {"light": 1.0}
COUNTED = (Sink("gears", "output", of=(0, 0)),)


def _factory(*entities: Entity, sinks: tuple[Sink, ...] = ()) -> Factory:
    # Parts of a design may bring the same pole.
    return Factory(200, 60, tuple(dict.fromkeys(entities)), sinks=sinks, power=Power("network"))


def _run(*entities: Entity, sinks: tuple[Sink, ...] = COUNTED) -> SimulationResult:
    (result,) = throughput([_factory(*entities, sinks=sinks)])
    assert result.error is None
    assert result.not_simulated == ()
    return result


def _world(*entities: Entity) -> WorldArrays:
    world, _ = build_world([compile_factory(_factory(*entities))])
    start(world)
    return world


def _panels(count: int, **light: float) -> tuple[Entity, ...]:
    """Panels in a row, with poles that reach them and the machine at the origin."""
    panels = [Entity("solar-panel", 4 + 3 * i, 0, **light) for i in range(count)]
    return (*panels, *(Entity("medium-electric-pole", 3 + 6 * i, 4) for i in range(count // 2 + 1)))


@pytest.mark.parametrize(("distance", "joined"), [(7, True), (8, False)])
def test_a_wire_spans_what_both_poles_reach(distance: int, joined: bool) -> None:
    # A small pole reaches 7.5 tiles, a medium one 9.
    poles = Entity("small-electric-pole", 0, 0), Entity("medium-electric-pole", distance, 0)
    first, second = networks(_factory(*(replace(GEARS, x=9 * i, y=1) for i in range(2)), *poles))[:2]
    assert (first == second) is joined


def test_only_what_a_supply_area_touches_is_connected() -> None:
    pole = Entity("small-electric-pole", 5, 1)
    assert networks(_factory(GEARS, replace(GEARS, x=7), pole))[:2] == [-1, 0]
    assert networks(_factory(replace(GEARS, x=1), pole))[0] == 0


def test_of_two_networks_the_stronger_one_supplies() -> None:
    left, right = Entity("small-electric-pole", 0, 4), Entity("small-electric-pole", 8, 4)
    between = Entity("oil-refinery", 2, 4)
    panel = Entity("solar-panel", 9, 6)
    assert networks(_factory(between, left, right))[0] == 0
    assert networks(_factory(between, left, right, panel))[0] == 1
    assert networks(_factory(between, left, right, replace(panel, x=0, y=1)))[0] == 0


def test_enough_power_means_full_speed() -> None:
    assert _run(GEARS, *_panels(3, **NOON)).rate("gears") == pytest.approx(1.5, rel=1e-3)


def test_a_shortage_slows_in_proportion() -> None:
    # 150 kW and 5 kW of drain on one panel of 60 kW.
    result = _run(GEARS, *_panels(1, **NOON))
    assert result.metrics["satisfaction"] == pytest.approx(60 / 155, rel=1e-3)
    assert result.rate("gears") == pytest.approx(1.5 * 60 / 155, rel=1e-3)


def test_no_producer_means_no_work() -> None:
    result = _run(GEARS, Entity("medium-electric-pole", 3, 4))
    assert result.rate("gears") == 0
    assert result.machines[0].waits_for == "power"


def test_an_idle_machine_draws_its_drain_only() -> None:
    idle = Entity("assembling-machine-2", 0, 0, recipe="iron-gear-wheel")
    assert _run(idle, *_panels(1, **NOON)).metrics["electric_demand"] == pytest.approx(5000)


def test_modules_change_what_a_machine_draws() -> None:
    saving = replace(GEARS, modules=("efficiency-module", "efficiency-module"))
    assert _run(saving, *_panels(3, **NOON)).metrics["electric_demand"] == pytest.approx(150_000 * 0.4 + 5000)
    # Four times -50 % would be less than nothing: a fifth is left.
    least = replace(GEARS, name="assembling-machine-3", modules=("efficiency-module-3",) * 4)
    assert _run(least, *_panels(6, **NOON)).metrics["electric_demand"] == pytest.approx(375_000 * 0.2 + 12_500)


def test_a_beacon_at_half_power_gives_half_its_effect() -> None:
    beacon = Entity("beacon", 0, 5, modules=("speed-module-3", "speed-module-3"))
    pole = Entity("medium-electric-pole", 3, 4)
    # Two of +50 %, times 1.5 for the beacon: 2.5 times the speed, 150 kW x (1 + 2 x 0.7 x 1.5) = 465 kW.
    wanted = 465_000 + 5_000 + 480_000
    share = 8 * 60_000 / wanted
    result = _run(GEARS, beacon, *_panels(8, **NOON), pole)
    assert result.metrics["electric_demand"] == pytest.approx(wanted)
    assert result.rate("gears") == pytest.approx(1.5 * share * (1 + 1.5 * share), rel=1e-2)


def test_arms_slow_down_too() -> None:
    chests = Entity("steel-chest", 5, 12), Entity("steel-chest", 3, 12)
    arm = Entity("fast-inserter", 4, 12, 4)
    poles = Entity("medium-electric-pole", 3, 10), Entity("medium-electric-pole", 3, 4)
    worlds = []
    for count in (1, 4):
        world = _world(GEARS, *chests, arm, *_panels(count, **NOON), *poles)
        worlds.append(world)
    assert [int(world.arms["out_ticks"][0]) for world in worlds] == [12 << 16, 12 << 16]
    for world in worlds:
        run(world, 3)
    slow, full = (int(world.arms["speed"][0]) for world in worlds)
    assert full == 1 << 16
    assert slow < 0.4 * full


def test_accumulators_charge_from_surplus_and_carry_on_when_it_is_dark() -> None:
    world = _world(GEARS, *_panels(4, **NOON), Entity("accumulator", 0, 5))
    run(world, 600)
    # 240 kW less 155 kW for ten seconds.
    assert int(world.networks["stored"][0]) == pytest.approx(85_000 * 600, rel=0.01)
    world.networks["steady"] = 0
    run(world, 60)
    assert world.machines["speed"][0] == 1 << 16
    run(world, 36_000)
    assert world.networks["stored"][0] == 0
    assert world.machines["speed"][0] == 0


def test_panels_give_nothing_at_night() -> None:
    world = _world(GEARS, *_panels(3))
    shares = []
    for _ in range(25_200 // 180):
        run(world, 180)
        shares.append(int(world.networks["share"][0]))
    assert shares[0] == 1 << 16
    assert shares[12_600 // 180] == 0
    assert int((np.asarray(shares) == 0).sum()) == pytest.approx(2520 / 180, abs=1)


def test_a_factory_on_sunlight_is_measured_over_whole_days() -> None:
    result = _run(GEARS, *_panels(2))
    assert result.metrics["measured_ticks"] == 25_200
    # A panel gives 70 % of its watts on average.
    assert result.metrics["electric_output"] == pytest.approx(2 * 42_000, rel=1e-3)
    assert result.rate("gears") == pytest.approx(1.5 * 2 * 42 / 155, rel=1e-2)


ENGINE = (
    Entity("offshore-pump", 10, 21, 12),
    Entity("boiler", 11, 20, fuel="unlimited"),
    Entity("steam-engine", 11, 15),
    Entity("medium-electric-pole", 10, 16),
    Entity("medium-electric-pole", 8, 10),
    Entity("medium-electric-pole", 3, 4),
)


def test_an_engine_makes_as_much_as_is_drawn() -> None:
    result = _run(GEARS, *ENGINE)
    assert result.rate("gears") == pytest.approx(1.5, rel=1e-3)
    assert result.metrics["electric_output"] == pytest.approx(155_000, rel=1e-3)
    # 30 kJ in every unit of steam.
    assert result.metrics["steam_per_second"] == pytest.approx(155 / 30, rel=1e-3)
    boiler = next(machine for machine in result.machines if machine.name == "boiler")
    assert boiler.utilisation == pytest.approx(155 / 1800, rel=0.02)


def test_turning_a_power_plant_changes_nothing() -> None:
    factory = _factory(replace(GEARS, modules=("speed-module-3",) * 2), *ENGINE, *_panels(2, **NOON), sinks=COUNTED)
    results = throughput([rotate(factory, turns) for turns in range(4)])
    assert len({round(result.rate("gears"), 9) for result in results}) == 1
    assert len({round(result.metrics["electric_output"]) for result in results}) == 1


def test_the_sun_comes_before_steam() -> None:
    result = _run(GEARS, *ENGINE, *_panels(2, **NOON))
    assert result.metrics["steam_per_second"] == pytest.approx(35 / 30, rel=1e-2)


def test_an_arm_fuels_a_boiler() -> None:
    from factorion_cli.factory import Source

    fuelled = (ENGINE[0], replace(ENGINE[1], fuel=None), *ENGINE[2:])
    arm = Entity("burner-inserter", 12, 22, 8)
    coal = (Source("coal", "chest", 12, 23, "coal"),)
    factory = replace(_factory(GEARS, *fuelled, arm, sinks=COUNTED), sources=coal)
    (result,) = throughput([factory])
    assert result.rate("gears") == pytest.approx(1.5, rel=1e-3)
    assert result.metrics["fuel_items_per_second"] == pytest.approx(155_000 / 4e6, rel=0.02)


def test_unlimited_power_needs_no_poles() -> None:
    (result,) = throughput([replace(_factory(GEARS, sinks=COUNTED), power=Power())])
    assert result.rate("gears") == pytest.approx(1.5, rel=1e-3)
