"""What a reader yields: a usable print, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "damaged", "planner", "empty", "tiles-only", "malformed", "no-string", "untileable", "unreadable-file", "too-large",
    "library",
]  # fmt: skip
"""Why something in the input is not a Print.

damaged: bytes that are no exchange string any more (base64, zlib, JSON, an unknown version byte); planner: an upgrade
or deconstruction planner; empty: a blueprint or book without anything; tiles-only: a blueprint of floor; malformed:
valid JSON that is no blueprint; no-string: a file that holds no exchange string; untileable: a blueprint whose entities
overlap or stand between tiles; unreadable-file: no text at all; too-large: what would take more memory than any print
needs; library: the game's own file of blueprints, which only the game can read.
"""

_PLACE = re.compile(r"#[0-9][0-9./]*$")


@dataclass(frozen=True, slots=True)
class Print:
    """One blueprint, taken out of its string and book and brought to the form of game 2.0.

    Attributes:
        source: where it stands: file, string or record, and path through books, such as `mall.txt#2/0/5`.
        label: its own name; may be empty or hold rich text.
        books: labels of the books around it, outermost first.
        game_version: version of the game that wrote it, such as `1.1.53`; `unknown` when it does not say.
        blueprint: normalised JSON (see `normalise`).
        dropped: entities left out because they had no name or no position.
        modded: names of its entities and recipes that vanilla never had, sorted.
        expansions: the game's own expansions that it needs, such as `space-age`, sorted.
        metadata: free fields of the record around it, as found; those of a whole book are its prints' too.
        licence: what those fields state, "" when they do not.
    """

    source: str
    label: str
    game_version: str
    blueprint: dict[str, Any]
    modded: tuple[str, ...] = ()
    books: tuple[str, ...] = ()
    dropped: int = 0
    expansions: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in the input that gave no Print; `kind` is for counting, `reason` for the reader of a report."""

    source: str
    kind: Kind
    reason: str


def file_of(source: str) -> str:
    """The file, or member of an archive, in the source of a Print or Unreadable.

    >>> file_of("prints.zip/mall.txt#2/0/5")
    'prints.zip/mall.txt'
    """
    return _PLACE.sub("", source)
