"""From-markers tasks that a row of belts solves, and solutions of them made by hand."""

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH
from factorion_cli.tasks.markers import MarkerTask, marker_task


def line_task(name: str, item: str = "iron-plate", width: int = 8, row: int = 2, **changes: object) -> MarkerTask:
    """Carry an item from the left edge to the right one."""
    source, sink = Source("S0", "belt", 0, row, item, EAST), Sink("K0", "belt", width - 1, row, item, EAST)
    return marker_task(Factory(width, 5, (), (source,), (sink,), id=name, **changes))  # type: ignore[arg-type]


def straight(task: MarkerTask) -> Factory:
    """Belts in a row between the markers."""
    (source,) = task.factory.sources
    belts = (Entity("transport-belt", x, source.y, EAST) for x in range(1, task.factory.width - 1))
    return task.factory.with_entities((*task.factory.entities, *belts))


def detour(task: MarkerTask) -> Factory:
    """Belts that go round by the row above."""
    (source,) = task.factory.sources
    last, above = task.factory.width - 2, source.y - 1
    belts = [
        Entity("transport-belt", 1, source.y, NORTH),
        *(Entity("transport-belt", x, above, EAST) for x in range(1, last)),
        Entity("transport-belt", last, above, SOUTH),
        Entity("transport-belt", last, source.y, EAST),
    ]
    return task.factory.with_entities(belts)
