"""string.pack, unpack and packsize, which the game has from Lua 5.4 (auxiliary docs: Libraries and functions)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from factorion_cli.servers.embedded.values import ApiError

_SIZES = {"b": 1, "h": 2, "i": 4, "l": 8, "j": 8, "t": 8}
_CODES = {1: "b", 2: "h", 4: "i", 8: "q"}


def _options(form: str) -> Iterator[tuple[str, str, int]]:
    """Byte order, option and size of each part: integers as "i" or "I", floats as "f" or "d"; no alignment."""
    order, at = "<", 0
    while at < len(form):
        option = form[at]
        at += 1
        digits = at
        while at < len(form) and form[at].isdigit():
            at += 1
        size = int(form[digits:at]) if at > digits else 0
        if option in "<>=":
            order = ">" if option == ">" else "<"
        elif option.lower() in _SIZES:
            size = (size if option in "iI" else 0) or (8 if option == "T" else _SIZES[option.lower()])
            if size not in _CODES:
                raise ApiError(f"string.pack: the embedded server has no integers of {size} bytes")
            yield order, "I" if option.isupper() or option == "T" else "i", size
        elif option in "fdn":
            yield order, "f" if option == "f" else "d", 4 if option == "f" else 8
        elif option in "szx":
            yield order, option, size or 8 if option == "s" else 1
        elif option not in " !":
            raise ApiError(f"string.pack: invalid format option {option!r}")


def _code(option: str, size: int) -> str:
    if option in "fd":
        return option
    return _CODES[size] if option == "i" else _CODES[size].upper()


def pack(form: str, *values: Any) -> bytes:
    """The bytes of values."""
    parts, given = [], iter(values)
    try:
        for order, option, size in _options(form):
            if option == "x":
                parts.append(b"\0")
            elif option in "sz":
                text = str(next(given)).encode("latin-1")
                head = struct.pack(order + _CODES[size].upper(), len(text)) if option == "s" else b""
                parts.append(head + text + (b"\0" if option == "z" else b""))
            elif option in "fd":
                parts.append(struct.pack(order + option, next(given)))
            else:
                parts.append(struct.pack(order + _code(option, size), _whole(next(given))))
    except StopIteration:
        raise ApiError("string.pack: fewer values than the format has") from None
    except (struct.error, OverflowError, TypeError, KeyError) as error:
        raise ApiError(f"string.pack: {error}") from None
    return b"".join(parts)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ApiError(f"string.pack: number has no integer representation: {value!r}")
    return int(value)


def packsize(form: str) -> int:
    """Bytes of a format without strings."""
    total = 0
    for _, option, size in _options(form):
        if option in "sz":
            raise ApiError("string.packsize: variable-length format")
        total += size
    return total


def unpack(form: str, text: str, start: int = 1) -> list[Any]:
    """The values at `start` (from 1), and the place after them."""
    data, at, found = text.encode("latin-1"), int(start) - 1, []
    try:
        for order, option, size in _options(form):
            if option == "x":
                at += 1
            elif option == "z":
                end = data.index(b"\0", at)
                found.append(data[at:end])
                at = end + 1
            elif option == "s":
                (length,) = struct.unpack_from(order + _CODES[size].upper(), data, at)
                if at + size + length > len(data):
                    raise ApiError("string.unpack: data string too short")
                found.append(data[at + size : at + size + length])
                at += size + length
            else:
                found.append(struct.unpack_from(order + _code(option, size), data, at)[0])
                at += size
    except (struct.error, ValueError):
        raise ApiError("string.unpack: data string too short") from None
    return [*found, at + 1]
