"""What the verbs that train share: a bar while they run, a table when they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer


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
    table = Table("validation", "figure", title=str(out))
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}")
    Console().print(table)
