"""The tables of the game's runtime API: which classes, members, arguments, events and defines there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from factorion_cli.errors import UsageError

DATA = Path(__file__).parent / "data"
VERSIONS = ("2.0", "2.1")
NUMBERED_FROM_1 = ".transport_line"
"""The lines of a belt: `get_max_transport_line_index` counts them, so that mods may go through them from 1."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a class: whether it can be read and written, its type where that is short to say.

    `subclasses` are the kinds of object that have it (empty: all); other objects raise.
    """

    readable: bool
    writable: bool
    type: str
    subclasses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a class.

    Attributes:
        takes_table: "yes" when its arguments are the fields of one table, "optional" when that may be left out, or "".
        arguments: names that the table (or the struct that is the one argument) may have; None: not a struct.
        required: those that the table must have.
        least: fewest positional arguments.
        most: most positional arguments; -1 for any number.
        returns: type of what it returns, where that is short to say.
        subclasses: as for attributes.
    """

    takes_table: str
    arguments: frozenset[str] | None
    required: frozenset[str]
    least: int
    most: int
    returns: str
    subclasses: frozenset[str]


@dataclass(frozen=True, slots=True)
class ApiClass:
    """A class with the members of its ancestors."""

    name: str
    attributes: Mapping[str, Attribute]
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True, eq=False)
class ApiTable:
    """The runtime API of one minor version of the game.

    Attributes:
        version: "2.0" or "2.1".
        game_version: the release that the table describes.
        classes: by name, with inherited members.
        events: names of the fields of each event.
        defines: a tree; leaves are values by name.
        global_objects: class of each global.
        global_functions: names.
    """

    version: str
    game_version: str
    classes: Mapping[str, ApiClass]
    events: Mapping[str, tuple[str, ...]]
    defines: Mapping[str, Any]
    global_objects: Mapping[str, str]
    global_functions: tuple[str, ...]


def _attribute(row: dict[str, Any]) -> Attribute:
    flags = row["flags"]
    return Attribute("r" in flags, "w" in flags, row.get("type", ""), frozenset(row.get("subclasses", ())))


def _method(row: dict[str, Any]) -> Method:
    arguments = row.get("arguments")
    return Method(
        takes_table=row.get("table", ""),
        arguments=None if arguments is None else frozenset(arguments),
        required=frozenset(row.get("required", ())),
        least=row["least"],
        most=row["most"],
        returns=row.get("returns", ""),
        subclasses=frozenset(row.get("subclasses", ())),
    )


def _class(raw: dict[str, Any], name: str) -> ApiClass:
    attributes: dict[str, Attribute] = {}
    methods: dict[str, Method] = {}
    ancestor: str | None = name
    while ancestor is not None:
        row = raw[ancestor]
        attributes = {key: _attribute(value) for key, value in row["attributes"].items()} | attributes
        methods = {key: _method(value) for key, value in row["methods"].items()} | methods
        ancestor = row.get("parent")
    return ApiClass(name, attributes, methods)


def _defines(tree: Any, path: str, version: str) -> Any:
    """Values of defines: those of directions and lines are the game's; others are made up, and differ between versions.

    The game does not document them, and a mod that counted on any would break with its next release.
    """
    if isinstance(tree, dict):
        return {name: _defines(branch, f"{path}.{name}", version) for name, branch in tree.items()}
    names = [leaf if isinstance(leaf, str) else leaf[0] for leaf in tree]
    if path == ".direction":
        return {leaf[0]: int(leaf[1]) for leaf in tree}
    if path == NUMBERED_FROM_1:
        return {name: index for index, name in enumerate(names, start=1)}
    first = sum(map(ord, path + version)) % 97 + 1
    count = len(names)
    return {name: first + (5 * index % count if count % 5 else count - index) for index, name in enumerate(names)}


@cache
def load_api(version: str) -> ApiTable:
    """The table of "2.0" or "2.1", read once per process.

    Raises:
        UsageError: another version.
    """
    if version not in VERSIONS:
        raise UsageError(f"there is no table of the runtime API of {version!r}; expected one of {', '.join(VERSIONS)}")
    raw = json.loads((DATA / f"runtime-{version}.json").read_text(encoding="utf-8"))
    return ApiTable(
        version=version,
        game_version=raw["version"],
        classes={name: _class(raw["classes"], name) for name in raw["classes"]},
        events={name: tuple(fields) for name, fields in raw["events"].items()},
        defines=_defines(raw["defines"], "", version),
        global_objects=raw["global_objects"],
        global_functions=tuple(raw["global_functions"]),
    )
