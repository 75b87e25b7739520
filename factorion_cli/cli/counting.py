"""A count on stderr for work whose end is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counter(description: str) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with how many are done; shows them while stderr is a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(description), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        row = bar.add_task("", total=None)
        yield lambda done: bar.update(row, completed=done)
