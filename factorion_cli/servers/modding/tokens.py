"""Lua 5.2 source as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from factorion_cli.errors import DataError

_KEYWORDS = """
and break do else elseif end false for function goto if in local nil not or repeat return then true until while
"""
KEYWORDS = frozenset(_KEYWORDS.split())

_FORMS = re.compile(
    r"""
    (?P<comment>--\[(?P<a>=*)\[.*?\](?P=a)\]|--[^\n]*)
  | (?P<string>\[(?P<b>=*)\[.*?\](?P=b)\]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>0[xX][0-9a-fA-F.pP+-]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<symbol>\.\.\.|\.\.|==|~=|<=|>=|::|[-+*/%^\#<>=(){}\[\];:,.])
  | (?P<space>\s+)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word of Lua: `kind` is "name", "keyword", "string", "number" or "symbol"; lines count from 1."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a script, without comments.

    Raises:
        DataError: a character that Lua does not know.
    """
    place, line = 0, 1
    while place < len(source):
        found = _FORMS.match(source, place)
        if found is None:
            raise DataError(f"line {line}: {source[place]!r} is no Lua")
        text, kind = found.group(), str(found.lastgroup)
        if kind not in ("comment", "space"):
            yield Token("keyword" if text in KEYWORDS else kind, text, line)
        line += text.count("\n")
        place = found.end()
