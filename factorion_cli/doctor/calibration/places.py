"""Where a game to be asked comes from: an address, or a program that is started for it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from factorion_cli.doctor.calibration.bench import Bench
from factorion_cli.errors import UsageError
from factorion_cli.servers.addresses import EMBEDDED, POOL, client_of
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.launcher import HOST, GameProcess, Launch
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.rcon import RconClient
from factorion_cli.servers.serving import EmbeddedOptions
from factorion_cli.servers.state_folder import new_password

TIMEOUT = 120.0
"""Seconds for a reply: a game at usual speed takes its time over long commands."""


@contextmanager
def bench_at(address: str, password_file: Path | None = None, version: str = "2.0") -> Iterator[Bench]:
    """A game by its address; `embedded` is started for it, behind TCP as any other.

    Args:
        address: `embedded` or `rcon://HOST:PORT`.
        password_file: as for `servers.addresses.connected`.
        version: whose API an embedded server has.
    """
    if address == POOL:
        raise UsageError("a server of the pool is one client's alone: give its address, which `servers status` shows")
    if address != EMBEDDED:
        with _bench(lambda: client_of(address, password_file, TIMEOUT)) as bench:
            yield bench
        return
    password, started = new_password(), time.monotonic()
    with rcon_server(EmbeddedOptions(version).start(), password).running() as server:
        seconds = time.monotonic() - started
        with _bench(lambda: RconClient(HOST, server.port, password, TIMEOUT), seconds) as bench:
            yield bench


@contextmanager
def bench_of_binary(binary: Path, version: str) -> Iterator[Bench]:
    """A real game, started in a folder of its own and stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="factorion-calibration-") as folder:
        game = GameProcess(Launch(binary, Path(folder), version))
        game.start()  # makes the map, too
        game.stop()
        started = time.monotonic()
        with game.running():
            seconds = time.monotonic() - started
            with _bench(lambda: RconClient(HOST, game.rcon_port, game.password, TIMEOUT), seconds) as bench:
                yield bench


@contextmanager
def _bench(client: Callable[[], RconClient], start_seconds: float | None = None) -> Iterator[Bench]:
    def opened() -> RconClient:
        made = client()
        made.connect()
        return made

    with opened() as first, LiveServer(first) as live:
        kind = "embedded server" if live.hello.embedded else "Factorio"
        yield Bench(live, opened, f"{kind} {live.hello.factorio}", start_seconds)
