"""The verbs of `factorion dataset` that look: show, stats, sample and validate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorion_cli.cli.counting import counter

if TYPE_CHECKING:
    from rich.console import Console

    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.figures import ConfigFigures, DatasetFigures
    from factorion_cli.datasets.grouping import GroupFigures
    from factorion_cli.tasks.task import MissingEntityTask

_SHOWN_VALUES = 15
_MEDIANS = {
    "throughput_reference": "items/s",
    "throughput_left": "left",
    "utilisation": "busy",
    "power_kw": "kW",
}
_ABOUT_MEDIANS = "medians: items/s of the reference, share left at the start, share of time its machines work, kW"

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A dataset folder.")]
Where = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CONDITION]...", help="Choose tasks, such as level=3 category=smelting,oil 'width<=16'."),
]
Config = Annotated[str | None, typer.Option(help="throughput or structural; default: both.")]
Split = Annotated[str | None, typer.Option(help="train, validation or test; default: all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def show(
    directory: Directory,
    render: Annotated[int, typer.Option(help="Draw this many tasks, missing entities highlighted.")] = 0,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the pictures.")] = Path("pictures"),
    as_json: AsJson = False,
) -> None:
    """Print the figures of a dataset, and draw some of its tasks."""
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.figures import dataset_figures
    from factorion_cli.errors import UsageError

    if render < 0:
        raise UsageError(f"render is {render}, expected 0 or more")
    info = DatasetInfo.load(directory)
    figures = dataset_figures(info)
    pictures = _draw(info, render, out) if render else []
    if as_json:
        typer.echo(json.dumps(_as_json(info, figures, pictures), indent=1))
    else:
        _print_figures(info, figures, pictures)


def _draw(info: DatasetInfo, count: int, out: Path) -> list[Path]:
    from factorion_cli.datasets.pictures import draw_tasks
    from factorion_cli.datasets.sampling import sample_tasks

    return draw_tasks(sample_tasks(info, count, None), out)


def _as_json(info: DatasetInfo, figures: DatasetFigures, pictures: list[Path]) -> dict[str, object]:
    head: dict[str, object] = {"path": str(info.path), "fingerprint": info.fingerprint, "seed": info.seed}
    head |= {"settings": dict(info.settings), "game_version": info.game_version, "tool_version": info.tool_version}
    return head | figures.to_json() | {"pictures": [str(path) for path in pictures]}


def _print_figures(info: DatasetInfo, figures: DatasetFigures, pictures: list[Path]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    splits = Table("config", "split", "tasks", "families", "designs", title=str(info.path), title_justify="left")
    for part in figures.splits:
        splits.add_row(part.config, part.split, f"{part.tasks:,}", f"{part.families:,}", f"{part.designs:,}")
    console.print(splits)
    for config in figures.configs:
        _print_config(console, config)
    totals = f"{figures.families:,} families, {figures.designs:,} designs, {len(figures.sources):,} source files"
    demonstrations = f", {figures.demonstrations:,} demonstrations" if figures.demonstrations else ""
    console.print(f"{totals}{demonstrations}; fingerprint {info.fingerprint[:16]}", soft_wrap=True)
    for path in pictures:
        console.print(str(path), soft_wrap=True)


def _print_config(console: Console, config: ConfigFigures) -> None:
    from rich.table import Table

    from factorion_cli.datasets.figures import with_unit

    counts = Table("", "value", "tasks", title=config.config, title_justify="left")
    for name, values in config.counts.items():
        rows = list(values.items())
        for place, (value, tasks) in enumerate(rows[:_SHOWN_VALUES]):
            counts.add_row("" if place else name.replace("_", " "), value, f"{tasks:,}")
        if len(rows) > _SHOWN_VALUES:
            counts.add_row("", f"{len(rows) - _SHOWN_VALUES} more", f"{sum(n for _, n in rows[_SHOWN_VALUES:]):,}")
        counts.add_section()
    console.print(counts)
    sizes = Table("", "minimum", "25 %", "median", "75 %", "maximum")
    for name, quantiles in config.quantiles.items():
        sizes.add_row(with_unit(name), *(f"{value:g}" for value in quantiles))
    console.print(sizes)


def stats(
    directory: Directory,
    where: Where = None,
    by: Annotated[str, typer.Option(help="Column whose values make the rows.")] = "category",
    config: Config = None,
    split: Split = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the whole dataset's sizes and so on as PNG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print counts and medians of the tasks that fit, by the values of a column."""
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.figures import dataset_figures
    from factorion_cli.datasets.filters import parse_conditions
    from factorion_cli.datasets.grouping import grouped_figures

    info = DatasetInfo.load(directory)
    groups = grouped_figures(info, by, *parts(config, split), parse_conditions(where or ()))
    if plot is not None:
        from factorion_cli.datasets.plots import overview_png

        plot.write_bytes(overview_png(dataset_figures(info)))
    if as_json:
        typer.echo(json.dumps({"path": str(directory), "by": by, "groups": [g.to_json() for g in groups]}, indent=1))
    else:
        _print_groups(by, groups)


def parts(config: str | None, split: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(configs, splits) that options name; all where they name none."""
    from factorion_cli.datasets import CONFIGS, SPLITS
    from factorion_cli.errors import UsageError

    for option, value, known in (("config", config, CONFIGS), ("split", split, SPLITS)):
        if value is not None and value not in known:
            raise UsageError(f"--{option} is {value!r}, expected one of {', '.join(known)}")
    return (config,) if config else CONFIGS, (split,) if split else SPLITS


def _print_groups(by: str, groups: list[GroupFigures]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    table = Table(Column(by, no_wrap=True), "tasks", "families", "designs", *_MEDIANS.values(), caption=_ABOUT_MEDIANS)
    for group in groups:
        medians = (f"{group.medians[name]:.4g}" for name in _MEDIANS)
        table.add_row(group.value, f"{group.tasks:,}", f"{group.families:,}", f"{group.designs:,}", *medians)
    Console(markup=False, highlight=False).print(table)


def sample(
    directory: Directory,
    where: Where = None,
    count: Annotated[int, typer.Option("-n", "--count", help="How many tasks.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    config: Config = None,
    split: Split = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for a picture and blueprint strings of each.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw tasks at random: print them, and write pictures and strings that the game imports."""
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.filters import parse_conditions
    from factorion_cli.datasets.sampling import sample_tasks
    from factorion_cli.errors import DatasetError, UsageError

    if count < 1 or seed < 0:
        raise UsageError(f"count is {count} and seed {seed}, expected a count from 1 and a seed from 0 on")
    info = DatasetInfo.load(directory)
    tasks = sample_tasks(info, count, seed, *parts(config, split), parse_conditions(where or ()))
    if not tasks:
        raise DatasetError(f"no task of {directory} fits: wanted {' '.join(where or ()) or 'any'}")
    if out is not None:
        _write_sample(tasks, out)
    if as_json:
        typer.echo(json.dumps([_task_json(part, task) for part, task in tasks], indent=1))
    else:
        _print_sample(tasks)


def _write_sample(tasks: list[tuple[str, MissingEntityTask]], out: Path) -> None:
    """For each task a picture, and its start and reference as strings."""
    from factorion_cli.blueprints import encode
    from factorion_cli.datasets.pictures import draw_tasks

    for path, (_, task) in zip(draw_tasks(tasks, out), tasks, strict=True):
        strings = f"{encode(task.start)}\n{encode(task.reference)}\n"
        path.with_suffix(".txt").write_text(strings, encoding="utf-8")


def _task_json(split: str, task: MissingEntityTask) -> dict[str, Any]:
    from factorion_cli.blueprints import encode

    return {
        "id": task.id,
        "split": split,
        "config": task.kind,
        "level": task.level,
        "removal": task.removal,
        "category": task.category,
        "size": [task.reference.width, task.reference.height],
        "hand": list(task.hand),
        "throughput_start": task.throughput_start,
        "throughput_reference": task.throughput_reference,
        "source": task.provenance.source,
        "licence": task.provenance.licence,
        "start": encode(task.start),
        "reference": encode(task.reference),
    }


def _print_sample(tasks: list[tuple[str, MissingEntityTask]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from factorion_cli.datasets.pictures import hand_text

    names = ("id", "split", "level", "category", "tiles", "items/s")
    table = Table(*(Column(name, no_wrap=True) for name in names), "hand")
    for split, task in tasks:
        rate = f"{task.throughput_start:.3g} of {task.throughput_reference:.3g}"
        table.add_row(
            task.id,
            split,
            str(task.level),
            task.category,
            f"{task.reference.width}x{task.reference.height}",
            rate if task.kind == "throughput" else "structural",
            hand_text(task),
        )
    Console(markup=False, highlight=False).print(table)


def validate(directory: Directory, as_json: AsJson = False) -> None:
    """Check the files of a dataset against its manifest, and every row; exit code 2 when something is damaged."""
    from factorion_cli.datasets import DatasetInfo, damaged_files, wrong_rows
    from factorion_cli.errors import DatasetError

    info = DatasetInfo.load(directory)
    with counter("checking tasks") as tell:
        problems = damaged_files(info) or wrong_rows(info, tell)
    if as_json:
        typer.echo(
            json.dumps({"path": str(directory), "fingerprint": info.fingerprint, "problems": problems}, indent=1)
        )
    if problems:
        raise DatasetError(
            f"{directory} is damaged: {'; '.join(problems)}. "
            f"`factorion build-dataset INPUT... -o {directory} --resume` makes damaged files again; or copy it anew"
        )
    if not as_json:
        files = len(info.shards) + (info.dense is not None)
        typer.echo(f"{directory}: {files} files, {info.rows():,} tasks, all as the manifest says")
