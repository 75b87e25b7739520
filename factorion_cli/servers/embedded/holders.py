"""What holds items: chests, the parts of machines, hands, and the inventories of characters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.servers.api import ApiTable
from factorion_cli.servers.embedded.statistics import forget_work, note_work
from factorion_cli.servers.embedded.things import Slots, Thing, stack_size
from factorion_cli.servers.embedded.values import ApiError, Ref
from factorion_cli.simulation.world import ArmState, ChestState, MachineState

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
    "container": ("chest",),
    "infinity-container": ("chest",),
    "logistic-container": ("chest",),
    "assembling-machine": ("input", "output", "fuel", "modules"),
    "furnace": ("input", "output", "fuel", "modules"),
    "rocket-silo": ("input", "output", "modules"),
    "lab": ("input", "modules"),
    "mining-drill": ("fuel", "modules"),
    "beacon": ("modules",),
    "inserter": ("fuel",),
    "boiler": ("fuel",),
    "character": ("main",),
}
"""Inventories of each type of entity; of fuel where it burns some, of modules where it has room for one."""


def roles_of(thing: Thing) -> tuple[str, ...]:
    """The parts of a thing."""
    return _roles(thing.base, thing.type) if not thing.bodiless else ()


@lru_cache(maxsize=1024)
def _roles(base: str, kind: str) -> tuple[str, ...]:
    prototype = load_table().entities.get(base)
    burns = prototype is not None and prototype.energy is not None and prototype.energy.source == "burner"
    modules = module_slots(base) > 0
    return tuple(r for r in KINDS.get(kind, ()) if (r != "fuel" or burns) and (r != "modules" or modules))


def module_slots(base: str) -> int:
    """Modules that an entity has room for."""
    prototype = load_table().entities.get(base)
    if prototype is None:
        return 0
    parts = (prototype.machine, prototype.drill, prototype.lab, prototype.beacon)
    return next((part.module_slots for part in parts if part is not None), 0)


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
        else:
            found = {}
        return {name: count for name, count in found.items() if count > 0}

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
        # Fuel in an inserter is energy to the World, no items that could be seen.
        if self.thing.type != "inserter" or self.role != "fuel":
            count = min(count, self.contents().get(name, 0))
        if count <= 0 or name not in load_table().items:
            return 0
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


@dataclass(frozen=True, slots=True)
class SinkHolder:
    """What a lane of a sink has taken since the mod took it away: it lies there for the mod, and never hinders."""

    game: Game
    thing: Thing
    lane: int = 0

    def contents(self) -> dict[str, int]:
        """Items by name."""
        world, endpoint = self.game.surfaces[self.thing.surface].world, self.thing.endpoint
        assert endpoint is not None
        found = world.taken(self.thing.world[0], self.lane)
        left = {name: count - endpoint.cleared.get(f"{self.lane} {name}", 0) for name, count in found.items()}
        return {name: count for name, count in left.items() if count > 0}

    def insert(self, name: str, count: int) -> int:  # noqa: ARG002
        """Nothing is put in by hand."""
        return 0

    def remove(self, name: str, count: int) -> int:
        """Take items away."""
        endpoint = self.thing.endpoint
        assert endpoint is not None
        count, key = min(count, self.contents().get(name, 0)), f"{self.lane} {name}"
        endpoint.cleared[key] = endpoint.cleared.get(key, 0) + count
        return count

    def clear(self) -> None:
        """Take all away."""
        endpoint = self.thing.endpoint
        assert endpoint is not None
        for name, count in self.contents().items():
            key = f"{self.lane} {name}"
            endpoint.cleared[key] = endpoint.cleared.get(key, 0) + count

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot, each kind of item in one: there is no end to it."""
        return [*sorted(self.contents().items()), None]


@dataclass(frozen=True, slots=True)
class ModuleHolder:
    """The modules of a machine, which the World keeps as a setting of it."""

    game: Game
    thing: Thing

    def _modules(self) -> tuple[str, ...]:
        entity = self.game.surfaces[self.thing.surface].world.get(self.thing.world[0])
        return entity.modules if isinstance(entity, Entity) else ()

    def _set(self, modules: tuple[str, ...]) -> None:
        surface = self.game.surfaces[self.thing.surface]
        note_work(self.game, surface, self.thing)
        surface.world.configure(self.thing.world[0], modules=modules)
        forget_work(self.thing)

    def contents(self) -> dict[str, int]:
        """Modules by name, those of quality as name@quality."""
        return dict(Counter(self._modules()))

    def insert(self, name: str, count: int) -> int:
        """Put modules in."""
        item = load_table().items.get(name.partition("@")[0])
        room = module_slots(self.thing.base) - len(self._modules())
        if item is None or item.module is None:
            return 0
        done = min(room, count)
        if done > 0:
            self._set((*self._modules(), *[name] * done))
        return done

    def remove(self, name: str, count: int) -> int:
        """Take modules out."""
        left, done = list(self._modules()), 0
        while name in left and done < count:
            left.remove(name)
            done += 1
        if done:
            self._set(tuple(left))
        return done

    def slots(self) -> list[tuple[str, int] | None]:
        """What is in each slot."""
        modules = self._modules()
        return [(name, 1) for name in modules] + [None] * (module_slots(self.thing.base) - len(modules))


def role_of(game: Game, thing: Thing, index: Any) -> str | None:
    """The part of a thing that a defines.inventory names; None when it has no such part."""
    roles = _roles_by_index(game.api)
    if index not in roles:
        raise ApiError(f"{index} is no defines.inventory")
    role = roles[index]
    return role if role in roles_of(thing) else None


@lru_cache
def _roles_by_index(api: ApiTable) -> dict[int, str | None]:
    return {value: ROLES.get(name) for name, value in reversed(api.defines["inventory"].items())}


def make_holder(game: Game, thing: Thing, role: str) -> Holder:
    """The holder of a thing's part."""
    if role == "main":
        if thing.body is None:
            raise ApiError(f"{thing.name} has no main inventory")
        return BodyHolder(thing.body.inventory)
    if role == "buffer":
        return BodyHolder(game.buffers[thing.id])
    if role == "modules":
        return ModuleHolder(game, thing)
    if thing.endpoint is not None and thing.endpoint.role == "sink":
        return SinkHolder(game, thing)
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
