"""A report as a folder.

DIR/
  report.html       figures, bars and pictures in one page that needs no other file
  report.json       the same figures, and every task (docs/eval.md)
  success.png       the bars
  pictures/         failed-01-<task>.png, solved-01-<task>.png
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from factorion_cli.errors import UsageError
from factorion_cli.evaluation.charts import bar_chart
from factorion_cli.evaluation.html import TaskPicture, to_html
from factorion_cli.evaluation.pictures import task_pictures
from factorion_cli.evaluation.report import EvaluationReport, dump_json

PAGE, DATA, CHART, PICTURES = "report.html", "report.json", "success.png", "pictures"


def check_target(directory: Path) -> None:
    """Raise UsageError where a report would overwrite anything but an earlier report."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise UsageError(f"--report {directory} is a file; expected a new folder or an earlier report")
    if any(directory.iterdir()) and not (directory / DATA).is_file():
        raise UsageError(f"--report {directory} holds other files; choose a new folder or an earlier report")


def picture_names(pictures: Sequence[TaskPicture]) -> list[str]:
    """File names of the pictures, in order: what became of the task, a number, the task's id."""
    names, counts = [], {True: 0, False: 0}
    for picture in pictures:
        success = picture.outcome.success
        counts[success] += 1
        task = re.sub(r"[^A-Za-z0-9._-]+", "-", picture.outcome.task.id)[:80]
        names.append(f"{'solved' if success else 'failed'}-{counts[success]:02d}-{task}.png")
    return names


def write_report(report: EvaluationReport, directory: Path, pictures: int = 6) -> list[Path]:
    """Write the folder, whole or not at all.

    Args:
        report: what to show.
        directory: a new folder, an empty one, or an earlier report, which is replaced.
        pictures: how many failed and how many solved tasks are drawn.

    Returns:
        The page, the data, the chart and every picture.
    """
    check_target(directory)
    # `.` and `..` have no name of their own to derive a temporary one from.
    temporary = directory.resolve().with_name(f".{directory.resolve().name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    drawn = list(task_pictures(report.policy.outcomes, pictures))
    chart = bar_chart(report)
    names = picture_names(drawn)
    try:
        (temporary / PICTURES).mkdir(parents=True)
        for name, picture in zip(names, drawn, strict=True):
            (temporary / PICTURES / name).write_bytes(picture.png)
        (temporary / CHART).write_bytes(chart)
        (temporary / DATA).write_text(dump_json(report), encoding="utf-8")
        (temporary / PAGE).write_text(to_html(report, chart, drawn), encoding="utf-8")
        if directory.exists():
            shutil.rmtree(directory)
        temporary.replace(directory)
    except OSError as error:
        raise UsageError(f"cannot write the report to {directory}: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return [directory / PAGE, directory / DATA, directory / CHART, *(directory / PICTURES / name for name in names)]
