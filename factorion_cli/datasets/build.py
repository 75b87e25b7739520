"""The build: blueprints in, a dataset folder out, whole or not at all, going on where it was interrupted.

What can be cut into jobs is (`stages`), and each result is kept until the dataset is whole. What needs all of them at
once runs in one process, over what is light: which designs are new and of which family, and which tasks may stand
beside those of other splits.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

from factorion_cli.blueprints import require_inputs
from factorion_cli.datasets.assembly import write_rows
from factorion_cli.datasets.card import write_card
from factorion_cli.datasets.choosing import Choice, Chooser, designs_of
from factorion_cli.datasets.designs import Place, Sieve
from factorion_cli.datasets.families import Families, as_signature
from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.datasets.manifest import DatasetInfo, Shard, fresh_info
from factorion_cli.datasets.repair import is_finished, repair_dataset
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.roster import load_roster
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.stages import Progress, Stages, Tell
from factorion_cli.datasets.workspace import check_output, finish_swap, workspace
from factorion_cli.errors import DatasetError


def _silent(_: Progress) -> None:
    """Tell nobody."""


def build_dataset(
    inputs: Sequence[str],
    out: Path,
    settings: BuildSettings,
    executor: Executor | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    families_from: Path | None = None,
    tell: Tell = _silent,
) -> tuple[DatasetInfo, BuildReport]:
    """Build a dataset of missing-entity tasks from blueprint strings.

    The bytes depend on the inputs and settings alone: not on the executor, its number of workers, who finishes first,
    or how often the build was interrupted.

    Args:
        inputs: files, folders, patterns, zip files, or `-` for standard input.
        out: the folder to make.
        settings: what shapes the rows.
        executor: where jobs run; None: in this process.
        overwrite: replace a dataset that stands at `out`.
        resume: go on with an interrupted build of `out`; of a finished dataset, make damaged shards again.
        families_from: a dataset whose designs keep their families, wherever new ones stand in the inputs.
        tell: is called as the build proceeds.

    Raises:
        UsageError: an input is missing, `out` is taken, or there is no such build to go on with.
        DatasetError: no task came out of the inputs; nothing is written then.
    """
    require_inputs(inputs)
    if resume:
        finish_swap(out)
        if not overwrite and is_finished(out):
            return repair_dataset(inputs, out, settings, executor, tell)
    check_output(out, overwrite)
    families, pinned = _pinned(families_from, settings.test_sources)
    report = BuildReport()
    recipe = _recipe(settings, families_from)
    with workspace(out, recipe, resume=resume, overwrite=overwrite) as work:
        stages = Stages(work, settings, executor, tell)
        sieve = Sieve(families, report, settings.limit)
        places = list(stages.read(inputs, sieve, report))
        files = [path for path, _ in stages.mine(places)]
        choices = _chosen(files, places, settings, pinned)
        _tell_of(choices, places, report)
        _require_tasks(inputs, report, choices)
        folder = work.dataset
        shards = write_rows(folder, files, places, choices, tell)
        info = _finished(folder, shards, settings, report)
        work.finish(overwrite)
    return replace(info, path=out), report


def _recipe(settings: BuildSettings, families_from: Path | None) -> dict[str, Any]:
    """What must be the same to go on with a build; inputs are not in it: what was read of them is kept by content."""
    pinned_by = DatasetInfo.load(families_from).fingerprint if families_from else None
    return settings.recorded() | {"seed": settings.seed, "format": settings.form, "families_from": pinned_by}


def _pinned(families_from: Path | None, test_sources: Sequence[str]) -> tuple[Families, frozenset[str]]:
    """Families with those of an earlier dataset in them, and the keys of its designs."""
    families = Families(test_sources)
    entries = load_roster(families_from) if families_from else []
    for entry in entries:
        families.pin(entry.design, entry.family, as_signature(entry.signature))
    return families, frozenset(entry.design for entry in entries)


def _chosen(
    files: Sequence[Path], places: Sequence[Place], settings: BuildSettings, pinned: frozenset[str]
) -> list[Choice]:
    """What is kept of each design; those of an earlier dataset are first in choosing, wherever they stand."""
    chooser = Chooser(settings.per_design)
    choices: dict[int, Choice] = {}
    for turn in (True, False):
        numbers = iter(range(len(places)))
        for path in files if turn is False or pinned else ():
            for counts, rows in designs_of(path):
                number = next(numbers)
                if (counts.key in pinned) is turn:
                    choices[number] = chooser.choose(counts, places[number].family, rows)
    return [choices[number] for number in range(len(places))]


def _tell_of(choices: Sequence[Choice], places: Sequence[Place], report: BuildReport) -> None:
    """Count what is kept and dropped, and why designs gave nothing."""
    for choice, place in zip(choices, places, strict=True):
        report.dropped.update(choice.counts.dropped)
        report.dropped.update(choice.dropped)
        if choice.rows:
            report.mined += 1
        else:
            report.skip(place.source, "mine", *_why_nothing(choice))


def _why_nothing(choice: Choice) -> tuple[str, str]:
    """(kind, reason) of a design that gave no task."""
    if choice.counts.failure:
        return "failed", choice.counts.failure
    reasons = choice.dropped if choice.counts.tasks else choice.counts.dropped
    kind = "nothing new" if choice.counts.tasks else "no task"
    listed = ", ".join(f"{reason}: {count}" for reason, count in reasons.items())
    return kind, listed or "no piece of it has enough entities"


def _require_tasks(inputs: Sequence[str], report: BuildReport, choices: Sequence[Choice]) -> None:
    if any(choice.rows for choice in choices):
        return
    skipped = [f"{count} {kind}" for kinds in report.skipped.values() for kind, count in kinds.items()]
    raise DatasetError(
        f"no task came out of {', '.join(inputs)}: {report.blueprints} blueprints, {report.designs} designs; "
        f"skipped: {', '.join(skipped) or 'nothing'}. Nothing was written; give blueprints with belts or machines, "
        "or a larger --window"
    )


def _finished(folder: Path, shards: Sequence[Shard], settings: BuildSettings, report: BuildReport) -> DatasetInfo:
    """Manifest, dense form, report and card around the shards."""
    info = fresh_info(folder, shards, settings.seed, settings.recorded())
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
