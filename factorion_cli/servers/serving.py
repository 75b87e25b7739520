"""An embedded server in a process of its own: started, served until told to stop, and saved."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from factorion_cli.factory import Entity, Factory
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.modding import mod_folder, write_whole
from factorion_cli.servers.rcon import RconServer
from factorion_cli.simulation.world import World


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """How an embedded server is started.

    Attributes:
        version: "2.0" or "2.1".
        mod: the mod's folder or zip; None: the one of this installation.
        save: file to go on from, if it is there, and to save to at the end.
    """

    version: str = "2.0"
    mod: Path | None = None
    save: Path | None = None

    def start(self) -> EmbeddedServer:
        """The server; raises ServerError when the mod fails."""
        # Compiled now, not in the first client's first tick, nor in each of many servers (10 to 20 s after an update).
        World(Factory(1, 1, (Entity("transport-belt", 0, 0),))).step(1)
        mod = self.mod or mod_folder()
        if self.save is not None and self.save.is_file():
            return EmbeddedServer.load(self.save.read_bytes(), mod, self.version)
        return EmbeddedServer(mod, self.version)


def serve_embedded(
    options: EmbeddedOptions, password: str, host: str, port: int, started: Callable[[int], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then save if the options say so.

    Args:
        options: how to start the game.
        password: asked of every connection.
        host: address to listen at.
        port: 0 for any.
        started: called with the port once clients can connect.
    """
    game = options.start()
    rcon = rcon_server(game, password, host, port)
    gc.freeze()  # tables of prototypes and kernels stay: to look through them for garbage is a twentieth of the time
    asyncio.run(until_stopped(rcon, lambda: started(rcon.port)))
    if options.save is not None:
        write_whole(options.save, game.save())


async def until_stopped(rcon: RconServer, started: Callable[[], None], until: int | None = None) -> None:
    """Serve until SIGINT, SIGTERM or the end of the stream `until` (a file descriptor that nothing is written to)."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if until is not None:
        loop.add_reader(until, stop.set)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await rcon.serve(started, stop)
