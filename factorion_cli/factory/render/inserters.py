"""Arms: a base, a hand over the tile that they pick up from, and an arrow into the tile that they drop on."""

from __future__ import annotations

from collections.abc import Mapping

from factorion_cli.factory.entity import Entity
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.factory.render.colours import INK, INSERTERS, PAPER, mixed
from factorion_cli.factory.render.items import item_sign
from factorion_cli.factory.render.shapes import Circle, Frame, Paint, Rect, Shape

_SHORT, _LONG = 0.66, 1.5


def _reach(entity: Entity, direction: int, owners: Mapping[tuple[int, int], Entity]) -> float:
    """Where the arm ends in the picture: short where near and far tile are the same thing, so that it hides less."""
    arm = entity.prototype.inserter
    near, far = (owners.get(step(entity.x, entity.y, direction, distance)) for distance in (1, 2))
    return _SHORT if arm is None or arm.reach == 1 or (near is not None and near is far) else _LONG


def draw_inserter(entity: Entity, owners: Mapping[tuple[int, int], Entity]) -> list[Shape]:
    """An arm in the colour of its type; its first filter stands on the base. `owners` says whose each tile is."""
    colour = INSERTERS.get(entity.name, PAPER)
    frame = Frame(entity.x + 0.5, entity.y + 0.5, entity.direction)
    hand, tip = _reach(entity, entity.direction, owners), -_reach(entity, opposite(entity.direction), owners)
    # An arm that lies over something else is thin.
    thick = 0.13 if hand - tip < _SHORT + _LONG else 0.09
    shaft = ((hand - 0.12, 0.0), (tip + 0.2, 0.0))
    arrow = ((tip - 0.06, 0.0), (tip + 0.24, -0.2), (tip + 0.24, 0.2))
    base = Paint(fill=mixed(colour, INK, 0.7), stroke=mixed(colour, INK, 0.25), width=0.05)
    shapes: list[Shape] = [
        Rect(entity.x + 0.24, entity.y + 0.24, 0.52, 0.52, base, 0.14),
        frame.line(shaft, Paint(stroke=INK, width=thick + 0.09)),
        frame.polygon(arrow, Paint(fill=colour, stroke=INK, width=0.08)),
        frame.line(shaft, Paint(stroke=colour, width=thick)),
        frame.polygon(arrow, Paint(fill=colour)),
        Circle(*frame.at(hand), 0.15, Paint(fill=INK, stroke=colour, width=0.08)),
    ]
    if entity.filters:
        shapes.append(Circle(frame.x, frame.y, 0.26, Paint(fill=INK)))
        return shapes + item_sign(entity.filters[0], frame.x, frame.y, 0.4)
    return [*shapes, Circle(frame.x, frame.y, 0.12, Paint(fill=PAPER, stroke=INK, width=0.04))]
