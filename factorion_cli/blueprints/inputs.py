"""Any input of a verb as factories: Factory files, and everything that blueprints come in."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from factorion_cli.blueprints.archives import is_archive
from factorion_cli.blueprints.blocks import read_prints
from factorion_cli.blueprints.exchange import find_strings, text_of
from factorion_cli.blueprints.limits import MAX_JSON_BYTES
from factorion_cli.blueprints.places import STDIN, existing_path, files_of
from factorion_cli.blueprints.reader import read_text
from factorion_cli.blueprints.records import Print, Unreadable
from factorion_cli.blueprints.tiling import to_factory
from factorion_cli.errors import DataError
from factorion_cli.factory import Factory
from factorion_cli.factory.files import each_factory

_YAML_SUFFIXES = (".yaml", ".yml")
_FACTORY_KEYS = re.compile(r"(?:^|[{,])[ \t-]*\"?(?:size|entities)\"?[ \t]*:", re.MULTILINE)
_BLUEPRINT_KEYS = re.compile(r"^[\s{\[]*\"(?:blueprint|upgrade_planner|deconstruction_planner)")


def read_factories_any(argument: str) -> Iterator[Factory | Unreadable]:
    """Every factory in an argument of a command line.

    Args:
        argument: a Factory file (YAML, JSON, JSON lines), a file, folder, pattern or zip file of blueprints, `-` for
            standard input that holds either, or an exchange string.

    Yields:
        Factory, or Unreadable with the reason, in input order.

    Raises:
        BlueprintError: the argument names a path at which nothing is.
    """
    if argument == STDIN:
        yield from _in_text(text_of(sys.stdin.buffer.read()) or "", STDIN)
        return
    path = existing_path(argument)
    if path is None:
        yield from _in_text(argument, "string")
    else:
        for file, name in files_of(path):
            yield from _in_file(file, name)


def _in_file(path: Path, name: str) -> Iterator[Factory | Unreadable]:
    """The factories of a file; what a Factory file never is, an archive or beyond all limits, is read as blueprints."""
    try:
        large = path.stat().st_size > MAX_JSON_BYTES
        text = None if large or is_archive(name) else text_of(path.read_bytes())
    except OSError as error:
        yield Unreadable(name, "unreadable-file", f"cannot be read: {error.strerror}")
        return
    if text is not None:
        yield from _in_text(text, name, path.suffix.lower() in _YAML_SUFFIXES)
        return
    for found in read_prints(path):
        yield as_factory(found) if isinstance(found, Print) else found


def _in_text(text: str, name: str, is_yaml: bool = False) -> Iterator[Factory | Unreadable]:
    if is_yaml or _holds_factories(text):
        yield from _factories(text, name)
        return
    for found in read_text(text, name):
        yield as_factory(found) if isinstance(found, Print) else found


def as_factory(found: Print) -> Factory | Unreadable:
    """The print as a Factory, or the reason why it is none."""
    try:
        return to_factory(found)
    except DataError as error:
        return Unreadable(found.source, "untileable", str(error))


def _factories(text: str, name: str) -> Iterator[Factory | Unreadable]:
    try:
        for found in each_factory(text, name):
            yield found if isinstance(found, Factory) else Unreadable(name, "malformed", str(found))
    except DataError as error:
        yield Unreadable(name, "malformed", str(error))


def _holds_factories(text: str) -> bool:
    """Whether a text is a Factory file rather than anything that holds blueprints."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped[:1] in ("{", "["):
        document = _first_document(stripped)
        if document is not None:
            return isinstance(document, Mapping) and "size" in document and "blueprint" not in document
    if not _FACTORY_KEYS.search(text) or _BLUEPRINT_KEYS.match(stripped):
        return False
    return not any(find_strings(text))


def _first_document(text: str) -> Any:
    """The first value of a list of JSON values, of JSON lines, or the only one; None when it is no JSON."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return (value[0] if value else {}) if isinstance(value, list) else value
