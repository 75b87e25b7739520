"""`factorion servers`: a pool of servers that run in the background.

factorion servers up -n 16
factorion servers up --backend factorio --binary /opt/factorio/bin/x64/factorio
factorion servers status
factorion servers down
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from factorion_cli.servers.records import ServerRecord

servers = typer.Typer(name="servers", help="Run a pool of servers in the background.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON list.")]


@servers.command()
def up(
    count: Annotated[int, typer.Option("-n", "--count", help="How many to start.", min=1, max=256)] = 1,
    backend: Annotated[str, typer.Option(help="embedded, or factorio: the real game, headless.")] = "embedded",
    binary: Annotated[Path | None, typer.Option(help="The game's program, .../bin/x64/factorio; for factorio.")] = None,
    version: Annotated[str, typer.Option(help="Minor version of the game, 2.0 or 2.1.")] = "2.0",
    mod: Annotated[Path | None, typer.Option(help="The mod's folder or zip; default: the one of factorion.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start servers, each a process with a free port of this machine and a random password."""
    from factorion_cli.errors import UsageError
    from factorion_cli.servers.fleet import start_embedded
    from factorion_cli.servers.keeper import start_factorio

    if backend not in ("embedded", "factorio"):
        raise UsageError(f"the backend is {backend!r}, expected embedded or factorio")
    if (backend == "factorio") != (binary is not None):
        raise UsageError("the backend factorio needs --binary, the game's own program, and embedded has none")
    started = start_factorio(count, binary, version, mod) if binary else start_embedded(count, version, mod)[0]
    _show([_row(record, "idle") for record in started], as_json)


@servers.command()
def status(as_json: AsJson = False) -> None:
    """Show which servers run: idle, leased by a client, or not answering."""
    from factorion_cli.servers.records import answers, is_leased, records

    def state(record: ServerRecord) -> str:
        if not answers(record):
            return "silent"
        return "leased" if is_leased(record) else "idle"

    _show([_row(record, state(record)) for record in records()], as_json)


@servers.command()
def down(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Which; default: all.")] = None,
) -> None:
    """Stop servers, leased ones too."""
    from factorion_cli.servers.records import named, stop

    stopped = named(names or [])
    stop(stopped)
    typer.echo(f"stopped {len(stopped)}", err=True)


def _row(record: ServerRecord, state: str) -> dict[str, object]:
    return {
        "name": record.name,
        "backend": record.backend,
        "version": record.version,
        "address": record.address,
        "pid": record.pid,
        "temporary": record.is_temporary,
        "state": state,
    }


def _show(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        note = " (temporary)" if row["temporary"] else ""
        typer.echo(f"{row['name']:<14} {row['version']}  {row['address']:<26} {row['state']}{note}")
    if not rows:
        typer.echo("no server runs; `factorion servers up -n 4` starts some", err=True)
