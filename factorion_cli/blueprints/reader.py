"""Reading prints: files, folders, standard input and strings, whatever form they come in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from factorion_cli.blueprints.endpoints import is_marked
from factorion_cli.blueprints.exchange import decode, find_strings
from factorion_cli.blueprints.normalise import normalised
from factorion_cli.blueprints.records import Print, Unreadable
from factorion_cli.blueprints.renames import is_modded_recipe
from factorion_cli.errors import BlueprintError
from factorion_cli.prototypes import load_table

STDIN = "-"
MAX_BOOK_DEPTH = 64
_PLANNERS = {"upgrade_planner": "upgrade planner", "deconstruction_planner": "deconstruction planner"}
_RAW_KEYS = ("blueprint", "blueprint_book", *_PLANNERS)


def read_prints(source: Path | str) -> Iterator[Print | Unreadable]:
    """Every blueprint in `source`, books flattened, and a reason for all that is none.

    Args:
        source: a file, a folder (read recursively in sorted order, hidden names left out), `-` for standard input, or
            the text of an exchange string. A str that names an existing path is that path.

    Yields:
        Print or Unreadable in the order in which they stand. One file is in memory at a time. `source` of what is
        yielded starts with the file's path below the folder given (its name, for a file), `-` or `string`.

    Raises:
        BlueprintError: `source` is a Path, or looks like one, and nothing is there.
    """
    if source == STDIN:
        yield from read_text(text_of(sys.stdin.buffer.read()) or "", STDIN)
        return
    path = source if isinstance(source, Path) else existing_path(source)
    if path is None:
        yield from read_text(str(source), "string")
    elif path.is_dir():
        for file in files_below(path):
            yield from _read_file(file, file.relative_to(path).as_posix())
    elif path.is_file():
        yield from _read_file(path, path.name)
    else:
        raise BlueprintError(f"{path} does not exist; give a file, a folder, - or a blueprint string")


def existing_path(text: str) -> Path | None:
    """The path that a str means, or None when it is blueprint text itself."""
    try:
        if Path(text).exists():
            return Path(text)
    except (OSError, ValueError):  # too long for a name, or with characters that no name has
        return None
    start = text.lstrip("\ufeff \t\r\n")[:1]
    # A mistyped path can be all base64 characters too; exchange strings begin with a digit, their version.
    is_text = "\n" in text or start in ("{", "[") or (start.isdigit() and any(find_strings(text)))
    return None if is_text else Path(text)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and its folders, sorted; what is hidden by a leading dot is left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _read_file(path: Path, name: str) -> Iterator[Print | Unreadable]:
    text = file_text(path, name)
    if isinstance(text, Unreadable):
        yield text
    else:
        yield from read_text(text, name)


def file_text(path: Path, name: str) -> str | Unreadable:
    """The text of a file, or why it has none; `name` stands for the file there."""
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        return Unreadable(name, "unreadable-file", f"cannot be opened: {error.strerror}")
    return Unreadable(name, "unreadable-file", "is not text") if text is None else text


def text_of(raw: bytes) -> str | None:
    """Text in any encoding that exchange strings, which are ASCII, survive in; None for what is no text."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw[:8192]:
        return None
    return raw.decode("utf-8-sig", errors="replace")


def read_text(text: str, name: str) -> Iterator[Print | Unreadable]:
    """Every blueprint in a text: raw JSON, or exchange strings alone or among anything else."""
    document = _raw_json(text)
    parts = list(_in_json(document) if document is not None else find_strings(text))
    if not parts:
        yield Unreadable(name, "no-string", "holds no blueprint string")
    for index, part in enumerate(parts):
        yield from _read_part(part, f"{name}#{index}")


def _raw_json(text: str) -> Any:
    """The value of a text that is JSON, else None (a lone exchange string is no JSON)."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (json.JSONDecodeError, RecursionError):
        return None


def _in_json(value: Any) -> Iterator[Any]:
    """Blueprint objects and exchange strings anywhere in a JSON value, in order."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield from find_strings(node)
        elif isinstance(node, list):
            pending.extend(reversed(node))
        elif isinstance(node, Mapping):
            if any(isinstance(node.get(key), Mapping) for key in _RAW_KEYS):
                yield node
            elif node.get("item") == "blueprint" and "entities" in node:
                yield {"blueprint": node}
            else:
                pending.extend(reversed(list(node.values())))


def _read_part(part: Any, source: str) -> Iterator[Print | Unreadable]:
    if isinstance(part, str):
        try:
            part = decode(part)
        except BlueprintError as error:
            yield Unreadable(source, "damaged", str(error))
            return
    yield from flatten(part, source)


def flatten(document: Any, source: str) -> Iterator[Print | Unreadable]:
    """Every blueprint of a decoded document in reading order; a child that is damaged costs only itself."""
    pending: list[tuple[Any, str, tuple[str, ...]]] = [(document, source, ())]
    while pending:
        node, where, books = pending.pop()
        book = node.get("blueprint_book") if isinstance(node, Mapping) else None
        if not isinstance(book, Mapping):
            yield _leaf(node, where, books)
            continue
        children = book.get("blueprints")
        children = list(children.values()) if isinstance(children, Mapping) else children
        if not isinstance(children, list) or not children:
            yield Unreadable(where, "empty", "empty book")
        elif len(books) >= MAX_BOOK_DEPTH:
            yield Unreadable(where, "malformed", f"books nested deeper than {MAX_BOOK_DEPTH}")
        else:
            inside = (*books, _label(book))
            numbered = [(child, f"{where}/{index}", inside) for index, child in enumerate(children)]
            pending.extend(reversed(numbered))


def _label(node: Mapping[str, Any]) -> str:
    label = node.get("label")
    return label if isinstance(label, str) else ""


def _leaf(node: Any, source: str, books: tuple[str, ...]) -> Print | Unreadable:
    if not isinstance(node, Mapping):
        return Unreadable(source, "malformed", f"found a JSON {type(node).__name__}, expected a blueprint object")
    for key, planner in _PLANNERS.items():
        if key in node:
            return Unreadable(source, "planner", planner)
    raw = node.get("blueprint")
    if not isinstance(raw, Mapping):
        found = ", ".join(sorted(str(key) for key in node)[:5]) or "nothing"
        return Unreadable(source, "malformed", f"found {found}, expected blueprint or blueprint_book")
    if not raw.get("entities") and not is_marked(raw):
        return _without_entities(raw, source)
    try:
        return _print(raw, source, books)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        # Whatever a stranger's JSON holds must not stop the reading of ten thousand others.
        return Unreadable(source, "malformed", f"its fields are not those of a blueprint: {error}")


def _without_entities(raw: Mapping[str, Any], source: str) -> Unreadable:
    tiles = raw.get("tiles")
    if isinstance(tiles, (list, Mapping)) and tiles:
        return Unreadable(source, "tiles-only", f"{len(tiles)} floor tiles and no entities")
    return Unreadable(source, "empty", "empty blueprint")


def _print(raw: Mapping[str, Any], source: str, books: tuple[str, ...]) -> Print | Unreadable:
    blueprint, version, dropped = normalised(raw)
    if not blueprint["entities"] and raw.get("entities"):
        return Unreadable(source, "malformed", "none of its entities has a name and a position")
    names = {entity["name"] for entity in blueprint["entities"]}
    recipes = {entity["recipe"] for entity in blueprint["entities"] if is_modded_recipe(entity.get("recipe"))}
    modded = tuple(sorted((names - load_table().entities.keys()) | recipes))
    return Print(source, _label(raw), version, blueprint, modded, books, dropped)
