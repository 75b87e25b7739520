"""The flow picture: sources left, sinks right, machines grouped by recipe, ribbons as wide as items per second."""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from factorion_cli.factory import Factory
from factorion_cli.factory.render.colours import PAPER, SHEET, item_colour, mixed
from factorion_cli.simulation.pictures.columns import columns_of
from factorion_cli.simulation.pictures.trade import Flow, Party, Trade, busy
from factorion_cli.simulation.plant import Plant, is_fluid
from factorion_cli.simulation.result import SimulationResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLUID_SCALE = 0.05
"""Fluids flow in much larger numbers than items: their ribbons are drawn a twentieth as wide."""

_COLUMN_INCHES, _BAR_INCHES, _HEIGHT_INCHES = 3.3, 0.16, 3.6
_LEAST_GAP, _LEAST_RIBBON, _MARGIN = 0.46, 0.012, 2.3
_TEXT_POINTS, _LABELLED = 8.0, 0.11
_BARS = {"source": "#2f9e5b", "machine": "#7d8a96", "store": "#b98d2c", "sink": "#9b3fb5"}


@dataclass(slots=True)
class _Bar:
    """A party on the sheet, in inches: its left edge, its middle and its height."""

    x: float
    y: float
    height: float
    given: float
    taken: float


def write_flow_picture(factory: Factory, result: SimulationResult, path: FilePath, title: str | None = None) -> None:
    """Draw who makes what for whom.

    Args:
        factory: what was simulated.
        result: its result with details.
        path: a .png or .svg file, written whole or not at all.
        title: line above the picture; default: the factory's label or id.

    Raises:
        UsageError: the result has no details.
    """
    plant = Plant(factory, result)
    trade = Trade(plant)
    name = title or str(factory.metadata.get("label") or factory.id)
    _write(_draw(plant, trade, name), path)


def _write(figure: Any, path: FilePath) -> None:
    from matplotlib import rc_context

    form = path.suffix.lower().removeprefix(".")
    temporary = path.with_name(f".{path.name}.tmp")
    # Neither dates nor random ids: the same factory gives the same bytes.
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "factorion", "svg.fonttype": "none"}), warnings.catch_warnings():
        # Labels in scripts that the font lacks show boxes in a PNG; an SVG leaves the font to its reader.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(temporary, format=form, facecolor=SHEET, metadata=metadata)
    temporary.replace(path)


def _width(flow: Flow) -> float:
    return flow.rate * (FLUID_SCALE if is_fluid(flow.item) else 1.0)


def _draw(plant: Plant, trade: Trade, title: str) -> Any:
    # The object interface, not pyplot: no global state, and no display is looked for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = columns_of(trade.flows)
    sizes = _sizes(trade.flows)
    most = max((sum(sizes[party] for party in column) for column in columns), default=1.0)
    rows = max((len(column) for column in columns), default=1)
    scale = _HEIGHT_INCHES / most if most else 1.0
    height = _HEIGHT_INCHES + _LEAST_GAP * (rows + 1) + 0.3
    width = max(5.0, _COLUMN_INCHES * max(1, len(columns) - 1) + 2 * _MARGIN)
    # Whole pixels, or the edge of the sheet shows.
    width, height = ceil(10 * width) / 10, ceil(10 * height) / 10
    figure = Figure(figsize=(width, height + 0.6), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, -0.6)
    axes.axis("off")
    axes.text(0.2, -0.3, _shortened(title, width), color=PAPER, fontsize=11, va="center", parse_math=False)
    bars = _bars(columns, sizes, scale, width, height)
    _ribbons(axes, trade.flows, bars, scale)
    for party, bar in bars.items():
        _label(axes, plant, trade, party, bar)
    notes = [] if trade.flows else ["nothing flows"]
    if any(is_fluid(flow.item) for flow in trade.flows):
        notes.append(f"fluids are drawn at 1/{round(1 / FLUID_SCALE)} of the width of items")
    axes.text(width - 0.2, -0.3, "; ".join(notes), color="#9aa4b0", fontsize=_TEXT_POINTS, va="center", ha="right")
    return figure


def _shortened(title: str, inches: float) -> str:
    # The game's rich text (pictures and colours in brackets) is no text here.
    plain = re.sub(r"\[[^\]]*\]", " ", title).strip() or title
    return textwrap.shorten(plain, max(20, int(inches * 7)), placeholder="...")


def _sizes(flows: list[Flow]) -> dict[Party, float]:
    """The larger of what goes into and what comes out of each party."""
    into: dict[Party, float] = {}
    out: dict[Party, float] = {}
    for flow in flows:
        out[flow.origin] = out.get(flow.origin, 0.0) + _width(flow)
        into[flow.target] = into.get(flow.target, 0.0) + _width(flow)
    return {party: max(into.get(party, 0.0), out.get(party, 0.0)) for party in sorted({*into, *out})}


def _bars(
    columns: list[list[Party]], sizes: Mapping[Party, float], scale: float, width: float, height: float
) -> dict[Party, _Bar]:
    bars: dict[Party, _Bar] = {}
    step = (width - 2 * _MARGIN) / max(1, len(columns) - 1)
    for number, column in enumerate(columns):
        heights = [max(_LEAST_RIBBON * 2, sizes[party] * scale) for party in column]
        gap = (height - 0.15 - sum(heights)) / (len(column) + 1)
        top = gap
        for party, tall in zip(column, heights, strict=True):
            bars[party] = _Bar(_MARGIN + number * step - _BAR_INCHES / 2, top + tall / 2, tall, top, top)
            top += tall + gap
    return bars


def _ribbons(axes: Axes, flows: list[Flow], bars: dict[Party, _Bar], scale: float) -> None:
    """Each ribbon leaves and enters in the order of the bars at its other end, so that they cross little."""
    starts: dict[int, tuple[float, float]] = {}
    ends: dict[int, tuple[float, float]] = {}
    widths = [max(_LEAST_RIBBON, _width(flow) * scale) for flow in flows]
    by_target = sorted(range(len(flows)), key=lambda index: (bars[flows[index].target].y, index))
    for index in by_target:
        bar = bars[flows[index].origin]
        starts[index] = (bar.x + _BAR_INCHES, bar.given)
        bar.given += widths[index]
    by_origin = sorted(range(len(flows)), key=lambda index: (bars[flows[index].origin].y, index))
    for index in by_origin:
        bar = bars[flows[index].target]
        ends[index] = (bar.x, bar.taken)
        bar.taken += widths[index]
    for index, flow in enumerate(flows):
        _ribbon(axes, flow, starts[index], ends[index], widths[index])


def _colour(item: str) -> str:
    """An item's colour, light enough for a dark sheet."""
    colour = item_colour(item)
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return mixed(colour, "#ffffff", 0.35) if 0.3 * red + 0.59 * green + 0.11 * blue < 90 else colour


def _ribbon(axes: Axes, flow: Flow, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    (x0, y0), (x1, y1) = start, end
    if x1 > x0:
        bend = (x1 - x0) / 2
        upper = [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
        lower = [(x1, y1 + width), (x1 - bend, y1 + width), (x0 + bend, y0 + width), (x0, y0 + width)]
    else:
        # Back to an earlier column: out to the right, round and in from the left.
        upper = [(x0, y0), (x0 + 1.1, y0 - 0.2), (x1 - 1.1, y1 - 0.2), (x1, y1)]
        lower = [(x1, y1 + width), (x1 - 1.1, y1 + width + 0.2), (x0 + 1.1, y0 + width + 0.2), (x0, y0 + width)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    path = Path([*upper, *lower, (x0, y0)], codes)
    axes.add_patch(PathPatch(path, facecolor=_colour(flow.item), edgecolor="none", alpha=0.55))
    if width >= _LABELLED:
        # Where the ribbon leaves: there ribbons lie side by side and never cross.
        text = f"{flow.item} {flow.rate:.3g}/s"
        _text(axes, x0 + 0.07, y0 + width / 2, text, va="center", fontsize=min(_TEXT_POINTS, 60 * width))


def _text(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Words on a dark ground, so that they can be read on any ribbon; in an SVG they stay words."""
    ground = {"facecolor": SHEET, "edgecolor": "none", "alpha": 0.55, "pad": 0.8}
    look: dict[str, Any] = {"color": PAPER, "fontsize": _TEXT_POINTS, "bbox": ground, "parse_math": False} | style
    axes.text(x, y, text, **look)


def _label(axes: Axes, plant: Plant, trade: Trade, party: Party, bar: _Bar) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (bar.x, bar.y - bar.height / 2), _BAR_INCHES, bar.height, facecolor=_BARS[party.role], edgecolor=PAPER
        )
    )
    outside = {"source": ("right", bar.x - 0.07), "sink": ("left", bar.x + _BAR_INCHES + 0.07)}
    side = outside.get(party.role) or (("left", bar.x + _BAR_INCHES + 0.07) if party.role == "store" else None)
    text = _wording(plant, trade, party)
    if side is not None:
        _text(axes, side[1], bar.y, text, va="center", ha=side[0])
        return
    top = bar.y - bar.height / 2
    _text(axes, bar.x + _BAR_INCHES / 2, top - 0.04, text, va="bottom", ha="center")


def _wording(plant: Plant, trade: Trade, party: Party) -> str:
    into: dict[str, float] = {}
    out: dict[str, float] = {}
    for flow in trade.flows:
        if flow.target == party:
            into[flow.item] = into.get(flow.item, 0.0) + flow.rate
        if flow.origin == party:
            out[flow.item] = out.get(flow.item, 0.0) + flow.rate
    if party.role == "machine":
        machines = [m for m in plant.result.machines if trade.machine_party(m) == party]
        made = ", ".join(f"{rate:.3g}/s" for rate in out.values())
        return f"{party.name} {made}\n{len(machines)} x {party.detail}, {100 * busy(machines):.0f} % busy"
    rates = into or out
    listed = [f"{item} {rate:.3g}/s" for item, rate in sorted(rates.items(), key=lambda pair: -pair[1])[:4]]
    if len(rates) > len(listed):
        listed.append(f"and {len(rates) - len(listed)} more")
    if party.role == "source" and list(rates) == [party.name]:
        return "\n".join(listed)
    heading = {"store": "piles up", "sink": "", "source": party.name}[party.role]
    return "\n".join([heading, *listed] if heading else listed)
