"""`factorion simulate`: items per second into each sink, what each machine waits for, and the bottleneck.

factorion simulate smelter.yaml
factorion simulate book.txt --json > rates.json
factorion simulate - --measure-ticks 36000 < string.txt
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from factorion_cli.factory import Factory
    from factorion_cli.simulation import SimulationResult


def simulate(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Factory files, blueprint strings, books, folders, or - for stdin."),
    ],
    engine: Annotated[str, typer.Option(help="How to simulate: ticks.")] = "ticks",
    warmup_ticks: Annotated[int, typer.Option(help="Ticks before anything is counted (60 a second).")] = 3600,
    measure_ticks: Annotated[int, typer.Option(help="Ticks over which sinks and machines are counted.")] = 7200,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list with an object per factory.")] = False,
) -> None:
    """Print the items per second into each sink of each factory, its machines and its bottleneck."""
    from factorion_cli.errors import DataError
    from factorion_cli.simulation import SimulationResult, throughput

    found = [outcome for file in files for outcome in _read(file)]
    if not found:
        raise DataError("nothing to simulate: no input held a factory or a blueprint")
    factories = [outcome for outcome in found if not isinstance(outcome, SimulationResult)]
    simulated = iter(throughput(factories, engine, warmup_ticks, measure_ticks))
    results = [outcome if isinstance(outcome, SimulationResult) else next(simulated) for outcome in found]
    if as_json:
        typer.echo(json.dumps([result.to_json() for result in results], indent=1))
        return
    _show(results)


def _read(argument: str) -> Iterator[Factory | SimulationResult]:
    """Each factory of an input; what cannot be read is a result that says so."""
    from factorion_cli.blueprints import Unreadable, read_factories_any
    from factorion_cli.errors import FactorionError
    from factorion_cli.simulation import SimulationResult
    from factorion_cli.tasks import infer_endpoints

    for found in read_factories_any(argument):
        if isinstance(found, Unreadable):
            yield SimulationResult(found.source, error=found.reason)
            continue
        if found.sources or found.sinks:
            yield found
            continue
        try:
            yield infer_endpoints(found)
        except FactorionError as error:
            yield SimulationResult(found.id, error=str(error))


def _show(results: list[SimulationResult]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for result in results:
        console.print(f"[bold]{result.id}[/bold]", soft_wrap=True)
        if result.error is not None:
            console.print(f"  error: {result.error}", markup=False, soft_wrap=True)
            continue
        _show_sinks(console, result)
        if result.machines:
            _show_machines(console, result)
        if result.bottleneck is not None:
            console.print(f"  bottleneck: {result.bottleneck}", markup=False, soft_wrap=True)
        if result.not_simulated:
            names = ", ".join(result.not_simulated)
            console.print(f"  not simulated (they only stand there): {names}", markup=False, soft_wrap=True)


def _show_sinks(console: Console, result: SimulationResult) -> None:
    from rich.table import Table

    table = Table("sink", "item", box=None, pad_edge=True)
    for heading in ("items/s", "left", "right"):
        table.add_column(heading, justify="right")
    for sink, items in result.sinks.items():
        for item, rate in items.items():
            lanes = ("", "") if isinstance(rate, float) else (f"{rate['left']:.3f}", f"{rate['right']:.3f}")
            table.add_row(sink, item, f"{result.rate(sink, item):.3f}", *lanes)
        if not items:
            table.add_row(sink, result.wanted.get(sink, "-"), "0.000", "", "")
    console.print(table)


def _show_machines(console: Console, result: SimulationResult) -> None:
    from rich.table import Table

    table = Table("machine", "at", "recipe", box=None, pad_edge=True)
    table.add_column("busy", justify="right")
    table.add_column("makes/s", justify="right")
    table.add_column("waits for")
    for machine in result.machines:
        rates = ", ".join(f"{rate:.3f}" for rate in machine.rates.values())
        place = f"{machine.x},{machine.y}"
        table.add_row(
            machine.name, place, machine.recipe or "-", f"{machine.utilisation:.1%}", rates, machine.waits_for or ""
        )
    console.print(table)
