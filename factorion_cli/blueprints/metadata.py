"""Free fields of a record around a print: what a site or a collector says of it, such as title, author and licence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from factorion_cli.blueprints.exchange import holds_string
from factorion_cli.blueprints.limits import MAX_FIELD_CHARACTERS, MAX_FIELDS

_TITLE = ("title", "label", "name")
_AUTHOR = ("author", "authorname", "creator", "user", "username", "owner")
_URL = ("url", "link", "permalink", "page")
_LICENCE = ("licence", "license", "spdx", "spdxid", "spdxidentifier")
_NAMES_WITHIN = ("displayname", "name", "username", "login", "spdxid", "spdx", "title", "url")


@dataclass(frozen=True, slots=True)
class Credit:
    """What free fields say of where a print comes from; "" for what they do not say."""

    title: str = ""
    author: str = ""
    url: str = ""
    licence: str = ""


def credit_of(fields: Mapping[str, Any]) -> Credit:
    """The credit in free fields, whatever case and separators their keys have.

    An object, such as the author of a site's dump, counts by the name inside it.

    >>> credit_of({"Title": "Smelter", "author": {"userId": 7, "displayName": "Ann"}, "license": "CC0-1.0"})
    Credit(title='Smelter', author='Ann', url='', licence='CC0-1.0')
    """
    plain = {_plain(key): value for key, value in fields.items()}
    return Credit(*(_first(plain, keys) for keys in (_TITLE, _AUTHOR, _URL, _LICENCE)))


def _plain(key: str) -> str:
    return "".join(character for character in key.lower() if character.isalnum())


def _first(fields: Mapping[str, Any], keys: Iterable[str]) -> str:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, Mapping):
            value = _first({_plain(str(inner)): part for inner, part in value.items()}, _NAMES_WITHIN)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def free_fields(node: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object that describe: small ones, without a blueprint or an exchange string in them."""
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if len(kept) == MAX_FIELDS:
            break
        if value is not None and _describes(value):
            kept[key] = value
    return kept


def _describes(value: Any) -> bool:
    left = MAX_FIELD_CHARACTERS
    pending = [value]
    while pending and left >= 0:
        node = pending.pop()
        left -= 8
        if isinstance(node, str):
            left -= len(node)
            if left >= 0 and holds_string(node):
                return False
        elif isinstance(node, (list, Mapping)):
            if len(node) > MAX_FIELDS or "entities" in node:
                return False
            pending += node.values() if isinstance(node, Mapping) else node
    return left >= 0
