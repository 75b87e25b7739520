"""Text -> plain values: YAML, JSON or JSON lines, from files that nobody vouches for.

What could hang or crash a reader is refused by name: brackets or dashes nested deeper than any factory needs (the C
parser of YAML recurses on the stack), anchors that grow to more than they take up, values that contain themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from factorion_cli.errors import FactoryError

MOST_NESTED = 500
"""Levels of nesting of a file; a factory has five."""

MOST_GROWN = 20_000_000
"""Values that a file may hold once its anchors are written out."""

_BRACKETS = re.compile(r"[\[\]{}]")
_DASHES = re.compile(rf"(?:[-?:][ \t]+){{{MOST_NESTED}}}")
_INDENTED = re.compile(rf"^ {{{MOST_NESTED}}} *\S", re.MULTILINE)


def documents(text: str, where: str) -> list[tuple[bool, int, Any]]:
    """(whether it stands alone, its number, value) of every factory in a text; raises FactoryError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise FactoryError(f"{where} is empty; a factory has at least a size (see docs/formats.md, Factory files)")
    if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
        return [(False, index, _json(line, f"{where}, line {index + 1}")) for index, line in enumerate(lines)]
    raw = _json(text, where) if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") else _yaml(text, where)
    if isinstance(raw, list):
        return [(False, index, value) for index, value in enumerate(raw)]
    return [(True, 0, raw)]


def _nested(text: str) -> int:
    """How deep brackets nest; those inside of strings count, too, which only makes it more."""
    steps = (1 if bracket.group() in "[{" else -1 for bracket in _BRACKETS.finditer(text))
    return max(accumulate(steps), default=0)


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as error:
        # Flow-style YAML also starts with a bracket.
        try:
            return _yaml(text, where)
        except FactoryError:
            raise FactoryError(f"{where} is neither JSON nor YAML: {error}") from error


def _too_deep(where: str) -> FactoryError:
    return FactoryError(f"{where} is nested more than {MOST_NESTED} levels deep; a factory has five")


def _yaml(text: str, where: str) -> Any:
    import yaml

    if _nested(text) > MOST_NESTED or _DASHES.search(text) or _INDENTED.search(text):
        raise _too_deep(where)
    try:
        raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise FactoryError(f"{where} is not YAML: {error}") from error
    if "&" in text:
        _grown(raw, where, {}, set())
    return raw


def _grown(value: Any, where: str, known: dict[int, int], around: set[int]) -> int:
    """How many values this one holds when every alias is written out."""
    if not isinstance(value, (list, Mapping)):
        return 1
    if id(value) in around:
        raise FactoryError(f"{where} holds a value that contains itself; take the alias out")
    if id(value) not in known:
        parts = value.values() if isinstance(value, Mapping) else value
        around.add(id(value))
        known[id(value)] = 1 + sum(_grown(part, where, known, around) for part in parts)
        around.discard(id(value))
        if known[id(value)] > MOST_GROWN:
            raise FactoryError(
                f"{where} grows to more than {MOST_GROWN:,} values by its aliases; write out what it needs"
            )
    return known[id(value)]
