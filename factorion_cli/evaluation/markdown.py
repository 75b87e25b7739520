"""A short Markdown summary, made to be a comment on a change in CI."""

from __future__ import annotations

from collections.abc import Sequence

from factorion_cli.evaluation.intervals import Estimate
from factorion_cli.evaluation.report import EvaluationReport, headline_slices
from factorion_cli.evaluation.slices import ALL

_PERCENT = ("success", "exact_match", "normalised_throughput", "improvement")
TABLE_METRICS = ("success", "exact_match", "normalised_throughput", "improvement", "steps", "invalid_actions")


def figure(metric: str, estimate: Estimate | None) -> str:
    """A figure with its interval as people read it: `81.2 % [74.0, 86.9]`, or an en dash for none."""
    if estimate is None:
        return "–"  # noqa: RUF001 - the sign for "no figure"
    scale, unit, digits = (100, " %", 1) if metric in _PERCENT else (1, "", 2)
    value, low, high = (scale * number for number in (estimate.value, estimate.low, estimate.high))
    return f"{value:.{digits}f}{unit} [{low:.{digits}f}, {high:.{digits}f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(head), line(["---", *("---:" for _ in head[1:])]), *(line(row) for row in rows)]


def to_markdown(report: EvaluationReport) -> str:
    """The report as Markdown: verdict, gates, the policy beside the baselines, success by slice."""
    whole = report.policy.slice()
    names = [score.name for score in report.columns()]
    lines = [f"## factorion eval: {report.policy.name}, success {figure('success', whole.metrics['success'])}", ""]
    where = ", ".join(f"{key} `{value}`" for key, value in report.about.items())
    lines += [f"{whole.tasks} tasks of {whole.families} families{'; ' + where if where else ''}.", ""]
    if report.gates:
        lines += [f"**Gates {'passed' if report.passed else 'failed'}.**", ""]
        lines += [f"- {'pass' if gate.passed else 'FAIL'}: {gate.message}" for gate in report.gates]
        lines += [""]
    lines += _table(
        ["metric", *names],
        [[metric, *(figure(metric, score.estimate(metric)) for score in report.columns())] for metric in TABLE_METRICS],
    )
    slices = [name for name in headline_slices(report) if name != ALL]
    if slices:
        rows = [
            [name, str(report.policy.slice(name).tasks)]
            + [figure("success", score.estimate("success", name)) for score in report.columns()]
            for name in slices
        ]
        lines += ["", "Success by slice:", "", *_table(["slice", "tasks", *names], rows)]
    lines += [
        "",
        "Figures with 95 % intervals: Wilson's for success and exact match, else a bootstrap over families.",
        "",
    ]
    return "\n".join(lines)
