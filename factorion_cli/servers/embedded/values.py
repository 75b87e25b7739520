"""What crosses between Lua and Python: plain values, tables as dicts and lists, and LuaObjects as references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import lupa.lua52

from factorion_cli.errors import ServerError

OBJECT, LIST, FAILURE, POSITION, SEVERAL, ITEMS = range(1, 7)
"""Kinds of answers, as in lua/objects.lua; a plain value has none."""
CLASS, HANDLE = "\1class", "\1handle"
"""Keys of a LuaObject's class and handle; no text that a mod gets from outside can hold them by chance."""
DEEPEST = 60

Handle = int | str


class ApiError(ServerError):
    """What the game would raise in Lua; the message goes to the mod."""


class Ref(NamedTuple):
    """A LuaObject: its class and what identifies it."""

    cls: str
    handle: Handle


class Refs(NamedTuple):
    """A list of LuaObjects of one class."""

    cls: str
    handles: Sequence[Handle]


class Position(NamedTuple):
    """Game coordinates in tiles, returned as {x=, y=}."""

    x: float
    y: float


class Items(NamedTuple):
    """Items by name, returned as ItemWithQualityCounts[] in the order of their names."""

    counts: Mapping[str, int]


class Several(NamedTuple):
    """Several results of one call."""

    values: Sequence[Any]


def from_lua(value: Any, depth: int = 0) -> Any:
    """A Lua value in Python: tables whose keys are 1..n as lists, others as dicts, LuaObjects as Ref.

    Raises:
        ApiError: a table too deep, or a function.
    """
    kind = type(value)
    if kind is str:
        return decoded(value)
    if value is None or kind is float or kind is int or kind is bool:
        return value
    if lupa.lua52.lua_type(value) != "table":
        raise ApiError(f"a {lupa.lua52.lua_type(value)} cannot be given to the game here")
    if depth > DEEPEST:
        raise ApiError("a table this deep cannot be given to the game")
    items = dict(value.items())
    if CLASS in items:
        cls, handle = items[CLASS], items.get(HANDLE)
        if not isinstance(cls, str) or not isinstance(handle, int | str):
            raise ApiError("a table that looks like a LuaObject and is none")
        return Ref(cls, from_handle(handle))
    if 1 in items and all(index in items for index in range(1, len(items) + 1)):
        return [from_lua(items[index], depth + 1) for index in range(1, len(items) + 1)]
    return {key: from_lua(inner, depth + 1) for key, inner in items.items()}


def from_run(run: Sequence[Any]) -> list[Any]:
    """What Lua gave to a method, from the run of plain values as which it crossed (lua/passing.lua)."""
    if len(run) == 1:
        return [_next(run[0], iter(()))]
    rest = iter(run)
    return [_next(token, rest) for token in rest]


def _next(token: Any, rest: Iterator[Any]) -> Any:
    kind = type(token)
    if token is None:
        return _taken_apart(next(rest), rest)
    if kind is str:
        return decoded(token)
    return token if kind is float or kind is int or kind is bool else from_lua(token)


def _taken_apart(what: bool | int, rest: Iterator[Any]) -> Any:
    """A table, or nothing, whose first two tokens have been read."""
    if what is False:
        return None
    if what is True:
        return Ref(next(rest), from_handle(next(rest)))
    if what < 0:
        return [_next(next(rest), rest) for _ in range(-what)]
    return {next(rest): _next(next(rest), rest) for _ in range(what)}


def encoded(text: str) -> str:
    """Text as Lua gets it: the bytes of its UTF-8, one character each."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def decoded(text: str) -> str:
    """Text from Lua's bytes; what is not UTF-8 is kept as surrogates, so that `encoded` gives the same bytes."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def from_handle(handle: Handle) -> Handle:
    """A handle as Lua had it."""
    return decoded(handle) if isinstance(handle, str) else handle


def position_of(value: Any) -> tuple[float, float]:
    """Coordinates of a MapPosition: {x=, y=} or {1, 2}."""
    try:
        x, y = (value["x"], value["y"]) if isinstance(value, Mapping) else (value[0], value[1])
        return float(x), float(y)
    except (KeyError, IndexError, TypeError, ValueError):
        raise ApiError(f"expected a position like {{x=1, y=2}} or {{1, 2}}, found {shown(value)}") from None


def area_of(value: Any) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a BoundingBox: {left_top=, right_bottom=} or {{x1, y1}, {x2, y2}}."""
    try:
        corners = (value["left_top"], value["right_bottom"]) if isinstance(value, Mapping) else (value[0], value[1])
    except (KeyError, IndexError, TypeError):
        raise ApiError(f"expected an area like {{{{x1, y1}}, {{x2, y2}}}}, found {shown(value)}") from None
    return (*position_of(corners[0]), *position_of(corners[1]))


def name_of(value: Any, what: str) -> str:
    """A prototype's name from an id: the name, the prototype, or a table with `name` (its quality must be normal)."""
    if isinstance(value, Ref):
        return str(value.handle)
    if isinstance(value, Mapping):
        if value.get("quality") not in (None, "normal"):
            raise ApiError(f"the embedded server has no quality {shown(value['quality'])}")
        value = value.get("name")
    if not isinstance(value, str):
        raise ApiError(f"expected the name of {what}, found {shown(value)}")
    return value


def names_of(value: Any, what: str) -> list[str] | None:
    """Names from one id or a list of them; None for None."""
    if value is None:
        return None
    return [name_of(each, what) for each in (value if isinstance(value, list) else [value])]


QUALITIES = ("normal", "uncommon", "rare", "epic", "legendary")


def quality_of(value: Any) -> str:
    """The name of a quality; normal for None."""
    name = "normal" if value is None else value.handle if isinstance(value, Ref) else value
    if name not in QUALITIES:
        raise ApiError(f"Unknown quality: {shown(value)}")
    return str(name)


def stack_of(value: Any) -> tuple[str, int]:
    """Name and count of an ItemStackIdentification: a name (one piece) or a table with `name` and `count`."""
    count = value.get("count", 1) if isinstance(value, Mapping) else 1
    if isinstance(count, bool) or not isinstance(count, int | float) or count < 0:
        raise ApiError(f"expected a count of items, found {shown(count)}")
    return name_of(value, "an item"), int(count)


def number_of(value: Any, what: str) -> float:
    """A number, or ApiError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ApiError(f"expected {what} as a number, found {shown(value)}")
    return value


def whole_of(value: Any, what: str, least: int, most: int) -> int:
    """A whole number between two others (both allowed), or ApiError."""
    number = number_of(value, what)
    if not least <= number <= most:
        raise ApiError(f"expected {what} from {least} to {most}, found {shown(value)}")
    return int(number)


def text_of(value: Any, what: str) -> str:
    """A text, or ApiError."""
    if not isinstance(value, str):
        raise ApiError(f"expected {what} as text, found {shown(value)}")
    return value


def boolean_of(value: Any, what: str) -> bool:
    """A boolean, or ApiError."""
    if not isinstance(value, bool):
        raise ApiError(f"expected {what} as true or false, found {shown(value)}")
    return value


def shown(value: Any) -> str:
    """A value as messages show it, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
