"""From LuaObjects to the game: what they stand for, which member is asked, and whether that object has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import holder_of
from factorion_cli.servers.embedded.members import CALLS, INDICES, KEYS, LENGTHS, READS, WRITES
from factorion_cli.servers.embedded.members.forces import Flows, Recipe
from factorion_cli.servers.embedded.members.inventories import Stack
from factorion_cli.servers.embedded.members.lines import Line, lying
from factorion_cli.servers.embedded.members.registry import Member
from factorion_cli.servers.embedded.subclasses import belongs
from factorion_cli.servers.embedded.values import ApiError, Ref

BASE_KEY = "\1base"
"""Key under which a prototype of the data stage says which vanilla one it is a copy of."""


class GameHost:
    """Answers what Lua asks about the objects of a game."""

    def __init__(self, game: Game, said: list[str]) -> None:
        self.game, self._said = game, said
        self._passes_key: dict[Member, bool] = {}
        game.target = self.target

    # What an object stands for

    def target(self, ref: Ref) -> Any:
        """What the game knows an object as.

        Raises:
            ApiError: it is gone.
        """
        game, handle = self.game, ref.handle
        if ref.cls == "LuaEntity":
            return game.thing(ref)
        if ref.cls == "LuaInventory":
            return holder_of(game, ref)
        found = _FINDERS.get(ref.cls)
        if found is not None:
            return found(game, handle)
        return handle if ref.cls.endswith("Prototype") else None

    def _valid(self, ref: Ref) -> bool:
        try:
            self.target(ref)
        except ApiError:
            return False
        return True

    # Members

    def _member(self, table: Mapping[tuple[str, str], Member], ref: Ref, key: str, target: Any) -> tuple[Member, Any]:
        """The function behind a member and what it is given; LuaControl's members take a player's character."""
        member = table.get((ref.cls, key))
        if member is not None:
            return member, target
        if ref.cls in ("LuaEntity", "LuaPlayer"):
            member = table.get(("LuaControl", key))
            if member is not None:
                return member, target if ref.cls == "LuaEntity" else self.game.things[target.thing]
        raise ApiError(f"{ref.cls}.{key} is in the game's API, but the embedded server does not emulate it")

    def _check_subclass(self, ref: Ref, key: str, target: Any) -> None:
        if ref.cls == "LuaEntity":
            known = self.game.api.classes["LuaEntity"]
            member = known.attributes.get(key) or known.methods.get(key)
            if member is not None and member.subclasses and not belongs(target.type, member.subclasses):
                raise ApiError(f"Entity is not {' or '.join(sorted(member.subclasses))}. ({target.name}.{key})")

    def read(self, ref: Ref, key: str) -> Any:
        """The value of an attribute."""
        if key == "valid":
            return self._valid(ref)
        target = self.target(ref)
        self._check_subclass(ref, key, target)
        member, given = self._member(READS, ref, key, target)
        return member(self.game, given, key) if self._takes_key(member) else member(self.game, given)

    def _takes_key(self, member: Member) -> bool:
        """Whether a reader of several attributes wants to know which."""
        known = self._passes_key.get(member)
        if known is None:
            known = self._passes_key[member] = member.__code__.co_argcount == 3
        return known

    def write(self, ref: Ref, key: str, value: Any) -> None:
        """Set an attribute."""
        target = self.target(ref)
        self._check_subclass(ref, key, target)
        member, given = self._member(WRITES, ref, key, target)
        member(self.game, given, value)

    def call(self, ref: Ref, key: str, arguments: list[Any]) -> Any:
        """Call a method."""
        target = self.target(ref)
        self._check_subclass(ref, key, target)
        member, given = self._member(CALLS, ref, key, target)
        if self.game.api.classes[ref.cls].methods[key].takes_table:
            fields = arguments[0] if arguments and arguments[0] else {}
            if not isinstance(fields, dict):
                raise ApiError(f"{ref.cls}.{key}: expected a table with names")
            unknown = set(fields) - set(member.__code__.co_varnames) if not member.__code__.co_flags & 8 else ()
            if unknown:
                raise ApiError(f"the embedded server's {ref.cls}.{key} does not know {', '.join(sorted(unknown))}")
            return member(self.game, given, **fields)
        return member(self.game, given, *arguments)

    def index(self, ref: Ref, key: Any) -> Any:
        """The value of the index operator."""
        if ref.cls not in INDICES:
            raise ApiError(f"the embedded server does not index a {ref.cls}")
        return INDICES[ref.cls](self.game, ref, key)

    def length(self, ref: Ref) -> int:
        """The value of the length operator."""
        return int(LENGTHS[ref.cls](self.game, ref))

    def keys(self, ref: Ref) -> list[Any]:
        """Keys of a LuaCustomTable."""
        return list(KEYS[ref.cls](self.game, ref))

    # The rest of what Lua asks

    def say(self, kind: str, text: str) -> None:
        """Keep what `print` and `log` say."""
        self._said.append(f"{kind}: {text}")

    def random(self) -> float:
        """The next of the game's random numbers."""
        return float(self.game.randomness.random())

    def tick(self) -> int:
        """The game's tick."""
        return self.game.tick

    def prototypes(self, kind: str) -> Mapping[str, Any]:
        """Vanilla prototypes of a type, as far as a mod needs them to copy: never complete."""
        table = load_table()
        if kind == "item":
            return {
                name: {
                    "type": "item", "name": name, "stack_size": item.stack_size, "place_result": item.place_result,
                    "icon": f"__base__/graphics/icons/{name}.png", "icon_size": 64, BASE_KEY: name,
                }
                for name, item in table.items.items()
            }  # fmt: skip
        return {
            name: {"type": kind, "name": name, "minable": {"mining_time": 0.1, "result": name}, BASE_KEY: name}
            for name, entity in table.entities.items()
            if entity.type == kind
        }


def _surface(game: Game, handle: Any) -> Any:
    if handle not in game.surfaces:
        raise ApiError("LuaSurface API call when LuaSurface was invalid.")
    return game.surfaces[handle]


def _tile(game: Game, handle: Any) -> Any:
    index, x, y = (int(part) for part in handle.split(":"))
    return _surface(game, index), int(x), int(y)


def _stack(game: Game, handle: Any) -> Stack:
    number, role, place = handle.split(":")
    if role == "cursor":
        cursor = game.players[int(number)].cursor
        return Stack(*cursor) if cursor is not None else Stack(None, 0)
    if role == "ground":
        lies = game.thing(Ref("LuaEntity", int(number))).stack
        return Stack(*lies) if lies is not None else Stack(None, 0)
    if role.startswith("line"):
        found = lying(game, Line(game.thing(Ref("LuaEntity", int(number))), int(role[4:])))
        if int(place) > len(found):
            return Stack(None, 0)
        return Stack(found[int(place) - 1][0], found[int(place) - 1][2])
    slots = holder_of(game, Ref("LuaInventory", f"{number}:{role}")).slots()
    slot = slots[int(place) - 1] if int(place) <= len(slots) else None
    return Stack(*slot) if slot is not None else Stack(None, 0)


def _line(game: Game, handle: Any) -> Line:
    number, _, index = handle.partition(":")
    if int(number) not in game.things:
        raise ApiError("LuaTransportLine API call when LuaTransportLine was invalid.")
    return Line(game.things[int(number)], int(index))


def _flows(game: Game, handle: Any) -> Flows:
    force, surface, kind = handle.split(":")
    return Flows(game.forces[force], int(surface), kind == "fluid")


def _recipe(game: Game, handle: Any) -> Recipe:
    force, _, name = handle.rpartition(":")
    return Recipe(game.forces[force], name)


_FINDERS: dict[str, Any] = {
    "LuaSurface": _surface,
    "LuaPlayer": lambda game, handle: game.players[handle],
    "LuaForce": lambda game, handle: game.force(handle),
    "LuaTile": _tile,
    "LuaItemStack": _stack,
    "LuaTransportLine": _line,
    "LuaFlowStatistics": _flows,
    "LuaRecipe": _recipe,
}
