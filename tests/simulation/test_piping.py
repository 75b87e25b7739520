"""What is joined by pipes, and what fluids do there."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.symmetry import rotate
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.piping import Pipes, pipe_up
from factorion_cli.simulation.running import run, start


def _pipes(*entities: Entity) -> Pipes:
    return pipe_up(Factory(400, 400, entities), [True] * len(entities))


def _run(*entities: Entity, sources: tuple[Source, ...] = (), sinks: tuple[Sink, ...] = ()) -> SimulationResult:
    (result,) = throughput([Factory(400, 40, entities, sources, sinks)])
    assert result.error is None
    assert result.not_simulated == ()
    return result


def _row(x: int, y: int, length: int) -> tuple[Entity, ...]:
    return tuple(Entity("pipe", x + i, y) for i in range(length))


def test_pipes_side_by_side_are_one_segment() -> None:
    pipes = _pipes(*_row(0, 0, 3), Entity("storage-tank", 3, 0), *_row(0, 5, 2))
    assert [segment.capacity for segment in pipes.segments] == [25_300_000, 200_000]


def test_a_tank_opens_at_two_corners_only() -> None:
    # Facing north its openings are at the north-west and the south-east corner.
    joined = _pipes(Entity("storage-tank", 1, 1), Entity("pipe", 1, 0), Entity("pipe", 3, 4))
    assert len(joined.segments) == 1
    apart = _pipes(Entity("storage-tank", 1, 1), Entity("pipe", 3, 0), Entity("pipe", 1, 4))
    assert len(apart.segments) == 3
    turned = _pipes(Entity("storage-tank", 1, 1, 4), Entity("pipe", 3, 0), Entity("pipe", 1, 4))
    assert len(turned.segments) == 1


@pytest.mark.parametrize(("distance", "segments"), [(2, 1), (10, 1), (11, 2)])
def test_pipes_to_ground_pair_up_to_ten_tiles_ahead(distance: int, segments: int) -> None:
    # One faces west with its open end, so its underground side goes east.
    pipes = _pipes(Entity("pipe-to-ground", 0, 0, 12), Entity("pipe-to-ground", distance, 0, 4))
    assert len(pipes.segments) == segments


def test_an_underground_of_the_same_axis_in_between_is_in_the_way() -> None:
    first, last = Entity("pipe-to-ground", 0, 0, 12), Entity("pipe-to-ground", 6, 0, 4)
    pipes = _pipes(first, Entity("pipe-to-ground", 3, 0, 12), last)
    assert pipes.segment_at(0, 0) != pipes.segment_at(2, 0)
    assert pipes.segment_at(1, 0) == pipes.segment_at(2, 0)
    across = _pipes(first, Entity("pipe-to-ground", 3, 0, 0), last)
    assert across.segment_at(0, 0) == across.segment_at(2, 0)


@pytest.mark.parametrize(("length", "blocked"), [(320, False), (321, True)])
def test_a_segment_longer_than_320_tiles_does_not_flow(length: int, blocked: bool) -> None:
    assert _pipes(*_row(0, 0, length)).segments[0].blocked is blocked


def test_a_pump_joins_nothing() -> None:
    # Facing east it takes from the west.
    pipes = _pipes(Entity("pipe", 0, 0), Entity("pump", 1, 0, 4), Entity("pipe", 3, 0))
    assert len(pipes.segments) == 2
    (pump,) = pipes.pumps
    assert (pump.source, pump.target) == (0, 1)


def test_boilers_let_water_pass() -> None:
    pipes = _pipes(Entity("offshore-pump", 0, 1, 12), Entity("boiler", 1, 0), Entity("boiler", 4, 0))
    assert pipes.segment_at(1, 0) == pipes.segment_at(2, 0) >= 0
    assert pipes.segment_at(1, 1) == pipes.segment_at(2, 1) == -1


def test_a_boiler_at_full_load_boils_six_water_a_second() -> None:
    boiler = Entity("boiler", 1, 2, fuel="unlimited")
    # Two tanks take the steam for longer than is measured.
    tank = (Entity("pipe", 2, 1), Entity("storage-tank", 2, -2, 4))
    result = _run(Entity("offshore-pump", 0, 3, 12), boiler, *tank)
    report = next(machine for machine in result.machines if machine.name == "boiler")
    assert report.rates["steam"] == pytest.approx(60, rel=1e-3)
    assert report.uses["water"] == pytest.approx(6, rel=1e-3)


REFINERY = (
    Entity("infinity-pipe", 3, 9, filter="crude-oil"),
    Entity("oil-refinery", 0, 4, recipe="basic-oil-processing"),
    Entity("pipe", 4, 3),
)
PLASTIC = (
    Entity("pipe", 5, 3),
    Entity("chemical-plant", 3, 0, 8, recipe="plastic-bar"),
    Entity("fast-inserter", 6, 1, 4),
    Entity("fast-inserter", 2, 1, 4),
)
COAL = (Source("coal", "chest", 7, 1, "coal"),)
OUT = (Sink("plastic", "chest", 1, 1),)


def test_oil_becomes_plastic_as_fast_as_the_refinery_makes_gas() -> None:
    result = _run(*REFINERY, *PLASTIC, sources=COAL, sinks=OUT)
    refinery, plant = result.machines
    assert refinery.rates["petroleum-gas"] == pytest.approx(9, rel=1e-3)
    # 20 gas make 2 plastic bars.
    assert result.rate("plastic") == pytest.approx(0.9, rel=0.01)
    assert plant.waits_for == "petroleum-gas"


def test_crude_oil_must_come_to_the_box_that_the_recipe_names() -> None:
    wrong = (Entity("infinity-pipe", 1, 9, filter="crude-oil"), *REFINERY[1:])
    assert _run(*wrong, *PLASTIC, sources=COAL, sinks=OUT).machines[0].waits_for == "crude-oil"


def test_a_refinery_stops_when_one_product_has_no_way_out() -> None:
    water = Entity("infinity-pipe", 1, 9, filter="water")
    advanced = Entity("oil-refinery", 0, 4, recipe="advanced-oil-processing")
    blocked = _run(water, REFINERY[0], advanced, REFINERY[2], *PLASTIC, sources=COAL, sinks=OUT)
    refinery = blocked.machines[0]
    assert (refinery.utilisation, refinery.waits_for) == (0, "fluid")
    assert blocked.rate("plastic") == 0


def test_a_full_tank_blocks_what_fills_it() -> None:
    full = Entity("storage-tank", 3, 1, 0, level=1.0, filter="petroleum-gas")
    (refinery,) = _run(*REFINERY[:2], full).machines
    assert refinery.waits_for == "fluid"


def test_two_fluids_do_not_mix() -> None:
    (refinery,) = _run(*REFINERY, Entity("infinity-pipe", 5, 3, filter="water")).machines
    assert refinery.utilisation == 0


ADVANCED = (
    Entity("infinity-pipe", 11, 15, filter="water"),
    Entity("infinity-pipe", 13, 15, filter="crude-oil"),
    Entity("oil-refinery", 10, 10, recipe="advanced-oil-processing"),
    *_row(8, 9, 3),
    Entity("storage-tank", 6, 6),
    Entity("pipe", 12, 9),
    Entity("storage-tank", 10, 6),
    *(Entity("pipe", 14, y) for y in range(5, 10)),
    Entity("storage-tank", 12, 2),
)


def test_a_refinery_with_three_outlets_runs_all_the_time() -> None:
    (refinery,) = _run(*ADVANCED).machines
    assert refinery.rates == pytest.approx({"heavy-oil": 5, "light-oil": 9, "petroleum-gas": 11}, rel=1e-3)
    assert refinery.uses == pytest.approx({"water": 10, "crude-oil": 20}, rel=1e-3)


def test_machines_on_one_pipe_share_what_there_is() -> None:
    # The plant above the pipe and the one below it want 40 gas a second of the refinery's 9.
    plants = (
        Entity("chemical-plant", 6, 0, 8, recipe="plastic-bar"),
        Entity("chemical-plant", 6, 4, 0, recipe="plastic-bar"),
    )
    arms = (
        *(Entity("fast-inserter", 9, y, 4) for y in (1, 5)),
        *(Entity("fast-inserter", 5, y, 4) for y in (1, 5)),
    )
    coal = tuple(Source(f"coal{y}", "chest", 10, y, "coal") for y in (1, 5))
    sinks = tuple(Sink(f"plastic{y}", "chest", 4, y) for y in (1, 5))
    gas = (Entity("oil-refinery", 0, 10, 0, recipe="basic-oil-processing"), replace(REFINERY[0], y=15))
    pipe = (*(Entity("pipe", 4, y) for y in range(7, 10)), *(Entity("pipe", x, 3) for x in range(3, 9)))
    link = (Entity("pipe", 3, 4), Entity("pipe", 3, 5), Entity("pipe", 3, 6), Entity("pipe", 3, 7))
    factory = Factory(20, 20, (*plants, *arms, *gas, *pipe, *link), coal, sinks)
    for turns in range(4):
        (result,) = throughput([rotate(factory, turns)], measure_ticks=36_000)
        upper, lower = (result.rate(sink.id) for sink in sinks)
        assert upper == pytest.approx(0.45, rel=0.02)
        assert lower == pytest.approx(0.45, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3000))
def test_no_fluid_is_lost_or_made_up(ticks: int) -> None:
    compiled = compile_factory(Factory(40, 40, ADVANCED))
    world, _ = build_world([compiled])
    start(world)
    run(world, ticks)
    (refinery,), (plan,) = world.machines, world.plans
    begun = int(refinery["crafts"] + refinery["crafting"])
    held = dict.fromkeys(compiled.items, 0)
    for segment in world.segments:
        held[compiled.items[segment["fluid"]]] += int(segment["amount"])
    for slot in range(plan["n_inputs"]):
        name = compiled.items[plan["in_item"][slot]]
        moved = sum(int(pump["moved"]) for pump in world.pumps if pump["fluid"] == plan["in_item"][slot])
        assert moved == held[name] + refinery["stock"][slot] + begun * plan["in_amount"][slot]
    for slot in range(plan["n_outputs"]):
        name = compiled.items[plan["out_item"][slot]]
        assert int(refinery["crafts"]) * plan["out_micro"][slot] == 1000 * (held[name] + int(refinery["ready"][slot]))


def test_pumps_slow_down_at_the_end() -> None:
    full, empty = Entity("storage-tank", 0, 0, level=1.0), Entity("storage-tank", 5, 2)
    world, _ = build_world([compile_factory(Factory(9, 9, (full, Entity("pump", 3, 2, 4), empty)))])
    start(world)
    run(world, 60)
    assert world.pumps["moved"][0] == 1_200_000
    run(world, 36_000)
    moved = int(world.pumps["moved"][0])
    assert world.segments["amount"].sum() == 25_000_000
    # Half of 20 a tick at a tenth of the source's level: the last hundredth takes much longer than the first.
    assert 24_900_000 < moved < 25_000_000
