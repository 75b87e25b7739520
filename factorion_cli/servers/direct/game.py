"""A scenario played by function calls: steps and observations in Python, actions begun by the mod itself.

What happens every tick, walking, mining and looking, goes without Lua; what is done now and then (building, crafting,
handing over, beginning to mine) is asked of the mod, so that its rules are written once.
"""

from __future__ import annotations

from typing import Any

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.direct.agent import Agent, Walk
from factorion_cli.servers.direct.sight import Sight
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.observations import Seen
from factorion_cli.servers.resident import ResidentTransport
from factorion_cli.servers.serving import EmbeddedOptions
from factorion_cli.servers.session import Result, accepted

SURFACE = "factorion-scenario"
DIRECTIONS = range(0, 16, 2)


class DirectGame:
    """One character in a scenario of the embedded server.

    The mod's own clockwork stands still meanwhile: nothing is recorded or measured, and waypoints are not counted.

    Example:
        >>> game = DirectGame()
        >>> made = game.load("movement_training", seed=3)
        >>> game.step(10, walk=4)
        >>> seen = game.observe()
        >>> seen.player["position"]["x"] > 32, seen.cells.shape
        (True, (32, 32, 8))

    Args:
        server: with the mod; None: a new one.
    """

    def __init__(self, server: EmbeddedServer | None = None) -> None:
        self._server = server or EmbeddedOptions().start()
        self._live = LiveServer(ResidentTransport(self._server))
        self._agent: Agent | None = None
        self._sight: Sight | None = None

    def load(self, name: str, seed: int = 0) -> Result:
        """Load a scenario, as the mod's operation of that name."""
        self._live.pause()
        made = self._live.scenario(name, seed)
        self.adopt()
        return made

    def adopt(self) -> None:
        """Take over the character that the mod has made."""
        game = self._server.game
        surface = game.surface(SURFACE)
        found = [thing for number in surface.members if (thing := game.things[number]).body and thing.player is None]
        if not found:
            raise ServerError("there is no character to act with: load a scenario first")
        self._agent = Agent(game, found[-1])
        self._sight = Sight(game, self._agent)

    @property
    def live(self) -> LiveServer:
        """The same game over the mod, for what this class has no method for; its own step would move time twice."""
        return self._live

    @property
    def _played(self) -> tuple[Agent, Sight]:
        if self._agent is None or self._sight is None:
            raise ServerError("no scenario is loaded: call load first")
        return self._agent, self._sight

    def observe(self) -> Seen:
        """What the character sees."""
        return self._played[1].take()

    def step(self, ticks: int = 1, walk: int | None = None) -> None:
        """Let so many ticks pass; with `walk` (0, 2 ... 14) the character walks in that direction meanwhile."""
        agent, _ = self._played
        game = self._server.game
        if walk is not None:
            if walk not in DIRECTIONS:
                raise UsageError(f"a character cannot walk in direction {walk!r}; expected one of 0, 2 ... 14")
            agent.start_walking(Walk(walk, till=game.tick + ticks))
        idle = agent.walk is None and agent.mine is None
        game.advance(ticks, None if idle else agent.update)

    def act(self, kind: str, **arguments: Any) -> Result:
        """Let the character do something, as the mod's operation of that name.

        Raises:
            RefusedError: the mod's codes and reasons.
        """
        parts = arguments.get("parts")
        if kind == "compound" and isinstance(parts, list) and all(_is_single(part) for part in parts):
            return {"parts": [self._result(**part) for part in parts]}
        return accepted("act", self._result(kind=kind, **arguments))

    def _result(self, **asked: Any) -> Result:
        """What the mod answers to an action; what it makes the character begin is gone on with here."""
        agent, sight = self._played
        sight.forget()
        (result,) = self._live.session.batch([("act", asked)])
        if "err" in result:
            return result
        if asked["kind"] == "stop" or ("moved" in result and asked["kind"] == "walk"):
            agent.stop()
        elif asked["kind"] == "walk":
            goal = asked.get("position")
            agent.start_walking(Walk(asked.get("direction"), None if goal is None else (goal["x"], goal["y"])))
        elif "mining" in result:
            agent.start_mining(agent.body.selected, result["mining"], asked.get("count", 1))
        return result


def _is_single(part: Any) -> bool:
    return isinstance(part, dict) and part.get("kind") != "compound"
