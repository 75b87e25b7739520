"""The bar chart of a report: a metric by slice, the policy beside the baselines, with intervals."""

from __future__ import annotations

import io

from factorion_cli.evaluation.report import EvaluationReport, headline_slices

_COLOURS = ("#d9822b", "#bfccd6", "#7da3c4", "#4a5a68", "#30404d")
_INCHES_PER_BAR, _INCHES_PER_GAP = 0.16, 0.18


def bar_chart(report: EvaluationReport, metric: str = "success") -> bytes:
    """PNG bytes: for each slice one bar per policy, whiskers for the 95 % intervals."""
    # The object interface, not pyplot: no global state, and no display is looked for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = list(report.columns())
    slices = [name for name in headline_slices(report) if report.policy.estimate(metric, name) is not None]
    step = len(columns) * _INCHES_PER_BAR + _INCHES_PER_GAP
    figure = Figure(figsize=(8, 1.1 + step * len(slices)), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    height = _INCHES_PER_BAR / step
    for place, score in enumerate(columns):
        found = [(row, score.estimate(metric, name)) for row, name in enumerate(slices)]
        known = [(row, estimate) for row, estimate in found if estimate is not None]
        values = [estimate.value for _, estimate in known]
        axes.barh(
            [row + (place - (len(columns) - 1) / 2) * height for row, _ in known],
            values,
            height=height,
            color=_COLOURS[place % len(_COLOURS)],
            label=score.name,
            xerr=[
                [estimate.value - estimate.low for _, estimate in known],
                [estimate.high - estimate.value for _, estimate in known],
            ],
            error_kw={"elinewidth": 0.8, "ecolor": "#10161a"},
        )
    labels = [f"{name} (n={report.policy.slice(name).tasks})" for name in slices]
    axes.set_yticks(range(len(slices)), labels=labels)
    axes.set_ylim(len(slices) - 0.5, -0.5)
    axes.set_xlabel(metric.replace("_", " "))
    if metric in ("success", "exact_match"):
        axes.set_xlim(0, 1.02)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.3, linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=len(columns), frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
