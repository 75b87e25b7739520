"""Curves as a PNG: one panel for each metric, one line for each run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from factorion_cli.runs.reading import Run
from factorion_cli.runs.summary import Curve, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#2f6f9f", "#d9822b", "#3d8b5f", "#9d3f9d", "#a82a2a", "#5c7080")
"""Of runs, in order."""
_MANY = 60
"""Points from which on a curve is smoothed, with its points behind it in a pale tone."""


def chart(runs: Sequence[Run], names: Sequence[str], metrics: Sequence[str]) -> bytes:
    """PNG bytes; at least one metric."""
    # The object interface, not pyplot: no global state, and no display is looked for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = 1 if len(metrics) == 1 else 2
    rows = -(-len(metrics) // columns)
    figure = Figure(figsize=(5.2 * columns, 2.9 * rows + 0.4), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    for number, metric in enumerate(metrics):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.set_title(metric, fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3, linewidth=0.6)
        axes.ticklabel_format(useOffset=False)
        axes.set_xlabel("step", fontsize=8)
        for place, run in enumerate(runs):
            _draw(axes, curve(run, metric), names[place], COLOURS[place % len(COLOURS)])
    if len(runs) > 1:
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(runs), 4), frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _draw(axes: Axes, found: Curve, name: str, colour: str) -> None:
    steps, values = found.steps, found.values
    if len(values) >= _MANY:
        axes.plot(steps, values, color=colour, linewidth=0.7, alpha=0.3)
        values = _smoothed(values, len(values) // 20)
    axes.plot(steps, values, color=colour, linewidth=1.5, marker="." if len(steps) < 15 else None, label=name)


def _smoothed(values: Sequence[float], width: int) -> tuple[float, ...]:
    """Means over the last `width` values."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    starts = [max(0, end - width) for end in range(1, len(sums))]
    return tuple((sums[end] - sums[start]) / (end - start) for end, start in enumerate(starts, start=1))
