"""An embedded game behind RCON: its time runs as the game's does, and its commands come over TCP."""

from __future__ import annotations

import time
from collections.abc import Callable

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.rcon import RconServer

TICK_SECONDS = 1 / 60
SLICE = 0.005
"""Seconds of ticks that run before commands are looked at again."""
IDLE = 0.25
"""Seconds between looks at a game that stands still; a command wakes it at once."""
MOST_BEHIND = 0.5
"""Seconds of game time that are made up for when ticks took too long; more is let go, as the game does."""


class GameClock:
    """Lets the ticks of an embedded game pass: 60 a second times its speed, none while it is paused.

    Ticks that a client asks of a paused game (`ticks_to_run`) pass as fast as they can, where the real game keeps to
    its speed: nobody watches.
    """

    def __init__(self, server: EmbeddedServer, now: Callable[[], float] = time.monotonic) -> None:
        self._server, self._now = server, now
        self._due = now()

    def run(self) -> float:
        """Let the ticks that are due pass, for a slice at most; returns the seconds until the next is due."""
        game, begun = self._server.game, self._now()
        while True:
            now = self._now()
            if game.tick_paused:
                self._due = now
                if not game.ticks_to_run:
                    return IDLE
            else:
                self._due = max(self._due, now - MOST_BEHIND)
                if self._due > now:
                    return self._due - now
                self._due += TICK_SECONDS / game.speed
            if now - begun > SLICE:
                return 0.0
            self._server.tick()


def rcon_server(server: EmbeddedServer, password: str, host: str = "127.0.0.1", port: int = 0) -> RconServer:
    """An RCON server before an embedded game, with its time running; arguments as for RconServer."""
    return RconServer(server.command, password, host, port, GameClock(server).run)
