"""`factorion doctor`: what is installed, what works, and what to do about the rest.

factorion doctor
factorion doctor --json
factorion doctor --binary /opt/factorio/bin/x64/factorio
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from factorion_cli.doctor import Finding

_MARKS = {"ok": "[green]ok[/]", "absent": "[yellow]absent[/]", "broken": "[red]BROKEN[/]"}


def doctor(
    binary: Annotated[
        Path | None, typer.Option(help="The game's program, .../bin/x64/factorio; default: $FACTORIO, usual places.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Examine the installation; exit 1 when something that is needed is broken."""
    from factorion_cli.doctor import examine
    from factorion_cli.errors import GateError

    found = list(_told(examine(binary)))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=1))
    else:
        _print(found)
    broken = [finding.name for finding in found if finding.state == "broken"]
    if broken:
        raise GateError(f"broken: {', '.join(broken)}")


def _told(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The findings, with a line on stderr while the next is waited for, if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("examining") as status:
        for finding in findings:
            status.update(f"{finding.name}: {finding.state}; next (compiling may take half a minute)")
            yield finding


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(show_edge=False, pad_edge=False)
    for name in ("", "", "found"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        told = Text(finding.found)
        if finding.advice:
            told.append(f"\n-> {finding.advice}", style="bold")
        table.add_row(finding.name, _MARKS[finding.state], told)
    console.print(table)
