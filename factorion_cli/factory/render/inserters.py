"""Arms: a base, a hand over the tile that they pick up from, and an arrow into the tile that they drop on."""

from __future__ import annotations

from factorion_cli.factory.entity import Entity
from factorion_cli.factory.render.colours import INK, INSERTERS, PAPER, mixed
from factorion_cli.factory.render.items import item_sign
from factorion_cli.factory.render.shapes import Circle, Frame, Paint, Rect, Shape


def draw_inserter(entity: Entity) -> list[Shape]:
    """An arm in the colour of its type; its first filter stands on the base."""
    colour = INSERTERS.get(entity.name, PAPER)
    frame = Frame(entity.x + 0.5, entity.y + 0.5, entity.direction)
    arm = entity.prototype.inserter
    reach = 0.66 if arm is None or arm.reach == 1 else 1.5
    # A long arm lies over whatever stands between: keep it thin.
    thick = 0.13 if reach < 1 else 0.09
    tip = -reach
    shaft = ((reach - 0.12, 0.0), (tip + 0.2, 0.0))
    arrow = ((tip - 0.06, 0.0), (tip + 0.24, -0.2), (tip + 0.24, 0.2))
    base = Rect(entity.x + 0.24, entity.y + 0.24, 0.52, 0.52,
                Paint(fill=mixed(colour, INK, 0.7), stroke=mixed(colour, INK, 0.25), width=0.05), 0.14)  # fmt: skip
    x, y = frame.at(reach)
    shapes: list[Shape] = [
        base,
        frame.line(shaft, Paint(stroke=INK, width=thick + 0.09)),
        frame.polygon(arrow, Paint(fill=colour, stroke=INK, width=0.08)),
        frame.line(shaft, Paint(stroke=colour, width=thick)),
        frame.polygon(arrow, Paint(fill=colour)),
        Circle(x, y, 0.15, Paint(fill=INK, stroke=colour, width=0.08)),
    ]
    if entity.filters:
        shapes.append(Circle(frame.x, frame.y, 0.26, Paint(fill=INK)))
        shapes += item_sign(entity.filters[0], frame.x, frame.y, 0.4)
    else:
        shapes.append(Circle(frame.x, frame.y, 0.12, Paint(fill=PAPER, stroke=INK, width=0.04)))
    return shapes
