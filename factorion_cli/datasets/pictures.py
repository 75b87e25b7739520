"""Pictures of a dataset's tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import read_tasks
from factorion_cli.datasets.schema import CONFIGS
from factorion_cli.tasks.task import MissingEntityTask


def draw_tasks(info: DatasetInfo, count: int, out: Path) -> list[Path]:
    """Draw `count` tasks, spread evenly over the dataset, as PNG; missing entities are highlighted.

    Returns:
        The files, named after the split and the task's id.
    """
    from factorion_cli.factory.render import render_png

    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for split, task in _spread(info, count):
        path = out / f"{split}-{_file_name(task.id)}.png"
        render_png(task.start, path, missing=task.removed, title=_title(task))
        paths.append(path)
    return paths


def _spread(info: DatasetInfo, count: int) -> list[tuple[str, MissingEntityTask]]:
    rows = [
        (split, task)
        for config in CONFIGS
        for split in info.splits(config)
        for task in read_tasks(info.path, split, config)
    ]
    return [rows[place] for place in _places(len(rows), count)]


def _places(rows: int, count: int) -> Sequence[int]:
    """`count` distinct places of `rows`, evenly apart.

    >>> _places(10, 3)
    [0, 3, 6]
    """
    return [place * rows // count for place in range(count)] if count < rows else range(rows)


def _title(task: MissingEntityTask) -> str:
    rate = f", {task.throughput_reference:.2f} items/s" if task.kind == "throughput" else ", structural"
    return f"{task.category}: put back {', '.join(task.hand)}{rate}"


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
