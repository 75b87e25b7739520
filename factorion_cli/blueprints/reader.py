"""From segments of text to prints: what a text holds, books flattened, and a reason for all that is no print."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from factorion_cli.blueprints.endpoints import is_marked
from factorion_cli.blueprints.exchange import TooLargeError, decode
from factorion_cli.blueprints.findings import PLANNERS, Found, findings
from factorion_cli.blueprints.limits import MAX_BOOK_DEPTH, MAX_ENTITIES, MAX_JSON_BYTES
from factorion_cli.blueprints.metadata import credit_of
from factorion_cli.blueprints.normalise import normalised
from factorion_cli.blueprints.records import Kind, Print, Unreadable
from factorion_cli.blueprints.renames import is_modded_recipe
from factorion_cli.blueprints.segments import Form, Segment, segments
from factorion_cli.errors import BlueprintError
from factorion_cli.prototypes import load_table
from factorion_cli.prototypes.expansions import EXPANSION_OF

_UNREAD: dict[Form, tuple[Kind, str]] = {
    "binary": ("unreadable-file", "is not text"),
    "broken": ("damaged", "the JSON around it is damaged from here on"),
    "too-large": ("too-large", f"more than {MAX_JSON_BYTES >> 20} MiB in one piece; give JSON lines, or a file each"),
}


def read_text(text: str, name: str) -> Iterator[Print | Unreadable]:
    """Every blueprint in a text: raw JSON, or exchange strings alone or among anything else."""
    yield from read_stream(io.BytesIO(text.encode("utf-8", errors="replace")), name)


def read_stream(stream: BinaryIO, name: str, lines: bool = False) -> Iterator[Print | Unreadable]:
    """Every blueprint in a binary stream of any length, a segment of it in memory at a time.

    Args:
        stream: must give as many bytes as are asked for, until it ends.
        name: what the sources of prints begin with.
        lines: it is JSON lines, however it begins.
    """
    for segment in segments(stream, lines):
        yield from read_segment(segment, name)


def read_segment(segment: Segment, name: str) -> Iterator[Print | Unreadable]:
    """Every blueprint in a segment."""
    if unread := _UNREAD.get(segment.form):
        yield Unreadable(name if segment.form == "binary" else f"{name}#{segment.first}", *unread)
        return
    found = False
    for part in findings(segment, name):
        found = True
        yield from [part] if isinstance(part, Unreadable) else _read(part)
    if not found:
        yield Unreadable(name, "no-string", "holds no blueprint string")


def _read(part: Found) -> Iterator[Print | Unreadable]:
    document = part.content
    if isinstance(document, str):
        try:
            document = decode(document)
        except TooLargeError as error:
            yield Unreadable(part.source, "too-large", str(error))
            return
        except BlueprintError as error:
            yield Unreadable(part.source, "damaged", str(error))
            return
    yield from flatten(document, part.source, part.fields)


def flatten(document: Any, source: str, fields: Mapping[str, Any] | None = None) -> Iterator[Print | Unreadable]:
    """Every blueprint of a decoded document in reading order; a child that is damaged costs only itself.

    Args:
        document: what an exchange string holds.
        source: where it stands; the path through books is added.
        fields: free fields of the record around it.
    """
    pending: list[tuple[Any, str, tuple[str, ...]]] = [(document, source, ())]
    while pending:
        node, where, books = pending.pop()
        book = node.get("blueprint_book") if isinstance(node, Mapping) else None
        if not isinstance(book, Mapping):
            yield _leaf(node, where, books, fields or {})
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


def _leaf(node: Any, source: str, books: tuple[str, ...], fields: Mapping[str, Any]) -> Print | Unreadable:
    if not isinstance(node, Mapping):
        return Unreadable(source, "malformed", f"found a JSON {type(node).__name__}, expected a blueprint object")
    for key, planner in PLANNERS.items():
        if key in node:
            return Unreadable(source, "planner", planner)
    raw = node.get("blueprint")
    if not isinstance(raw, Mapping):
        found = ", ".join(sorted(str(key) for key in node)[:5]) or "nothing"
        return Unreadable(source, "malformed", f"found {found}, expected blueprint or blueprint_book")
    if not raw.get("entities") and not is_marked(raw):
        return _without_entities(raw, source)
    if isinstance(raw.get("entities"), (list, Mapping)) and len(raw["entities"]) > MAX_ENTITIES:
        count = len(raw["entities"])
        return Unreadable(source, "too-large", f"{count:,} entities, at most {MAX_ENTITIES:,} of one print are read")
    try:
        return print_of(raw, source, books, fields)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        # Whatever a stranger's JSON holds must not stop the reading of ten thousand others.
        return Unreadable(source, "malformed", f"its fields are not those of a blueprint: {error}")


def _without_entities(raw: Mapping[str, Any], source: str) -> Unreadable:
    tiles = raw.get("tiles")
    if isinstance(tiles, (list, Mapping)) and tiles:
        return Unreadable(source, "tiles-only", f"{len(tiles)} floor tiles and no entities")
    return Unreadable(source, "empty", "empty blueprint")


def print_of(
    raw: Mapping[str, Any], source: str, books: tuple[str, ...], fields: Mapping[str, Any]
) -> Print | Unreadable:
    """A blueprint's JSON (what stands under the key `blueprint` of a document) as a print.

    Args:
        raw: from any version of the game.
        source: where it stands.
        books: labels of the books around it.
        fields: of the record around it.
    """
    blueprint, version, dropped = normalised(raw)
    if not blueprint["entities"] and raw.get("entities"):
        return Unreadable(source, "malformed", "none of its entities has a name and a position")
    names = {entity["name"] for entity in blueprint["entities"]}
    recipes = {entity["recipe"] for entity in blueprint["entities"] if "recipe" in entity}
    modded = tuple(sorted((names - load_table().entities.keys()) | set(filter(is_modded_recipe, recipes))))
    expansions = {EXPANSION_OF[name] for name in (names | recipes) & EXPANSION_OF.keys()}
    if any("quality" in entity for entity in blueprint["entities"]):
        expansions.add("quality")
    licence = credit_of(fields).licence if fields else ""
    return Print(
        source=source,
        label=_label(raw),
        game_version=version,
        blueprint=blueprint,
        modded=modded,
        expansions=tuple(sorted(expansions)),
        books=books,
        dropped=dropped,
        metadata=fields,
        licence=licence,
    )
