"""The report as one self-contained HTML page: figures, bars and pictures of solved and failed tasks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from factorion_cli.evaluation.markdown import TABLE_METRICS, figure
from factorion_cli.evaluation.outcome import TaskOutcome
from factorion_cli.evaluation.report import EvaluationReport, headline_slices

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #182026; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #d8e1e8; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; } figcaption { color: #394b59; }
.pass { color: #0a6640; font-weight: 600; } .fail { color: #a82a2a; font-weight: 600; }
.settings { color: #5c7080; }
"""


@dataclass(frozen=True, slots=True)
class TaskPicture:
    """PNG bytes that show what became of a task."""

    outcome: TaskOutcome
    png: bytes


def _image(png: bytes, alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line(head, "th") + "".join(line(row, "td") for row in rows) + "</table>"


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
    return _table(["metric", *(score.name for score in scores)], rows)


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
    return _table(["slice", "tasks", "families", *(score.name for score in scores)], rows)


def describe(outcome: TaskOutcome) -> str:
    """One line about a task and what became of it."""
    task, rollout = outcome.task, outcome.rollout
    words = [f"{task.id}: {task.category}, missing {', '.join(task.hand)}"]
    if outcome.throughput_end is None:
        words.append("exact" if rollout.exact else "not exact")
    else:
        words.append(
            f"{task.throughput_start:.2f} items/s at the start, {outcome.throughput_end:.2f} at the end, "
            f"{task.throughput_reference:.2f} in the reference{' (exact match)' if rollout.exact else ''}"
        )
    words.append(f"{rollout.steps} steps ({rollout.invalid_actions} invalid), ended by {rollout.ending}")
    if outcome.error:
        words.append(f"not simulated: {outcome.error}")
    return "; ".join(words)


def _pictures(title: str, pictures: Sequence[TaskPicture]) -> str:
    if not pictures:
        return f"<h2>{escape(title)}</h2><p>There are none.</p>"
    figures = (
        f"<figure>{_image(picture.png, picture.outcome.task.id)}"
        f"<figcaption>{escape(describe(picture.outcome))}</figcaption></figure>"
        for picture in pictures
    )
    return f"<h2>{escape(title)}</h2>" + "".join(figures)


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
    solved = [picture for picture in pictures if picture.outcome.success]
    failed = [picture for picture in pictures if not picture.outcome.success]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{whole.tasks} tasks of {whole.families} families: success "
        f"<strong>{escape(figure('success', whole.metrics['success']))}</strong>.</p>",
        f'<p class="settings">{escape(about)}</p>',
        _gates(report),
        "<h2>Figures</h2>",
        _metrics(report),
        f'<p class="settings">{escape(_explanation(report))}</p>',
        "<h2>Success by slice</h2>",
        _slices(report),
        f"<figure>{_image(chart, 'success by slice')}</figure>",
        _pictures("Failed tasks", failed),
        _pictures("Solved tasks", solved),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )
