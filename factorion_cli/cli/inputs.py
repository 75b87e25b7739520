"""Factories from whatever a user names: Factory files, text grids, blueprint strings and books, folders, or `-`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from factorion_cli.errors import DataError
from factorion_cli.factory.factory import Factory

_FACTORY_KEYS = re.compile(r'^[\s,{\[-]*"?(?:version|id|size)"?\s*:', re.MULTILINE)
_BLUEPRINT_KEYS = re.compile(r'^[\s{\[]*"(?:blueprint|blueprint_book|upgrade_planner|deconstruction_planner)"')


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something in the input that gave no Factory, and why."""

    source: str
    reason: str


def read_inputs(inputs: Iterable[str]) -> Iterator[Factory | Unusable]:
    """Every factory of every input, in order; one that cannot be used does not stop the others."""
    for name in inputs:
        for source, text in _texts(name):
            yield from [Unusable(source, "is not text")] if text is None else _factories(text, source)


def _texts(name: str) -> Iterator[tuple[str, str | None]]:
    """Each file of an input and its text; None when it has none."""
    from factorion_cli.blueprints.exchange import text_of
    from factorion_cli.blueprints.places import existing_path, files_below

    if name == "-":
        yield "-", text_of(sys.stdin.buffer.read())
        return
    path = existing_path(name)
    if path is None:
        yield "string", name
        return
    if not path.exists():
        raise DataError(f"{path} does not exist; give a file, a folder, - or a blueprint string")
    for file in files_below(path) if path.is_dir() else [path]:
        try:
            yield str(file), text_of(file.read_bytes())
        except OSError:
            yield str(file), None


def _factories(text: str, source: str) -> Iterator[Factory | Unusable]:
    head = text.lstrip("\ufeff \t\r\n")
    try:
        if head.startswith("factorion-grid"):
            from factorion_cli.factory.text_grid import from_text

            yield from_text(head)
        elif _is_factory_file(head):
            from factorion_cli.factory.files import parse_factories

            yield from parse_factories(text, source)
        else:
            yield from _blueprints(text, Path(source).name if source != "-" else source)
    except DataError as error:
        yield Unusable(source, str(error))


def _is_factory_file(head: str) -> bool:
    """Whether a text is a Factory file: its first lines name a version, an id or a size, and no blueprint."""
    start = "\n".join(head[:2000].splitlines()[:40])
    return not _BLUEPRINT_KEYS.match(start) and _FACTORY_KEYS.search(start) is not None


def _blueprints(text: str, source: str) -> Iterator[Factory | Unusable]:
    from factorion_cli.blueprints import Unreadable, to_factory
    from factorion_cli.blueprints.reader import read_text

    for found in read_text(text, source):
        if isinstance(found, Unreadable):
            yield Unusable(found.source, found.reason)
            continue
        try:
            yield to_factory(found)
        except DataError as error:
            yield Unusable(found.source, str(error))
