"""What `factorion design` prints: a row for each design, or a summary of many."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from factorion_cli.design.batch import Designed

MOST_LISTED = 50
"""Designs that are listed one by one; of more there is a summary."""
_MOST_REASONS = 15


@dataclass(slots=True)
class Row:
    """One design in figures.

    Attributes:
        id: name of the design.
        depth: of its task.
        solved: whether there is one.
        throughput: items per second into the sinks, by ticks.
        bound: items per second that no design exceeds.
        share_of_bound: throughput / bound.
        cost: raw items that building it takes.
        footprint: tiles that it covers.
        entities: how many were built.
        seconds: wall clock spent on it.
        seconds_to_first: until the first design that worked; None where none did.
        tries: designs that were looked at.
        seed: of the search.
        reason: why there is no design, else "".
        in_game: items per second that a game measured, by sink; None where none was asked.
    """

    id: str
    depth: int
    solved: bool
    throughput: float
    bound: float
    share_of_bound: float
    cost: float
    footprint: int
    entities: int
    seconds: float
    seconds_to_first: float | None
    tries: int
    seed: int
    reason: str
    in_game: dict[str, float] | None = field(default=None)

    @classmethod
    def of(cls, designed: Designed) -> Row:
        """The figures of a design."""
        from factorion_cli.tasks.costs import raw_cost

        design = designed.design
        task = design.task
        costs = 0.0
        if design.factory is not None:
            costs = raw_cost(design.factory) - raw_cost(task.factory)
        return cls(
            id=designed.name,
            depth=task.depth,
            solved=design.solved,
            throughput=design.throughput,
            bound=task.bound,
            share_of_bound=design.share_of_bound,
            cost=costs,
            footprint=design.footprint,
            entities=design.cost,
            seconds=designed.seconds,
            seconds_to_first=design.seconds_to_first,
            tries=design.tries,
            seed=designed.seed,
            reason=design.reason,
        )

    def figures(self) -> dict[str, Any]:
        """What a written Factory says of its design."""
        names = ("throughput", "bound", "share_of_bound", "cost", "footprint", "seconds", "seconds_to_first", "seed")
        return {name: getattr(self, name) for name in names}


def print_rows(rows: Sequence[Row], as_json: bool) -> None:
    """Print the rows: as JSON, one by one, or summed up where there are many."""
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
        return
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        # A log has no width: lines are as long as the table needs.
        console = Console(markup=False, highlight=False, width=max(console.width, 160))
    if len(rows) <= MOST_LISTED:
        console.print(_listed(rows))
    else:
        _print_summary(console, rows)


def _listed(rows: Sequence[Row]) -> Table:
    from rich.table import Table

    table = Table("design", box=None, pad_edge=False)
    for heading in ("items/s", "of bound", "entities", "cost", "tiles", "first after", "seconds"):
        table.add_column(heading, justify="right")
    if any(row.in_game is not None for row in rows):
        table.add_column("in game", justify="right")
    table.add_column("why not", overflow="fold")
    for row in rows:
        figures = [f"{row.throughput:.3f}", f"{row.share_of_bound:.0%}", str(row.entities), f"{row.cost:,.0f}"]
        figures += [str(row.footprint), f"{row.seconds_to_first or 0:.2f} s"]
        cells = [row.id, *(figures if row.solved else [""] * len(figures)), f"{row.seconds:.2f} s"]
        if any(other.in_game is not None for other in rows):
            cells.append("" if row.in_game is None else f"{sum(row.in_game.values()):.3f}")
        table.add_row(*cells, row.reason)
    return table


def _print_summary(console: Console, rows: Sequence[Row]) -> None:
    from rich.table import Table

    table = Table("depth", box=None, pad_edge=False)
    for heading in ("designs", "solved", "items/s", "of bound", "entities", "cost", "first after", "seconds"):
        table.add_column(heading, justify="right")
    for depth in sorted({row.depth for row in rows}):
        alike = [row for row in rows if row.depth == depth]
        solved = [row for row in alike if row.solved]
        cells = [str(depth), f"{len(alike):,}", f"{len(solved) / len(alike):.1%}"]
        if solved:
            cells += [f"{median(row.throughput for row in solved):.3f}"]
            cells += [f"{median(row.share_of_bound for row in solved):.0%}"]
            cells += [f"{median(row.entities for row in solved):g}", f"{median(row.cost for row in solved):,.0f}"]
            cells += [f"{median(row.seconds_to_first or 0 for row in solved):.2f} s"]
        else:
            cells += [""] * 5
        table.add_row(*cells, f"{sum(row.seconds for row in alike):,.1f} s")
    console.print(table)
    console.print("medians of those that are solved; seconds are the sum of all")
    reasons = Counter(row.reason for row in rows if not row.solved)
    for reason, count in reasons.most_common(_MOST_REASONS):
        console.print(f"  not solved: {count:,} x {reason}", soft_wrap=True)
    if (more := len(reasons) - _MOST_REASONS) > 0:
        console.print(f"  and {more:,} reasons more; -o or --json has them all")
