"""What is taken out of a design."""

from dataclasses import replace

from factorion_cli.design.checking import delivered, measure
from factorion_cli.design.pruning import tidy, without_resting
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.tasks.markers import marker_task

TASK = marker_task(
    Factory(
        10,
        5,
        sources=(Source("plates", "belt", 0, 1, "iron-plate", 4),),
        sinks=(Sink("gears", "belt", 6, 1, "iron-gear-wheel", 4),),
        power=Power("poles"),
        metadata={"task": {"allowed": "basic"}},
    )
)
NEEDED = (
    Entity("inserter", 1, 1, 12),
    Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel"),
    Entity("inserter", 5, 1, 12),
    Entity("medium-electric-pole", 4, 3),
)
EXCESS = (
    Entity("transport-belt", 7, 3, 4),
    Entity("transport-belt", 8, 3, 4),
    Entity("small-electric-pole", 2, 3),
    Entity("inserter", 6, 2, 0),
    Entity("transport-belt", 6, 3, 4),
)


def _pruned(*entities: Entity) -> Factory:
    factory = tidy(TASK, TASK.factory.adding(*entities))
    return without_resting(TASK, factory, measure(factory, 1.0))


def test_arms_go_with_the_belts_that_lead_nowhere_and_poles_in_excess():
    assert tidy(TASK, TASK.factory.adding(*NEEDED, *EXCESS)).entities == NEEDED


def test_what_is_needed_stays():
    factory = TASK.factory.adding(*NEEDED)
    assert tidy(TASK, factory) == factory
    assert _pruned(*NEEDED) == factory
    assert delivered(TASK, measure(factory, 1.0)) > 0


def test_a_line_underground_to_nobody_goes_with_the_machine_that_fills_it():
    line = (
        Entity("inserter", 3, 3, 0),
        Entity("transport-belt", 3, 4, 4),
        Entity("underground-belt", 4, 4, 4, "input"),
        Entity("underground-belt", 7, 4, 4, "output"),
    )
    assert tidy(TASK, TASK.factory.adding(*NEEDED[:3], NEEDED[3], *line)).entities == NEEDED


def test_a_machine_that_gets_nothing_goes_with_its_arms():
    more = (
        Entity("assembling-machine-1", 7, 2, recipe="iron-gear-wheel"),
        Entity("inserter", 6, 2, 4),
        Entity("transport-belt", 6, 4, 4),
        Entity("inserter", 6, 3, 8),
    )
    wider = (*NEEDED, Entity("inserter", 5, 2, 12), *more)
    assert set(_pruned(*wider).entities) == set(NEEDED)


def test_a_splitter_with_one_way_through_becomes_a_belt():
    belts = (Entity("splitter", 1, 1, 4), Entity("transport-belt", 2, 1, 4))
    task = marker_task(replace(TASK.factory, sinks=(Sink("end", "belt", 3, 1, "iron-plate", 4),)))
    (first, second) = tidy(task, task.factory.adding(*belts)).entities
    assert (first, second) == (Entity("transport-belt", 1, 1, 4), belts[1])
