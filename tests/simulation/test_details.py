"""Reports of arms and belt tiles, which are made only when asked for."""

from functools import cache

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import ArmReport, BeltReport, SimulationResult, throughput
from tests.simulation.judging import factory, results

SOME = ("balancer-4-4-in014", "line-smelter-12-stone-furnace", "line-circuit-am2-3arms", "belt-merge-three",
        "line-gear-am1", "belt-straight-yellow", "line-filter")  # fmt: skip


@cache
def _detailed() -> dict[str, SimulationResult]:
    return dict(zip(SOME, throughput([factory(case_id) for case_id in SOME], details=True), strict=True))


def _belt(result: SimulationResult, x: int, y: int) -> BeltReport:
    assert result.belts is not None
    return next(belt for belt in result.belts if (belt.x, belt.y) == (x, y))


def _arm(result: SimulationResult, x: int, y: int) -> ArmReport:
    assert result.arms is not None
    return next(arm for arm in result.arms if (arm.x, arm.y) == (x, y))


def test_nothing_is_watched_unless_asked_for() -> None:
    result = results()["belt-straight-yellow"]
    assert result.arms is None
    assert result.belts is None
    assert "belts" not in result.to_json()


def test_what_did_nothing_is_told_without_watching() -> None:
    fed = Factory(
        12,
        4,
        sources=(Source("in", "belt", 0, 0, "iron-plate", 4),),
        sinks=(Sink("out", "belt", 6, 0, "iron-gear-wheel", 4),),
        entities=(
            Entity("inserter", 1, 0, 12),
            Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel"),
            Entity("inserter", 5, 0, 12),
            Entity("assembling-machine-1", 7, 1, recipe="iron-gear-wheel"),
            Entity("inserter", 10, 1, 12),
        ),
    )
    (result,) = throughput([fed])
    assert result.resting == (3, 4)
    assert "resting" not in result.to_json()


@pytest.mark.parametrize("case_id", SOME)
def test_watching_changes_no_other_figure(case_id: str) -> None:
    plain, watched = results()[case_id].to_json(), _detailed()[case_id].to_json()
    assert {key: watched[key] for key in plain} == plain


@pytest.mark.parametrize("case_id", SOME)
def test_what_a_belt_sink_receives_passes_its_tile(case_id: str) -> None:
    result, design = _detailed()[case_id], factory(case_id)
    for sink in design.sinks:
        if sink.kind == "belt":
            assert _belt(result, sink.x, sink.y).rate == pytest.approx(result.rate(sink.id), rel=0.02, abs=0.03)


def test_a_full_belt_has_density_one_and_its_tiers_rate_on_each_lane() -> None:
    belt = _belt(_detailed()["belt-straight-yellow"], 2, 0)
    for lane in (belt.left, belt.right):
        assert lane.rates == {"iron-plate": pytest.approx(7.5, rel=0.01)}
        assert lane.density == pytest.approx(1, abs=0.02)


def test_an_arm_that_never_waits_is_busy_all_the_time() -> None:
    entry = _arm(_detailed()["line-gear-am1"], 1, 1)
    assert entry.rates == {"iron-plate": pytest.approx(60 / 70, rel=0.01)}
    assert (entry.busy, entry.fill, entry.waits_for) == (pytest.approx(1), pytest.approx(1, abs=0.02), None)
    leaving = _arm(_detailed()["line-gear-am1"], 5, 1)
    assert leaving.waits_for == "items"
    assert leaving.busy == pytest.approx(0.5, abs=0.02)


def test_tiles_before_an_arm_carry_what_it_takes_and_tiles_behind_it_do_not() -> None:
    belts = tuple(Entity("transport-belt", x, 0, 4) for x in (1, 2, 3))
    arm = Entity("inserter", 2, 1, 0)
    design = Factory(4, 3, (*belts, arm), (Source("S", "belt", 0, 0, "coal", 4),), (Sink("K", "chest", 2, 2),))
    (result,) = throughput([design], details=True)
    taken = result.rate("K")
    assert _belt(result, 1, 0).rate == pytest.approx(taken, rel=0.02)
    assert _belt(result, 2, 0).rate == pytest.approx(taken, rel=0.02)
    assert _belt(result, 3, 0).rate == 0
    assert _belt(result, 3, 0).left.density == 1


def test_items_of_a_mixed_lane_are_told_apart() -> None:
    belts = tuple(Entity("transport-belt", x, 1, 4) for x in (1, 2, 3))
    arms = (Entity("inserter", 1, 2, 8), Entity("fast-inserter", 2, 2, 8))
    sources = (Source("A", "chest", 1, 3, "coal"), Source("B", "chest", 2, 3, "stone"))
    design = Factory(5, 4, (*belts, *arms), sources, (Sink("K", "belt", 4, 1, direction=4),))
    (result,) = throughput([design], details=True)
    lanes = _belt(result, 3, 1)
    assert lanes.right.rates == {}
    assert lanes.left.rates == {
        "coal": pytest.approx(60 / 70, rel=0.15),
        "stone": pytest.approx(60 / 24, rel=0.1),
    }


def test_an_arm_without_power_or_without_a_target_is_idle() -> None:
    design = Factory(3, 1, (Entity("inserter", 1, 0, 12),), (Source("S", "chest", 0, 0, "coal"),))
    (result,) = throughput([design], details=True)
    assert _arm(result, 1, 0) == ArmReport(0, "inserter", 1, 0, {}, 0.0, 0.0, None)


def test_machines_report_what_they_use() -> None:
    machine = results()["line-circuit-am2-3arms"].machines[0]
    assert machine.uses["copper-cable"] == pytest.approx(3 * machine.rates["electronic-circuit"], rel=0.02)
