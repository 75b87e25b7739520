"""The game behind the LuaObjects: ticks, surfaces, forces, players, and what stands on the surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.api import ApiTable
from factorion_cli.servers.embedded import acting
from factorion_cli.servers.embedded.statistics import note_work
from factorion_cli.servers.embedded.surface import Surface
from factorion_cli.servers.embedded.things import (
    CHARACTER_SLOTS,
    Body,
    Drawing,
    Endpoint,
    Force,
    Player,
    Slots,
    Thing,
    Widget,
)
from factorion_cli.servers.embedded.values import ApiError, Ref, stack_of

MOST_FORCES = 64
FORCES = ("player", "enemy", "neutral")
EXTRA_TYPES = {"character": "character", "item-on-ground": "item-entity"} | dict.fromkeys(RESOURCES, "resource")
"""Types of entities that the table of prototypes does not list."""


class Game:
    """The state of one running game.

    Attributes:
        tick: ticks that it has run.
        latched_walking: whether a character goes on walking after one write of walking_state, or for a tick only.
        custom: prototypes of the mod: base by name.
        custom_inputs: keys of the mod.
        drawings: what the mod draws for players.
        widgets: what it puts on their screens.
        raise_event: set by the server; tells the mod.
        forget: set by the server; lets Lua ask again what an entity is: see STEADY in lua/objects.lua.
    """

    def __init__(self, api: ApiTable, latched_walking: bool, seed: int) -> None:
        self.api, self.latched_walking = api, latched_walking
        self.tick = self.ticks_to_run = self.paused_updates = 0
        self.tick_paused, self.speed = False, 1.0
        self.custom: dict[str, str] = {}
        self.custom_items: dict[str, str] = {}
        self.bodiless: set[str] = set()
        self.custom_inputs: set[str] = set()
        self.things: dict[int, Thing] = {}
        self.next_id = self.next_unit = 1
        self.surfaces: dict[int, Surface] = {}
        self.next_surface = 1
        self.forces = {name: Force(name, index) for index, name in enumerate(FORCES, start=1)}
        self.players: dict[int, Player] = {}
        self.busy: dict[int, None] = {}
        self.watched: dict[int, tuple[int, int | None]] = {}
        self.next_registration = 1
        self.buffers: dict[int, Slots] = {}
        self.drawings: dict[int, Drawing] = {}
        self.widgets: dict[int, Widget] = {}
        self.next_drawing = self.next_widget = 1
        self.output: list[str] = []
        self.flags: dict[str, Any] = {"autosave_enabled": True}
        self.randomness = np.random.default_rng(seed)
        self.target: Callable[[Ref], Any] = lambda _ref: None
        self.raise_event: Callable[[str, Mapping[str, Any]], None] = lambda _name, _fields: None
        self.forget: Callable[[int], None] = lambda _number: None
        self.write_file: Callable[[str, bytes, bool], None] = lambda _name, _data, _append: None
        self.remove_path: Callable[[str], None] = lambda _name: None
        self.active_mods: dict[str, str] = {}
        self.mod_name = ""
        self.add_surface("nauvis")

    # Prototypes

    def base_of(self, name: str) -> str:
        """The vanilla prototype behind an entity's name.

        Raises:
            ApiError: no entity of that name, as in the game.
        """
        base = self.custom.get(name, name)
        if base not in load_table().entities and base not in EXTRA_TYPES:
            raise ApiError(f"Unknown entity name: {name}")
        return base

    def type_of(self, name: str) -> str:
        """The type of an entity's prototype."""
        base = self.base_of(name)
        return EXTRA_TYPES.get(base) or load_table().entities[base].type

    def item_name(self, name: str) -> str:
        """The name of an item, checked."""
        if name not in load_table().items and name not in self.custom_items:
            raise ApiError(f"Unknown item name: {name}")
        return name

    def stack_of(self, given: Any) -> tuple[str, int]:
        """Name and count of an ItemStackIdentification, a LuaItemStack included; the name is checked."""
        if isinstance(given, Ref) and given.cls == "LuaItemStack":
            stack = self.target(given)
            if stack.name is None:
                raise ApiError("This LuaItemStack is not valid for read at this time.")
            return stack.name, stack.count
        name, count = stack_of(given)
        return self.item_name(name), count

    def add_widget(self, kind: str, player: int, parent: int | None) -> Widget:
        """A new element of a player's screen."""
        widget = self.widgets[self.next_widget] = Widget(self.next_widget, kind, player, parent)
        self.next_widget += 1
        return widget

    # Surfaces

    def add_surface(self, name: str) -> Surface:
        """A new surface, of grass until told otherwise."""
        surface = Surface(self.next_surface, name, self.things)
        self.surfaces[self.next_surface] = surface
        self.next_surface += 1
        return surface

    def surface(self, identification: Any) -> Surface:
        """A surface by index, name or LuaSurface."""
        key = identification.handle if isinstance(identification, Ref) else identification
        for surface in self.surfaces.values():
            if key in (surface.index, surface.name):
                return surface
        raise ApiError(f"Unknown surface: {key}")

    def remove_surface(self, surface: Surface) -> None:
        """Take a surface away with all that is on it."""
        self.clear_surface(surface)
        del self.surfaces[surface.index]

    def clear_surface(self, surface: Surface) -> None:
        """Take everything off a surface."""
        for number in list(surface.members):
            if self.things[number].body is None:
                self.destroy(self.things[number])

    def force(self, identification: Any) -> Force:
        """A force by name, index or LuaForce."""
        key = identification.handle if isinstance(identification, Ref) else identification
        for force in self.forces.values():
            if key in (force.name, force.index):
                return force
        raise ApiError(f"Unknown force: {key}")

    def add_force(self, name: str) -> Force:
        """A new force, which knows all recipes."""
        if name in self.forces:
            raise ApiError(f"A force with the name {name} already exists.")
        if len(self.forces) >= MOST_FORCES:
            raise ApiError(f"there are {MOST_FORCES} forces already, the most that the game has")
        self.forces[name] = Force(name, len(self.forces) + 1)
        return self.forces[name]

    # Things

    def thing(self, ref: Any) -> Thing:
        """The entity that a LuaEntity stands for."""
        if not isinstance(ref, Ref) or ref.cls != "LuaEntity":
            raise ApiError("expected a LuaEntity")
        found = self.things.get(ref.handle)  # type: ignore[arg-type]
        if found is None:
            raise ApiError("LuaEntity API call when LuaEntity was invalid.")
        return found

    def add(
        self,
        surface: Surface,
        name: str,
        place: tuple[float, float, int],
        force: str,
        *,
        recipe: str | None = None,
        filters: tuple[str, ...] = (),
        **fields: Any,
    ) -> Thing:
        """Let an entity stand at (x, y, direction); the World may refuse. `fields` are a Thing's."""
        kind = self.type_of(name)
        base = self.custom.get(name, name)
        thing = Thing(self.next_id, name, base, kind, surface.index, *place, force, **fields)
        thing.endpoint, thing.bodiless = endpoint_of(name, kind), name in self.bodiless
        if kind == "character":
            thing.body = Body(Slots.empty(CHARACTER_SLOTS))
        if kind not in ("resource", "item-entity"):
            thing.unit_number, self.next_unit = self.next_unit, self.next_unit + 1
        surface.build(thing, recipe, filters)
        self.next_id += 1
        self.things[thing.id] = thing
        surface.enter(thing)
        surface.edition += 1
        if kind == "resource":
            surface.set_ore(thing, thing.amount)
        return thing

    def remove(self, thing: Thing) -> dict[str, int]:
        """Take an entity away; what was in it."""
        surface = self.surfaces[thing.surface]
        note_work(self, surface, thing)
        found = surface.unbuild(thing)
        self._take_off(surface, thing)
        return found

    def destroy(self, thing: Thing) -> None:
        """Take an entity away with what is in it."""
        surface = self.surfaces[thing.surface]
        note_work(self, surface, thing)
        surface.discard(thing)
        self._take_off(surface, thing)

    def _take_off(self, surface: Surface, thing: Thing) -> None:
        surface.leave(thing)
        surface.edition += 1
        if thing.type == "resource":
            surface.set_ore(thing, 0)
        del self.things[thing.id]
        self.forget(thing.id)
        self.busy.pop(thing.id, None)
        watched = self.watched.pop(thing.id, None)
        if watched is not None:
            fields = {"registration_number": watched[0], "useful_id": watched[1] or 0, "type": 0}
            self.raise_event("on_object_destroyed", fields)

    def face(self, thing: Thing, direction: int) -> None:
        """Let a thing face some way; the World is told by others."""
        thing.direction = direction
        self.forget(thing.id)

    def move(self, thing: Thing, x: float, y: float) -> None:
        """Put a character somewhere else."""
        surface = self.surfaces[thing.surface]
        if (x // 1, y // 1) == (thing.x // 1, thing.y // 1):  # as in most of its steps
            thing.x, thing.y = x, y
            return
        surface.leave(thing)
        thing.x, thing.y = x, y
        surface.enter(thing)

    def clear_worked_out(self, surface: Surface) -> None:
        """Take away the resources that drills have mined to the end."""
        for thing in surface.worked_out():
            self.raise_event("on_resource_depleted", {"entity": acting.entity_ref(thing)})
            self.destroy(thing)

    # Time

    def advance(self, ticks: int, on_tick: Callable[[], None] | None) -> None:
        """Run so many ticks: handlers see tick T, then things move, then it is T + 1 (reported order of the game)."""
        if on_tick is None and not self.busy:
            self.tick += ticks
            for surface in self.surfaces.values():
                surface.owed += ticks
            return
        for _ in range(ticks):
            if on_tick is not None:
                on_tick()
            for number in list(self.busy):
                acting.act(self, self.things[number])
            for surface in self.surfaces.values():
                surface.owed += 1
            self.tick += 1


def endpoint_of(name: str, kind: str) -> Endpoint | None:
    """What a prototype of the mod is to the World; None for what is no endpoint."""
    parts = name.split("-")
    if parts[0] != "factorion" or len(parts) < 3 or parts[1] not in ("source", "sink"):
        return None
    return Endpoint(parts[1], "belt" if kind == "transport-belt" else "chest")
