"""The heat map: the factory as it stands, its lanes coloured by how densely items lie and as thick as they flow."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from factorion_cli.factory import Factory
from factorion_cli.factory.render.belts import arc
from factorion_cli.factory.render.colours import INK, MUTED, PAPER, mixed
from factorion_cli.factory.render.drawing import draw
from factorion_cli.factory.render.shapes import CHARACTER_WIDTH, Drawing, Frame, Line, Paint, Point, Rect, Shape, Text
from factorion_cli.simulation.plant import Plant
from factorion_cli.simulation.result import LaneReport, MachineReport, SimulationResult
from factorion_cli.simulation.wiring import BeltNode

DENSITIES = ((0.0, "#3b6fd6"), (0.35, "#35b8a6"), (0.7, "#f2c744"), (1.0, "#ee3b3b"))
"""Colours by density, mixed in between."""

THINNEST, THICKEST = 0.07, 0.36
"""Width of a lane that stands still and of the one that flows most, in tiles."""

_LANE = 0.2
"""Distance of a lane from the middle of its belt."""

_LEAST_WIDTH, _LEGEND_HEIGHT, _TILES_PER_UNIT = 15.6, 2.4, 40.0
_MOST_PIXELS = 2600
_MOST_SCALE, _LEAST_SCALE = 32, 4


def write_heat_map(factory: Factory, result: SimulationResult, path: Path, title: str | None = None) -> None:
    """Draw the factory with its lanes coloured by density and as thick as their flow.

    Args:
        factory: what was simulated.
        result: its result with details.
        path: a .png or .svg file, written whole or not at all.
        title: line in the legend; default: the factory's label or id.

    Raises:
        UsageError: the result has no details.
    """
    drawing = heat_map(factory, result, title or str(factory.metadata.get("label") or factory.id))
    scale = max(_LEAST_SCALE, min(_MOST_SCALE, int(_MOST_PIXELS / max(drawing.width, drawing.height))))
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(_content(drawing, path.suffix.lower(), scale))
    temporary.replace(path)


def _content(drawing: Drawing, suffix: str, scale: int) -> bytes:
    if suffix == ".svg":
        from factorion_cli.factory.render.svg import to_svg

        return to_svg(drawing, scale).encode()
    from factorion_cli.factory.render.png import to_png

    return to_png(drawing, scale)


def heat_map(factory: Factory, result: SimulationResult, title: str) -> Drawing:
    """The heat map as shapes."""
    plant = Plant(factory, result)
    lanes = _lanes(plant)
    most = max((lane.rate for _, lane in lanes), default=0.0)
    # All edges first: lanes then run on from tile to tile without a line across.
    edges = [Line(path, Paint(stroke=INK, width=_thickness(lane.rate, most) + 0.05)) for path, lane in lanes]
    colours = [
        Line(path, Paint(stroke=colour_of(lane.density), width=_thickness(lane.rate, most))) for path, lane in lanes
    ]
    drawing = draw(factory, on_floor=[*edges, *colours])
    busy = [shape for machine in result.machines for shape in _busy(factory, machine)]
    unit = max(1.0, max(factory.width, factory.height) / _TILES_PER_UNIT)
    width, top = max(drawing.width, _LEAST_WIDTH * unit), drawing.top + drawing.height
    return replace(
        drawing,
        width=width,
        height=drawing.height + _LEGEND_HEIGHT * unit,
        shapes=(*drawing.shapes, *busy, *_legend(drawing.left + 0.5, top, unit, width - 1, most, title)),
    )


def colour_of(density: float) -> str:
    """The colour of a density from 0 to 1."""
    for (low, first), (high, second) in pairwise(DENSITIES):
        if density <= high:
            return mixed(first, second, (density - low) / (high - low))
    return DENSITIES[-1][1]


def _thickness(rate: float, most: float) -> float:
    return THINNEST + (THICKEST - THINNEST) * (rate / most if most else 0.0)


def _lanes(plant: Plant) -> list[tuple[tuple[Point, ...], LaneReport]]:
    """Where each lane with something on it runs, and what it does."""
    found = []
    for node, belt in zip(plant.nodes, plant.belts, strict=True):
        for side, lane in ((-1, belt.left), (1, belt.right)) if belt is not None else ():
            if lane.density > 0 or lane.rate > 0:
                found.append((_path(node, side), lane))
    return found


def _path(node: BeltNode, side: int) -> tuple[Point, ...]:
    """Where a lane runs on its tile: -1 the left one, 1 the right one."""
    frame = Frame(node.x + 0.5, node.y + 0.5, node.direction)
    if node.turn is not None:
        turn = 1 if node.turn == "right" else -1
        return tuple(arc(frame, 0.5 - _LANE * side * turn, turn))
    start, end = -0.5, 0.5
    if node.kind == "under-in":
        end = 0.0
    elif node.kind == "under-out":
        start = 0.0
    return frame.at(start, _LANE * side), frame.at(end, _LANE * side)


def _busy(factory: Factory, machine: MachineReport) -> list[Shape]:
    """A small plate in a machine's corner: how much of its time it works."""
    width, _ = factory.entities[machine.entity].size
    text = f"{machine.utilisation:.0%}".replace("%", " %")
    return _plate(machine.x + width - 0.62, machine.y + 0.3, 1.0, text, machine.utilisation)


def _plate(x: float, y: float, unit: float, text: str, utilisation: float) -> list[Shape]:
    edge = Paint(fill=INK, stroke=mixed("#ee3b3b", "#4fbf55", utilisation), width=0.06 * unit)
    box = Rect(x - 0.56 * unit, y - 0.22 * unit, 1.12 * unit, 0.44 * unit, edge, 0.12 * unit)
    return [box, Text(x, y, text, 0.34 * unit, Paint(fill=PAPER))]


def _legend(left: float, top: float, unit: float, width: float, most: float, title: str) -> list[Shape]:
    """Two lines below the factory: what it is, and what colours and widths mean."""

    def words(x: float, y: float, text: str, size: float = 0.34, colour: str = MUTED) -> Text:
        return Text(left + x * unit, top + y * unit, text, size * unit, Paint(fill=colour), centred=False)

    longest = int(width / unit / (0.5 * CHARACTER_WIDTH))
    shapes: list[Shape] = [words(0, 0.35, title[:longest], 0.5, PAPER)]
    steps = 24
    for step in range(steps):
        colour = Paint(fill=colour_of(step / (steps - 1)))
        shapes.append(Rect(left + 0.12 * step * unit, top + unit, 0.13 * unit, 0.34 * unit, colour))
    shapes += [words(0, 1.75, "empty lane"), words(2.2, 1.75, "full")]
    for number, share in enumerate((0.0, 0.5, 1.0)):
        x = left + (4.0 + 1.7 * number) * unit
        line = ((x, top + 1.17 * unit), (x + 0.9 * unit, top + 1.17 * unit))
        shapes.append(Line(line, Paint(stroke=PAPER, width=_thickness(share * most, most) * unit)))
        shapes.append(words(4.0 + 1.7 * number, 1.75, f"{share * most:.3g}"))
    shapes.append(words(8.4, 1.75, "items/s on a lane"))
    shapes += _plate(left + 12.0 * unit, top + 1.17 * unit, unit, "n %", 1.0)
    shapes.append(words(11.44, 1.75, "of the time at work"))
    return shapes
