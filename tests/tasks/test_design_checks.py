"""The checks of designs find what is wrong, each fault by name, and nothing where all is well."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.tasks.markers import MarkerTask, marker_task
from tests.bench.design_checks import problems
from tests.tasks.marker_lines import detour, line_task, straight


def faults(task: MarkerTask, factory: Factory) -> str:
    (found,) = problems([task], [factory])
    return "; ".join(found)


def gears() -> tuple[MarkerTask, Factory]:
    """A gear machine between two belts, with a pole."""
    source, sink = Source("S0", "belt", 0, 5, "iron-plate", EAST), Sink("K0", "belt", 7, 1, "iron-gear-wheel", EAST)
    power, metadata = Power("poles"), {"task": {"allowed": "basic"}}
    task = marker_task(Factory(8, 7, (), (source,), (sink,), power=power, metadata=metadata))
    entities = (
        Entity("assembling-machine-1", 1, 1, recipe="iron-gear-wheel"),
        *(Entity("transport-belt", x, 5, EAST) for x in (1, 2)),
        Entity("inserter", 2, 4, SOUTH),
        Entity("inserter", 4, 1, WEST),
        *(Entity("transport-belt", x, 1, EAST) for x in (5, 6)),
        Entity("small-electric-pole", 4, 3),
    )
    return task, task.factory.with_entities(entities)


def test_designs_that_work_have_no_fault() -> None:
    task = line_task("line")
    assert faults(task, straight(task)) == ""
    assert faults(task, detour(task)) == ""
    assert faults(*gears()) == ""


@pytest.mark.parametrize(
    ("gone", "fault"),
    [(6, "no power"), (0, "a dangling arm"), (1, "nothing reaches sink K0")],
)
def test_what_is_gone_is_missed(gone: int, fault: str) -> None:
    task, factory = gears()
    if gone == 6:
        gone = next(index for index, entity in enumerate(factory.entities) if "pole" in entity.name)
    assert fault in faults(task, factory.without([gone]))


@pytest.mark.parametrize(
    ("entity", "fault"),
    [
        (Entity("transport-belt", 8, 0, NORTH), "outside at 8,0"),
        (Entity("fast-inserter", 7, 6, NORTH), "fast-inserter is not allowed"),
        (Entity("small-electric-pole", 0, 0), ""),
    ],
)
def test_what_is_too_much_is_told(entity: Entity, fault: str) -> None:
    task, factory = gears()
    assert fault in faults(task, factory.adding(entity))


def test_overlaps_are_told_whether_or_not_they_can_be_simulated() -> None:
    task, factory = gears()
    found = faults(task, factory.adding(Entity("small-electric-pole", 2, 2)))
    assert "overlap at 2,2" in found
    assert "overlap at 0,5" in faults(task, factory.adding(Entity("small-electric-pole", 0, 5)))


def test_blocked_tiles_and_moved_markers_are_told() -> None:
    task = line_task("line")
    blocked = replace(task, blocked=frozenset({(3, 2)}))
    assert "on the blocked tile 3,2" in faults(blocked, straight(task))
    other = replace(task.factory, sinks=(replace(task.factory.sinks[0], y=3),))
    assert "the markers are others" in faults(replace(task, factory=other), straight(task))


def test_poles_that_no_wire_joins_are_told() -> None:
    task, factory = gears()
    wide = replace(factory, width=40)
    far = wide.adding(Entity("small-electric-pole", 30, 3))
    assert "1 poles are on another network" in faults(replace(task, factory=replace(task.factory, width=40)), far)


def test_an_item_that_leads_nowhere_is_told() -> None:
    task, factory = gears()
    dead_end = (Entity("inserter", 4, 2, WEST), Entity("transport-belt", 5, 2, EAST))
    instead = factory.without([4]).adding(*dead_end)
    assert "iron-gear-wheel on a lane at 5,2 that leads to nobody" in faults(task, instead)


def test_a_sink_that_gets_something_else_is_told() -> None:
    task, factory = gears()
    (sink,) = task.factory.sinks
    other = replace(task.factory, sinks=(replace(sink, item="pipe"),))
    found = faults(replace(task, factory=other), replace(factory, sinks=other.sinks))
    assert "nothing reaches sink K0; sink K0 gets iron-gear-wheel" in found
