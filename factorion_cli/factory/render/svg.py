"""Drawing -> SVG text."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from factorion_cli.factory.render.shapes import Circle, Drawing, Line, Paint, Point, Polygon, Rect, Shape, Text


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _paint(paint: Paint) -> str:
    parts = [f'fill="{paint.fill or "none"}"']
    if paint.stroke:
        parts.append(f'stroke="{paint.stroke}" stroke-width="{_number(paint.width)}"')
    if paint.dash:
        parts.append(f'stroke-dasharray="{_number(paint.dash)}"')
    if paint.opacity < 1:
        parts.append(f'opacity="{_number(paint.opacity)}"')
    return " ".join(parts)


def _element(shape: Shape) -> str:
    paint = _paint(shape.paint)
    match shape:
        case Rect(x, y, width, height, _, radius):
            box = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
            return f'<rect {box} rx="{_number(radius)}" {paint}/>'
        case Polygon(points):
            return f'<polygon points="{_points(points)}" stroke-linejoin="round" {paint}/>'
        case Line(points):
            return f'<polyline points="{_points(points)}" {paint}/>'
        case Circle(x, y, radius):
            return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" {paint}/>'
        case Text(x, y, text, size, _, centred):
            anchor = "middle" if centred else "start"
            place = f'x="{_number(x)}" y="{_number(y + 0.35 * size)}" font-size="{_number(size)}"'
            return f'<text {place} text-anchor="{anchor}" {paint}>{escape(text)}</text>'


def to_svg(drawing: Drawing, scale: int) -> str:
    """The drawing as a whole SVG document, `scale` pixels per tile."""
    box = " ".join(_number(value) for value in (drawing.left, drawing.top, drawing.width, drawing.height))
    size = f'width="{round(drawing.width * scale)}" height="{round(drawing.height * scale)}"'
    sheet = Rect(drawing.left, drawing.top, drawing.width, drawing.height, Paint(fill=drawing.background))
    style = f'font-family={quoteattr("Helvetica, Arial, sans-serif")} stroke-linecap="round" stroke-linejoin="round"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}" {style}>']
    lines += [_element(shape) for shape in (sheet, *drawing.shapes)]
    return "\n".join([*lines, "</svg>"]) + "\n"
