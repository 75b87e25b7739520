"""Badges for sources and sinks: arrow-shaped on belts, square on chests, with the item's sign and label."""

from __future__ import annotations

from factorion_cli.factory.entity import Sink, Source
from factorion_cli.factory.render.colours import INK, PAPER, SINK, SINK_EDGE, SOURCE, SOURCE_EDGE, mixed
from factorion_cli.factory.render.items import item_sign, short_label
from factorion_cli.factory.render.shapes import Circle, Frame, Paint, Rect, Shape, fitted_text

_PLATE = ((-0.46, -0.42), (0.18, -0.42), (0.5, 0.0), (0.18, 0.42), (-0.46, 0.42))
_HALVES = {
    "left": ((-0.46, -0.42), (0.18, -0.42), (0.5, 0.0), (-0.46, 0.0)),
    "right": ((-0.46, 0.0), (0.5, 0.0), (0.18, 0.42), (-0.46, 0.42)),
}


def _badge(endpoint: Source | Sink, fill: str, edge: str) -> list[Shape]:
    frame = Frame(endpoint.x + 0.5, endpoint.y + 0.5, endpoint.direction)
    if endpoint.kind == "chest":
        return [Rect(endpoint.x + 0.06, endpoint.y + 0.06, 0.88, 0.88, Paint(fill=fill, stroke=edge, width=0.07), 0.1)]
    lanes = endpoint.lanes if isinstance(endpoint, Source) else "both"
    if lanes == "both":
        return [frame.polygon(_PLATE, Paint(fill=fill, stroke=edge, width=0.07))]
    dark = Paint(fill=mixed(fill, INK, 0.65), stroke=mixed(edge, INK, 0.4), width=0.07)
    return [frame.polygon(_PLATE, dark), frame.polygon(_HALVES[lanes], Paint(fill=fill, stroke=edge, width=0.07))]


def _content(item: str | None, x: float, y: float) -> list[Shape]:
    if item is None:
        return fitted_text("any", x, y, 0.6, 0.5, Paint(fill=PAPER), 0.32)
    label = fitted_text(short_label(item), x, y + 0.27, 0.78, 0.2, Paint(fill=PAPER), 0.2)
    return [*item_sign(item, x, y - 0.1, 0.46), *label]


def _one_lane_content(source: Source) -> list[Shape]:
    side = -0.21 if source.lanes == "left" else 0.21
    x, y = Frame(source.x + 0.5, source.y + 0.5, source.direction).at(-0.08, side)
    return item_sign(source.item, x, y, 0.34)


def draw_sources(sources: tuple[Source, ...]) -> list[Shape]:
    """Green badges; two sources on one tile share it, a lane each."""
    shapes: list[Shape] = []
    drawn: set[tuple[int, int]] = set()
    for source in sources:
        badge = _badge(source, SOURCE, SOURCE_EDGE)
        # The second source of a tile must not paint over the first one's lane.
        shapes += badge[1:] if (source.x, source.y) in drawn else badge
        drawn.add((source.x, source.y))
        one_lane = source.kind == "belt" and source.lanes != "both"
        shapes += _one_lane_content(source) if one_lane else _content(source.item, source.x + 0.5, source.y + 0.5)
    return shapes


def draw_sinks(sinks: tuple[Sink, ...]) -> list[Shape]:
    """Purple badges; the product counter of a machine is a small one on its corner."""
    shapes: list[Shape] = []
    for sink in sinks:
        if sink.of is not None:
            x, y = sink.of[0] + 0.3, sink.of[1] + 0.3
            shapes += [Circle(x, y, 0.26, Paint(fill=SINK, stroke=SINK_EDGE, width=0.07))]
            shapes += item_sign(sink.item, x, y, 0.34) if sink.item else []
        else:
            shapes += [*_badge(sink, SINK, SINK_EDGE), *_content(sink.item, sink.x + 0.5, sink.y + 0.5)]
    return shapes
