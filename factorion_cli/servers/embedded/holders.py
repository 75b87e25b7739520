"""What holds items: chests, the parts of machines, hands, and the inventories of characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.things import Slots, Thing, stack_size
from factorion_cli.servers.embedded.values import ApiError, Ref
from factorion_cli.simulation.world import ArmState, ChestState, EndpointState, MachineState

if TYPE_CHECKING:
    from factorion_cli.servers.embedded.game import Game

ROLES = {
    "chest": "chest", "fuel": "fuel", "burnt_result": "burnt",
    "crafter_input": "input", "assembling_machine_input": "input", "furnace_source": "input", "lab_input": "input",
    "rocket_silo_input": "input", "crafter_output": "output", "assembling_machine_output": "output",
    "furnace_result": "output", "rocket_silo_output": "output",
    "crafter_modules": "modules", "assembling_machine_modules": "modules", "furnace_modules": "modules",
    "mining_drill_modules": "modules", "lab_modules": "modules", "beacon_modules": "modules",
    "character_main": "main",
}  # fmt: skip
"""What the defines.inventory of both versions mean."""
KINDS = {
    "container": ("chest",), "infinity-container": ("chest",), "logistic-container": ("chest",),
    "assembling-machine": ("input", "output", "fuel"), "furnace": ("input", "output", "fuel"),
    "rocket-silo": ("input", "output"), "lab": ("input",), "mining-drill": ("fuel",), "inserter": ("hand", "fuel"),
    "boiler": ("fuel",), "character": ("main",),
}  # fmt: skip
"""Inventories of each type of entity."""


class Holder(Protocol):
    """Something with items in it."""

    def contents(self) -> dict[str, int]:
        """Items by name."""

    def insert(self, name: str, count: int) -> int:
        """Put items in; returns how many found room."""

    def remove(self, name: str, count: int) -> int:
        """Take items out; returns how many were there."""

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot."""


@dataclass(frozen=True, slots=True)
class BodyHolder:
    """A character's main inventory."""

    inventory: Slots

    def contents(self) -> dict[str, int]:
        """Items by name."""
        return self.inventory.contents()

    def insert(self, name: str, count: int) -> int:
        """Put items in."""
        return self.inventory.insert(name, count)

    def remove(self, name: str, count: int) -> int:
        """Take items out."""
        return self.inventory.remove(name, count)

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot."""
        return list(self.inventory.stacks)


@dataclass(frozen=True, slots=True)
class WorldHolder:
    """A part of something that the World holds."""

    game: Game
    thing: Thing
    role: str

    def _state(self) -> Any:
        return self.game.surfaces[self.thing.surface].world.state(self.thing.world[0])

    def contents(self) -> dict[str, int]:
        """Items by name."""
        state, fluids = self._state(), load_table().fluids
        if isinstance(state, ChestState):
            found = dict(state.items)
        elif isinstance(state, MachineState):
            parts = {"input": state.ingredients, "output": state.products, "fuel": state.fuel}
            found = {name: int(count) for name, count in parts.get(self.role, {}).items() if name not in fluids}
        elif isinstance(state, ArmState) and self.role == "hand":
            found = {state.item: state.held} if state.item is not None else {}
        elif isinstance(state, EndpointState) and self.thing.endpoint is not None:
            found = self._swallowed(state)
        else:
            found = {}
        return {name: count for name, count in found.items() if count > 0}

    def _swallowed(self, state: EndpointState) -> dict[str, int]:
        """What a sink has taken since the mod cleared it; a source shows none of what it has without limit."""
        endpoint = self.thing.endpoint
        assert endpoint is not None
        if endpoint.role == "source":
            return {}
        return {name: count - endpoint.cleared.get(name, 0) for name, count in state.items.items()}

    def insert(self, name: str, count: int) -> int:
        """Put items in."""
        if self.thing.endpoint is not None or self.role not in ("chest", "input", "fuel"):
            return 0
        fuel = load_table().items[name].fuel_j > 0 if name in load_table().items else False
        if (self.role == "fuel" and not fuel) or name not in load_table().items:
            return 0
        return self.game.surfaces[self.thing.surface].world.insert(self.thing.world[0], name, count)

    def remove(self, name: str, count: int) -> int:
        """Take items out."""
        count = min(count, self.contents().get(name, 0))
        if count <= 0:
            return 0
        if self.thing.endpoint is not None:
            cleared = self.thing.endpoint.cleared
            cleared[name] = cleared.get(name, 0) + count
            return count
        return self.game.surfaces[self.thing.surface].world.take(self.thing.world[0], name, count)

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot: the World keeps no order, so items come by name."""
        found: list[tuple[str, int] | None] = []
        for name, count in sorted(self.contents().items()):
            most = stack_size(name)
            full, rest = divmod(count, most)
            found += [(name, most)] * full + ([(name, rest)] if rest else [])
        return found + [None] * (self._size() - len(found))

    def _size(self) -> int:
        prototype = load_table().entities[self.thing.base]
        if self.role == "chest":
            return prototype.slots
        return 1 if self.role in ("fuel", "hand") or self.thing.type == "furnace" else len(self.contents())


def role_of(game: Game, thing: Thing, index: Any) -> str | None:
    """The part of a thing that a defines.inventory names; None when it has no such part."""
    names = [name for name, value in game.api.defines["inventory"].items() if value == index]
    if not names:
        raise ApiError(f"{index} is no defines.inventory")
    role = ROLES.get(names[0])
    if role == "modules":
        return role if module_slots(thing.base) else None
    return role if role in KINDS.get(thing.type, ()) and not _has_no_fuel(thing, role) else None


def _has_no_fuel(thing: Thing, role: str | None) -> bool:
    prototype = load_table().entities.get(thing.base)
    return role == "fuel" and (prototype is None or prototype.electric or thing.type == "lab")


def module_slots(base: str) -> int:
    """Slots for modules of a vanilla entity."""
    prototype = load_table().entities.get(base)
    parts = (prototype.machine, prototype.drill, prototype.lab, prototype.beacon) if prototype is not None else ()
    return next((part.module_slots for part in parts if part is not None), 0)


def rebuilt(game: Game, thing: Thing, change: Callable[[Entity], Entity]) -> None:
    """Let an entity of the World be another one, with what was in it; what it has no room for is gone.

    Raises:
        ApiError: the World refuses it; it is left as it was.
    """
    surface = game.surfaces[thing.surface]
    world, number = surface.world, thing.world[0]
    before = world.ids[number]
    assert isinstance(before, Entity)
    found = surface.unbuild(thing)
    try:
        number = world.add(change(before))
    except FactorionError as error:
        number = world.add(before)
        raise ApiError(str(error)) from error
    finally:
        thing.world = (number,)
        surface.of_world[number] = thing.id
        for name, count in found.items():
            world.insert(number, name, count)


@dataclass(frozen=True, slots=True)
class ModuleHolder:
    """The modules in something that the World holds."""

    game: Game
    thing: Thing

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot."""
        entity = self.game.surfaces[self.thing.surface].world.ids[self.thing.world[0]]
        assert isinstance(entity, Entity)
        empty = module_slots(self.thing.base) - len(entity.modules)
        return [(name, 1) for name in entity.modules] + [None] * empty

    def contents(self) -> dict[str, int]:
        """Items by name."""
        return dict(Counter(slot[0] for slot in self.slots() if slot is not None))

    def insert(self, name: str, count: int) -> int:
        """Put modules in, one a slot."""
        item = load_table().items.get(name)
        if item is None or item.module is None:
            return 0
        fitting = min(count, self.slots().count(None))
        if fitting:
            more = (name,) * fitting
            rebuilt(self.game, self.thing, lambda entity: replace(entity, modules=(*entity.modules, *more)))
        return fitting

    def remove(self, name: str, count: int) -> int:
        """Take modules out."""
        modules = [slot[0] for slot in self.slots() if slot is not None]
        taken = min(count, modules.count(name))
        for _ in range(taken):
            modules.remove(name)
        if taken:
            rebuilt(self.game, self.thing, lambda entity: replace(entity, modules=tuple(modules)))
        return taken


def make_holder(game: Game, thing: Thing, role: str) -> Holder:
    """The holder of a thing's part."""
    if role == "modules":
        return ModuleHolder(game, thing)
    if role == "main":
        if thing.body is None:
            raise ApiError(f"{thing.name} has no main inventory")
        return BodyHolder(thing.body.inventory)
    return WorldHolder(game, thing, role)


def holder_of(game: Game, ref: Any) -> Holder:
    """What a LuaInventory stands for.

    Raises:
        ApiError: what it belonged to is gone.
    """
    if not isinstance(ref, Ref) or ref.cls != "LuaInventory":
        raise ApiError("expected a LuaInventory")
    number, _, role = str(ref.handle).partition(":")
    thing = game.things.get(int(number))
    if thing is None:
        raise ApiError("LuaInventory API call when LuaInventory was invalid.")
    return make_holder(game, thing, role)
