"""What is wrong with a design, by rules that know nothing of the search."""

from dataclasses import replace

import pytest

from factorion_cli.design.checking import delivered, faults, measure
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.tasks.markers import marker_task

TASK = marker_task(
    Factory(
        12,
        5,
        sources=(Source("in", "belt", 0, 1, "iron-plate", 4),),
        sinks=(Sink("out", "belt", 6, 1, "iron-gear-wheel", 4),),
        power=Power("poles"),
        metadata={"task": {"allowed": "basic", "blocked": [[0, 4, 12, 1]]}},
    )
)
GOOD = (
    Entity("inserter", 1, 1, 12),
    Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel"),
    Entity("inserter", 5, 1, 12),
    Entity("medium-electric-pole", 4, 3),
)


def test_a_good_design_has_no_faults_and_delivers():
    factory = TASK.factory.adding(*GOOD)
    assert faults(TASK, factory) == []
    assert delivered(TASK, measure(factory, 0.1)) > 0


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        (Entity("transport-belt", 2, 0, 4), "collides"),
        (Entity("transport-belt", 12, 0, 4), "leaves"),
        (Entity("transport-belt", 1, 4, 4), "blocked tile"),
        (Entity("fast-inserter", 1, 2, 12), "not allowed"),
        (Entity("inserter", 7, 3, 4), "reaches for nothing"),
        (Entity("assembling-machine-1", 9, 0, recipe="iron-gear-wheel"), "has no power"),
        (Entity("small-electric-pole", 10, 2), ""),
    ],
)
def test_what_is_wrong_is_named(extra, fault):
    found = faults(TASK, TASK.factory.adding(*GOOD, extra))
    assert any(fault in problem for problem in found) if fault else found == []


def test_an_item_that_can_come_to_a_belt_where_nobody_wants_it_is_named():
    arm = Entity("inserter", 2, 3, 0)
    task = marker_task(replace(TASK.factory, metadata={"task": {"allowed": "basic"}}))
    found = faults(task, task.factory.adding(*GOOD, arm, Entity("transport-belt", 2, 4, 4)))
    assert found == ["iron-gear-wheel can come to 2,4, where nobody wants it"]


def test_poles_that_are_too_far_apart_are_named():
    far = [pole for pole in GOOD if pole.name != "medium-electric-pole"]
    poles = (Entity("small-electric-pole", 1, 2), Entity("small-electric-pole", 11, 2))
    assert "1 poles are not wired to the others" in faults(TASK, TASK.factory.adding(*far, *poles))


def test_a_foreign_item_at_a_sink_is_no_delivery():
    belts = [Entity("transport-belt", x, 1, 4) for x in range(1, 6)]
    assert delivered(TASK, measure(TASK.factory.adding(*belts), 0.1)) == 0
