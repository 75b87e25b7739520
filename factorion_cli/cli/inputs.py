"""Factories from whatever a user names: Factory files, text grids, blueprint strings and books, folders, or `-`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.errors import DataError
from factorion_cli.factory.factory import Factory

if TYPE_CHECKING:
    from factorion_cli.blueprints import Print, Unreadable

_FACTORY_KEYS = re.compile(r'^[\s,{\[-]*"?(?:version|id|size)"?\s*:', re.MULTILINE)
_BLUEPRINT_KEYS = re.compile(r'^[\s{\[]*"(?:blueprint|blueprint_book|upgrade_planner|deconstruction_planner)"')


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something in the input that gave no Factory, and why."""

    source: str
    reason: str


def read_inputs(inputs: Iterable[str]) -> Iterator[Factory | Unusable]:
    """Every factory of every input, in order; one that cannot be used does not stop the others.

    Args:
        inputs: files, folders, patterns, zip files, `-` for standard input, or texts of blueprints.

    Raises:
        DataError: an input is not there.
    """
    from factorion_cli.blueprints.exchange import text_of
    from factorion_cli.blueprints.places import existing_path, files_of

    for name in inputs:
        path = None if name == "-" else existing_path(name)
        if path is not None:
            for file, _ in files_of(path):
                yield from _in_file(file)
        elif name == "-":
            yield from _factories(text_of(sys.stdin.buffer.read()) or "", "-")
        else:
            yield from _factories(name, "string")


def _in_file(file: Path) -> Iterator[Factory | Unusable]:
    """The factories of a file; an archive, and what is no text, is left to the reader of blueprints."""
    from factorion_cli.blueprints import read_prints
    from factorion_cli.blueprints.archives import is_archive
    from factorion_cli.blueprints.exchange import text_of

    try:
        text = None if is_archive(file.name) else text_of(file.read_bytes())
    except OSError:
        text = None
    yield from _prints(read_prints(file)) if text is None else _factories(text, str(file))


def _factories(text: str, source: str) -> Iterator[Factory | Unusable]:
    from factorion_cli.blueprints.reader import read_text

    head = text.lstrip("\ufeff \t\r\n")
    try:
        if head.startswith("factorion-grid"):
            from factorion_cli.factory.text_grid import from_text

            yield from_text(head)
        elif _is_factory_file(head):
            from factorion_cli.factory.files import parse_factories

            yield from parse_factories(text, source)
        else:
            yield from _prints(read_text(text, Path(source).name if source != "-" else source))
    except DataError as error:
        yield Unusable(source, str(error))


def _is_factory_file(head: str) -> bool:
    """Whether a text is a Factory file: its first lines name a version, an id or a size, and no blueprint."""
    start = "\n".join(head[:2000].splitlines()[:40])
    return not _BLUEPRINT_KEYS.match(start) and _FACTORY_KEYS.search(start) is not None


def _prints(found: Iterable[Print | Unreadable]) -> Iterator[Factory | Unusable]:
    from factorion_cli.blueprints import Unreadable, as_factory

    for part in found:
        outcome = part if isinstance(part, Unreadable) else as_factory(part)
        yield Unusable(outcome.source, outcome.reason) if isinstance(outcome, Unreadable) else outcome
