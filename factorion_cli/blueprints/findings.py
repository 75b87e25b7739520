"""What is found in a segment of text: exchange strings and blueprints in JSON, each with its place and free fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from factorion_cli.blueprints.exchange import TooLargeError, find_strings, parse_json, strings_within
from factorion_cli.blueprints.metadata import free_fields
from factorion_cli.blueprints.records import Unreadable
from factorion_cli.blueprints.segments import Segment, pieces
from factorion_cli.errors import BlueprintError

PLANNERS = {"upgrade_planner": "upgrade planner", "deconstruction_planner": "deconstruction planner"}
RAW_KEYS = ("blueprint", "blueprint_book", *PLANNERS)
_NAKED = {"blueprint": ("blueprint", "entities"), "blueprint-book": ("blueprint_book", "blueprints")}
_SHORTEST_STRING = 20
"""Characters; the exchange string of an empty object has as many."""


class Found(NamedTuple):
    """A blueprint before it is looked at: where it stands, an exchange string or decoded JSON, the fields around it."""

    source: str
    content: Any
    fields: Mapping[str, Any]


def findings(segment: Segment, name: str) -> Iterator[Found | Unreadable]:
    """Everything in a segment that may be a blueprint, in order, and records that are damaged or hold none.

    The source of what stands alone is `name#3`; several in one record are `name#3.0`, `name#3.1` and so on.
    """
    if segment.form == "lines":
        yield from _in_records(segment.data.split(b"\n"), segment.first, name)
    elif segment.form in ("array", "object"):
        yield from _in_elements(segment, name)
    elif segment.form == "whole" and segment.data[:1] in b'{["':
        yield from _in_document(segment.data, name)
    else:
        yield from _in_text(segment.data, name, segment.first)


def _in_text(data: bytes, name: str, first: int = 0) -> Iterator[Found]:
    for number, text in enumerate(find_strings(data.decode("utf-8", errors="replace")), start=first):
        yield Found(f"{name}#{number}", text, {})


def _in_document(data: bytes, name: str) -> Iterator[Found | Unreadable]:
    value = _parsed(data, name)
    if not isinstance(value, Unreadable):
        for number, (content, fields) in enumerate(_in_value(value)):
            yield Found(f"{name}#{number}", content, fields)
        return
    strings = list(_in_text(data, name)) if value.kind == "damaged" else []
    if strings:
        yield from strings
    else:
        yield value


def _in_elements(segment: Segment, name: str) -> Iterator[Found | Unreadable]:
    """The elements of a list, or the members of an object, parsed together, or one by one where some are damaged."""
    opening, closing = (b"[", b"]") if segment.form == "array" else (b"{", b"}")
    together = _parsed(opening + segment.data + closing, name)
    if isinstance(together, Unreadable):
        wrapped = (b"{%b}" % piece if segment.form == "object" else piece for piece in pieces(segment.data))
        yield from _in_records(wrapped, segment.first, name)
    elif isinstance(together, list):
        yield from _of_values(together, segment.first, name)
    else:
        yield from _of_values([{key: value} for key, value in together.items()], segment.first, name)


def _in_records(records: Iterable[bytes], first: int, name: str) -> Iterator[Found | Unreadable]:
    values = (
        _parsed(record, f"{name}#{number}") if record.strip() else None
        for number, record in enumerate(records, start=first)
    )
    yield from _of_values(values, first, name)


def _of_values(values: Iterable[Any], first: int, name: str) -> Iterator[Found | Unreadable]:
    """The findings of records; a record without a blueprint is reported, numbers and the like are none."""
    for number, value in enumerate(values, start=first):
        place = f"{name}#{number}"
        if isinstance(value, Unreadable):
            yield value
        elif isinstance(value, (Mapping, list, str)):
            found = list(_in_value(value))
            if not found:
                yield Unreadable(place, "no-string", "the record holds no blueprint")
            for part, (content, fields) in enumerate(found):
                yield Found(place if len(found) == 1 else f"{place}.{part}", content, fields)


def _parsed(data: bytes, name: str) -> Any:
    """The value of JSON bytes, or Unreadable."""
    try:
        return parse_json(data, name)
    except TooLargeError as error:
        return Unreadable(name, "too-large", str(error))
    except BlueprintError as error:
        return Unreadable(name, "damaged", str(error))


def _in_value(value: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Blueprint objects and exchange strings anywhere in a JSON value, in order, with the fields of what is around."""
    pending: list[tuple[Any, Mapping[str, Any]]] = [(value, {})]
    while pending:
        node, fields = pending.pop()
        if isinstance(node, str):
            if len(node) >= _SHORTEST_STRING:
                yield from ((text, fields) for text in strings_within(node))
        elif isinstance(node, list):
            pending.extend((part, fields) for part in reversed(node))
        elif isinstance(node, Mapping):
            if any(isinstance(node.get(key), Mapping) for key in RAW_KEYS):
                yield node, {**fields, **free_fields(node)}
            elif (naked := _NAKED.get(_item(node))) and naked[1] in node:
                yield {naked[0]: node}, fields
            else:
                fields = {**fields, **free_fields(node)}
                pending.extend((part, fields) for part in reversed(list(node.values())))


def _item(node: Mapping[str, Any]) -> str:
    item = node.get("item")
    return item if isinstance(item, str) else ""
