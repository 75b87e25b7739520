"""Real servers in the background: each has a process of ours beside it, which starts it again when it crashes.

`start_factorio` runs this module as a program, which forks into one process for each server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from factorion_cli.errors import FactorionError, ServerError
from factorion_cli.servers.launcher import HOST, GameProcess, Launch
from factorion_cli.servers.records import ServerRecord, records, servers_folder, take_name, write_record
from factorion_cli.servers.state_folder import state_folder

LOOK = 0.5
"""Seconds between looks whether the game still runs."""


def start_factorio(count: int, binary: Path, version: str = "2.0", mod: Path | None = None) -> list[ServerRecord]:
    """Start headless servers of the real game that live on when this process ends.

    Their folders are in `games` of the folder for state, by name, and are used again by the next server of that name.

    Raises:
        ServerError: not all started; those that did are left running, and the message is the first failure's.
    """
    given = {"count": count, "binary": str(binary.absolute()), "version": version, "mod": mod and str(mod)}
    told = subprocess.run(
        [sys.executable, "-m", "factorion_cli.servers.keeper", json.dumps(given)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    names, complaints = told.stdout.decode().split(), told.stderr.decode(errors="replace").splitlines()
    if len(names) != count:
        raise ServerError(f"{count - len(names)} of {count} servers did not start: {(complaints or ['no reason'])[0]}")
    return [record for record in records() if record.name in names]


def main(asked: str) -> None:
    """Fork a keeper for each server that is asked for; each prints its name once its server can be connected to."""
    wanted = json.loads(asked)
    for _ in range(wanted["count"]):
        if os.fork() == 0:
            keep(Path(wanted["binary"]), wanted["version"], Path(wanted["mod"]) if wanted["mod"] else None)
            return


def keep(binary: Path, version: str, mod: Path | None) -> None:
    """Run one server until SIGTERM."""
    name, alive = take_name("factorio")
    game = GameProcess(Launch(binary, state_folder() / "games" / name, version, mod=mod))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with alive:
        try:
            with game.running():
                _announce(game, name)
                _watch(game, name, stop)
        except FactorionError as error:
            sys.exit(str(error))
        finally:
            (servers_folder() / f"{name}.json").unlink(missing_ok=True)


def _announce(game: GameProcess, name: str) -> None:
    _write(game, name)
    print(name, flush=True)  # noqa: T201 - this process speaks to the one that started it
    log = os.open(servers_folder() / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _watch(game: GameProcess, name: str, stop: threading.Event) -> None:
    while not stop.wait(LOOK):
        if not game.is_running:
            game.start()
            _write(game, name)


def _write(game: GameProcess, name: str) -> None:
    version, port = game.launch.version, game.rcon_port
    write_record(ServerRecord(name, "factorio", version, HOST, port, game.password, os.getpid()))


if __name__ == "__main__":
    main(sys.argv[1])
