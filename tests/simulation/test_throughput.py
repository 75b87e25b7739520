"""What a run promises, whatever it simulates."""

import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from tests.simulation.judging import cases, factory, results
from tests.strategies import factories

SOME = ("balancer-4-4-in014", "line-smelter-12-stone-furnace", "line-circuit-am2-3arms", "belt-merge-three")


def _answers(result: SimulationResult) -> tuple[object, ...]:
    machines = {(m.x, m.y): (m.utilisation, m.waits_for, dict(m.rates)) for m in result.machines}
    return dict(result.sinks), machines, result.bottleneck


@pytest.mark.parametrize("case_id", SOME)
def test_the_order_of_entities_changes_nothing(case_id: str) -> None:
    original = factory(case_id)
    entities = list(original.entities)
    random.Random(1).shuffle(entities)
    shuffled = replace(original, entities=tuple(entities), sources=tuple(reversed(original.sources)))
    assert _answers(throughput([shuffled])[0]) == _answers(results()[case_id])


def test_the_batch_around_a_factory_changes_nothing() -> None:
    alone = [throughput([factory(case_id)])[0] for case_id in SOME]
    assert [_answers(result) for result in alone] == [_answers(results()[case_id]) for case_id in SOME]


def test_sinks_alone_are_as_in_the_whole_result() -> None:
    for case_id, result in zip(SOME, throughput([factory(case_id) for case_id in SOME], sinks_only=True), strict=True):
        whole = results()[case_id]
        assert (result.sinks, result.wanted, result.throughput) == (whole.sinks, whole.wanted, whole.throughput)
        assert not result.machines


def test_the_number_of_threads_changes_nothing() -> None:
    batch = [factory(case_id) for case_id in (*SOME, *SOME, *SOME)]
    assert throughput(batch, threads=1) == throughput(batch, threads=3)


def test_results_come_in_input_order_and_a_broken_factory_stops_no_other() -> None:
    good = factory("belt-straight-yellow")
    broken = Factory(3, 1, (Entity("transport-belt", 0, 0), Entity("transport-belt", 0, 0)), id="overlap")
    modded = Factory(3, 1, (Entity("angels-belt", 0, 0),), id="modded")
    network = replace(good, power=Power("network"), id="network")
    answers = throughput([broken, good, modded, network])
    assert [answer.id for answer in answers] == ["overlap", good.id, "modded", "network"]
    assert answers[1].error is None
    assert answers[1].throughput == pytest.approx(15)
    assert "overlaps" in (answers[0].error or "")
    assert "angels-belt" in (answers[2].error or "")
    assert answers[3].throughput == pytest.approx(15)


def test_nothing_in_nothing_out() -> None:
    assert throughput([]) == []


def test_an_unknown_engine_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="expected one of ticks"):
        throughput([], engine="oracle")


def test_importing_the_room_does_not_import_numba() -> None:
    check = "import sys, factorion_cli.simulation; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_inert_entities_are_named() -> None:
    lamp = replace(factory("belt-straight-yellow"), height=5)
    lamp = lamp.adding(Entity("small-lamp", 0, 2), Entity("small-lamp", 1, 2), Entity("radar", 2, 2))
    result = throughput([lamp])[0]
    assert result.not_simulated == ("radar", "small-lamp")
    assert result.throughput == pytest.approx(15)


def test_only_entities_near_a_pole_work_when_power_comes_from_poles() -> None:
    line = replace(factory("line-gear-am1"), height=4, power=Power("poles"))
    dark = throughput([line])[0]
    assert dark.throughput == 0
    assert "has no power" in (dark.bottleneck or "")
    lit = throughput([line.adding(Entity("medium-electric-pole", 3, 3))])[0]
    assert lit.throughput == pytest.approx(results()["line-gear-am1"].throughput)


def _furnace(fuel: tuple[Source, ...], *arms: Entity) -> Factory:
    entities = (
        Entity("inserter", 1, 0, 12),
        Entity("stone-furnace", 2, 0),
        Entity("inserter", 4, 0, 12),
        *arms,
    )
    return Factory(6, 4, entities, (Source("ore", "chest", 0, 0, "iron-ore"), *fuel), (Sink("K", "chest", 5, 0),))


def test_a_furnace_smelts_only_with_fuel() -> None:
    cold = throughput([_furnace(())])[0]
    assert cold.throughput == 0
    assert cold.bottleneck == "stone-furnace at (2,0) has no fuel"
    arm = Entity("inserter", 2, 2, 8)
    hot = throughput([_furnace((Source("coal", "chest", 2, 3, "coal"),), arm)])[0]
    assert hot.rate("K", "iron-plate") == pytest.approx(0.3125, rel=0.01)


def test_fuel_burns_at_the_furnaces_power() -> None:
    # 90 kW from wood of 2 MJ: 22 s a piece.
    arm = Entity("inserter", 2, 2, 8)
    wooden = _furnace((Source("wood", "chest", 2, 3, "wood"),), arm)
    assert throughput([wooden])[0].rate("K") == pytest.approx(0.3125, rel=0.01)


def test_a_chest_passes_on_what_it_gets() -> None:
    entities = (Entity("inserter", 1, 0, 12), Entity("wooden-chest", 2, 0), Entity("fast-inserter", 3, 0, 12))
    line = Factory(5, 1, entities, (Source("S", "chest", 0, 0, "iron-plate"),), (Sink("K", "chest", 4, 0),))
    assert throughput([line])[0].throughput == pytest.approx(60 / 70, rel=0.01)


def test_a_full_chest_stops_the_arm_that_fills_it() -> None:
    from factorion_cli.simulation.building import build_world
    from factorion_cli.simulation.compiling import compile_factory
    from factorion_cli.simulation.running import run

    entities = (Entity("bulk-inserter", 1, 0, 12, stack_size=12), Entity("wooden-chest", 2, 0))
    line = Factory(3, 1, entities, (Source("S", "chest", 0, 0, "iron-plate"),))
    world, _ = build_world([compile_factory(line)])
    run(world, 36_000)
    assert int(world.content.sum()) == 16 * 100


def test_a_sink_never_backs_up_whatever_feeds_it() -> None:
    entities = tuple(Entity("turbo-transport-belt", x, 0, 4) for x in (1, 2))
    source = Source("S", "belt", 0, 0, "iron-plate", 4, belt="turbo-transport-belt")
    line = Factory(4, 1, entities, (source,), (Sink("K", "belt", 3, 0, direction=4),))
    assert throughput([line])[0].throughput == pytest.approx(60)


def test_an_arm_takes_only_what_passes_its_filter() -> None:
    result = results()["line-filter"]
    assert set(result.sinks["K3_0"]) == {"copper-plate"}


def test_the_bottleneck_names_a_saturated_machine() -> None:
    sentence = "stone-furnace at (2,0) works 100 % of the time on iron-plate"
    assert results()["line-furnace-stone"].bottleneck == sentence


def test_the_bottleneck_names_a_saturated_source() -> None:
    assert results()["belt-straight-yellow"].bottleneck == "source S0_0 delivers all it can (15/s)"


def test_the_bottleneck_names_a_slow_tile() -> None:
    assert "transport-belt at (2,0) is full" in (results()["belt-one-slow-tile"].bottleneck or "")


def test_the_bottleneck_names_a_saturated_arm() -> None:
    assert (results()["line-gear-am1"].bottleneck or "").startswith("inserter at (1,1) moves all it can")


def _items_in(case_ids: tuple[str, ...], ticks: int) -> tuple[int, int]:
    """Items that entered and items that left or are still there, in factories that craft nothing."""
    from factorion_cli.simulation.building import build_world
    from factorion_cli.simulation.compiling import compile_factory
    from factorion_cli.simulation.running import run, start

    world, _ = build_world([compile_factory(factory(case_id)) for case_id in case_ids])
    start(world)
    run(world, ticks)
    entered = int(world.lines["made"].sum() + world.chests["given"].sum())
    there = int(world.lines["count"].sum() + world.arms["held"].sum() + world.content.sum())
    return entered, there + int(world.tallies["taken"].sum())


TRANSPORT = sorted(
    case_id
    for case_id, case in cases().items()
    if not any("assembling" in entity["name"] or "furnace" in entity["name"] for entity in case["entities"])
    and case["family"] in ("belts", "splitters", "inserters", "peer-generated", "peer-fixtures")
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(TRANSPORT), min_size=1, max_size=4, unique=True), st.integers(0, 3000))
def test_items_are_conserved(case_ids: list[str], ticks: int) -> None:
    entered, found = _items_in(tuple(case_ids), ticks)
    assert entered == found


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(TRANSPORT), st.integers(1, 2500))
def test_items_of_a_line_stay_in_order_within_its_length(case_id: str, ticks: int) -> None:
    from factorion_cli.simulation.building import build_world
    from factorion_cli.simulation.compiling import compile_factory
    from factorion_cli.simulation.running import run, start

    world, _ = build_world([compile_factory(factory(case_id))])
    start(world)
    run(world, ticks)
    for line in world.lines:
        items = world.slots["position"][line["head"] : line["head"] + line["count"]] + line["shift"]
        assert (np.diff(items) <= 0).all()
        assert not len(items) or (items[0] < line["length"] and items[-1] >= 0)


def test_a_machine_crafts_what_it_was_given() -> None:
    result = results()["line-circuit-am2-3arms"]
    assert result.machines[0].rates["electronic-circuit"] == pytest.approx(result.throughput, rel=0.02)


def test_rare_products_are_measured_over_a_longer_window() -> None:
    both = [factory("line-science-am1"), factory("line-furnace-stone")]
    rare, common = throughput(both, steady=False)
    assert rare.metrics["measured_ticks"] == 3 * 7200
    assert common.metrics["measured_ticks"] == 7200


@settings(max_examples=40, deadline=None)
@given(factories())
def test_any_factory_gets_an_answer(drawn: Factory) -> None:
    (result,) = throughput([drawn], warmup_ticks=200, measure_ticks=400)
    assert result.id == drawn.id
    assert result.error is None or drawn.id in result.error
    assert all(0 <= machine.utilisation <= 1 for machine in result.machines)
    assert result.throughput >= 0


def test_an_arm_takes_from_a_splitter() -> None:
    original = factory("split-1-2-yellow")
    arm = (Entity("fast-inserter", 2, 2, 0), Entity("iron-chest", 5, 5))
    taking = replace(original, width=6, height=6, entities=(*original.entities, *arm))
    taking = replace(taking, sinks=(*taking.sinks, Sink("chest", "chest", 2, 3)))
    assert throughput([taking])[0].rate("chest") == pytest.approx(2.5, rel=0.05)


def test_a_sink_that_gets_nothing_is_explained_by_the_machine_that_never_works() -> None:
    assert results()["line-wrong-item"].bottleneck == "assembling-machine-1 at (2,0) waits for iron-plate"
