"""`factorion dataset`: look into a dataset and check its files.

factorion dataset show ds
factorion dataset show ds --render 6 -o pictures/
factorion dataset validate ds
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.figures import ConfigFigures, DatasetFigures

dataset = typer.Typer(name="dataset", help="Look into a dataset and check its files.", no_args_is_help=True)

_SHOWN_VALUES = 15

_Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A dataset folder.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataset.command()
def show(
    directory: _Directory,
    render: Annotated[int, typer.Option(help="Draw this many tasks, missing entities highlighted.")] = 0,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the pictures.")] = Path("pictures"),
    as_json: _AsJson = False,
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

    return draw_tasks(info, count, out)


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
    totals = f"{figures.families:,} families, {figures.designs:,} designs, {figures.sources:,} sources"
    console.print(f"{totals}; fingerprint {info.fingerprint[:16]}", soft_wrap=True)
    for path in pictures:
        console.print(str(path), soft_wrap=True)


def _print_config(console: Console, config: ConfigFigures) -> None:
    from rich.table import Table

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
        unit = "items/s" if name.startswith("throughput") else "tiles"
        sizes.add_row(f"{name.replace('_', ' ')}, {unit}", *(f"{value:g}" for value in quantiles))
    console.print(sizes)


@dataset.command()
def validate(directory: _Directory, as_json: _AsJson = False) -> None:
    """Check the files of a dataset against its manifest, and every row; exit code 2 when something is damaged."""
    from factorion_cli.datasets import DatasetInfo, damaged_files, wrong_rows
    from factorion_cli.errors import DatasetError

    info = DatasetInfo.load(directory)
    problems = damaged_files(info) or wrong_rows(info)
    if as_json:
        typer.echo(
            json.dumps({"path": str(directory), "fingerprint": info.fingerprint, "problems": problems}, indent=1)
        )
    if problems:
        raise DatasetError(f"{directory} is damaged: {'; '.join(problems)}. Build it again or copy it anew")
    if not as_json:
        files = len(info.shards) + (info.dense is not None)
        typer.echo(f"{directory}: {files} files, {info.rows():,} tasks, all as the manifest says")
