"""Curves as text: eight dots to a character, for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from factorion_cli.runs.summary import Curve

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille character's dots, by column and row."""
_BRAILLE = 0x2800


class _Canvas:
    """Dots, each owned by the curve that was drawn there last."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.bits = [[0] * width for _ in range(height)]
        self.owner = [[0] * width for _ in range(height)]

    def dot(self, x: int, y: int, owner: int) -> None:
        row, column = y // 4, x // 2
        self.bits[row][column] |= _DOTS[x % 2][y % 4]
        self.owner[row][column] = owner

    def line(self, row: int, colours: Sequence[str]) -> str:
        """A line of text in Rich's markup."""
        cells = zip(self.bits[row], self.owner[row], strict=True)
        marks = ((chr(_BRAILLE + bits) if bits else " ", owner) for bits, owner in cells)
        return "".join(
            mark if mark == " " or not colours else f"[{colours[owner % len(colours)]}]{mark}[/]"
            for mark, owner in marks
        )


def plot(curves: Sequence[Curve], width: int, height: int, colours: Sequence[str] = ()) -> list[str]:
    """Lines of text with the curves, one axis for all; points that fall together are shown by their mean.

    Args:
        curves: at least one point among them.
        width: characters, axis included.
        height: lines, axis included.
        colours: of the curves, as Rich names them; none: plain text.
    """
    shown = [curve for curve in curves if curve.steps]
    low = min(min(curve.values) for curve in shown)
    high = max(max(curve.values) for curve in shown)
    first, last = min(curve.steps[0] for curve in shown), max(curve.steps[-1] for curve in shown)
    rows = max(height - 1, 2)
    labels = {0: f"{high:.4g}", rows - 1: f"{low:.4g}"} if high > low else {(rows - 1) // 2: f"{low:.4g}"}
    margin = max(map(len, labels.values()))
    canvas = _Canvas(max(width - margin - 2, 8), rows)
    for number, curve in enumerate(curves):
        if curve.steps:
            _draw(canvas, _heights(curve, (first, last), (low, high), canvas), number)
    lines = [f"{labels.get(row, ''):>{margin}} │{canvas.line(row, colours)}".rstrip() for row in range(rows)]
    ends = f"{first:,}", f"{last:,}"
    lines.append(" " * (margin + 1) + "└" + ends[0] + f"{ends[1]:>{max(canvas.width - len(ends[0]), 1)}}")
    return lines


def _heights(
    curve: Curve, steps: tuple[int, int], values: tuple[float, float], canvas: _Canvas
) -> list[tuple[int, int]]:
    """(x, y) of a curve's dots, one for each column that a point falls in, from left to right."""
    columns: dict[int, list[float]] = {}
    for step, value in zip(curve.steps, curve.values, strict=True):
        share = (step - steps[0]) / (steps[1] - steps[0]) if steps[1] > steps[0] else 0.0
        columns.setdefault(round(share * (2 * canvas.width - 1)), []).append(value)
    low, high = values
    top = 4 * canvas.height - 1
    found = []
    for x, among in sorted(columns.items()):
        share = (sum(among) / len(among) - low) / (high - low) if high > low else 0.5
        found.append((x, round((1 - share) * top)))
    return found


def _draw(canvas: _Canvas, points: Sequence[tuple[int, int]], owner: int) -> None:
    canvas.dot(*points[0], owner)
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = max(abs(x1 - x0), abs(y1 - y0))
        for step in range(1, steps + 1):
            canvas.dot(x0 + round(step * (x1 - x0) / steps), y0 + round(step * (y1 - y0) / steps), owner)
