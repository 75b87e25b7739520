"""From LuaObjects to the game: what they stand for, which member is asked, and whether that object has it."""

from __future__ import annotations

import inspect
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
from factorion_cli.servers.embedded.values import ApiError, Handle, Ref

BASE_KEY = "\1base"
"""Key under which a prototype of the data stage says which vanilla one it is a copy of."""


class Way:
    """How a member is reached.

    Attributes:
        member: the function; None when the embedded server does not emulate it.
        of_character: whether a player's character is given instead of the player.
        subclasses: kinds of entity that have it; empty: all.
        takes_table: whether its arguments are the fields of one table.
        wants_key: whether a reader wants to know the attribute's name, since it serves several.
        takes_any: whether it takes all fields.
    """

    def __init__(
        self, member: Member | None, of_character: bool, subclasses: frozenset[str], takes_table: bool
    ) -> None:
        self.member, self.of_character, self.subclasses = member, of_character, subclasses
        self.takes_table = takes_table
        code = getattr(member, "__code__", None)
        self.wants_key = code is not None and code.co_argcount == 3
        self.takes_any = code is not None and bool(code.co_flags & inspect.CO_VARKEYWORDS)


class GameHost:
    """Answers what Lua asks about the objects of a game."""

    def __init__(self, game: Game, said: list[str]) -> None:
        self.game, self._said = game, said
        self._ways: dict[int, dict[tuple[str, str], Way]] = {id(table): {} for table in (READS, WRITES, CALLS)}
        self._read_ways = self._ways[id(READS)]
        game.target = self.target

    # What an object stands for

    def target(self, ref: Ref) -> Any:
        """What the game knows an object as.

        Raises:
            ApiError: it is gone.
        """
        return self._target(ref.cls, ref.handle)

    def _target(self, cls: str, handle: Handle) -> Any:
        game = self.game
        if cls == "LuaEntity":
            return game.things.get(handle) or game.thing(Ref(cls, handle))  # type: ignore[arg-type]
        if cls == "LuaInventory":
            return holder_of(game, Ref(cls, handle))
        found = _FINDERS.get(cls)
        if found is not None:
            return found(game, handle)
        return handle if cls.endswith("Prototype") else None

    def _is_valid(self, cls: str, handle: Handle) -> bool:
        try:
            self._target(cls, handle)
        except ApiError:
            return False
        return True

    # Members

    def _found(self, table: Mapping[tuple[str, str], Member], cls: str, key: str) -> Way:
        """The function behind a member; LuaControl's take a player's character."""
        ways = self._ways[id(table)]
        way = ways.get((cls, key))
        if way is None:
            way = ways[cls, key] = self._look_up(table, cls, key)
        return way

    def _look_up(self, table: Mapping[tuple[str, str], Member], cls: str, key: str) -> Way:
        known = self.game.api.classes[cls]
        entry = known.attributes.get(key) or known.methods.get(key)
        subclasses = entry.subclasses if entry is not None and cls == "LuaEntity" else frozenset()
        takes_table = key in known.methods and bool(known.methods[key].takes_table)
        member = table.get((cls, key))
        if member is None and cls in ("LuaEntity", "LuaPlayer"):
            member = table.get(("LuaControl", key))
            return Way(member, cls == "LuaPlayer", subclasses, takes_table)
        return Way(member, False, subclasses, takes_table)

    def _given(self, way: Way, cls: str, handle: Handle, key: str) -> tuple[Member, Any]:
        """The function and the object that it is given.

        Raises:
            ApiError: the object is gone or of another kind, or the member is not emulated.
        """
        target = self._target(cls, handle)
        if way.subclasses and not belongs(target.type, way.subclasses):
            raise ApiError(f"Entity is not {' or '.join(sorted(way.subclasses))}. ({target.name}.{key})")
        if way.member is None:
            raise ApiError(f"{cls}.{key} is in the game's API, but the embedded server does not emulate it")
        return way.member, self.game.things[target.thing] if way.of_character else target

    def read(self, cls: str, handle: Handle, key: str) -> Any:
        """The value of an attribute. Nothing is asked as often, so it is asked without a Ref."""
        if key == "valid":
            return self._is_valid(cls, handle)
        way = self._read_ways.get((cls, key)) or self._found(READS, cls, key)
        member, given = self._given(way, cls, handle, key)
        return member(self.game, given, key) if way.wants_key else member(self.game, given)

    def write(self, ref: Ref, key: str, value: Any) -> None:
        """Set an attribute."""
        member, given = self._given(self._found(WRITES, ref.cls, key), *ref, key)
        member(self.game, given, value)

    def call(self, ref: Ref, key: str, arguments: list[Any]) -> Any:
        """Call a method."""
        way = self._found(CALLS, ref.cls, key)
        member, given = self._given(way, *ref, key)
        if not way.takes_table:
            return member(self.game, given, *arguments)
        fields = arguments[0] if arguments and arguments[0] else {}
        if not isinstance(fields, dict):
            raise ApiError(f"{ref.cls}.{key}: expected a table with names")
        unknown = () if way.takes_any else set(fields) - set(member.__code__.co_varnames)
        if unknown:
            raise ApiError(f"the embedded server's {ref.cls}.{key} does not know {', '.join(sorted(unknown))}")
        return member(self.game, given, **fields)

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

    def has_input(self, name: str) -> bool:
        """Whether the mod has a key of that name."""
        return name in self.game.custom_inputs

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


def _drawing(game: Game, handle: Any) -> Any:
    if handle not in game.drawings:
        raise ApiError("LuaRenderObject API call when LuaRenderObject was invalid.")
    return game.drawings[handle]


def _widget(game: Game, handle: Any) -> Any:
    if handle not in game.widgets:
        raise ApiError("LuaGuiElement API call when LuaGuiElement was invalid.")
    return game.widgets[handle]


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
    "LuaRenderObject": _drawing,
    "LuaGui": lambda game, handle: game.players[handle],
    "LuaGuiElement": _widget,
}
