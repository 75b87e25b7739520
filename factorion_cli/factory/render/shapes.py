"""The few shapes that a drawing is made of, in tiles; both backends draw these and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from factorion_cli.factory.geometry import STEP, turn_right

Point: TypeAlias = tuple[float, float]

CHARACTER_WIDTH = 0.58
"""Width of an average character over the font size, a little generous so that text fits in any sans-serif font."""


@dataclass(frozen=True, slots=True)
class Paint:
    """How a shape looks: colours as `#rrggbb`, stroke width and dash length in tiles, opacity 0 to 1."""

    fill: str | None = None
    stroke: str | None = None
    width: float = 0.04
    dash: float = 0.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    paint: Paint
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon."""

    points: tuple[Point, ...]
    paint: Paint


@dataclass(frozen=True, slots=True)
class Line:
    """An open line with round ends; only the stroke of its paint counts."""

    points: tuple[Point, ...]
    paint: Paint


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle around (x, y)."""

    x: float
    y: float
    radius: float
    paint: Paint


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text centred on (x, y), or starting there; `size` is the font size in tiles."""

    x: float
    y: float
    text: str
    size: float
    paint: Paint
    centred: bool = True


Shape: TypeAlias = Rect | Polygon | Line | Circle | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in painting order on a `width` x `height` sheet whose top-left corner is (`left`, `top`), all in tiles."""

    left: float
    top: float
    width: float
    height: float
    background: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Local axes of something that faces a direction: `at(forward, right)` is a point seen from its centre."""

    x: float
    y: float
    direction: int

    def at(self, forward: float, right: float = 0.0) -> Point:
        """The point `forward` ahead and `right` to the right of the centre."""
        forward_x, forward_y = STEP[self.direction]
        right_x, right_y = STEP[turn_right(self.direction)]
        return self.x + forward * forward_x + right * right_x, self.y + forward * forward_y + right * right_y

    def polygon(self, points: Iterable[Point], paint: Paint) -> Polygon:
        """A polygon given by (forward, right) pairs."""
        return Polygon(tuple(self.at(forward, right) for forward, right in points), paint)

    def line(self, points: Iterable[Point], paint: Paint) -> Line:
        """A line given by (forward, right) pairs."""
        return Line(tuple(self.at(forward, right) for forward, right in points), paint)


def faded(shapes: Iterable[Shape], opacity: float) -> list[Shape]:
    """The shapes, seen through."""
    return [replace(shape, paint=replace(shape.paint, opacity=shape.paint.opacity * opacity)) for shape in shapes]


def _wrapped(words: Sequence[str], lines: int) -> list[str]:
    """The words on at most `lines` lines, the longest as short as it can be."""
    if lines == 1 or len(words) == 1:
        return [" ".join(words)]
    options = ([" ".join(words[:cut]), *_wrapped(words[cut:], lines - 1)] for cut in range(1, len(words)))
    return min([[" ".join(words)], *options], key=lambda option: (max(map(len, option)), len(option)))


def fitted_text(text: str, x: float, y: float, width: float, height: float, paint: Paint, size: float) -> list[Shape]:
    """Text centred on (x, y), wrapped and made smaller until it fits into width x height tiles."""
    best: tuple[float, list[str]] = (0.0, [])
    for lines in (1, 2, 3):
        wrapped = _wrapped(text.split(), lines)
        longest = max(map(len, wrapped))
        fits = min(size, width / (CHARACTER_WIDTH * longest), height / (1.15 * len(wrapped)))
        if fits > best[0] + 1e-9:
            best = (fits, wrapped)
    size, wrapped = best
    top = y - 1.15 * size * (len(wrapped) - 1) / 2
    return [Text(x, top + 1.15 * size * index, line, size, paint) for index, line in enumerate(wrapped)]
