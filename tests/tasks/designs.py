"""Small designs of our own, one for each rule of inference."""

from __future__ import annotations

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST, step

BELT = "transport-belt"


def design(*entities: Entity, label: str = "") -> Factory:
    """A factory just large enough for its entities."""
    width = max(x for entity in entities for x, _ in entity.tiles()) + 1
    height = max(y for entity in entities for _, y in entity.tiles()) + 1
    return Factory(width, height, entities, id=label or "design", metadata={"label": label})


def line(x: int, y: int, direction: int, length: int, name: str = BELT) -> list[Entity]:
    """Belts in a row, the first at (x, y)."""
    return [Entity(name, *step(x, y, direction, tile), direction) for tile in range(length)]


def gear_cell() -> Factory:
    """Iron along the top, one assembler, gears out along the bottom."""
    return design(
        *line(0, 0, EAST, 5),
        Entity("inserter", 2, 1, NORTH),
        Entity("assembling-machine-1", 1, 2, recipe="iron-gear-wheel"),
        Entity("inserter", 2, 5, NORTH),
        *line(0, 6, EAST, 5),
    )


def smelter_column(label: str = "", tier: str = "stone") -> Factory:
    """Three furnaces between a feed belt and an output belt."""
    furnaces = []
    side = Entity(f"{tier}-furnace").size[0]
    for y in (0, side, 2 * side):
        furnaces += [
            Entity("inserter", 1, y, WEST),
            Entity(f"{tier}-furnace", 2, y),
            Entity("inserter", 2 + side, y, WEST),
        ]
    return design(*line(0, 0, SOUTH, 3 * side), *furnaces, *line(3 + side, 0, SOUTH, 3 * side), label=label)


def steel_chain() -> Factory:
    """A furnace that hands its plates to another one."""
    return design(
        *line(0, 0, SOUTH, 3),
        Entity("inserter", 1, 1, WEST),
        Entity("electric-furnace", 2, 0),
        Entity("inserter", 5, 1, WEST),
        Entity("electric-furnace", 6, 0),
        Entity("inserter", 9, 1, WEST),
        *line(10, 0, SOUTH, 3),
    )


def two_by_two() -> Factory:
    """A two to two balancer: one splitter between two pairs of belts."""
    return design(*line(0, 0, EAST, 2), *line(0, 1, EAST, 2), Entity("splitter", 2, 0, EAST), *line(3, 0, EAST, 1))


def two_item_cell() -> Factory:
    """One belt that has to bring copper cable and iron plates to a circuit assembler."""
    return design(
        *line(0, 0, EAST, 5),
        Entity("inserter", 2, 1, NORTH),
        Entity("assembling-machine-1", 1, 2, recipe="electronic-circuit"),
        Entity("inserter", 2, 5, NORTH),
        *line(0, 6, EAST, 5),
    )


def two_belt_cell() -> Factory:
    """A circuit assembler between two belts, each of which can bring one ingredient."""
    return design(
        *line(0, 0, EAST, 5),
        *line(0, 6, EAST, 5),
        Entity("inserter", 1, 1, NORTH),
        Entity("inserter", 1, 5, SOUTH),
        Entity("assembling-machine-1", 1, 2, recipe="electronic-circuit"),
        Entity("inserter", 4, 3, WEST),
        *line(5, 3, EAST, 2),
    )


def cable_and_circuits() -> Factory:
    """Cable goes straight into the circuit assembler, so only copper and iron come from outside."""
    return design(
        *line(0, 0, SOUTH, 3),
        Entity("inserter", 1, 1, WEST),
        Entity("assembling-machine-1", 2, 0, recipe="copper-cable"),
        Entity("inserter", 5, 1, WEST),
        Entity("assembling-machine-1", 6, 0, recipe="electronic-circuit"),
        Entity("inserter", 9, 0, EAST),
        *line(10, 0, SOUTH, 3),
        Entity("long-handed-inserter", 9, 2, WEST),
        *line(11, 0, SOUTH, 3),
    )


def chest_to_chest(*filters: str) -> Factory:
    """An arm from one chest to another."""
    return design(
        Entity("iron-chest", 0, 0),
        Entity("inserter", 1, 0, WEST, filters=filters),
        Entity("wooden-chest", 2, 0),
    )


def powered_gear_cell(pole_x: int = 4) -> Factory:
    """The gear cell with a pole beside its assembler."""
    return gear_cell().adding(Entity("medium-electric-pole", pole_x, 3))
