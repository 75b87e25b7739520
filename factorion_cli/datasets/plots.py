"""The plots of a dataset's card: sizes, categories, levels and throughput."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from factorion_cli.datasets.figures import ConfigFigures, DatasetFigures, Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"throughput": "#d9822b", "structural": "#7da3c4"}
_MOST_BARS = 12
_TILES_PER_TICK = 8
_LEAST_RATE_SPAN = 16.0
_LEVELS = {"1": "1 keep", "2": "2 improve", "3": "3 one missing", "4": "4 several", "5": "5 endpoints only"}


def overview_png(figures: DatasetFigures) -> bytes:
    """PNG bytes of four panels; the same figures give the same bytes."""
    # The object interface, not pyplot: no global state, and no display is looked for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MultipleLocator

    figure = Figure(figsize=(10, 6.4), layout="constrained", dpi=100)
    FigureCanvasAgg(figure)
    sizes, rates, categories, levels = figure.subplots(2, 2).flatten()
    _draw_histograms(sizes, {config.config: config.sizes for config in figures.configs})
    sizes.set(title="size", xlabel="longer side, tiles", ylabel="tasks")
    sizes.xaxis.set_major_locator(MultipleLocator(_TILES_PER_TICK))
    measured = {config.config: config.throughputs for config in figures.configs if config.config == "throughput"}
    _draw_histograms(rates, measured)
    rates.set(title="throughput of the reference", xlabel="items/s", ylabel="tasks")
    if measured:
        _draw_rates_axis(rates, measured["throughput"].edges)
    else:
        rates.set(xticks=[], yticks=[])
        rates.text(0.5, 0.5, "structural tasks alone", ha="center", va="center", transform=rates.transAxes)
    _draw_bars(categories, figures.configs, "category", _first_words(figures.configs, "category"))
    _draw_bars(levels, figures.configs, "level", [word for word in _LEVELS if _has(figures.configs, "level", word)])
    for axes in (sizes, rates, categories, levels):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
    handles, labels = sizes.get_legend_handles_labels()
    if len(handles) > 1:
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _draw_histograms(axes: Axes, histograms: dict[str, Histogram]) -> None:
    """One above the other; the bins of all are of one grid."""
    below: dict[float, int] = {}
    for config, histogram in histograms.items():
        lefts = histogram.edges[:-1]
        widths = [right - left for left, right in zip(histogram.edges, histogram.edges[1:], strict=False)]
        bottoms = [below.get(left, 0) for left in lefts]
        axes.bar(
            lefts, histogram.counts, widths, bottoms, align="edge", color=_COLOURS[config], edgecolor="white",
            linewidth=0.5, label=config,
        )  # fmt: skip
        for left, count in zip(lefts, histogram.counts, strict=True):
            below[left] = below.get(left, 0) + count
    axes.grid(axis="y", alpha=0.3, linewidth=0.6)


def _draw_rates_axis(axes: Axes, edges: Sequence[float]) -> None:
    """Octaves, written as plain numbers; never less than a few, so that a lone bar is not as wide as the panel."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("log", base=2)
    margin = 1.2 if edges[-1] / edges[0] >= _LEAST_RATE_SPAN else 4.0
    low, high = edges[0] / margin, edges[-1] * margin
    axes.set_xlim(low, high)
    ticks = [4.0**power for power in range(-5, 8) if low <= 4.0**power <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def _first_words(configs: Sequence[ConfigFigures], name: str) -> list[str]:
    """The values with most tasks."""
    totals: dict[str, int] = {}
    for config in configs:
        for word, count in config.counts[name].items():
            totals[word] = totals.get(word, 0) + count
    return sorted(totals, key=lambda word: (-totals[word], word))[:_MOST_BARS]


def _has(configs: Sequence[ConfigFigures], name: str, word: str) -> bool:
    return any(word in config.counts[name] for config in configs)


def _draw_bars(axes: Axes, configs: Sequence[ConfigFigures], name: str, words: Sequence[str]) -> None:
    lefts = [0] * len(words)
    for config in configs:
        counts = [config.counts[name].get(word, 0) for word in words]
        axes.barh(range(len(words)), counts, left=lefts, height=0.7, color=_COLOURS[config.config])
        lefts = [left + count for left, count in zip(lefts, counts, strict=True)]
    for place, total in enumerate(lefts):
        axes.annotate(f"{total:,}", (total, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(words)), labels=[_LEVELS.get(word, word) if name == "level" else word for word in words])
    axes.set_ylim(max(len(words), 4) - 0.5, -0.5)
    axes.margins(x=0.12)
    axes.set(title=name, xlabel="tasks")
    axes.grid(axis="x", alpha=0.3, linewidth=0.6)
