"""Runs as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from factorion_cli.runs.diagnosis import diagnose
from factorion_cli.runs.reading import Run
from factorion_cli.runs.summary import curve, settings_that_differ, summarise


def short_record(run: Run) -> dict[str, Any]:
    """How a run stands and what it came to."""
    summary = summarise(run)
    return {
        "run": str(run.folder),
        "made_by": summary.made_by,
        "state": run.standing.state,
        "updates": summary.updates,
        "step": summary.step,
        "minutes": summary.minutes,
        "last_checkpoint": run.last.name if run.last else None,
        "best_checkpoint": run.best.name if run.best else None,
        "best": dict(summary.best),
        "problems": list(run.problems),
    }


def full_records(runs: Sequence[Run], metrics: Sequence[str] = ()) -> dict[str, Any]:
    """All that is known of runs, with the curves of these metrics, and the settings in which they differ."""
    return {
        "runs": [_full_record(run, metrics) for run in runs],
        "settings_that_differ": settings_that_differ(runs),
    }


def _full_record(run: Run, metrics: Sequence[str]) -> dict[str, Any]:
    summary = summarise(run)
    curves = {metric: curve(run, metric) for metric in metrics}
    return short_record(run) | {
        "started": run.standing.started,
        "ended": run.standing.ended,
        "time_shares": dict(summary.time_shares),
        "findings": diagnose(run, summary),
        "latest": dict(summary.latest),
        "curves": {metric: {"step": each.steps, "value": each.values} for metric, each in curves.items()},
        "settings": dict(run.settings),
        "about": dict(run.about),
    }
