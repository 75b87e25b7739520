"""`factorion replay`: a recording played again on an empty server, and whether the world comes out the same.

factorion replay demos/first
factorion replay demos/first --take 2 --server rcon://127.0.0.1:27015
factorion replay demos/first --steps first.parquet
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from factorion_cli.recording.replaying import TakeResult


def replay(
    recording: Annotated[Path, typer.Argument(help="Folder of `factorion record`, or a file that the server wrote.")],
    server: Annotated[
        str, typer.Option(help="embedded, pool or rcon://HOST:PORT; it is emptied, and nobody else may use it.")
    ] = "embedded",
    take: Annotated[int | None, typer.Option(help="Only this one, counted from 1; default: all.", min=1)] = None,
    steps: Annotated[
        Path | None, typer.Option(help="Write what was seen before each deed, and the deed, to this Parquet file.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="Holds the server's password.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Do again what was recorded and compare the world on the way; exit code 1 when it comes out differently."""
    from factorion_cli.cli.counting import counter
    from factorion_cli.errors import GateError
    from factorion_cli.recording.replaying import replay_takes
    from factorion_cli.recording.steps import writing_steps
    from factorion_cli.recording.takes import chosen

    with counter("events") as count, writing_steps(steps) if steps else nullcontext() as observer:
        results = list(replay_takes(chosen(recording, take), server, password_file, count, observer))
    if as_json:
        typer.echo(json.dumps([result.document() for result in results], indent=1))
    else:
        for result in results:
            typer.echo(_line(result))
    different = [result for result in results if result.difference is not None]
    if different:
        raise GateError(f"{len(different)} of {len(results)} came out differently; first: {different[0].difference}")


def _line(result: TakeResult) -> str:
    if result.scenario is None:
        return f"{result.take}: no scenario was loaded in it, so there is nothing to replay it from"
    said = "differs" if result.difference else "the same world" if result.checks > 1 else "no digest to compare"
    return (
        f"{result.take} {result.scenario} seed {result.seed}: {result.events} events in {result.ticks} ticks, "
        f"{result.checks} digests: {said}"
    )
