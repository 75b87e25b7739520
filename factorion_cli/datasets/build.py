"""The build: blueprints in, a dataset folder out, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from factorion_cli import __version__
from factorion_cli.datasets.card import write_card
from factorion_cli.datasets.designs import Design, check_inputs, read_designs, with_families
from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.datasets.folder import check_output, folder_under_construction
from factorion_cli.datasets.manifest import DatasetInfo, content_fingerprint, count_rows
from factorion_cli.datasets.mining import MiningJob, Yield, mine_job
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.schema import CONFIGS
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.writer import TaskWriter
from factorion_cli.errors import DatasetError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.scheduling import in_order
from factorion_cli.tasks.task import MissingEntityTask

DESIGNS_PER_JOB = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is.

    Attributes:
        stage: "read" counts blueprints; "group" looks for near-copies; "mine" counts designs.
        done: how many are done.
        total: of how many; None while reading, which cannot know.
        tasks: tasks kept so far.
    """

    stage: Literal["read", "group", "mine"]
    done: int
    total: int | None = None
    tasks: int = 0


def _silent(_: Progress) -> None:
    """Tell nobody."""


def build_dataset(
    inputs: Sequence[str],
    out: Path,
    settings: BuildSettings,
    executor: Executor | None = None,
    *,
    overwrite: bool = False,
    tell: Callable[[Progress], None] = _silent,
) -> tuple[DatasetInfo, BuildReport]:
    """Build a dataset of missing-entity tasks from blueprint strings.

    The rows depend on the inputs and settings alone: not on the executor, its number of workers or who finishes first.

    Args:
        inputs: files and folders of blueprint strings, or `-` for standard input.
        out: the folder to make.
        settings: what shapes the rows.
        executor: where designs are mined; None: in this process.
        overwrite: replace a dataset that stands at `out`.
        tell: is called as the build proceeds.

    Raises:
        UsageError: an input is missing or `out` is taken.
        DatasetError: no task came out of the inputs; nothing is written then.
    """
    check_inputs(inputs)
    check_output(out, overwrite)
    report = BuildReport()
    with folder_under_construction(out, overwrite) as folder:
        designs = read_designs(inputs, settings, report, lambda count: tell(Progress("read", count)))
        tell(Progress("group", 0, len(designs)))
        designs = with_families(designs, report)
        with TaskWriter(folder) as writer:
            for split, tasks in _kept(_mined(designs, settings, executor, tell), settings, report):
                writer.write(split, tasks)
        _require_tasks(inputs, report, sum(shard.rows for shard in writer.shards))
        info = _finished(folder, writer, settings, report)
    return replace(info, path=out), report


def _mined(
    designs: Sequence[Design],
    settings: BuildSettings,
    executor: Executor | None,
    tell: Callable[[Progress], None],
) -> Iterator[Yield]:
    """What each design gave, in the order of the designs."""
    starts = range(0, len(designs), DESIGNS_PER_JOB)
    jobs = (MiningJob(tuple(designs[start : start + DESIGNS_PER_JOB]), settings) for start in starts)
    done = tasks = 0
    tell(Progress("mine", 0, len(designs)))
    for yields in in_order(executor, mine_job, jobs):
        yield from yields
        done, tasks = done + len(yields), tasks + sum(len(one.tasks) for one in yields)
        tell(Progress("mine", done, len(designs), tasks))


def _kept(
    yields: Iterable[Yield], settings: BuildSettings, report: BuildReport
) -> Iterator[tuple[str, list[MissingEntityTask]]]:
    """(split, tasks) of each design, less windows that an earlier family already gave.

    Two designs of different families may hold the same block, such as a balancer inside a mall. Its window stays with
    the family that came first, so that no test window is ever seen in training.
    """
    owners: dict[str, str] = {}
    for one in yields:
        family = one.design.family
        fresh = [
            task
            for task, window in zip(one.tasks, one.windows, strict=True)
            if owners.setdefault(window, family) == family
        ]
        kept = _capped(fresh, settings.per_design)
        report.dropped.update(one.dropped or {})
        report.dropped["window of another family"] += len(one.tasks) - len(fresh)
        report.dropped["beyond --per-design"] += len(fresh) - len(kept)
        if kept:
            report.mined += 1
            yield split_of(family), kept
        else:
            report.skip(one.design.source, "mine", *_why_nothing(one))


def _capped(tasks: Sequence[MissingEntityTask], most: int | None) -> list[MissingEntityTask]:
    """At most `most` tasks of each kind, evenly spaced, so that every window keeps its share."""
    if most is None:
        return list(tasks)
    kept: list[MissingEntityTask] = []
    for kind in CONFIGS:
        group = [task for task in tasks if task.kind == kind]
        kept += group if len(group) <= most else [group[place * len(group) // most] for place in range(most)]
    return kept


def _why_nothing(one: Yield) -> tuple[str, str]:
    """(kind, reason) of a design that gave no task."""
    if one.failure is not None:
        return "failed", one.failure
    if one.tasks:
        return "nothing new", "all its windows belong to families read earlier"
    reasons = ", ".join(f"{reason}: {count}" for reason, count in (one.dropped or {}).items())
    return "no task", reasons or "no piece of it has enough entities"


def _require_tasks(inputs: Sequence[str], report: BuildReport, rows: int) -> None:
    if rows:
        return
    skipped = [f"{count} {kind}" for kinds in report.skipped.values() for kind, count in kinds.items()]
    raise DatasetError(
        f"no task came out of {', '.join(inputs)}: {report.blueprints} blueprints, {report.designs} designs; "
        f"skipped: {', '.join(skipped) or 'nothing'}. Nothing was written; give blueprints with belts or machines, "
        "or a larger --window"
    )


def _finished(folder: Path, writer: TaskWriter, settings: BuildSettings, report: BuildReport) -> DatasetInfo:
    """Manifest, dense form, report and card around the shards."""
    vocabulary = default_vocabulary()
    info = DatasetInfo(
        path=folder,
        shards=writer.shards,
        counts=count_rows(writer.shards),
        seed=settings.seed,
        settings=settings.recorded(),
        vocabulary=vocabulary.to_json(),
        game_version=vocabulary.game_version,
        tool_version=__version__,
        fingerprint=content_fingerprint(writer.shards),
    )
    info.save()
    figures = dataset_figures(info)
    if settings.form != "parquet":
        info = _with_dense(info, keep_parquet=settings.form == "both")
    report.tasks = info.counts
    report.save(folder)
    write_card(info, figures, report)
    return info


def _with_dense(info: DatasetInfo, keep_parquet: bool) -> DatasetInfo:
    from factorion_cli.datasets.exports import write_dense

    info = replace(info, dense=write_dense(info.path))
    if not keep_parquet:
        shutil.rmtree(info.path / "data")
        info = replace(info, shards=())
    info.save()
    return info
