"""Embedded servers as processes of their own, many at once.

One game is started and its process forked: each server is a copy that costs milliseconds, with a port and a password of
its own. `start_embedded` runs this module as a program, so that it is safe from any client, whatever threads it has.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from factorion_cli.errors import FactorionError, ServerError
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.records import ServerRecord, records, servers_folder, take_name, write_record
from factorion_cli.servers.serving import EmbeddedOptions, until_stopped
from factorion_cli.servers.state_folder import new_password

HOST = "127.0.0.1"


def start_embedded(
    count: int, version: str = "2.0", mod: Path | None = None, is_temporary: bool = False
) -> tuple[list[ServerRecord], IO[bytes] | None]:
    """Start embedded servers that live on when this process ends.

    Args:
        count: how many.
        version: minor version of the game.
        mod: the mod's folder or zip; None: the one of this installation.
        is_temporary: let the servers end with this process, or when the stream that is returned is closed.

    Raises:
        ServerError: they did not start; the message is theirs.
    """
    asked = json.dumps({"count": count, "version": version, "mod": mod and str(mod), "is_temporary": is_temporary})
    process = subprocess.Popen(
        [sys.executable, "-m", "factorion_cli.servers.fleet", asked],
        stdin=subprocess.PIPE if is_temporary else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=False,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        told = process.stdout.read().decode().split()
        complaint = process.stderr.read().decode(errors="replace").strip()
    process.wait()
    if len(told) != count:
        raise ServerError(f"{count - len(told)} of {count} servers did not start: {complaint or 'they said nothing'}")
    return [record for record in records() if record.name in told], process.stdin


def main(asked: str) -> None:
    """Start a game, fork it into servers, and print the name of each once it can be connected to."""
    wanted = json.loads(asked)
    mod = Path(wanted["mod"]) if wanted["mod"] else None
    try:
        game = EmbeddedOptions(wanted["version"], mod).start()
    except FactorionError as error:
        sys.exit(str(error))
    gc.freeze()  # as in `serve_embedded`; and what is not looked through stays shared by all of them
    pipes = []
    for _ in range(wanted["count"]):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            _be_server(game, wanted["version"], wanted["is_temporary"], writing)
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    for pipe in pipes:
        with os.fdopen(pipe) as told:
            print(told.read(), flush=True)  # noqa: T201 - this process speaks to the one that started it


def _be_server(game: EmbeddedServer, version: str, is_temporary: bool, ready: int) -> None:
    """Serve a copy of the game until told to stop; its name goes to the pipe `ready` when it can be connected to."""
    name, alive = take_name("embedded")
    log = os.open(servers_folder() / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    password = new_password()
    rcon = rcon_server(game, password, HOST)

    def started() -> None:
        write_record(ServerRecord(name, "embedded", version, HOST, rcon.port, password, os.getpid(), is_temporary))
        os.write(ready, name.encode())
        os.close(ready)

    with alive:
        try:
            asyncio.run(until_stopped(rcon, started, until=0 if is_temporary else None))
        except FactorionError as error:
            print(error, file=sys.stderr)  # noqa: T201 - into the log
        (servers_folder() / f"{name}.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1])
