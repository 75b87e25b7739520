"""Where members are registered by class and name.

A reader takes the game and what the LuaObject stands for (and its own name, if it wants to know it); a writer the value
as well; a call its arguments, where a call that takes a table gets that table's fields by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Member = Callable[..., Any]
Found = TypeVar("Found", bound=Member)

READS: dict[tuple[str, str], Member] = {}
WRITES: dict[tuple[str, str], Member] = {}
CALLS: dict[tuple[str, str], Member] = {}
INDICES: dict[str, Member] = {}
LENGTHS: dict[str, Member] = {}
KEYS: dict[str, Member] = {}


def reads(cls: str, *names: str) -> Callable[[Found], Found]:
    """Register a reader of attributes."""
    return _register(READS, cls, names)


def writes(cls: str, *names: str) -> Callable[[Found], Found]:
    """Register a writer of attributes."""
    return _register(WRITES, cls, names)


def calls(cls: str, *names: str) -> Callable[[Found], Found]:
    """Register a method."""
    return _register(CALLS, cls, names)


def _register(table: dict[tuple[str, str], Member], cls: str, names: tuple[str, ...]) -> Callable[[Found], Found]:
    def add(member: Found) -> Found:
        for name in names:
            table[cls, name] = member
        return member

    return add
