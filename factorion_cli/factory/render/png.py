"""Drawing -> PNG by Pillow: drawn larger and scaled down, so that edges are smooth."""

from __future__ import annotations

import itertools
import math
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from factorion_cli.factory.render.shapes import Circle, Drawing, Line, Paint, Point, Polygon, Rect, Shape, Text

_PIXEL_BUDGET = 36_000_000
"""Pixels of the enlarged picture beyond which it is enlarged less: about 100 MB of memory."""

_Colour = tuple[int, int, int, int]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # The font inside Pillow: the same glyphs on every machine.
    return ImageFont.load_default(size)


def _colour(text: str | None, opacity: float) -> _Colour | None:
    if text is None:
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16), round(255 * opacity)


def _dashes(a: Point, b: Point, length: float) -> list[tuple[Point, Point]]:
    """The drawn pieces of a dashed line, equal gaps between them."""
    whole = math.dist(a, b)
    count = max(1, round(whole / (2 * length)))
    piece = whole / (2 * count)

    def at(along: float) -> Point:
        return a[0] + (b[0] - a[0]) * along / whole, a[1] + (b[1] - a[1]) * along / whole

    starts = (piece * (2 * index + 0.5) for index in range(count))
    return [(at(start), at(start + piece)) for start in starts] if whole else []


class _Canvas:
    """Pixels while they are drawn; coordinates of its methods are tiles."""

    def __init__(self, drawing: Drawing, scale: float) -> None:
        self.drawing, self.scale = drawing, scale
        size = (round(drawing.width * scale), round(drawing.height * scale))
        self.image = Image.new("RGB", size, drawing.background)
        # "RGBA" on an RGB picture makes Pillow blend by alpha.
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def pixel(self, point: Point) -> Point:
        return (point[0] - self.drawing.left) * self.scale, (point[1] - self.drawing.top) * self.scale

    def stroke(self, points: tuple[Point, ...], paint: Paint) -> None:
        """A line with round ends and corners."""
        colour = _colour(paint.stroke, paint.opacity)
        if colour is None:
            return
        width = max(1, round(paint.width * self.scale))
        pieces = [points]
        if paint.dash:
            pairs = itertools.pairwise(points)
            pieces = [piece for a, b in pairs for piece in _dashes(a, b, paint.dash)]
        for piece in pieces:
            pixels = [self.pixel(point) for point in piece]
            self.pen.line(pixels, fill=colour, width=width, joint="curve")
            if width > 2 and colour[3] == 255:
                for x, y in (pixels[0], pixels[-1]):
                    half = width / 2
                    self.pen.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def draw(self, shape: Shape) -> None:
        """One shape."""
        paint = shape.paint
        fill, edge = _colour(paint.fill, paint.opacity), _colour(paint.stroke, paint.opacity)
        width = max(1, round(paint.width * self.scale)) if edge else 0
        match shape:
            case Rect(x, y, w, h, _, radius):
                half = paint.width / 2 if edge else 0.0
                box = (*self.pixel((x - half, y - half)), *self.pixel((x + w + half, y + h + half)))
                self.pen.rounded_rectangle(box, (radius + half) * self.scale, fill, edge, width)
            case Circle(x, y, radius):
                reach = radius + (paint.width / 2 if edge else 0.0)
                box = (*self.pixel((x - reach, y - reach)), *self.pixel((x + reach, y + reach)))
                self.pen.ellipse(box, fill, edge, width)
            case Polygon(points):
                if fill:
                    self.pen.polygon([self.pixel(point) for point in points], fill)
                self.stroke((*points, points[0]), paint)
            case Line(points):
                self.stroke(points, paint)
            case Text(x, y, text, size, _, centred):
                font = _font(max(1, round(size * self.scale)))
                self.pen.text(self.pixel((x, y)), text, fill, font, anchor="mm" if centred else "lm")


def to_png(drawing: Drawing, scale: int) -> bytes:
    """The drawing as PNG bytes, `scale` pixels per tile."""
    pixels = drawing.width * drawing.height * scale * scale
    enlarged = max(1, min(3, int(math.sqrt(_PIXEL_BUDGET / pixels))))
    canvas = _Canvas(drawing, scale * enlarged)
    for shape in drawing.shapes:
        canvas.draw(shape)
    size = (round(drawing.width * scale), round(drawing.height * scale))
    image = canvas.image if enlarged == 1 else canvas.image.resize(size, Image.Resampling.BOX)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()
