"""Which recipes a task needs."""

import pytest

from factorion_cli.design.plan import UnsolvableError, make_plan
from factorion_cli.factory import Factory, Sink, Source
from factorion_cli.tasks.markers import MarkerTask, marker_task


def _task(wanted: list[str], *given: str, allowed: object = "basic") -> MarkerTask:
    sources = tuple(Source(item, "belt", 0, row, item, 4) for row, item in enumerate(given))
    sinks = tuple(Sink(f"to-{item}", "belt", 8, row, item, 4) for row, item in enumerate(wanted))
    return marker_task(Factory(9, 9, (), sources, sinks, metadata={"task": {"allowed": allowed}}))


def test_steps_come_from_the_wanted_item_down_with_the_crafts_for_one_of_it():
    plan = make_plan(_task(["electronic-circuit"], "iron-plate", "copper-plate"))
    assert [(step.item, step.crafts) for step in plan.steps] == [("electronic-circuit", 1.0), ("copper-cable", 1.5)]
    assert plan.steps[0].speed == 1.0
    assert plan.items == ("copper-cable", "copper-plate", "electronic-circuit", "iron-plate")


def test_what_two_sinks_and_a_step_between_share_is_made_for_all_of_them():
    plan = make_plan(_task(["transport-belt", "iron-gear-wheel"], "iron-plate"))
    assert {step.item: step.crafts for step in plan.steps} == {"transport-belt": 0.5, "iron-gear-wheel": 1.5}


def test_what_a_source_gives_is_not_made():
    plan = make_plan(_task(["transport-belt"], "iron-plate", "iron-gear-wheel"))
    assert [step.item for step in plan.steps] == ["transport-belt"]


def test_machines_that_burn_fuel_are_left_out():
    assert make_plan(_task(["iron-plate"], "iron-ore", allowed="all")).steps[0].machine == "electric-furnace"
    with pytest.raises(UnsolvableError, match="no allowed machine makes it"):
        make_plan(_task(["iron-plate"], "iron-ore", allowed=["basic", "stone-furnace"]))


def test_the_item_that_nobody_gives_is_named():
    with pytest.raises(UnsolvableError, match=r"needs copper-cable: .* needs copper-plate: no source"):
        make_plan(_task(["electronic-circuit"], "iron-plate"))
