"""What the character is about, tick by tick: mod/scripts/agent.lua in Python, on the embedded game's own state."""

from __future__ import annotations

import math
from dataclasses import dataclass

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.things import Body, Thing

NEAR = 0.15
"""Tiles: a step of the character, so that it does not walk to and fro around a goal."""


@dataclass(slots=True)
class Walk:
    """In a direction or to a goal, until a tick or until stopped."""

    direction: int | None = None
    goal: tuple[float, float] | None = None
    till: int | None = None


@dataclass(slots=True)
class Mine:
    """An entity, until so many of an item are in the inventory."""

    thing: int | None
    item: str
    wanted: int


class Agent:
    """A character and its intention.

    Attributes:
        thing: the character.
        walk: where it walks, or None.
        mine: what it mines, or None.
    """

    def __init__(self, game: Game, thing: Thing) -> None:
        assert thing.body is not None
        self.game, self.thing, self.body = game, thing, thing.body
        self.walk: Walk | None = None
        self.mine: Mine | None = None

    @property
    def activity(self) -> str:
        """What an observation calls it."""
        if self.mine is not None:
            return "mining"
        if self.walk is not None:
            return "walking"
        return "crafting" if self.body.queue else "idle"

    def stop(self) -> None:
        """Neither walk nor mine any more."""
        body: Body = self.body
        if self.mine is not None:
            body.mining, body.progress = False, 0.0
        self.walk = self.mine = None
        body.walking = None
        self.game.busy[self.thing.id] = None

    def start_walking(self, walk: Walk) -> None:
        """Walk from the next tick on."""
        if self.walk is None:
            self.stop()
        self.walk = walk

    def start_mining(self, thing: int | None, item: str, count: int) -> None:
        """Mine a thing until `count` more of an item are held."""
        self.stop()
        self.mine = Mine(thing, item, self._held(item) + count)
        self.body.selected, self.body.mining, self.body.progress = thing, True, 0.0

    def update(self) -> None:
        """What is done at the start of a tick, before things move."""
        if self.walk is not None:
            self._keep_walking(self.walk)
        elif self.mine is not None and (
            self.mine.thing not in self.game.things or self._held(self.mine.item) >= self.mine.wanted
        ):
            self.stop()

    def _held(self, item: str) -> int:
        return self.body.inventory.contents().get(item, 0)

    def _keep_walking(self, walk: Walk) -> None:
        direction = walk.direction
        if walk.goal is not None:
            dx, dy = walk.goal[0] - self.thing.x, walk.goal[1] - self.thing.y
            direction = _direction_to(dx, dy) if max(abs(dx), abs(dy)) > NEAR else None
        if direction is None or (walk.till is not None and self.game.tick >= walk.till):
            self.stop()
            return
        self.body.facing = direction
        self.body.walking = direction if not self.body.mining else None
        self.game.busy[self.thing.id] = None


def _direction_to(dx: float, dy: float) -> int:
    """The direction of the eight that comes nearest; y runs south."""
    return 2 * (math.floor(math.atan2(dx, -dy) * (8 / (2 * math.pi)) + 0.5) % 8)
