"""Runs in words and figures, as tables show them."""

from __future__ import annotations

from collections.abc import Sequence

from factorion_cli.runs.reading import Run
from factorion_cli.runs.summary import TIME_PARTS, summarise

NOTHING = "–"  # noqa: RUF001 - the sign for "no figure"
_PERCENT = ("success", "built", "exact", "normalised_throughput", "accuracy")


def text(value: object) -> str:
    """A setting or figure as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text, value))
    return str(value)


def score_text(metric: str, value: float) -> str:
    """A metric's value: shares as per cent."""
    if any(part in metric for part in _PERCENT):
        return f"{100 * value:.1f} %"
    return f"{value:.4g}"


def minutes_text(minutes: float | None) -> str:
    """Minutes of wall clock, as hours and minutes where there are many."""
    if minutes is None:
        return NOTHING
    return f"{minutes:.1f} min" if minutes < 120 else f"{int(minutes) // 60} h {int(minutes) % 60:02d} min"


def figures_table(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Rows of (label, a cell for each run): how the runs stand and what they came to."""
    found = [summarise(run) for run in runs]
    rows: list[tuple[str, list[str]]] = [
        ("made by", [summary.made_by for summary in found]),
        ("state", [run.standing.state for run in runs]),
        ("last session", [run.standing.started or NOTHING for run in runs]),
        ("updates", [f"{summary.updates:,}" for summary in found]),
        ("steps", [f"{summary.step:,}" for summary in found]),
        ("wall time", [minutes_text(summary.minutes) for summary in found]),
        ("last checkpoint", [run.last.name if run.last else NOTHING for run in runs]),
        ("best checkpoint", [run.best.name if run.best else NOTHING for run in runs]),
    ]
    scores = list(dict.fromkeys(name for summary in found for name in summary.best))
    rows += [(f"best: {name}", [_score(summary.best.get(name), name) for summary in found]) for name in scores]
    for part in TIME_PARTS:
        shares = [summary.time_shares.get(part) for summary in found]
        if any(shares):
            rows.append((f"time: {part}", [NOTHING if share is None else f"{100 * share:.1f} %" for share in shares]))
    return rows


def _score(value: float | None, metric: str) -> str:
    return NOTHING if value is None else score_text(metric, value)
