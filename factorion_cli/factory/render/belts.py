"""Belts, undergrounds and splitters: which way things go, bends included."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from factorion_cli.factory.entity import Entity, Sink, Source
from factorion_cli.factory.geometry import opposite, step, turn_right
from factorion_cli.factory.render.colours import BELT_TRACK, INK, PAPER, mixed, tier_colour
from factorion_cli.factory.render.items import item_sign
from factorion_cli.factory.render.shapes import Frame, Line, Paint, Point, Polygon, Shape
from factorion_cli.prototypes import load_table

Tile = tuple[int, int]

_HALF_TRACK = 0.40
_CHEVRON = ((0.02, -0.24), (0.24, 0.0), (0.02, 0.24), (-0.12, 0.24), (0.10, 0.0), (-0.12, -0.24))


@dataclass(frozen=True, slots=True)
class BeltNetwork:
    """Who feeds whom: `feeders[tile]` holds the direction of travel of every belt that ends at the tile."""

    feeders: dict[Tile, set[int]]
    exits: dict[tuple[str, Tile], Entity]
    """Undergrounds by name and tile."""

    @classmethod
    def of(cls, entities: Iterable[Entity], sources: Iterable[Source]) -> BeltNetwork:
        """The network of entities and belt sources."""
        feeders: dict[Tile, set[int]] = {}
        undergrounds: dict[tuple[str, Tile], Entity] = {}
        moving = [(tile, entity.direction) for entity in entities if _hands_on(entity) for tile in entity.tiles()]
        moving += [((source.x, source.y), source.direction) for source in sources if source.kind == "belt"]
        for tile, direction in moving:
            feeders.setdefault(step(*tile, direction), set()).add(direction)
        for entity in entities:
            if entity.prototype.type == "underground-belt":
                undergrounds[entity.name, (entity.x, entity.y)] = entity
        return cls(feeders, undergrounds)

    def bend(self, x: int, y: int, direction: int) -> int | None:
        """Direction in which the only feeder of a bent belt travels; None for a straight one."""
        feeders = self.feeders.get((x, y), set()) - {opposite(direction)}
        if len(feeders) != 1 or direction in feeders:
            return None
        return next(iter(feeders))

    def exit_of(self, entrance: Entity) -> Entity | None:
        """The underground that an entrance comes out of, if there is one within reach."""
        belt = entrance.prototype.belt
        for distance in range(1, (belt.max_distance if belt else 0) + 1):
            tile = step(entrance.x, entrance.y, entrance.direction, distance)
            other = self.exits.get((entrance.name, tile))
            if other is not None and other.direction % 8 == entrance.direction % 8:
                facing = other.underground_type == "output" and other.direction == entrance.direction
                return other if facing else None
        return None


def _hands_on(entity: Entity) -> bool:
    kind = load_table().entity(entity.name).type
    if kind == "underground-belt" or kind.startswith("loader"):
        return entity.underground_type == "output"
    return kind in ("transport-belt", "splitter", "linked-belt")


def _rails(colour: str) -> Paint:
    return Paint(stroke=mixed(colour, INK, 0.35), width=0.05)


def _track(frame: Frame, colour: str, start: float, end: float) -> list[Shape]:
    """A straight piece of belt from `start` to `end` ahead of the centre."""
    corners = ((start, -_HALF_TRACK), (end, -_HALF_TRACK), (end, _HALF_TRACK), (start, _HALF_TRACK))
    sides = [frame.line(((start, side), (end, side)), _rails(colour)) for side in (-_HALF_TRACK, _HALF_TRACK)]
    return [frame.polygon(corners, Paint(fill=BELT_TRACK)), *sides]


def _chevron(frame: Frame, colour: str, forward: float = 0.0, size: float = 1.0) -> Shape:
    points = ((forward + ahead * size - 0.06 * size, right * size) for ahead, right in _CHEVRON)
    return frame.polygon(points, Paint(fill=colour))


def arc(frame: Frame, radius: float, turn: int) -> list[Point]:
    """Points around the inner corner of a bend, from where the belt comes in to where it goes out."""
    angles = (math.pi / 2 * index / 10 for index in range(11))
    return [frame.at(0.5 - radius * math.cos(angle), turn * (0.5 - radius * math.sin(angle))) for angle in angles]


def _bent_belt(x: int, y: int, direction: int, coming: int, colour: str) -> list[Shape]:
    # The feeder comes from one side: the inner corner lies ahead on that side.
    frame = Frame(x + 0.5, y + 0.5, direction)
    turn = 1 if coming == turn_right(direction, 3) else -1
    inner, outer = arc(frame, 0.5 - _HALF_TRACK, turn), arc(frame, 0.5 + _HALF_TRACK, turn)
    shapes: list[Shape] = [Polygon((*inner, *reversed(outer)), Paint(fill=BELT_TRACK))]
    shapes += [Line(tuple(points), _rails(colour)) for points in (inner, outer)]
    middle = frame.at(0.5 - 0.5 * math.sqrt(0.5), turn * (0.5 - 0.5 * math.sqrt(0.5)))
    return [*shapes, _diagonal_chevron(middle, direction, coming, colour)]


def _diagonal_chevron(middle: Point, direction: int, coming: int, colour: str) -> Shape:
    """A chevron half way between two directions of travel."""
    first, second = Frame(0.0, 0.0, coming), Frame(0.0, 0.0, direction)
    points = []
    for ahead, right in _CHEVRON:
        (x1, y1), (x2, y2) = first.at(ahead - 0.06, right), second.at(ahead - 0.06, right)
        points.append((middle[0] + (x1 + x2) * math.sqrt(0.5), middle[1] + (y1 + y2) * math.sqrt(0.5)))
    return Polygon(tuple(points), Paint(fill=colour))


def draw_belt(entity: Entity | Source | Sink, name: str, network: BeltNetwork) -> list[Shape]:
    """A belt tile of the prototype `name`, straight or bent."""
    colour = tier_colour(name)
    coming = network.bend(entity.x, entity.y, entity.direction)
    if coming is not None:
        return _bent_belt(entity.x, entity.y, entity.direction, coming, colour)
    frame = Frame(entity.x + 0.5, entity.y + 0.5, entity.direction)
    return [*_track(frame, colour, -0.5, 0.5), _chevron(frame, colour)]


def draw_underground(entity: Entity) -> list[Shape]:
    """The visible half of the belt and a hood over the other half."""
    colour = tier_colour(entity.name)
    frame = Frame(entity.x + 0.5, entity.y + 0.5, entity.direction)
    entrance = entity.underground_type != "output"
    near, far = (-0.06, 0.46) if entrance else (-0.46, 0.06)
    hood = ((near, -0.46), (far, -0.36 if entrance else -0.46), (far, 0.36 if entrance else 0.46), (near, 0.46))
    if not entrance:
        hood = ((near, -0.36), (far, -0.46), (far, 0.46), (near, 0.36))
    body = Paint(fill=mixed(colour, INK, 0.45), stroke=colour, width=0.06)
    track = _track(frame, colour, -0.5, 0.0) if entrance else _track(frame, colour, 0.0, 0.5)
    arrow = _chevron(frame, PAPER, 0.24 if entrance else -0.2, 0.62)
    visible = _chevron(frame, colour, -0.3 if entrance else 0.32, 0.7)
    return [*track, visible, frame.polygon(hood, body), arrow]


def draw_tunnel(entrance: Entity, end: Entity) -> list[Shape]:
    """A faint dashed line from an entrance to its exit."""
    paint = Paint(stroke=tier_colour(entrance.name), width=0.06, dash=0.16, opacity=0.45)
    return [Line(((entrance.x + 0.5, entrance.y + 0.5), (end.x + 0.5, end.y + 0.5)), paint)]


def _priority_mark(frame: Frame, ahead: float, right: float) -> Shape:
    points = ((ahead + 0.11, right), (ahead - 0.07, right - 0.12), (ahead - 0.07, right + 0.12))
    return frame.polygon(points, Paint(fill=PAPER, stroke=INK, width=0.03))


def draw_splitter(entity: Entity) -> list[Shape]:
    """Two belts side by side under one bar, with marks on the preferred sides and the sign of the filter."""
    colour = tier_colour(entity.name)
    width, height = entity.size
    middle = Frame(entity.x + width / 2, entity.y + height / 2, entity.direction)
    shapes: list[Shape] = []
    for right in (-0.5, 0.5):
        lane = Frame(*middle.at(0, right), entity.direction)
        shapes += [
            *_track(lane, colour, -0.5, 0.5),
            _chevron(lane, colour, -0.3, 0.6),
            _chevron(lane, colour, 0.36, 0.6),
        ]
    bar = ((-0.2, -0.94), (0.2, -0.94), (0.2, 0.94), (-0.2, 0.94))
    shapes.append(middle.polygon(bar, Paint(fill=mixed(colour, INK, 0.4), stroke=colour, width=0.06)))
    sides = {"left": -0.5, "right": 0.5}
    if entity.input_priority:
        shapes.append(_priority_mark(middle, -0.08, sides[entity.input_priority]))
    if entity.filter:
        shapes += item_sign(entity.filter, *middle.at(0.0, sides[entity.output_priority or "left"]), 0.5)
    elif entity.output_priority:
        shapes.append(_priority_mark(middle, 0.1, sides[entity.output_priority]))
    return shapes
