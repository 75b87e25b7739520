"""Hand-made designs of the classic cells, by the ratios that every player knows (wiki: Tutorial, production ratios)."""

from collections.abc import Callable, Iterator

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.tasks.marker_cells import cell

BELT, ARM, FAST, LONG = "transport-belt", "inserter", "fast-inserter", "long-handed-inserter"
MACHINE, FURNACE, POLE = "assembling-machine-1", "electric-furnace", "medium-electric-pole"


def row(y: int, first: int, last: int, direction: int = EAST) -> list[Entity]:
    """Belts from column `first` to `last`."""
    return [Entity(BELT, x, y, direction) for x in range(first, last + 1)]


def column(x: int, first: int, last: int, direction: int) -> list[Entity]:
    """Belts from row `first` to `last`."""
    return [Entity(BELT, x, y, direction) for y in range(first, last + 1)]


def poles(*tiles: tuple[int, int]) -> list[Entity]:
    """Medium poles."""
    return [Entity(POLE, x, y) for x, y in tiles]


def two_rows(left: int, count: int, name: str, recipe: str | None) -> Iterator[Entity]:
    """Machines above and below two belts in rows 4 (what goes in) and 5 (what comes out), `count` on each side."""
    for x in range(left, left + 3 * count, 3):
        yield Entity(name, x, 0, recipe=recipe)
        yield Entity(ARM, x, 3, SOUTH)
        yield Entity(LONG, x + 1, 3, NORTH)
        yield Entity(ARM, x, 6, SOUTH)
        yield Entity(LONG, x + 1, 6, NORTH)
        yield Entity(name, x, 7, recipe=recipe)
    yield from poles(*((x, y) for x in range(left + 2, left + 3 * count, 6) for y in (3, 6)))
    yield from poles(*((left + 3 * count - 1, y) for y in (3, 6) if count % 2 == 0))


def gears() -> Factory:
    """Eight machines in a row between the belt of plates and the belt of gears."""
    entities = row(0, 1, 24) + row(6, 1, 24)
    for x in range(1, 25, 3):
        entities += [Entity(FAST, x + 1, 1, NORTH), Entity(MACHINE, x, 2, recipe="iron-gear-wheel")]
        entities += [Entity(FAST, x + 1, 5, NORTH)]
    return finished("gears", [*entities, *poles(*((x, y) for x in (3, 9, 15, 21) for y in (1, 5)))])


def circuits() -> Factory:
    """Three machines of cables over two of circuits, with arms between them."""
    entities = row(0, 1, 9) + row(10, 2, 9) + row(11, 1, 9)
    for x in (1, 4, 7):
        entities += [Entity(FAST, x, 1, NORTH), Entity(MACHINE, x, 2, recipe="copper-cable")]
    entities += [Entity(FAST, x, 5, NORTH) for x in (2, 4, 6, 8)]
    for x in (2, 6):
        entities += [Entity(MACHINE, x, 6, recipe="electronic-circuit")]
        entities += [Entity(FAST, x, 9, NORTH), Entity(LONG, x + 1, 9, SOUTH)]
    return finished("circuits", [*entities, *poles((3, 1), (8, 1), (5, 5), (5, 9))])


def red_science() -> Factory:
    """One machine of gears; gears and copper on a lane each between two rows of five."""
    entities = [Entity(FAST, 1, 7, WEST), Entity(MACHINE, 2, 6, recipe="iron-gear-wheel"), Entity(FAST, 4, 5, SOUTH)]
    entities += row(9, 1, 4) + column(5, 5, 9, NORTH) + row(4, 4, 20) + row(5, 6, 20)
    entities += two_rows(6, 5, MACHINE, "automation-science-pack")
    return finished("red-science", [*entities, *poles((3, 5))])


def green_science() -> Factory:
    """A machine of inserters and one of belts fill a lane each between two rows of three."""
    entities = [Entity(ARM, 1, 1, WEST), Entity(MACHINE, 2, 0, recipe="inserter"), Entity(ARM, 5, 1, WEST)]
    entities += [Entity(FAST, 2, 3, SOUTH), *row(4, 1, 4), Entity(FAST, 2, 5, NORTH)]
    entities += [Entity(MACHINE, 2, 6, recipe="transport-belt"), Entity(ARM, 5, 7, WEST)]
    entities += column(6, 1, 3, SOUTH) + column(6, 5, 7, NORTH) + row(4, 6, 15) + row(5, 7, 15)
    entities += two_rows(7, 3, MACHINE, "logistic-science-pack")
    return finished("green-science", [*entities, *poles((3, 3), (4, 5))])


def smelting() -> Factory:
    """Twelve furnaces above and twelve below the belts of ore and plates."""
    return finished("smelting", [*row(4, 1, 36), *row(5, 1, 36), *two_rows(1, 12, FURNACE, None)])


def crossing() -> Factory:
    """Four belts on the surface, four that dive under them."""
    entities = [belt for y in range(3, 7) for belt in row(y, 1, 8)]
    for x in range(3, 7):
        entities += [Entity(BELT, x, 1, SOUTH), Entity("underground-belt", x, 2, SOUTH, "input")]
        entities += [Entity("underground-belt", x, 7, SOUTH, "output"), Entity(BELT, x, 8, SOUTH)]
    return finished("crossing", entities)


def finished(name: str, entities: list[Entity]) -> Factory:
    """The cell's markers with these entities."""
    return cell(name).factory.with_entities(entities)


HAND_MADE: dict[str, tuple[Callable[[], Factory], float]] = {
    "gears": (gears, 7.5),
    "circuits": (circuits, 2.0),
    "red-science": (red_science, 1.0),
    "green-science": (green_science, 0.5),
    "smelting": (smelting, 15.0),
    "crossing": (crossing, 120.0),
}
"""The designs, and the items per second that their ratios promise."""
