"""`factorion serve`: the embedded server on TCP.

factorion serve
factorion serve --version 2.1 --port 27015 --save world.factorion
factorion serve --host 0.0.0.0 --password-file secret.txt
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; others than this machine's own are open to all.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="TCP port for RCON; 0: any free one.", min=0, max=65535)] = 27015,
    version: Annotated[str, typer.Option(help="Whose API is emulated: 2.0 or 2.1.")] = "2.0",
    password_file: Annotated[
        Path | None,
        typer.Option(
            help="Holds the password; made if it is not there. Default: a new one, in the user's folder for state."
        ),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Go on from this file if it is there, and save to it at the end.")
    ] = None,
    mod: Annotated[Path | None, typer.Option(help="The mod's folder or zip; default: the one of factorion.")] = None,
) -> None:
    """Run the embedded server until Ctrl-C: the mod's own Lua over the simulator, reached by RCON."""
    from factorion_cli.servers.rcon.server import is_loopback
    from factorion_cli.servers.serving import EmbeddedOptions, serve_embedded
    from factorion_cli.servers.state_folder import new_password, password_in, password_path, write_private

    password = password_in(password_file) if password_file else new_password()
    made: list[Path] = []

    def started(port: int) -> None:
        path = password_file or password_path(port)
        if not password_file:
            write_private(path, password + "\n")
            made.append(path)
        typer.echo(f"rcon://{host}:{port}")
        typer.echo(f"the password is in {path}; Ctrl-C stops the server", err=True)
        if not is_loopback(host):
            typer.echo(f"{host} can be reached from other machines: whoever has the password has the game", err=True)

    try:
        serve_embedded(EmbeddedOptions(version, mod, save), password, host, port, started)
    finally:
        for path in made:
            path.unlink(missing_ok=True)
    if save is not None:
        typer.echo(f"saved to {save}", err=True)
