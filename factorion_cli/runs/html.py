"""Runs as one self-contained HTML page: figures, curves, where the time went, settings, and pictures of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from factorion_cli.evaluation import EvaluationReport
from factorion_cli.evaluation.html import TaskPicture, gallery
from factorion_cli.evaluation.markdown import figure
from factorion_cli.evaluation.page import page, picture, table
from factorion_cli.runs.diagnosis import diagnose
from factorion_cli.runs.reading import Run
from factorion_cli.runs.summary import settings_that_differ, summarise
from factorion_cli.runs.tables import figures_table, text


@dataclass(frozen=True, slots=True)
class PlayedTasks:
    """What the best checkpoint of a run made of some tasks, and pictures of them."""

    report: EvaluationReport
    pictures: Sequence[TaskPicture]


def to_html(runs: Sequence[Run], names: Sequence[str], curves: bytes | None, played: PlayedTasks | None) -> str:
    """The page as text.

    Args:
        runs: one, or several beside each other.
        names: of the runs, in order.
        curves: PNG of their curves; None where none has any.
        played: tasks that the only run played.
    """
    rows = figures_table(runs)
    parts = [
        _listed("fail", names, [run.problems for run in runs]),
        table(["", *names], [[label, *values] for label, values in rows]),
        _listed("settings", names, [diagnose(run, summarise(run)) for run in runs]),
        "<h2>Curves</h2>",
        picture(curves, "curves") if curves else "<p>There are none yet.</p>",
        *(_played(played) if played else ()),
        *(_differences(runs, names) if len(runs) > 1 else _settings(runs[0])),
    ]
    return page("factorion runs: " + ", ".join(names), parts)


def _listed(style: str, names: Sequence[str], said: Sequence[Sequence[str]]) -> str:
    """What is said of each run, by sentence."""
    sentences = [f"{name}: {sentence}" for name, own in zip(names, said, strict=True) for sentence in own]
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="{style}">{items}</ul>' if items else ""


def _played(played: PlayedTasks) -> list[str]:
    whole, about = played.report.policy.slice(), played.report.about
    success = figure("success", whole.metrics["success"])
    split = f"the {about['split']} split of " if "split" in about else ""
    return [
        "<h2>What it builds</h2>",
        f"<p>The best checkpoint on {whole.tasks} tasks of {escape(split + str(about['tasks']))}: success "
        f"<strong>{escape(success)}</strong> (95 % interval).</p>",
        gallery(played.pictures),
    ]


def _settings(run: Run) -> list[str]:
    about = {key: value for key, value in run.about.items() if key != "dataset"}
    dataset = run.about.get("dataset")
    about |= {f"dataset.{key}": value for key, value in dataset.items()} if isinstance(dataset, dict) else {}
    return [
        "<h2>Settings</h2>",
        table(["setting", "value"], [[name, text(value)] for name, value in sorted(run.settings.items())]),
        "<h2>Made with</h2>",
        table(["", "value"], [[name, text(value)] for name, value in about.items()]),
    ]


def _differences(runs: Sequence[Run], names: Sequence[str]) -> list[str]:
    rows = [[name, *map(text, values)] for name, values in settings_that_differ(runs).items()]
    return ["<h2>Settings that differ</h2>", table(["setting", *names], rows) if rows else "<p>None.</p>"]
