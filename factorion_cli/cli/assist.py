"""`factorion assist`: builds what players ask for in the game.

factorion assist --server rcon://127.0.0.1:27015 --policy runs/first
factorion assist --server rcon://127.0.0.1:27015 --design --seconds 20 --allowed all
factorion assist --server rcon://127.0.0.1:27015 --policy runs/first --once --json
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from factorion_cli.assisting import Builder

SCHEMA_VERSION = 1
"""Version of the JSON form, raised when a key changes its meaning or goes away (docs/assist.md)."""


def assist(
    server: Annotated[
        str, typer.Option(metavar="ADDRESS", help="rcon://HOST:PORT, or pool: one that `servers up` started.")
    ],
    policy: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Let a trained policy build: a run, or builder or mender (bundled)."),
    ] = None,
    design: Annotated[bool, typer.Option("--design", help="Let the expert build: whole factories.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the expert searches for a design.", min=0.1)] = 10.0,
    allowed: Annotated[
        list[str] | None, typer.Option(help="What the expert may build: basic, all, or an entity; repeatable.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the server's password; default: that of a server started here.")
    ] = None,
    pace: Annotated[float, typer.Option(help="Placements a second; 0: all at once.", min=0)] = 10.0,
    warmup: Annotated[int, typer.Option(help="Ticks that a factory runs before it is measured.", min=1)] = 1200,
    ticks: Annotated[int, typer.Option(help="Ticks that it is measured for.", min=1)] = 1800,
    once: Annotated[bool, typer.Option("--once", help="Answer the requests that are open, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each request.")] = False,
) -> None:
    """Wait for what players ask for in the game, and build it before their eyes; Ctrl-C stops."""
    from factorion_cli.assisting import Assistant, Counter, Pace
    from factorion_cli.servers.addresses import connected

    builder = _builder(policy, design, seconds, allowed or ["basic"])
    with connected(server, password_file) as live:
        assistant = Assistant(Counter(live), builder, Pace(pace, warmup, ticks))
        typer.echo(f"waiting for requests at {server}; Ctrl-C stops", err=True)
        for outcome in assistant.answers(forever=not once):
            typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **asdict(outcome)}) if as_json else str(outcome))


def _builder(policy: Path | None, design: bool, seconds: float, allowed: list[str]) -> Builder:
    from factorion_cli.assisting import DesignBuilder, PolicyBuilder
    from factorion_cli.errors import UsageError

    if (policy is None) != design:
        raise UsageError("who builds is not clear: give either --policy RUN or --design")
    if policy is None:
        return DesignBuilder(seconds, allowed)
    from factorion_cli.policies.checkpoints import load_policy
    from factorion_cli.policies.network_policy import NetworkPolicy

    return PolicyBuilder(NetworkPolicy(load_policy(policy)))
