"""`factorion simulate`: items per second into each sink, what each machine waits for and why, and the bottleneck.

factorion simulate smelter.yaml
factorion simulate book.txt --json > rates.json
factorion simulate smelter.yaml --explain --plot flow.svg --heat-map belts.png
factorion simulate - --measure-ticks 36000 < string.txt
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorion_cli.cli.pictures import format_of, picture_paths
from factorion_cli.simulation import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from factorion_cli.factory import Factory
    from factorion_cli.simulation import SimulationResult
    from factorion_cli.simulation.explaining import Explanation

    Question = Callable[[Sequence[Factory]], list[SimulationResult]]
    Drawer = Callable[[Factory, SimulationResult, Path], None]

PICTURE_FORMATS = ("png", "svg")

MOST_ENTITIES = 200_000
"""Largest factory that is simulated unasked: it takes a minute or so and about 1 GB of memory."""

_SHARE_ENTITIES = 20_000
"""Entities that are simulated between two steps of the progress bar."""


def simulate(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Factory files, blueprint strings, books, folders, or - for stdin."),
    ],
    engine: Annotated[str, typer.Option(help=f"How to simulate: {', '.join(ENGINES)}.")] = "ticks",
    warmup_ticks: Annotated[int, typer.Option(help="Ticks before anything is counted (60 a second).")] = 3600,
    measure_ticks: Annotated[int, typer.Option(help="Ticks over which sinks and machines are counted.")] = 7200,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; default: one per core.")] = None,
    explanations: Annotated[bool, typer.Option("--explain", help="Say why each idle machine is idle.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw who makes what for whom: a .png or .svg file, or a folder with one PNG per factory."),
    ] = None,
    heat_map: Annotated[
        Path | None,
        typer.Option(help="Draw how full the belts are: a .png or .svg file, or a folder with one PNG per factory."),
    ] = None,
    large: Annotated[
        bool, typer.Option("--large", help=f"Also simulate factories of more than {MOST_ENTITIES:,} entities.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list with an object per factory.")] = False,
) -> None:
    """Print the items per second into each sink of each factory, its machines and its bottleneck."""
    from factorion_cli.errors import DataError, UsageError
    from factorion_cli.simulation import SimulationResult, throughput

    found = [outcome for file in files for outcome in _read(file, None if large else MOST_ENTITIES)]
    if not found:
        raise DataError("nothing to simulate: no input held a factory or a blueprint")
    factories = [outcome for outcome in found if not isinstance(outcome, SimulationResult)]
    drawn = _places(factories, plot, heat_map)
    details = explanations or bool(drawn)

    def ask(share: Sequence[Factory]) -> list[SimulationResult]:
        return throughput(share, engine, warmup_ticks, measure_ticks, threads, details)

    simulated = _interruptible(lambda: _in_shares(factories, ask))
    if details and any(result.error is None and result.arms is None for result in simulated):
        raise UsageError(
            f"--explain, --plot and --heat-map need what engine {engine!r} does not tell; use --engine ticks"
        )
    for paths, draw in drawn:
        _draw_all(factories, simulated, paths, draw)
    stories = _all_stories(factories, simulated) if explanations else [()] * len(simulated)
    answers = iter(zip(simulated, stories, strict=True))
    told = [(row, ()) if isinstance(row, SimulationResult) else next(answers) for row in found]
    if as_json:
        typer.echo(json.dumps([_row(*answer, explanations) for answer in told], indent=1))
        return
    _show(told)


def _read(argument: str, most: int | None = None) -> Iterator[Factory | SimulationResult]:
    """Each factory of an input; what cannot be read, or has more than `most` entities, is a result that says so."""
    from factorion_cli.blueprints import Unreadable, read_factories_any
    from factorion_cli.errors import FactorionError
    from factorion_cli.simulation import SimulationResult
    from factorion_cli.tasks import infer_endpoints

    for found in read_factories_any(argument):
        if isinstance(found, Unreadable):
            yield SimulationResult(found.source, error=found.reason)
            continue
        if most is not None and len(found.entities) > most:
            reason = f"holds {len(found.entities):,} entities, more than {most:,}: give --large if that is meant"
            yield SimulationResult(found.id, error=reason)
            continue
        if found.sources or found.sinks:
            yield found
            continue
        try:
            yield infer_endpoints(found)
        except FactorionError as error:
            yield SimulationResult(found.id, error=str(error))


def _interruptible(work: Callable[[], list[SimulationResult]]) -> list[SimulationResult]:
    """The answer of `work`, done on another thread: Python hears Ctrl-C only while compiled code runs elsewhere."""
    answers: list[list[SimulationResult]] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        # At once: a normal exit would wait until every compiled loop has come to its end.
        os._exit(130)
    if failures:
        raise failures[0]
    return answers[0]


def _in_shares(factories: list[Factory], ask: Question) -> list[SimulationResult]:
    """All results, with a bar on stderr while that is a terminal and there is more than one share to wait for."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    shares = list(_shares(factories))
    if len(shares) <= 1:
        return ask(factories)
    console = Console(stderr=True)
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[SimulationResult] = []
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        row = bar.add_task("", total=len(factories))
        for share in shares:
            results += ask(share)
            bar.update(row, advance=len(share))
    return results


def _shares(factories: list[Factory]) -> Iterator[list[Factory]]:
    share: list[Factory] = []
    entities = 0
    for factory in factories:
        share.append(factory)
        entities += len(factory.entities)
        if entities >= _SHARE_ENTITIES:
            yield share
            share, entities = [], 0
    if share:
        yield share


def _places(factories: list[Factory], plot: Path | None, heat_map: Path | None) -> list[tuple[list[Path], Drawer]]:
    """Where each picture goes and what draws it, known before anything is simulated."""
    from factorion_cli.errors import UsageError

    wanted: list[tuple[Path, str, str, Drawer]] = []
    if plot is not None:
        from factorion_cli.simulation.pictures import write_flow_picture

        wanted.append((plot, "--plot", "-flow", write_flow_picture))
    if heat_map is not None:
        from factorion_cli.simulation.pictures import write_heat_map

        wanted.append((heat_map, "--heat-map", "-belts", write_heat_map))
    places = []
    for out, option, ending, draw in wanted:
        if out.suffix and format_of(out, PICTURE_FORMATS) is None and not out.is_dir():
            raise UsageError(f"{option} is {out}, expected a .png or .svg file or a folder")
        form = format_of(out, PICTURE_FORMATS) or "png"
        places.append((picture_paths(factories, out, form, option, ending), draw))
    return places


def _draw_all(factories: list[Factory], results: list[SimulationResult], paths: list[Path], draw: Drawer) -> None:
    from factorion_cli.errors import DataError

    for factory, result, path in zip(factories, results, paths, strict=True):
        if result.error is not None:
            continue
        try:
            draw(factory, result, path)
        except DataError as error:
            typer.echo(f"not drawn: {error}", err=True)
        else:
            typer.echo(f"wrote {path}", err=True)


def _all_stories(factories: list[Factory], results: list[SimulationResult]) -> list[tuple[Explanation, ...]]:
    from factorion_cli.simulation.explaining import explain

    pairs = zip(factories, results, strict=True)
    return [explain(factory, result) if result.error is None else () for factory, result in pairs]


def _row(result: SimulationResult, stories: tuple[Explanation, ...], wanted: bool) -> dict[str, Any]:
    row = result.to_json()
    if wanted:
        row["explanations"] = [
            {"entity": story.entity, "idle": story.idle, "waits_for": story.waits_for, "steps": list(story.steps)}
            for story in stories
        ]
    return row


def _show(told: Sequence[tuple[SimulationResult, tuple[Explanation, ...]]]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    for result, stories in told:
        console.print(result.id, style="bold", soft_wrap=True)
        if result.error is not None:
            console.print(f"  error: {result.error}", soft_wrap=True)
            continue
        _show_sinks(console, result)
        if (sure := _how_sure(result)) is not None:
            console.print(f"  {sure}", soft_wrap=True)
        if result.machines:
            _show_machines(console, result)
        if result.bottleneck is not None:
            console.print(f"  bottleneck: {result.bottleneck}", soft_wrap=True)
        for line in _stories(stories):
            console.print(f"  {line}", soft_wrap=True)
        if result.doubts:
            names = "; ".join(f"{sink} ({', '.join(reasons)})" for sink, reasons in result.doubts.items())
            console.print(f"  measured by ticks: {names}", soft_wrap=True)
        if result.not_simulated:
            names = ", ".join(result.not_simulated)
            console.print(f"  not simulated (they only stand there): {names}", soft_wrap=True)


def _stories(stories: Sequence[Explanation]) -> Iterator[str]:
    """One line per story; machines that wait for the same thing for the same reason share one."""
    alike: dict[tuple[str, str], list[Explanation]] = {}
    for story in stories:
        alike.setdefault((story.waits_for, story.steps[-1]), []).append(story)
    for group in alike.values():
        more = f" (and {len(group) - 1} more alike)" if len(group) > 1 else ""
        yield f"idle: {group[0].text}{more}"


def _how_sure(result: SimulationResult) -> str | None:
    """Whether the rates are exact, or over how many ticks they were measured and how much they may be off."""
    if result.period_ticks is not None:
        return f"repeats itself every {result.period_ticks:,} ticks: rates are exact"
    if "relative_error" not in result.metrics:
        return None
    ticks, error = result.metrics["measured_ticks"], result.metrics["relative_error"]
    return f"measured over {ticks:,} ticks; its halves differ by {error:.2%} of it"


def _show_sinks(console: Console, result: SimulationResult) -> None:
    from rich.table import Table

    table = Table("sink", "item", box=None, pad_edge=True)
    for heading in ("items/s", "left", "right"):
        table.add_column(heading, justify="right")
    for sink, items in result.sinks.items():
        for item, rate in items.items():
            lanes = ("", "") if isinstance(rate, (int, float)) else (f"{rate['left']:.3f}", f"{rate['right']:.3f}")
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
