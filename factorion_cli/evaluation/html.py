"""The report as one self-contained HTML page: figures, bars and pictures of solved and failed tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from factorion_cli.evaluation.markdown import TABLE_METRICS, figure
from factorion_cli.evaluation.outcome import TaskOutcome
from factorion_cli.evaluation.page import page, picture, table
from factorion_cli.evaluation.report import EvaluationReport, headline_slices


@dataclass(frozen=True, slots=True)
class TaskPicture:
    """PNG bytes that show what became of a task."""

    outcome: TaskOutcome
    png: bytes


def _gates(report: EvaluationReport) -> str:
    if not report.gates:
        return ""
    items = (
        f'<li><span class="{"pass" if gate.passed else "fail"}">{"pass" if gate.passed else "FAIL"}</span> '
        f"{escape(gate.message)}</li>"
        for gate in report.gates
    )
    return "<h2>Gates</h2><ul>" + "".join(items) + "</ul>"


def _metrics(report: EvaluationReport) -> str:
    scores = list(report.columns())
    rows = [
        [metric.replace("_", " "), *(figure(metric, score.estimate(metric)) for score in scores)]
        for metric in TABLE_METRICS
    ]
    return table(["metric", *(score.name for score in scores)], rows)


def _explanation(report: EvaluationReport) -> str:
    return (
        "95 % intervals: Wilson's for success and exact match, else a bootstrap over families. Success: throughput at "
        f"{100 * report.settings.success_share:g} % or more of the reference (structural tasks: exact match)."
    )


def _slices(report: EvaluationReport) -> str:
    scores = list(report.columns())
    rows = []
    for name in headline_slices(report):
        part = report.policy.slice(name)
        figures = [figure("success", score.estimate("success", name)) for score in scores]
        rows.append([name, str(part.tasks), str(part.families), *figures])
    return table(["slice", "tasks", "families", *(score.name for score in scores)], rows)


def describe(outcome: TaskOutcome) -> str:
    """One line about a task and what became of it."""
    task, rollout = outcome.task, outcome.rollout
    counts = sorted(Counter(task.hand).items())
    held = f"in hand {', '.join(f'{count} {name}' for name, count in counts) or 'nothing'}"
    words = [f"{task.id}: {task.category}, {'free choice of ' + ', '.join(task.allowed) if task.allowed else held}"]
    if outcome.throughput_end is None:
        words.append("exact" if rollout.exact else "not exact")
    else:
        words.append(
            f"{task.throughput_start:.2f} items/s at the start, {outcome.throughput_end:.2f} at the end, "
            f"{task.throughput_reference:.2f} {'in the reference' if task.missing or not task.allowed else 'at most'}"
            f"{' (exact match)' if rollout.exact and not task.allowed else ''}"
        )
    steps = "1 step" if rollout.steps == 1 else f"{rollout.steps} steps"
    words.append(f"{steps} ({rollout.invalid_actions} invalid), ended by {rollout.ending}")
    if outcome.error:
        words.append(f"not simulated: {outcome.error}")
    return "; ".join(words)


def gallery(pictures: Sequence[TaskPicture]) -> str:
    """Failed tasks, then solved ones, each with what became of it."""
    parts = []
    for title, success in (("Failed tasks", False), ("Solved tasks", True)):
        shown = [found for found in pictures if found.outcome.success is success]
        drawn = [picture(found.png, found.outcome.task.id, describe(found.outcome)) for found in shown]
        parts.append(f"<h2>{title}</h2>" + ("".join(drawn) or "<p>There are none.</p>"))
    return "".join(parts)


def to_html(report: EvaluationReport, chart: bytes, pictures: Sequence[TaskPicture]) -> str:
    """The page as text.

    Args:
        report: what to show.
        chart: PNG of the bars.
        pictures: of some tasks, solved and failed in any order.
    """
    whole = report.policy.slice()
    title = f"factorion eval: {report.policy.name}"
    about = "; ".join(f"{key} {value}" for key, value in report.about.items())
    parts = [
        f"<p>{whole.tasks} tasks of {whole.families} families: success "
        f"<strong>{escape(figure('success', whole.metrics['success']))}</strong>.</p>",
        f'<p class="settings">{escape(about)}</p>',
        _gates(report),
        "<h2>Figures</h2>",
        _metrics(report),
        f'<p class="settings">{escape(_explanation(report))}</p>',
        "<h2>Success by slice</h2>",
        _slices(report),
        picture(chart, "success by slice"),
        gallery(pictures),
    ]
    return page(title, parts)
