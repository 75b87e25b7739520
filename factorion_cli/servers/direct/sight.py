"""Observations as mod/scripts/observation.lua makes them, from the embedded game's own state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from factorion_cli.prototypes import load_table
from factorion_cli.servers.direct.agent import Agent
from factorion_cli.servers.direct.canvas import Canvas, draw
from factorion_cli.servers.direct.kernels import nearest
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.surface import box_of
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.servers.observations import NEAREST, SIZE, Seen

REACH = SIZE / 2 + 1
"""Tiles around the character within which entities are looked for, in each direction."""
HIDDEN = frozenset(("factorion-power-pole", "factorion-power-source"))
CRAFTING = frozenset(("assembling-machine", "furnace"))


class Sight:
    """What a character sees; remembers what stands around it for as long as nothing comes or goes."""

    def __init__(self, game: Game, agent: Agent) -> None:
        self._game, self._agent = game, agent
        self._surface = game.surfaces[agent.thing.surface]
        self._edition = -1
        self._canvas: Canvas | None = None
        self._things: list[Thing] = []
        self._told: list[dict[str, Any]] = []
        self._order, self._far = np.zeros(NEAREST, np.int64), np.zeros(NEAREST, np.float64)
        self._stacks: list[tuple[str, int] | None] = []
        self._items: dict[str, int] = {}

    def forget(self) -> None:
        """Look at everything again: something was turned or set."""
        self._edition = -1

    def take(self) -> Seen:
        """The observation now."""
        game, surface, thing = self._game, self._surface, self._agent.thing
        if surface.drills:
            game.clear_worked_out(surface)
        if self._edition != surface.edition:
            self._look()
        left, top = math.floor(thing.x) - SIZE // 2, math.floor(thing.y) - SIZE // 2
        if self._canvas is None or not self._canvas.covers(left, top):
            self._canvas = draw(game, surface, thing.force, self._things, left, top)
        cells = self._canvas.cut(left, top)
        return Seen(game.tick, self._player(), self._inventory(), left, top, cells, self._nearest())

    def _inventory(self) -> dict[str, int]:
        inventory = self._agent.body.inventory
        if inventory.stacks != self._stacks:
            self._stacks, self._items = list(inventory.stacks), inventory.contents()
        return self._items

    def _look(self) -> None:
        """Find what stands on the surface, and what of it never changes."""
        agent, surface = self._agent.thing, self._surface
        on_it = (self._game.things[number] for number in surface.members)
        self._things = [
            thing for thing in on_it if thing.type != "resource" and thing.name not in HIDDEN and thing is not agent
        ]
        # Others may walk, so that what is remembered of them would be wrong.
        self._edition = -1 if any(thing.body is not None for thing in self._things) else surface.edition
        self._canvas = None
        self._things.sort(key=lambda thing: (thing.y, thing.x, thing.name))
        self._told = [_described(thing) for thing in self._things]
        self._crafting = [thing.type in CRAFTING for thing in self._things]
        places = [(thing.x, thing.y, *box_of(thing)) for thing in self._things]
        self._places = np.asarray(places, np.float64).reshape(-1, 6)

    def _nearest(self) -> tuple[dict[str, Any], ...]:
        thing, told, crafting = self._agent.thing, self._told, self._crafting
        count = nearest(self._places, thing.x, thing.y, REACH, self._order, self._far)
        order = self._order[:count].tolist()
        return tuple([self._at_work(index) if crafting[index] else told[index] for index in order])

    def _at_work(self, index: int) -> dict[str, Any]:
        """What can be told of a machine now."""
        told, (number,) = self._told[index], self._things[index].world
        recipe, progress = self._surface.world.craft(number)
        return {**told, "progress": progress} if recipe is None else {**told, "progress": progress, "recipe": recipe}

    def _player(self) -> dict[str, Any]:
        thing, body = self._agent.thing, self._agent.body
        selected = self._game.things.get(body.selected) if body.selected is not None else None
        queue = [{"recipe": craft.recipe, "count": craft.count} for craft in body.queue]
        return {
            "selected": None if selected is None else selected.name,
            "crafting": body.crafting / (60 * load_table().recipes[body.queue[0].recipe].time_s) if queue else None,
            "position": {"x": thing.x, "y": thing.y},
            "health": thing.health,
            "walking": body.walking is not None and not body.mining,
            "direction": body.facing,
            "mining": body.mining,
            "queue": queue,
            "activity": self._agent.activity,
        }


def _described(thing: Thing) -> dict[str, Any]:
    told: dict[str, Any] = {"name": thing.name, "type": thing.type, "position": {"x": thing.x, "y": thing.y}}
    told |= {"direction": thing.direction, "health": thing.health}
    if thing.unit_number is not None:
        told["unit_number"] = thing.unit_number
    if thing.stack is not None:
        told["item"], told["count"] = thing.stack
    return told
