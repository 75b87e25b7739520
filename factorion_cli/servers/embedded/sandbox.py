"""One Lua 5.2 state that runs a mod as the game would: the game's globals, its API tables, nothing of Python's.

Only a fixed set of functions crosses into Lua: wrappers of Python objects that Lua's collector frees can be mixed up by
lupa (measured), and nothing a mod holds can then reach into Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Protocol

import lupa.lua52

from factorion_cli.errors import FactorionError
from factorion_cli.servers.api import ApiTable
from factorion_cli.servers.embedded.packing import pack, packsize, unpack
from factorion_cli.servers.embedded.values import (
    FAILURE,
    ITEMS,
    LIST,
    OBJECT,
    POSITION,
    SEVERAL,
    Handle,
    Items,
    Position,
    Ref,
    Refs,
    Several,
    decoded,
    encoded,
    from_handle,
    from_lua,
    from_run,
)

MOST_MEMORY = 1 << 30
"""Bytes that one Lua state may take."""
INDEXED = frozenset({"LuaCustomTable", "LuaInventory", "LuaTransportLine"})
"""Classes with an index operator (and a length)."""
_WRONG_KIND = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What Python raises where a mod gave a string for a table and the like: no Python object may get into Lua."""
_PARTS = files("factorion_cli.servers.embedded") / "lua"

LuaError = lupa.lua52.LuaError


class Host(Protocol):
    """What stands behind the LuaObjects."""

    def reader(self, cls: str, key: str) -> Callable[[Handle], Any]:
        """What tells an attribute of an object."""

    def writer(self, cls: str, key: str) -> Callable[[Handle, Any], None]:
        """What sets an attribute of an object."""

    def caller(self, cls: str, key: str) -> Callable[[Handle, list[Any]], Any]:
        """What calls a method of an object with its arguments."""

    def index(self, ref: Ref, key: Any) -> Any:
        """The value of the index operator."""

    def length(self, ref: Ref) -> int:
        """The value of the length operator."""

    def keys(self, ref: Ref) -> list[Any]:
        """Keys of a LuaCustomTable."""

    def say(self, kind: str, text: str) -> None:
        """Take what `print` and `log` say."""

    def has_input(self, name: str) -> bool:
        """Whether the mod has a key of that name."""

    def random(self) -> float:
        """The next of the game's random numbers, 0 to 1."""

    def tick(self) -> int:
        """The game's tick."""

    def prototypes(self, kind: str) -> Mapping[str, Any]:
        """Vanilla prototypes of a type, for the data stage."""


def _failure(error: Exception) -> tuple[Any, ...]:
    """What Lua raises for an error."""
    message = (
        str(error) if isinstance(error, FactorionError) else f"a value of a kind that is not expected here: {error!r}"
    )
    return encoded(message), FAILURE


class Sandbox:
    """A Lua state with the stages of a mod.

    Args:
        host: what stands behind the objects.
        api: the table of the version that is played.
        source: gives the text of a file of the mod, or None.
        reversed_pairs: whether `pairs` goes through keys backwards, to find mods that depend on an order.

    Attributes:
        listening: events (numbers) that the mod has handlers for, and "nth_tick".
    """

    def __init__(
        self, host: Host, api: ApiTable, source: Callable[[str], str | None], reversed_pairs: bool = False
    ) -> None:
        self._host, self._api = host, api
        self.listening: set[Any] = set()
        self._custom_events: dict[str, int] = {}
        self._counts: Mapping[str, int] | None = None
        self._lists: tuple[Any, ...] = ()
        self._readers: list[Callable[[Handle], Any]] = []
        self._writers: list[Callable[[Handle, Any], None]] = []
        self._callers: list[Callable[[Handle, list[Any]], Any]] = []
        self._source = source
        self._lua = lupa.lua52.LuaRuntime(
            encoding="latin-1",
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_no_attributes,
            max_memory=MOST_MEMORY,
        )
        settings = {"reversed": reversed_pairs, "defines": api.defines, "global_objects": api.global_objects}
        self._lua.execute("python = nil")
        self._load = self._lua.eval("function(text, name) return assert(load(text, '=' .. name, 't')) end")
        main = self._load((_PARTS / "sandbox.lua").read_text("utf-8"), "sandbox")
        self._stages = main(self._functions(), self._lua.table_from(settings, recursive=True), self._part)
        self._forget = self._stages["forget"]

    def _part(self, name: str) -> Any:
        return self._load((_PARTS / f"{name}.lua").read_text("utf-8"), name)()

    def _functions(self) -> Any:
        return self._lua.table_from(
            {
                "read": self._read,
                "write": self._write,
                "call": self._call,
                "index": self._index,
                "length": self._length,
                "keys": self._keys,
                "members": self._members,
                "event_id": self._event_id,
                "new_event": self._new_event,
                "listen": self._listen,
                "say": lambda kind, text: self._host.say(kind, decoded(text)),
                "random": self._host.random,
                "tick": self._host.tick,
                "source": self._text,
                "prototypes": lambda kind: self.to_lua(self._host.prototypes(kind)),
                "binary": self._binary,
            }
        )

    # From Lua

    def _answer(self, question: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return self._marshalled(question(*arguments))
        except (FactorionError, *_WRONG_KIND) as error:
            return _failure(error)

    def _marshalled(self, value: Any) -> Any:
        """What Lua gets for an answer: a plain value as it is, of others their parts with the kind in second place."""
        kind = type(value)
        if kind is float or kind is bool or value is None:  # the most frequent kinds first
            return value
        if kind is int:
            return _number(value)
        if kind is str:
            return encoded(value)
        if kind is Position:
            return value.x, POSITION, value.y
        if kind is Ref:
            if not isinstance(value.handle, int | str):  # it would be an object of Python's in Lua
                raise TypeError(f"{value.handle!r} identifies no {value.cls}")
            return value.cls, OBJECT, _to_handle(value.handle)
        if kind is Refs:
            return value.cls, LIST, self._lua.table_from(value.handles)
        if kind is Items:
            return self._items(value.counts)
        if kind is Several:
            return self._lua.table_from([self.to_lua(each) for each in value.values]), SEVERAL, len(value.values)
        return self.to_lua(value)

    def _items(self, counts: Mapping[str, int]) -> tuple[Any, ...]:
        """Two short lists cross more quickly than many small tables; the last ones are kept, which Lua only reads."""
        if counts != self._counts:
            names = sorted(name for name, count in counts.items() if count > 0)
            lists = map(encoded, names), [counts[name] for name in names]
            self._counts, self._lists = dict(counts), tuple(map(self._lua.table_from, lists))
        names, amounts = self._lists
        return names, ITEMS, amounts

    # Nothing is asked as often as these, so they are asked without another call in between.

    def _read(self, number: int, handle: Handle) -> Any:
        try:
            return self._marshalled(self._readers[number](handle))
        except (FactorionError, *_WRONG_KIND) as error:
            return _failure(error)

    def _write(self, number: int, handle: Handle, *run: Any) -> Any:
        try:
            return self._writers[number](handle, from_run(run)[0])
        except (FactorionError, *_WRONG_KIND) as error:
            return _failure(error)

    def _call(self, number: int, handle: Handle, *run: Any) -> Any:
        try:
            return self._marshalled(self._callers[number](handle, from_run(run) if run else []))
        except (FactorionError, *_WRONG_KIND) as error:
            return _failure(error)

    def _index(self, cls: str, handle: Handle, key: Any) -> Any:
        return self._answer(lambda: self._host.index(Ref(cls, from_handle(handle)), from_lua(key)))

    def _length(self, cls: str, handle: Handle) -> Any:
        return self._answer(lambda: self._host.length(Ref(cls, from_handle(handle))))

    def _keys(self, cls: str, handle: Handle) -> Any:
        return self._answer(lambda: self._host.keys(Ref(cls, from_handle(handle))))

    def _members(self, cls: str) -> Any:
        """What lua/objects.lua checks against, with the numbers by which it asks."""
        known, host = self._api.classes[cls], self._host
        methods = {}
        for name, method in known.methods.items():
            methods[name] = {
                "table": method.takes_table or None,
                "arguments": None if method.arguments is None else dict.fromkeys(method.arguments, True),
                "required": sorted(method.required),
                "least": method.least,
                "most": method.most,
                "number": _added(self._callers, host.caller(cls, name)),
            }
        flags = {
            name: ("r" if found.readable else "") + ("w" if found.writable else "")
            for name, found in known.attributes.items()
        }
        readable = (name for name, how in flags.items() if "r" in how and name != "object_name")
        members = {
            "attributes": flags,
            "methods": methods,
            "indexed": cls in INDEXED,
            "readers": {name: _added(self._readers, host.reader(cls, name)) for name in readable},
            "writers": {name: _added(self._writers, host.writer(cls, name)) for name in flags if "w" in flags[name]},
        }
        return self._lua.table_from(members, recursive=True)

    def _event_id(self, event: Any) -> int | None:
        """The number of an event: itself, or that of a custom input by name."""
        if isinstance(event, str):
            if not self._host.has_input(event):
                return None
            return self._custom_events.setdefault(event, 10_000 + len(self._custom_events))
        known = isinstance(event, int) and (event in self._api.defines["events"].values() or event >= 10_000)
        return event if known else None

    def _new_event(self) -> int:
        return self._custom_events.setdefault(f"\1{len(self._custom_events)}", 10_000 + len(self._custom_events))

    def _listen(self, event: Any, on: bool) -> None:
        (self.listening.add if on else self.listening.discard)(event)

    def _text(self, path: str) -> str | None:
        text = self._source(path)
        return None if text is None else encoded(text)

    def _binary(self, name: str, *arguments: Any) -> Any:
        if name == "pack":
            return self._answer(lambda: pack(*arguments))
        if name == "packsize":
            return self._answer(lambda: packsize(*arguments))
        return self._answer(lambda: Several(unpack(*arguments)))

    # To Lua

    def to_lua(self, value: Any) -> Any:
        """A Python value in Lua: dicts and lists as tables, references as LuaObjects, text as UTF-8."""
        kind = type(value)
        if kind is float or kind is bool or value is None:
            return value
        if kind is str:
            return encoded(value)
        if kind is int:
            return _number(value)
        if kind is dict:
            return self._lua.table_from({self.to_lua(key): self.to_lua(inner) for key, inner in value.items()})
        if kind is list or kind is tuple:
            return self._lua.table_from([self.to_lua(inner) for inner in value])
        return self._other_to_lua(value)

    def _other_to_lua(self, value: Any) -> Any:
        if isinstance(value, str):
            return encoded(value)
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if isinstance(value, Position):
            return self._lua.table_from({"x": value.x, "y": value.y})
        if isinstance(value, Ref):
            return self._stages["wrap"](value.cls, _to_handle(value.handle))
        if isinstance(value, Refs):
            return self._lua.table_from([self._stages["wrap"](value.cls, handle) for handle in value.handles])
        if isinstance(value, Mapping):
            return self.to_lua(dict(value))
        if isinstance(value, list | tuple):
            return self.to_lua(list(value))
        return _number(value) if isinstance(value, int) else value

    # The stages

    def data_stage(self, mods: Mapping[str, str]) -> list[dict[str, Any]]:
        """Run the data stage; the prototypes that the mod added."""
        added = self._stages["data"](self.to_lua(mods))
        return [dict(prototype.items()) for prototype in added.values()]

    def control_stage(self) -> None:
        """Run control.lua."""
        self._stages["control"]()

    def init(self) -> None:
        """A new game: on_init."""
        self._stages["init"]()

    def load(self, storage: bytes) -> None:
        """A loaded game: storage, then on_load."""
        self._stages["load"](storage.decode("latin-1"))

    def save(self) -> bytes:
        """The storage table as bytes, the same for the same contents."""
        return str(self._stages["save"]()).encode("latin-1")

    def configuration_changed(self, data: Mapping[str, Any]) -> None:
        """The mods or the game changed since the save."""
        self._stages["configuration_changed"](self.to_lua(data))

    def tick(self, tick: int) -> None:
        """on_tick and on_nth_tick."""
        self._stages["tick"](tick)

    def raise_event(self, name: str, fields: Mapping[str, Any]) -> None:
        """An event of the game, or a custom input by name, if the mod listens."""
        number = self._api.defines["events"].get(name) or self._custom_events.get(name)
        if number in self.listening:
            event = {**fields, "name": number, "tick": self._host.tick()}
            self._stages["raise"](number, self.to_lua(event))

    def forget(self, number: int) -> None:
        """An entity has changed, or is gone."""
        self._forget(number)

    def command(self, name: str, parameter: str | None, tick: int, player: int | None) -> bool:
        """Run a custom command; False when there is none of that name."""
        text = None if parameter is None else encoded(parameter)
        return bool(self._stages["command"](encoded(name), text, tick, player))

    def script(self, text: str) -> None:
        """Run the text of /sc in the level's own globals."""
        self._stages["script"](encoded(text))


def _added(members: list[Any], member: Any) -> int:
    """The number of a member that is put into a list."""
    members.append(member)
    return len(members) - 1


def _to_handle(handle: Handle) -> Handle:
    return encoded(handle) if isinstance(handle, str) else handle


def _number(value: int) -> int | float:
    """A whole number as Lua 5.2 can hold it: a double."""
    return value if -(2**53) <= value <= 2**53 else float(value)


def _no_attributes(_target: Any, _name: Any, _writes: bool) -> Any:
    raise AttributeError("Python's objects have no attributes in Lua")


def json_to_python(text: str) -> Any:
    """helpers.json_to_table: None for what is no JSON; numbers are doubles, as in Lua."""
    try:
        return json.loads(text, parse_int=float, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> float:
    raise ValueError(constant)
