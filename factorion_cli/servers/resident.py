"""An embedded server in this very process, without TCP between: the mod's Lua, asked by a function call."""

from __future__ import annotations

from collections.abc import Sequence

from factorion_cli.servers.embedded import EmbeddedServer


class ResidentTransport:
    """Carries commands to an embedded server.

    Ticks that are asked of a paused game have passed when the command returns. Time does not run by itself: who wants
    that serves the game over TCP.
    """

    connected = True

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server

    def connect(self) -> None:
        """Nothing to do: it cannot be lost."""

    def close(self) -> None:
        """Nothing to do: the server goes with the last one who knows it."""

    def command(self, text: str) -> str:
        """The reply to a command, after which all ticks that were asked for pass."""
        reply = self._server.command(text)
        if self._server.game.tick_paused:
            self._server.tick(self._server.game.ticks_to_run)
        return reply

    def commands(self, texts: Sequence[str]) -> list[str]:
        """The replies to several, with the ticks that pass after each."""
        return [self.command(text) for text in texts]
