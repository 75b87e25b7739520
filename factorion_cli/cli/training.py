"""What the verbs that train share: options, a bar while they run, a table when they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[
    Path | None, typer.Argument(help="Folder made by `factorion build-dataset` or `design`.", show_default=False)
]
Data = Annotated[
    list[str] | None, typer.Option("--data", metavar="DIR=WEIGHT", help="Several datasets, mixed by weight.")
]
Out = Annotated[Path, typer.Option("-o", "--out", help="Folder of the run, made anew.", show_default=False)]
LearningRate = Annotated[float | None, typer.Option(help="Highest learning rate.")]
Threads = Annotated[int | None, typer.Option(help="Processor threads; default: all cores.", min=1)]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint of --out.")]
Settings = Annotated[list[str] | None, typer.Option("--config", help="A TOML file, or key=value; may be repeated.")]
Track = Annotated[
    bool,
    typer.Option(
        "--track", help="Metrics to Weights & Biases as well (extra `tracking`); offline unless WANDB_MODE says."
    ),
]
WandbProject = Annotated[str | None, typer.Option(help="Project there; default: factorion.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def check_tracking(track: bool) -> None:
    """Raise UsageError where the metrics cannot go where they are wanted, before any work."""
    if track:
        from factorion_cli.tracking.weights_and_biases import check_wandb

        check_wandb()


def weighed(dataset: Path | None, data: list[str]) -> dict[Path, float]:
    """The datasets with their weights; raises UsageError where there is none, or a weight is no number above 0."""
    from factorion_cli.errors import UsageError

    found = {} if dataset is None else {dataset: 1.0}
    for text in data:
        path, _, weight = text.rpartition("=")
        try:
            share = float(weight)
        except ValueError:
            share = 0.0
        if not path or not 0 < share < float("inf"):
            raise UsageError(f"--data is {text!r}, expected DIR=WEIGHT with a weight above 0, such as ds=0.5")
        if Path(path) in found:
            raise UsageError(f"--data names {path} twice; give it once, with the sum of its weights")
        found[Path(path)] = share
    if not found or (dataset is not None and data):
        raise UsageError("expected either one dataset, or --data DIR=WEIGHT for each of several")
    return found


@contextmanager
def progress_bar(shown: Mapping[str, str]) -> Iterator[Callable[[int, Mapping[str, float], float], None] | None]:
    """A bar on stderr with the latest figures, `shown` under these labels; nothing where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("step {task.fields[step]}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0, step=0)

        def report(step: int, figures: Mapping[str, float], done: float) -> None:
            latest = "  ".join(f"{label} {figures[key]:.3g}" for key, label in shown.items() if key in figures)
            progress.update(task, completed=done, step=step, description=latest)

        yield report


def print_result(out: Path, figures: Mapping[str, float], *, as_json: bool) -> None:
    """The figures of the last validation, as a table or as JSON."""
    import json

    from rich.console import Console
    from rich.table import Table

    if as_json:
        typer.echo(json.dumps({"run": str(out), "validation": dict(figures)}, indent=1))
        return
    if not figures:
        typer.echo(f"{out}: trained, but nothing says how well: the validation split has no tasks")
        return
    table = Table("validation", "figure", title=str(out))
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}")
    Console().print(table)
