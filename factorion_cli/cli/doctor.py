"""`factorion doctor`: what is installed, what works, and what to do about the rest.

factorion doctor
factorion doctor --json
factorion doctor --binary /opt/factorio/bin/x64/factorio
factorion doctor --calibrate --server rcon://127.0.0.1:27015 -o calibration
factorion doctor --calibrate --binary /opt/factorio/bin/x64/factorio
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Ask a game what it really does, and build the known cases in it.")
    ] = False,
    server: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Game to calibrate: rcon://HOST:PORT or embedded.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the server's password; default: that of a server started here.")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the report of a calibration.")] = Path(
        "calibration"
    ),
) -> None:
    """Examine the installation; exit 1 when something that is needed is broken, or a game is not as expected."""
    from factorion_cli.doctor import examine
    from factorion_cli.errors import GateError, UsageError

    if calibrate:
        _calibrate(server, binary, password_file, out, as_json)
        return
    if server is not None:
        raise UsageError("--server is the game to calibrate: add --calibrate")
    found = list(_told(examine(binary)))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=1))
    else:
        _print(found)
    broken = [finding.name for finding in found if finding.state == "broken"]
    if broken:
        raise GateError(f"broken: {', '.join(broken)}")


def _calibrate(server: str | None, binary: Path | None, password_file: Path | None, out: Path, as_json: bool) -> None:
    from factorion_cli.doctor.calibration import bench_at, bench_of_binary, calibrate, write_calibration
    from factorion_cli.doctor.game import minor_version
    from factorion_cli.errors import GateError, UsageError
    from factorion_cli.simulation.known_cases import known_cases

    if (server is None) == (binary is None):
        raise UsageError("which game is to be calibrated is not clear: give either --server ADDRESS or --binary PATH")
    if binary is not None:
        try:
            version = minor_version(binary)
        except (OSError, ValueError) as error:
            raise UsageError(f"{binary} cannot be used: {error}") from error
        place = bench_of_binary(binary, version)
    else:
        place = bench_at(server or "", password_file)
    with place as bench:
        found = calibrate(bench, list(known_cases()), lambda text: typer.echo(text, err=True))
    paths = write_calibration(found, out)
    typer.echo((paths[1] if as_json else paths[0]).read_text(encoding="utf-8"), nl=False)
    typer.echo(f"wrote {' and '.join(map(str, paths))}", err=True)
    if found.disagreements:
        raise GateError(f"not as expected: {'; '.join(found.disagreements)}")


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
