"""From LuaObjects to the game: what they stand for, which member is asked, and whether that object has it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
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
from factorion_cli.servers.embedded.values import ApiError, Handle, Ref, from_handle

BASE_KEY = "\1base"
"""Key under which a prototype of the data stage says which vanilla one it is a copy of."""


Find = Callable[[Handle], Any]
"""Gives what a handle stands for; raises ApiError when it is gone."""


class Way:
    """How a member of a class is reached.

    Attributes:
        member: the function; one that raises when the embedded server does not emulate it.
        give: what the function is given for a handle.
        takes_table: whether its arguments are the fields of one table.
    """

    def __init__(self, member: Member, give: Find, takes_table: bool) -> None:
        self.member, self.give, self.takes_table = member, give, takes_table

    @property
    def wants_key(self) -> bool:
        """Whether a reader wants to know the attribute's name, since it serves several."""
        code = getattr(self.member, "__code__", None)
        return code is not None and code.co_argcount == 3

    @property
    def fields(self) -> frozenset[str] | None:
        """Names of the fields that a call takes; None: all."""
        code = self.member.__code__
        return None if code.co_flags & inspect.CO_VARKEYWORDS else frozenset(code.co_varnames[: code.co_argcount])


class GameHost:
    """Answers what Lua asks about the objects of a game."""

    def __init__(self, game: Game, said: list[str]) -> None:
        self.game, self._said = game, said
        self._finds: dict[str, Find] = {}
        game.target = self.target

    # What an object stands for

    def target(self, ref: Ref) -> Any:
        """What the game knows an object as.

        Raises:
            ApiError: it is gone.
        """
        return self._find(ref.cls)(ref.handle)

    def _find(self, cls: str) -> Find:
        if cls not in self._finds:
            self._finds[cls] = self._make_find(cls)
        return self._finds[cls]

    def _make_find(self, cls: str) -> Find:
        game, found = self.game, _FINDERS.get(cls)
        if cls == "LuaEntity":
            return lambda handle: game.things.get(handle) or game.thing(Ref(cls, handle))  # type: ignore[arg-type]
        if cls == "LuaInventory":
            return lambda handle: holder_of(game, Ref(cls, from_handle(handle)))
        if found is not None:
            return lambda handle: found(game, from_handle(handle))
        return from_handle if cls.endswith("Prototype") else lambda _handle: None

    # Members: each is looked up once, and asked through what is made here from then on

    def _way(self, table: Mapping[tuple[str, str], Member], cls: str, key: str) -> Way:
        """The function behind a member; LuaControl's take a player's character."""
        known = self.game.api.classes[cls]
        entry = known.attributes.get(key) or known.methods.get(key)
        takes_table = key in known.methods and bool(known.methods[key].takes_table)
        member, give = table.get((cls, key)), self._find(cls)
        if cls == "LuaEntity" and entry is not None and entry.subclasses:
            give = _checked(give, entry.subclasses, key)
        if member is None and cls in ("LuaEntity", "LuaPlayer"):
            member = table.get(("LuaControl", key))
            if cls == "LuaPlayer" and member is not None:
                give = self._character(give)
        return Way(member or _missing(cls, key), give, takes_table)

    def _character(self, find: Find) -> Find:
        return lambda handle: self.game.things[find(handle).thing]

    def reader(self, cls: str, key: str) -> Callable[[Handle], Any]:
        """What tells an attribute of an object."""
        if key == "valid":
            return self._validity(self._find(cls))
        game, way = self.game, self._way(READS, cls, key)
        member, give = way.member, way.give
        if way.wants_key:
            return lambda handle: member(game, give(handle), key)
        return lambda handle: member(game, give(handle))

    @staticmethod
    def _validity(find: Find) -> Callable[[Handle], bool]:
        def is_valid(handle: Handle) -> bool:
            try:
                find(handle)
            except ApiError:
                return False
            return True

        return is_valid

    def writer(self, cls: str, key: str) -> Callable[[Handle, Any], None]:
        """What sets an attribute of an object."""
        game, way = self.game, self._way(WRITES, cls, key)
        member, give = way.member, way.give
        return lambda handle, value: member(game, give(handle), value)

    def caller(self, cls: str, key: str) -> Callable[[Handle, list[Any]], Any]:
        """What calls a method of an object with its arguments."""
        game, way = self.game, self._way(CALLS, cls, key)
        member, give = way.member, way.give
        if not way.takes_table:
            return lambda handle, given: member(game, give(handle), *given)
        known = way.fields

        def call(handle: Handle, given: list[Any]) -> Any:
            target, fields = give(handle), given[0] if given and given[0] else {}
            if not isinstance(fields, dict):
                raise ApiError(f"{cls}.{key}: expected a table with names")
            if known is not None and not fields.keys() <= known:
                unknown = ", ".join(sorted(map(str, fields.keys() - known)))
                raise ApiError(f"the embedded server's {cls}.{key} does not know {unknown}")
            return member(game, target, **fields)

        return call

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


def _checked(find: Find, subclasses: frozenset[str], key: str) -> Find:
    """As `find`, for a member that only some kinds of entities have."""

    def give(handle: Handle) -> Any:
        thing = find(handle)
        if not belongs(thing.type, subclasses):
            raise ApiError(f"Entity is not {' or '.join(sorted(subclasses))}. ({thing.name}.{key})")
        return thing

    return give


def _missing(cls: str, key: str) -> Member:
    def raise_missing(*_: Any, **__: Any) -> None:
        raise ApiError(f"{cls}.{key} is in the game's API, but the embedded server does not emulate it")

    return raise_missing


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
