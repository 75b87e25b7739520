"""`factorion simulate`: items per second into each sink, what each machine waits for, and the bottleneck."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from factorion_cli.factory import Factory
    from factorion_cli.simulation import SimulationResult


def simulate(
    files: Annotated[
        list[str], typer.Argument(help="Factory files, blueprint strings or books; '-' reads standard input.")
    ],
    engine: Annotated[str, typer.Option(help="How to simulate: ticks.")] = "ticks",
    warmup_ticks: Annotated[int, typer.Option(help="Ticks before anything is counted (60 a second).")] = 3600,
    measure_ticks: Annotated[int, typer.Option(help="Ticks over which sinks and machines are counted.")] = 7200,
    as_json: Annotated[bool, typer.Option("--json", help="Print one list with an object per factory.")] = False,
) -> None:
    """Print the items per second into each sink of each factory, its machines and its bottleneck."""
    import json

    from factorion_cli.simulation import throughput

    factories = [factory for file in files for factory in _read(file)]
    results = throughput(factories, engine, warmup_ticks, measure_ticks)
    if as_json:
        typer.echo(json.dumps([result.to_json() for result in results], indent=1))
        return
    for result in results:
        _show(result)


def _read(file: str) -> list[Factory]:
    from factorion_cli.factory import parse_factories, read_factories

    if file == "-":
        import sys

        return parse_factories(sys.stdin.read(), "standard input")
    return read_factories(Path(file))


def _show(result: SimulationResult) -> None:
    from rich.console import Console

    console = Console()
    console.print(f"[bold]{result.id}[/bold]  {result.throughput:.3f} items/s")
    if result.error is not None:
        console.print(f"error: {result.error}")
