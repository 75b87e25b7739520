"""`factorion dataset leak-check`: what two datasets share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from factorion_cli.cli.counting import counter

if TYPE_CHECKING:
    from factorion_cli.datasets.leaks import Overlap


def leak_check(
    first: Annotated[Path, typer.Argument(metavar="A", help="A dataset folder.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another, or the same: then its splits are compared.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which factories of B are in A too, turned, mirrored, retiered or nearly; exit code 1 across splits."""
    from factorion_cli.datasets import leaks
    from factorion_cli.errors import GateError

    with counter("comparing factories") as tell:
        overlaps = leaks.leak_check(first, second, tell)
    if as_json:
        typer.echo(json.dumps([overlap.to_json() for overlap in overlaps], indent=1))
    else:
        _print_overlaps(overlaps, first, second)
    leaking = [overlap for overlap in overlaps if overlap.is_leak]
    if leaking:
        worst = max(leaking, key=lambda overlap: overlap.tasks)
        raise GateError(
            f"{sum(overlap.tasks for overlap in leaking):,} tasks of {second} stand on factories that {first} has in "
            f"another split, most of them {worst.second} tasks whose factories are in {worst.first}"
        )


def _print_overlaps(overlaps: Sequence[Overlap], first: Path, second: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from factorion_cli.datasets.leaks import LIKENESSES

    if not overlaps:
        typer.echo(f"{second} shares no factory with {'another split' if first == second else str(first)}")
        return
    console = Console(markup=False, highlight=False)
    shared = Table(f"in {first}", f"in {second}", *(f"{likeness}" for likeness in LIKENESSES), "tasks", "")
    for overlap in overlaps:
        counts = [f"{overlap.pieces[likeness]:,}" for likeness in LIKENESSES]
        note = "leak" if overlap.is_leak else ""
        shared.add_row(overlap.first, overlap.second, *counts, f"{overlap.tasks:,}", note)
    console.print(shared)
    for overlap in overlaps:
        for before, after, likeness in overlap.examples if overlap.is_leak else ():
            console.print(f"{after} ({overlap.second}): {likeness} of {before} ({overlap.first})", soft_wrap=True)
