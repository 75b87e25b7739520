"""`factorion build-dataset`: blueprint strings in, a dataset of missing-entity tasks out.

factorion build-dataset prints/ -o ds
factorion build-dataset prints/ book.txt -o ds --window 16 --workers 4 --format both --licence MIT
factorion build-dataset prints/ book.txt -o ds --window 16 --workers 4 --format both --licence MIT --resume
factorion build-dataset prints/ more/ -o larger --families-from ds --scheduler dask:tcp://10.0.0.7:8786
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.report import BuildReport
    from factorion_cli.datasets.stages import Progress

_STAGES = {"read": "reading blueprints", "mine": "mining designs", "write": "writing tasks"}


def build_dataset(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, patterns or zip files of blueprints, or -."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make.", show_default=False)],
    window: Annotated[int, typer.Option(help="Largest width and height of a task, in tiles.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of what is taken out.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes that mine; default: all cores.")] = None,
    scheduler: Annotated[str, typer.Option(help="Where they run: local, or dask:tcp://HOST:PORT.")] = "local",
    form: Annotated[str, typer.Option("--format", help="parquet, hdf5 or both.")] = "parquet",
    per_window: Annotated[int, typer.Option(help="Most tasks with one entity missing, of one window.")] = 8,
    max_windows: Annotated[int, typer.Option(help="Most windows of one design.")] = 8,
    per_design: Annotated[int | None, typer.Option(help="Most tasks of one design, in each config.")] = None,
    limit: Annotated[int | None, typer.Option(help="Use the first N distinct designs only.")] = None,
    mods: Annotated[
        str, typer.Option(help="Prints with entities of mods: skip, keep (as structural tasks) or strip those off.")
    ] = "skip",
    test_sources: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Sources that make up the test split, such as 'author/*'; repeatable."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the sources, stated in every row.")] = "unknown",
    families_from: Annotated[
        Path | None, typer.Option(help="A dataset whose designs keep their families and splits.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted build, or make damaged files of --out again.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the dataset that stands at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Build a dataset of missing-entity tasks from blueprint strings, books and folders of them."""
    from factorion_cli.datasets import build as builder
    from factorion_cli.datasets.settings import BuildSettings
    from factorion_cli.scheduling import scheduler as executor_of

    settings = BuildSettings(
        window=window,
        seed=seed,
        per_window=per_window,
        max_windows=max_windows,
        per_design=per_design,
        limit=limit,
        mods=mods,  # type: ignore[arg-type]  # BuildSettings checks the word
        test_sources=tuple(test_sources or ()),
        licence=licence,
        form=form,  # type: ignore[arg-type]
    )
    with _note_when_interrupted(out), executor_of(scheduler, workers) as executor, _progress_bar() as tell:
        info, report = builder.build_dataset(
            inputs,
            out,
            settings,
            executor,
            overwrite=overwrite,
            resume=resume,
            families_from=families_from,
            tell=tell,
        )
    if as_json:
        typer.echo(json.dumps(_as_json(info, report), indent=1))
    else:
        _print_report(info, report)


@contextmanager
def _note_when_interrupted(out: Path) -> Iterator[None]:
    """Say how to go on when a build ends before it is done."""
    from factorion_cli.datasets.workspace import building_folder
    from factorion_cli.errors import UsageError

    try:
        yield
    except UsageError:
        raise
    except BaseException:
        if building_folder(out).exists():
            kept = f"what is done is kept in {building_folder(out)}: the same command with --resume goes on from there"
            typer.echo(kept, err=True)
        raise


@contextmanager
def _progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while it is a terminal; silent otherwise."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, TextColumn("{task.fields[note]}"), console=console, disable=not console.is_terminal) as bar:
        row = bar.add_task(_STAGES["read"], total=None, note="")

        def tell(progress: Progress) -> None:
            note = f"{progress.tasks:,} tasks" if progress.stage != "read" else ""
            description = _STAGES[progress.stage]
            bar.update(row, description=description, completed=progress.done, total=progress.total, note=note)

        yield tell


def _as_json(info: DatasetInfo, report: BuildReport) -> dict[str, Any]:
    return {"path": str(info.path), "fingerprint": info.fingerprint} | report.to_json()


def _print_report(info: DatasetInfo, report: BuildReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    kept = Table("read and kept", "count")
    for name, count in _kept_rows(report):
        kept.add_row(name, f"{count:,}")
    console.print(kept)
    dropped = Table("windows and removals that became no task", "count")
    for name, count in report.to_json()["dropped_candidates"].items():
        dropped.add_row(name, f"{count:,}")
    if dropped.row_count:
        console.print(dropped)
    skipped = Table("skipped at", "why", "count")
    for stage, kinds in report.skipped.items():
        for kind, count in kinds.items():
            skipped.add_row(stage, kind, f"{count:,}")
    if report.skips:
        console.print(skipped)
    console.print(f"{info.rows():,} tasks in {info.path}, fingerprint {info.fingerprint[:16]}", soft_wrap=True)
    if report.skips:
        console.print(f"every skipped blueprint and its reason: {info.path / 'skipped.jsonl'}", soft_wrap=True)


def _kept_rows(report: BuildReport) -> list[tuple[str, int]]:
    rows = [
        ("files read", report.files),
        ("blueprints in them", report.blueprints),
        ("usable blueprints", report.usable),
        ("distinct designs", report.designs),
        ("families of near-copies", report.families),
        ("designs with tasks", report.mined),
    ]
    for config, splits in report.tasks.items():
        what = config if config == "demonstrations" else f"{config} tasks"
        rows += [(f"{what}, {split}", count) for split, count in splits.items()]
    return rows
