"""Mining drills: what they reach, what they make of it and where it goes."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Power, Resource, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.drilling import mined_tiles
from factorion_cli.simulation.running import run

ORE = Resource("iron-ore", (0, 0, 12, 12))


def _factory(*entities: Entity, resources: tuple[Resource, ...] = (ORE,), **more: object) -> Factory:
    return Factory(12, 12, entities, resources=resources, **more)  # type: ignore[arg-type]


def _run(factory: Factory, warmup: int = 3600, measure: int = 7200) -> SimulationResult:
    return throughput([factory], warmup_ticks=warmup, measure_ticks=measure)[0]


def _pieces(factory: Factory, ticks: int) -> int:
    """What all sinks together received from the first tick on."""
    world, _ = build_world([compile_factory(factory)])
    run(world, ticks)
    return int(world.tallies["taken"].sum())


@pytest.mark.parametrize(
    ("name", "first", "side"),
    [
        ("burner-mining-drill", 4, 2),
        ("electric-mining-drill", 3, 5),
        ("big-mining-drill", 0, 13),
        ("pumpjack", 5, 1),
    ],
)
def test_a_drill_reaches_the_wikis_area(name: str, first: int, side: int) -> None:
    entity = Entity(name, 4, 4)
    assert entity.prototype.drill is not None
    tiles = mined_tiles(entity, entity.prototype.drill)
    assert len(tiles) == side * side
    assert (tiles[0], tiles[-1]) == ((first, first), (first + side - 1, first + side - 1))


@pytest.mark.parametrize(("direction", "outlet"), [(0, (5, 3)), (4, (7, 5)), (8, (5, 7)), (12, (3, 5))])
def test_ore_comes_out_where_the_drill_faces(direction: int, outlet: tuple[int, int]) -> None:
    sink = Sink("K", "chest", *outlet)
    assert _run(_factory(Entity("electric-mining-drill", 4, 4, direction), sinks=(sink,))).rate("K") == pytest.approx(
        0.5, rel=1e-3
    )


@pytest.mark.parametrize(("belt_direction", "lane"), [(4, "right"), (12, "left"), (0, "right"), (8, "right")])
@pytest.mark.parametrize("turns", range(4))
def test_ore_lands_on_the_lane_nearest_the_drill(belt_direction: int, lane: str, turns: int) -> None:
    outlet = ((5, 3), (7, 5), (5, 7), (3, 5))[turns]
    sink = Sink("K", "belt", *outlet, direction=(belt_direction + 4 * turns) % 16)
    result = _run(_factory(Entity("electric-mining-drill", 4, 4, 4 * turns), sinks=(sink,)))
    rates = result.sinks["K"]["iron-ore"]
    assert not isinstance(rates, float)
    assert rates[lane] == pytest.approx(0.5, rel=1e-3)
    assert sum(rates.values()) == pytest.approx(0.5, rel=1e-3)


def test_a_drill_feeds_the_furnace_at_its_outlet() -> None:
    furnace = Entity("stone-furnace", 5, 2, fuel="unlimited")
    sink = Sink("K", "output", of=(5, 2))
    result = _run(_factory(Entity("burner-mining-drill", 5, 4, fuel="unlimited"), furnace, sinks=(sink,)))
    assert result.rate("K", "iron-plate") == pytest.approx(0.25, rel=1e-3)


def test_a_drill_without_a_place_for_its_ore_stops() -> None:
    result = _run(_factory(Entity("electric-mining-drill", 4, 4)))
    assert result.machines[0].utilisation == 0
    assert result.machines[0].waits_for == "output"


def test_a_burner_drill_mines_only_with_fuel() -> None:
    sink = Sink("K", "chest", 5, 3)
    drill = Entity("burner-mining-drill", 5, 4)
    assert _run(_factory(drill, sinks=(sink,))).machines[0].waits_for == "fuel"
    source = Source("S", "chest", 8, 4, "coal")
    fed = _run(_factory(drill, Entity("inserter", 7, 4, 4), sources=(source,), sinks=(sink,)))
    assert fed.rate("K") == pytest.approx(0.25, rel=1e-3)


def test_a_burner_drill_on_coal_fuels_the_one_at_its_outlet() -> None:
    coal = (Resource("coal", (0, 0, 12, 12)),)
    first = Entity("burner-mining-drill", 4, 4, 4, fuel="unlimited")
    second = Entity("burner-mining-drill", 6, 4)
    result = _run(_factory(first, second, resources=coal, sinks=(Sink("K", "chest", 6, 3),)))
    assert result.rate("K") == pytest.approx(0.25, rel=1e-3)
    # 150 kW burn a piece of 4 MJ in 26.7 s; the first drill stops whenever the second has its five pieces.
    assert result.machines[0].rates["coal"] == pytest.approx(0.15 / 4, rel=0.03)


def test_finite_ore_runs_out_to_the_last_piece() -> None:
    tiles = (Resource("iron-ore", (4, 4, 2, 1), amount=7),)
    factory = _factory(Entity("electric-mining-drill", 4, 4), resources=tiles, sinks=(Sink("K", "chest", 5, 3),))
    assert [_pieces(factory, ticks) for ticks in (1260, 3600)] == [10, 14]
    assert _run(factory).machines[0].waits_for == "resource"


def test_drills_that_reach_the_same_ore_share_it() -> None:
    tiles = (Resource("iron-ore", (6, 5, 1, 1), amount=11),)
    left, right = Entity("electric-mining-drill", 3, 4), Entity("electric-mining-drill", 7, 4)
    sinks = (Sink("L", "chest", 4, 3), Sink("R", "chest", 8, 3))
    assert _pieces(_factory(left, right, resources=tiles, sinks=sinks), 3600) == 11


@pytest.mark.parametrize(
    ("name", "quality", "pieces"),
    [
        ("big-mining-drill", "normal", 20),
        ("electric-mining-drill", "legendary", 60),
        ("big-mining-drill", "legendary", 120),
    ],
)
def test_big_and_good_drills_get_more_out_of_a_deposit(name: str, quality: str, pieces: int) -> None:
    tiles = (Resource("iron-ore", (4, 4, 1, 1), amount=10),)
    drill = Entity(name, 3, 3, quality=quality)
    x = 5 if name.startswith("big") else 4
    assert _pieces(_factory(drill, resources=tiles, sinks=(Sink("K", "chest", x, 2),)), 9000) == pieces


def test_a_drill_goes_through_mixed_tiles_in_turn() -> None:
    mixed = (Resource("copper-ore", (0, 0, 4, 12)), Resource("iron-ore", (0, 0, 12, 12)))
    result = _run(_factory(Entity("electric-mining-drill", 4, 4), resources=mixed, sinks=(Sink("K", "chest", 5, 3),)))
    # The drill reaches the columns 3 to 7: one of copper, four of iron.
    assert result.rate("K", "copper-ore") == pytest.approx(0.1, rel=0.01)
    assert result.rate("K", "iron-ore") == pytest.approx(0.4, rel=0.01)


def test_mixed_ore_takes_each_its_own_time() -> None:
    mixed = (Resource("scrap", (0, 0, 5, 12)), Resource("stone", (5, 0, 1, 12)), Resource("calcite", (0, 0, 0, 0)))
    drill = Entity("burner-mining-drill", 4, 4, fuel="unlimited")
    result = _run(_factory(drill, resources=mixed, sinks=(Sink("K", "chest", 4, 3),)))
    # Half a second's work and a second's in turn, at a quarter of a second's work per second: both every six seconds.
    assert result.rate("K", "scrap") == pytest.approx(1 / 6, rel=0.01)
    assert result.rate("K", "stone") == pytest.approx(1 / 6, rel=0.01)


def test_uranium_needs_acid() -> None:
    uranium = (Resource("uranium-ore", (0, 0, 12, 12)),)
    drill, sink = Entity("electric-mining-drill", 4, 4), Sink("K", "chest", 5, 3)
    dry = _run(_factory(drill, resources=uranium, sinks=(sink,)))
    assert (dry.rate("K"), dry.machines[0].waits_for) == (0, "sulfuric-acid")
    wet = _run(_factory(replace(drill, fluid="unlimited"), resources=uranium, sinks=(sink,)))
    assert wet.rate("K") == pytest.approx(0.25, rel=1e-3)


def test_a_drill_mines_only_what_it_can() -> None:
    hard = (Resource("tungsten-ore", (0, 0, 12, 12)), Resource("crude-oil", (0, 0, 12, 12)))
    result = _run(_factory(Entity("electric-mining-drill", 4, 4), resources=hard))
    assert result.machines[0].waits_for == "resource"


def test_an_oil_fields_yield_scales_its_pumpjack() -> None:
    oil = (Resource("crude-oil", (0, 0, 12, 12), yield_share=0.35),)
    sinks = (Sink("K", "output", of=(4, 4)),)
    assert _run(_factory(Entity("pumpjack", 4, 4), resources=oil, sinks=sinks)).rate("K") == pytest.approx(3.5)


def test_quality_does_not_make_a_drill_faster_but_productivity_does() -> None:
    modules = ("productivity-module-3",) * 3
    drill = Entity("electric-mining-drill", 4, 4, quality="legendary", modules=modules)
    result = _run(_factory(drill, sinks=(Sink("K", "chest", 5, 3),), research={"mining_productivity": 0.4}))
    assert result.rate("K") == pytest.approx(0.5 * (1 - 0.45) * (1 + 0.3 + 0.4), rel=5e-3)


def test_a_beacon_speeds_a_drill_up() -> None:
    beacon = Entity("beacon", 8, 4, modules=("speed-module-3", "speed-module-3"))
    result = _run(_factory(Entity("electric-mining-drill", 4, 4), beacon, sinks=(Sink("K", "chest", 5, 3),)))
    assert result.rate("K") == pytest.approx(0.5 * 2.5, rel=1e-3)


def test_drills_slow_down_with_their_power_and_burners_do_not() -> None:
    sinks = (Sink("E", "chest", 5, 3), Sink("B", "chest", 8, 3))
    drills = (Entity("electric-mining-drill", 4, 4), Entity("burner-mining-drill", 8, 4, fuel="unlimited"))
    result = _run(_factory(*drills, sinks=sinks, power=Power("satisfaction", 0.5)))
    assert result.rate("E") == pytest.approx(0.25, rel=1e-3)
    assert result.rate("B") == pytest.approx(0.25, rel=1e-3)


def test_an_arm_finds_nothing_to_take_in_a_drill() -> None:
    sinks = (Sink("K", "chest", 5, 2), Sink("A", "chest", 8, 5))
    result = _run(_factory(Entity("electric-mining-drill", 4, 4), Entity("inserter", 7, 5, 12), sinks=sinks))
    assert result.rate("A") == 0


def test_an_unknown_resource_is_named() -> None:
    result = _run(_factory(Entity("electric-mining-drill", 4, 4), resources=(Resource("unobtainium", (0, 0, 9, 9)),)))
    assert "unobtainium" in (result.error or "")
