"""The servers of this user, each written down in a file that only the user can read, and known to live by a lock.

    servers/embedded-1.json     address, password, process
    servers/embedded-1.alive    locked by the server's process for as long as it lives
    servers/embedded-1.lease    locked by the client that has the server

The system drops a lock when its process ends, however it ends: nothing that is dead is taken for alive or for in use.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.locks import take_lock
from factorion_cli.servers.rcon import RconClient
from factorion_cli.servers.state_folder import state_folder, write_private

SECONDS_TO_STOP = 90.0
"""A real game saves first; its keeper kills it after the launcher's grace of 60 s."""


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """A server that was started.

    Attributes:
        name: unique among this user's servers.
        backend: "embedded" or "factorio".
        version: minor version of the game.
        pid: process that is the server.
        is_temporary: goes when the client that started it goes.
    """

    name: str
    backend: str
    version: str
    host: str
    port: int
    password: str
    pid: int
    is_temporary: bool = False

    @property
    def address(self) -> str:
        """As other commands take it."""
        return f"rcon://{self.host}:{self.port}"


def servers_folder() -> Path:
    """Where the records are."""
    folder = state_folder() / "servers"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def lock(path: Path) -> IO[str] | None:
    """The lock of a file, held until it is closed or the process ends; None when another holds it."""
    file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")  # noqa: PTH123, SIM115
    if take_lock(file):
        return file
    file.close()
    return None


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock of a file."""
    held = lock(path)
    if held is None:
        return True
    held.close()
    return False


def take_name(prefix: str) -> tuple[str, IO[str]]:
    """A name that no living server has, with the lock that says so."""
    number = 1
    while True:
        name = f"{prefix}-{number}"
        held = lock(servers_folder() / f"{name}.alive")
        if held is not None:
            return name, held
        number += 1


def write_record(record: ServerRecord) -> None:
    """Make a server known; its process holds the lock already."""
    write_private(servers_folder() / f"{record.name}.json", json.dumps(asdict(record), indent=1) + "\n")


def records() -> list[ServerRecord]:
    """The servers that live, by name; what is left of dead ones is cleared away."""
    found = []
    for path in sorted(servers_folder().glob("*.json"), key=lambda path: (len(path.stem), path.stem)):
        held = lock(path.with_suffix(".alive"))
        if held is None:
            with suppress(OSError, ValueError, TypeError):  # it ended just now, or is of another version of factorion
                found.append(ServerRecord(**json.loads(path.read_text(encoding="utf-8"))))
        else:
            path.unlink(missing_ok=True)
            held.close()
    return found


def is_leased(record: ServerRecord) -> bool:
    """Whether a client has the server."""
    return is_locked(servers_folder() / f"{record.name}.lease")


def answers(record: ServerRecord, timeout: float = 2.0) -> bool:
    """Whether the server answers a command; a client's session is not disturbed."""
    try:
        with RconClient(record.host, record.port, record.password, timeout) as client:
            return bool(client.command("/version"))
    except ServerError:
        return False


def named(names: list[str]) -> list[ServerRecord]:
    """The servers of these names, all if none is given; raises UsageError for a name that no living server has."""
    living = {record.name: record for record in records()}
    unknown = [name for name in names if name not in living]
    if unknown:
        raise UsageError(f"no server is called {', '.join(unknown)}; running: {', '.join(living) or 'none'}")
    return [living[name] for name in names] if names else list(living.values())


def stop(stopped: list[ServerRecord]) -> None:
    """End servers and wait until they are gone; those that do not end by themselves are killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for record in _living(stopped):
            with suppress(ProcessLookupError):
                os.kill(record.pid, number)
        end = time.monotonic() + SECONDS_TO_STOP
        while any(_living(stopped)) and time.monotonic() < end:
            time.sleep(0.02)
    for record in stopped:
        (servers_folder() / f"{record.name}.json").unlink(missing_ok=True)


def _living(wanted: list[ServerRecord]) -> Iterator[ServerRecord]:
    # The lock says that the process is still the server: a number that was given to another process is never killed.
    return (record for record in wanted if is_locked(servers_folder() / f"{record.name}.alive"))
