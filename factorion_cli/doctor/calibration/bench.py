"""What questions are put to a game through: the mod's wire, and the console beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from factorion_cli.errors import ServerError
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.rcon import RconClient

SCENARIO = "construction_training"
CHARACTER = 'game.get_surface("factorion-scenario").find_entities_filtered{type="character"}[1]'
"""Lua for the character that the mod has put into a scenario."""
MARK = "="
"""Begins what the console's Lua prints here, so that it is told from what the game says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a game did.

    Attributes:
        number: of the question in docs/doctor.md.
        question: in words.
        found: what came out.
        relied_on: what this project takes for granted; "" where either way is provided for.
        agrees: whether it is so; None where nothing is relied on, or nothing could be found out.
    """

    number: int
    question: str
    found: str
    relied_on: str = ""
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A game to be asked.

    Attributes:
        live: the mod over the wire.
        open_client: makes another client of the same game, connected.
        name: of the game, for the report.
        start_seconds: wall time of its start, where this program started it.
    """

    live: LiveServer
    open_client: Callable[[], RconClient]
    name: str
    start_seconds: float | None = None

    def lua(self, text: str) -> str:
        """What Lua in the console prints by `rcon.print("=" .. ...)`.

        The game wants the first such command twice, since it ends achievements.

        Raises:
            ServerError: it printed something else.
        """
        with self.open_client() as client:
            for _ in range(2):
                told = client.command(f"/sc {text}")
                if told.startswith(MARK):
                    return told.removeprefix(MARK)
        raise ServerError(told or "it printed nothing")

    def value(self, expression: str) -> str:
        """A Lua expression as text; what it raises comes back as text, too."""
        return self.lua(
            f'local ok, found = pcall(function() return {expression} end) rcon.print("=" .. tostring(found))'
        )


def milliseconds(act: Callable[[], object], times: int = 1) -> float:
    """Median wall time of an act."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - started))
    return sorted(taken)[len(taken) // 2]
