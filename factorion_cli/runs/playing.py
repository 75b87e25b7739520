"""What the best checkpoint of a run builds: tasks of a held-out split, played anew, with pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from factorion_cli.datasets import DatasetInfo, read_tasks
from factorion_cli.errors import DatasetError
from factorion_cli.evaluation import EvaluationSettings, evaluate
from factorion_cli.evaluation.evaluate import Progress
from factorion_cli.evaluation.pictures import task_pictures
from factorion_cli.evaluation.sampling import sample
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.runs.html import PlayedTasks
from factorion_cli.runs.reading import Run
from factorion_cli.tasks.building import freed, to_build
from factorion_cli.tasks.marker_suites import is_suite, suite
from factorion_cli.tasks.task import MENDING_LEVELS, MissingEntityTask

_SPLITS = ("validation", "test", "train")
"""Those that were not trained on first."""


def trained_on(run: Run) -> str | None:
    """The first dataset that a run was trained on, as run.json names it."""
    dataset = run.about.get("dataset")
    if isinstance(dataset, dict) and dataset.get("datasets"):
        dataset = dataset["datasets"][0]
    path = dataset.get("path") if isinstance(dataset, dict) else None
    return path if isinstance(path, str) else None


def play_tasks(run: Run, tasks: str, count: int, pictures: int, progress: Progress) -> PlayedTasks:
    """Play tasks with the best checkpoint.

    Args:
        run: the levels of its settings are played, or those of a clone; all where the dataset has none of these.
        tasks: folder of a dataset, or the name of tasks from markers such as "markers:depth-1".
        count: how many are played, drawn with the seed 0.
        pictures: how many failed and how many solved ones are drawn.
        progress: told of progress.

    Raises:
        DatasetError: no such dataset, or nothing in it to play. DataError: no checkpoint, or a damaged one.
    """
    if is_suite(tasks):
        found, settings, split = [to_build(task) for task in suite(tasks)], EvaluationSettings(), None
    else:
        found, settings, split = _held_out(run, Path(tasks))
    report = evaluate(
        NetworkPolicy(load_policy(run.folder)),
        sample(found, count, seed=0),
        settings,
        np.random.default_rng(0),
        name=run.name,
        about={"tasks": tasks} if split is None else {"tasks": tasks, "split": split},
        progress=progress,
    )
    return PlayedTasks(report, tuple(task_pictures(report.policy.outcomes, pictures)))


def _held_out(run: Run, dataset: Path) -> tuple[list[MissingEntityTask], EvaluationSettings, str]:
    """Tasks, what they were measured with, and the split that they are of."""
    info = DatasetInfo.load(dataset)
    split = next((name for name in _SPLITS if info.rows("throughput", name)), None)
    if split is None:
        raise DatasetError(f"{dataset} has no tasks with a throughput; give --tasks a dataset that has some")
    tasks = [freed(task) for task in read_tasks(dataset, split) if not task.redundant]
    levels = run.settings.get("levels", MENDING_LEVELS)
    wanted = [task for task in tasks if task.level in levels]
    return wanted or tasks, EvaluationSettings.fitting(info.settings), split
