"""`factorion runs`: what training left behind.

factorion runs list
factorion runs show runs/first --plot first.png
factorion runs show runs/first --html first.html
factorion runs compare runs/first runs/second --metric validation/success
factorion runs export runs/first -o policy
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from factorion_cli.runs import Run
    from factorion_cli.runs.html import PlayedTasks

runs = typer.Typer(name="runs", help="List, show, compare and export training runs.", no_args_is_help=True)

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.", show_default=False)]
RunFolders = Annotated[list[Path], typer.Argument(metavar="RUN RUN ...", help="Folders of runs.", show_default=False)]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Curve to draw, such as train/loss; may be repeated.")
]
Plot = Annotated[Path | None, typer.Option(help="Write the curves to this PNG.")]
Html = Annotated[Path | None, typer.Option(help="Write a page that needs no other file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]

_MOST_IN_TERMINAL, _MOST_IN_PICTURES = 3, 8
"""Curves that are drawn unless --metric says which."""
_PLOT_HEIGHT, _WIDEST_PLOT = 10, 100
_COLUMN = 32
"""Characters of a column with a time or a path."""
_TERMINAL_COLOURS = ("cyan", "yellow", "green", "magenta", "red", "blue")


@runs.command("list")
def list_(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder with runs in it.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the runs in a folder, with their scores and what is wrong with them."""
    from rich.markup import escape
    from rich.table import Table

    from factorion_cli.runs import find_runs
    from factorion_cli.runs.records import short_record
    from factorion_cli.runs.summary import summarise
    from factorion_cli.runs.tables import NOTHING, minutes_text, score_text

    found = find_runs(directory)
    if as_json:
        typer.echo(json.dumps([short_record(run) for run in found], indent=1))
        return
    table = Table("run", "made by", "state", "updates", "wall time", "best")
    table.title = escape(f"{len(found)} runs in {directory}")
    for run in found:
        summary = summarise(run)
        best = f"{summary.headline[0]} {score_text(*summary.headline)}" if summary.headline else NOTHING
        updates = f"{summary.updates:,}"
        table.add_row(
            escape(_within(run.folder, directory)),
            summary.made_by,
            run.standing.state,
            updates,
            minutes_text(summary.minutes),
            best,
        )
    _console().print(table)
    _tell_problems(found)


def _within(folder: Path, directory: Path) -> str:
    """The path of a run as seen from the folder that is listed: columns stay narrow however deep that lies."""
    return str(folder.relative_to(directory)) if folder != directory and directory in folder.parents else str(folder)


@runs.command()
def show(
    run: RunFolder,
    metric: Metrics = None,
    plot: Plot = None,
    html: Html = None,
    tasks: Annotated[
        str | None,
        typer.Option(help="Dataset whose held-out tasks the page shows, or markers:...; default: what it learnt from."),
    ] = None,
    count: Annotated[int, typer.Option("--count", help="Tasks played for the page.", min=1)] = 64,
    pictures: Annotated[int, typer.Option(help="Failed and solved tasks drawn on the page, each.", min=0)] = 6,
    as_json: AsJson = False,
) -> None:
    """Show a run: how far it came, its best checkpoint, where its time went, its curves."""
    from factorion_cli.runs import read_run

    found = read_run(run)
    metrics = _checked([found], metric)
    played = _played(found, tasks, count, pictures) if html is not None and pictures else None
    _print([found], metrics, as_json=as_json)
    _write_files([found], metrics, plot, html, played)


@runs.command()
def compare(
    folders: RunFolders, metric: Metrics = None, plot: Plot = None, html: Html = None, as_json: AsJson = False
) -> None:
    """Compare runs: figures side by side, settings that differ, curves in one picture."""
    from factorion_cli.errors import UsageError
    from factorion_cli.runs import read_run

    if len(folders) < 2:
        raise UsageError(f"one run cannot be compared; `factorion runs show {folders[0]}` shows it")
    found = [read_run(folder) for folder in folders]
    metrics = _checked(found, metric)
    _print(found, metrics, as_json=as_json)
    _write_files(found, metrics, plot, html, None)


@runs.command()
def export(run: RunFolder, out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make.")]) -> None:
    """Write the best policy of a run, and nothing else, in half the bytes: for sharing."""
    from factorion_cli.errors import UsageError
    from factorion_cli.policies.checkpoints import export_policy

    if out.exists():
        raise UsageError(f"{out} exists; name a new folder")
    size = sum(file.stat().st_size for file in export_policy(run, out).iterdir())
    typer.echo(f"wrote {out} ({size / 1e6:.1f} MB)", err=True)


def _checked(found: Sequence[Run], metrics: Sequence[str] | None) -> list[str] | None:
    """The metrics that were asked for; raises UsageError when no run has one of them."""
    from factorion_cli.errors import UsageError

    known = sorted({key for run in found for row in run.rows for key in row} - {"step"})
    if unknown := [name for name in metrics or () if name not in known]:
        has = f"there are {', '.join(known)}" if known else "nothing was logged yet"
        raise UsageError(f"--metric {unknown[0]!r} was not logged; {has}")
    return list(metrics) if metrics else None


def _names(found: Sequence[Run]) -> list[str]:
    """Names of the runs: of their folders where these differ, else the paths."""
    names = [run.name for run in found]
    return names if len(set(names)) == len(names) else [str(run.folder) for run in found]


def _print(found: Sequence[Run], metrics: Sequence[str] | None, *, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from factorion_cli.runs.diagnosis import diagnose
    from factorion_cli.runs.records import full_records
    from factorion_cli.runs.summary import metrics_to_draw, settings_that_differ, summarise
    from factorion_cli.runs.tables import figures_table, text

    if as_json:
        typer.echo(json.dumps(full_records(found, metrics or ()), indent=1))
        return
    console, names = _console(len(found)), _names(found)
    tables = [("", figures_table(found))]
    if len(found) > 1:
        differ = settings_that_differ(found).items()
        tables.append(
            ("setting that differs", [(label, [text(value) for value in values]) for label, values in differ])
        )
    for title, rows in tables:
        table = Table(title, *map(escape, names))
        for label, values in rows:
            table.add_row(label, *map(escape, values))
        console.print(table)
    _print_curves(console, found, metrics or metrics_to_draw(found, _MOST_IN_TERMINAL))
    for name, run in zip(names, found, strict=True):
        for finding in diagnose(run, summarise(run)):
            console.print(f"\n{name}: {finding}", markup=False, soft_wrap=True)
    _tell_problems(found)


def _print_curves(console: Console, found: Sequence[Run], metrics: Sequence[str]) -> None:
    from rich.markup import escape

    from factorion_cli.runs.plotting import plot
    from factorion_cli.runs.summary import curve

    colours = [_TERMINAL_COLOURS[place % len(_TERMINAL_COLOURS)] for place in range(len(found))]
    legend = [f"[{colour}]{escape(name)}[/]" for colour, name in zip(colours, _names(found), strict=True)]
    for metric in metrics:
        curves = [curve(run, metric) for run in found]
        # Without colours, several lines in one plot could not be told apart.
        plots = [(legend, curves)] if console.is_terminal else [([n], [c]) for n, c in zip(legend, curves, strict=True)]
        for names, together in plots:
            if not any(each.steps for each in together):
                continue
            title = f"\n[bold]{escape(metric)}[/]   {'   '.join(names) if len(found) > 1 else ''}"
            console.print(title.rstrip(), highlight=False)
            for line in plot(together, min(console.width, _WIDEST_PLOT), _PLOT_HEIGHT, colours):
                console.print(line, highlight=False, no_wrap=True)


def _write_files(
    found: Sequence[Run],
    metrics: Sequence[str] | None,
    plot: Path | None,
    html: Path | None,
    played: PlayedTasks | None,
) -> None:
    if plot is None and html is None:
        return
    from factorion_cli.errors import UsageError
    from factorion_cli.runs.charts import chart
    from factorion_cli.runs.summary import metrics_to_draw

    drawn = metrics or metrics_to_draw(found, _MOST_IN_PICTURES)
    names = _names(found)
    png = chart(found, names, drawn) if drawn else None
    if plot is not None:
        if png is None:
            raise UsageError("there are no curves to draw: nothing was logged yet")
        _write(plot, png)
    if html is not None:
        from factorion_cli.runs.html import to_html

        _write(html, to_html(found, names, png, played).encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    from factorion_cli.errors import UsageError

    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error}") from error
    typer.echo(f"wrote {path}", err=True)


def _played(run: Run, tasks: str | None, count: int, pictures: int) -> PlayedTasks | None:
    """Tasks for the page; where nobody named a dataset and none can be played, stderr says why, and it goes without."""
    from factorion_cli.cli.eval import progress_bar
    from factorion_cli.errors import DataError
    from factorion_cli.runs.playing import play_tasks, trained_on

    try:
        with progress_bar() as progress:
            return play_tasks(run, tasks or trained_on(run) or "", count, pictures, progress)
    except DataError as error:
        if tasks is not None:
            raise
        typer.echo(f"no pictures of tasks, --tasks DIR names some: {error}", err=True)
        return None


def _console(runs_beside: int = 1) -> Console:
    """A console for results; a log has no width, so lines there are as long as the tables need."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, 120 + _COLUMN * runs_beside))


def _tell_problems(found: Sequence[Run]) -> None:
    for run in found:
        for problem in run.problems:
            typer.echo(f"{run.folder}: {problem}", err=True)
