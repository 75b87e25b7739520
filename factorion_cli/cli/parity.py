"""`factorion parity`: whether a server and the simulator agree on factories, sink by sink.

factorion parity --server embedded
factorion parity --server rcon://127.0.0.1:27015 --password-file secret.txt
factorion parity smelter.yaml book.txt --server pool --json > parity.json
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from factorion_cli.factory import Factory
    from factorion_cli.servers.parity import Parity, Verdict

_COUNTED: dict[Verdict, str] = {
    "agrees": "agree",
    "differs": "differ",
    "unexpected": "unlike what is known of the game",
    "not-built": "cannot be built",
    "not-simulated": "cannot be simulated",
}
SCHEMA_VERSION = 1
"""Version of the JSON form, raised when a key changes its meaning or goes away (docs/servers.md)."""


def parity(
    server: Annotated[str, typer.Option(help="rcon://HOST:PORT, pool or embedded.")],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE...]", help="Factory files, blueprint strings, books, folders; default: the known cases."
        ),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the password of an rcon:// server that was not started by factorion.")
    ] = None,
    warmup_ticks: Annotated[int, typer.Option(help="Ticks before anything is counted (60 a second).", min=0)] = 3600,
    measure_ticks: Annotated[int, typer.Option(help="Ticks that are counted, at least.", min=1)] = 7200,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Build factories on a server, measure them there, and compare with the simulator; exit 1 when any differs."""
    from factorion_cli.errors import DataError
    from factorion_cli.servers.addresses import connected
    from factorion_cli.servers.parity import WRONG, compare
    from factorion_cli.simulation.known_cases import known_cases

    factories = list(_read(files)) if files else list(known_cases())
    if not factories:
        raise DataError("nothing to compare: no input held a factory or a blueprint")
    with connected(server, password_file) as live:
        kind = "embedded server" if live.hello.embedded else "Factorio"
        found = list(_with_progress(compare(live, factories, warmup_ticks, measure_ticks), len(factories)))
        name = f"{kind} {live.hello.factorio}"
    counts = Counter(each.verdict for each in found)
    if as_json:
        told = {"schema_version": SCHEMA_VERSION, "server": name, "warmup_ticks": warmup_ticks}
        cases = [each.to_json() for each in found]
        typer.echo(json.dumps({**told, "measure_ticks": measure_ticks, "counts": counts, "cases": cases}, indent=1))
    else:
        _show(name, found, counts)
    if any(counts[verdict] for verdict in WRONG):
        raise typer.Exit(1)


def _read(files: Sequence[str]) -> Iterator[Factory]:
    """Each factory of each input; what cannot be read is told and left out."""
    from factorion_cli.blueprints import Unreadable, read_factories_any
    from factorion_cli.errors import FactorionError
    from factorion_cli.tasks import infer_endpoints

    for file in files:
        for found in read_factories_any(file):
            if isinstance(found, Unreadable):
                typer.echo(f"left out {found.source}: {found.reason}", err=True)
                continue
            try:
                yield found if found.sources or found.sinks else infer_endpoints(found)
            except FactorionError as error:
                typer.echo(f"left out {found.id}: {error}", err=True)


def _with_progress(found: Iterator[Parity], total: int) -> Iterator[Parity]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(found, "comparing", total, console=console, disable=not console.is_terminal))


def _show(name: str, found: Sequence[Parity], counts: Counter[Verdict]) -> None:
    """A line for each factory of which there is something to say, and the counts."""
    for each in found:
        lines = [*map(str, each.sinks), *(f"machine {machine}" for machine in each.machines), *each.reasons]
        shown = lines[:1] if each.verdict == "not-built" else lines
        if lines:
            typer.echo(f"{each.verdict:<13} {each.id}: {'; '.join(shown)}")
    typer.echo(f"{name} and the simulator: " + ", ".join(f"{counts[word]} {text}" for word, text in _COUNTED.items()))
