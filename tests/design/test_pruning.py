"""What is taken out of a design."""

from factorion_cli.design.checking import delivered, measure
from factorion_cli.design.pruning import prune
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


def _pruned(*entities: Entity) -> tuple[Factory, float]:
    factory = TASK.factory.adding(*entities)
    return prune(TASK, factory, delivered(TASK, measure(factory, 1.0)))


def test_idle_arms_go_with_the_belts_that_they_served_and_poles_in_excess():
    factory, rate = _pruned(*NEEDED, *EXCESS)
    assert factory.entities == NEEDED
    assert rate > 0


def test_what_is_needed_stays():
    factory, rate = _pruned(*NEEDED)
    assert factory.entities == NEEDED
    assert rate == delivered(TASK, measure(factory, 1.0))
