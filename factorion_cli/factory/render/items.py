"""Small drawn signs for items: what a thing is made of by shape, which one it is by colour."""

from __future__ import annotations

import math

from factorion_cli.factory.render.colours import INK, ink_on, item_colour, mixed
from factorion_cli.factory.render.shapes import Circle, Line, Paint, Point, Polygon, Rect, Shape, fitted_text

_LABELS = {
    "iron-plate": "iron",
    "copper-plate": "copper",
    "steel-plate": "steel",
    "stone-brick": "brick",
    "iron-gear-wheel": "gear",
    "copper-cable": "cable",
    "iron-stick": "stick",
    "electronic-circuit": "circuit",
    "advanced-circuit": "red circuit",
    "processing-unit": "blue circuit",
    "plastic-bar": "plastic",
    "automation-science-pack": "red science",
    "logistic-science-pack": "green science",
    "chemical-science-pack": "blue science",
    "military-science-pack": "military science",
    "production-science-pack": "purple science",
    "utility-science-pack": "yellow science",
    "space-science-pack": "space science",
    "transport-belt": "belt",
    "fast-transport-belt": "red belt",
    "express-transport-belt": "blue belt",
    "underground-belt": "underground",
    "long-handed-inserter": "long inserter",
    "low-density-structure": "low density",
    "firearm-magazine": "magazine",
    "piercing-rounds-magazine": "piercing rounds",
}


def short_label(name: str) -> str:
    """A few words for an item, recipe or entity.

    >>> short_label("iron-gear-wheel"), short_label("rocket-fuel")
    ('gear', 'rocket fuel')
    """
    return _LABELS.get(name, name.replace("-", " "))


def _circle_points(x: float, y: float, radius: float, count: int, start: float = 0.0) -> list[Point]:
    angles = (start + 2 * math.pi * index / count for index in range(count))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def _gear(x: float, y: float, size: float, colour: str) -> list[Shape]:
    points: list[Point] = []
    for tooth in range(8):
        middle = 2 * math.pi * tooth / 8
        for offset, radius in ((-0.30, 0.36), (-0.18, 0.48), (0.18, 0.48), (0.30, 0.36)):
            points.append(
                (x + size * radius * math.cos(middle + offset), y + size * radius * math.sin(middle + offset))
            )
    edge = Paint(fill=colour, stroke=mixed(colour, INK, 0.6), width=0.05 * size)
    return [Polygon(tuple(points), edge), Circle(x, y, 0.15 * size, Paint(fill=mixed(colour, INK, 0.7)))]


def _plate(x: float, y: float, size: float, colour: str) -> list[Shape]:
    edge = Paint(fill=colour, stroke=mixed(colour, INK, 0.6), width=0.05 * size)
    points = ((-0.28, -0.3), (0.46, -0.3), (0.28, 0.3), (-0.46, 0.3))
    shine = Paint(stroke=mixed(colour, "#ffffff", 0.6), width=0.07 * size)
    return [
        Polygon(tuple((x + size * px, y + size * py) for px, py in points), edge),
        Line(((x - 0.18 * size, y - 0.16 * size), (x + 0.26 * size, y - 0.16 * size)), shine),
    ]


def _circuit(x: float, y: float, size: float, colour: str) -> list[Shape]:
    pins = Paint(stroke=mixed(colour, "#ffffff", 0.55), width=0.07 * size)
    shapes: list[Shape] = [
        Line(((x + size * dx, y - 0.46 * size), (x + size * dx, y + 0.46 * size)), pins) for dx in (-0.2, 0.0, 0.2)
    ]
    shapes.append(
        Rect(x - 0.38 * size, y - 0.3 * size, 0.76 * size, 0.6 * size,
             Paint(fill=colour, stroke=mixed(colour, INK, 0.6), width=0.05 * size), 0.06 * size)
    )  # fmt: skip
    shapes.append(Rect(x - 0.16 * size, y - 0.12 * size, 0.32 * size, 0.24 * size, Paint(fill=mixed(colour, INK, 0.7))))
    return shapes


def _cable(x: float, y: float, size: float, colour: str) -> list[Shape]:
    dark = mixed(colour, INK, 0.45)
    return [
        Circle(x, y, size * radius, Paint(stroke=shade, width=0.09 * size))
        for radius, shade in ((0.38, dark), (0.29, colour), (0.19, mixed(colour, "#ffffff", 0.3)))
    ]


def _flask(x: float, y: float, size: float, colour: str) -> list[Shape]:
    glass = (
        (-0.1, -0.44),
        (0.1, -0.44),
        (0.1, -0.14),
        (0.36, 0.34),
        (0.28, 0.44),
        (-0.28, 0.44),
        (-0.36, 0.34),
        (-0.1, -0.14),
    )
    filled = ((-0.19, 0.04), (0.19, 0.04), (0.34, 0.34), (0.26, 0.42), (-0.26, 0.42), (-0.34, 0.34))
    return [
        Polygon(tuple((x + size * px, y + size * py) for px, py in glass),
                Paint(fill="#dfe8f0", stroke=INK, width=0.05 * size)),
        Polygon(tuple((x + size * px, y + size * py) for px, py in filled), Paint(fill=colour)),
    ]  # fmt: skip


def _ore(x: float, y: float, size: float, colour: str) -> list[Shape]:
    edge = Paint(fill=colour, stroke=mixed(colour, "#ffffff" if ink_on(colour) != INK else INK, 0.5), width=0.05 * size)
    lumps = ((-0.18, 0.12, 0.26, 0.2), (0.2, 0.14, 0.24, 0.9), (0.02, -0.18, 0.26, 0.5))
    return [
        Polygon(tuple(_circle_points(x + size * dx, y + size * dy, size * radius, 7, start)), edge)
        for dx, dy, radius, start in lumps
    ]


def _drop(x: float, y: float, size: float, colour: str) -> list[Shape]:
    arc = [
        (x + 0.3 * size * math.cos(angle), y + 0.14 * size + 0.3 * size * math.sin(angle))
        for angle in (math.pi * (-0.16 + 1.32 * step / 12) for step in range(13))
    ]
    edge = Paint(fill=colour, stroke=mixed(colour, "#ffffff", 0.4), width=0.05 * size)
    return [Polygon(((x, y - 0.46 * size), *arc), edge)]


def _chip(name: str, x: float, y: float, size: float, colour: str) -> list[Shape]:
    initials = "".join(word[0] for word in name.split("-")[:3]).upper()
    box = Rect(
        x - 0.44 * size, y - 0.44 * size, 0.88 * size, 0.88 * size,
        Paint(fill=colour, stroke=mixed(colour, INK, 0.55), width=0.05 * size), 0.16 * size,
    )  # fmt: skip
    return [box, *fitted_text(initials, x, y, 0.76 * size, 0.7 * size, Paint(fill=ink_on(colour)), 0.5 * size)]


def item_sign(name: str, x: float, y: float, size: float) -> list[Shape]:
    """The sign of an item, fluid or recipe in a size x size square around (x, y)."""
    colour = item_colour(name)
    last = name.rsplit("-", 1)[-1]
    if last == "wheel":
        return _gear(x, y, size, colour)
    if last == "plate":
        return _plate(x, y, size, colour)
    if last == "circuit" or name == "processing-unit":
        return _circuit(x, y, size, colour)
    if last == "cable":
        return _cable(x, y, size, colour)
    if last == "pack" and "science" in name:
        return _flask(x, y, size, colour)
    if last == "ore" or name in ("coal", "stone", "sulfur"):
        return _ore(x, y, size, colour)
    if last in ("water", "steam", "oil", "gas", "acid", "lubricant"):
        return _drop(x, y, size, colour)
    return _chip(name, x, y, size, colour)
