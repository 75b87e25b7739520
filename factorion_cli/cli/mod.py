"""`factorion mod`: the mod of the game, packed, installed and checked.

factorion mod pack -o dist/
factorion mod install
factorion mod install --mods ~/server/mods --factorio 2.1
factorion mod check
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

mod = typer.Typer(name="mod", help="Pack, install and check the mod of the game.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of the mod; default: the one that came with factorion.")
]


@mod.command()
def pack(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write to.")] = Path("dist"),
    folder: Folder = None,
) -> None:
    """Write the mod as a zip for each minor version of the game, to OUT/VERSION/NAME_VERSION.zip."""
    from factorion_cli.servers import modding

    for path in modding.pack(folder or modding.mod_folder(), out):
        typer.echo(path)


@mod.command()
def install(
    mods: Annotated[Path | None, typer.Option(help="The game's folder of mods; default: the usual one.")] = None,
    factorio: Annotated[
        str | None, typer.Option(help="Minor version of the game, 2.0 or 2.1; default: that of its last start.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Put the mod into the game's folder of mods, in place of older versions of it, and enable it."""
    from factorion_cli.servers import modding

    path = modding.install(folder or modding.mod_folder(), mods or modding.default_mods_folder(), factorio)
    typer.echo(path)


@mod.command()
def check(folder: Folder = None) -> None:
    """Look for faults in the mod's scripts: syntax, names of the API of both versions, luacheck's findings."""
    from factorion_cli.errors import GateError
    from factorion_cli.servers import modding

    found = modding.check(folder or modding.mod_folder())
    for finding in found:
        typer.echo(finding)
    if found:
        raise GateError(f"{len(found)} fault(s) in the mod")
    typer.echo("no faults found", err=True)
