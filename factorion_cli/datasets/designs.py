"""From prints to distinct designs: screened, exact copies dropped, near-copies grouped into families."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from factorion_cli.blueprints import Print, Unreadable, read_prints, to_factory
from factorion_cli.blueprints.keys import design_key
from factorion_cli.blueprints.likeness import signature
from factorion_cli.datasets.families import Families
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.errors import DataError, UsageError
from factorion_cli.factory import Factory

FEWEST_ENTITIES = 2
"""A design of one entity leaves nothing to learn from when it is taken out."""

_PLACE_IN_FILE = re.compile(r"#[0-9/]+$")


@dataclass(frozen=True, slots=True)
class Design:
    """One distinct design and where it was read first; `key` is its content hash, wherever it stands."""

    key: str
    family: str
    source: str
    label: str
    game_version: str
    factory: Factory


def check_inputs(inputs: Sequence[str]) -> None:
    """Refuse inputs that are not there, before any work; raises UsageError naming the first."""
    if not inputs:
        raise UsageError("no input given: name files or folders of blueprint strings, or - for standard input")
    for source in inputs:
        if source != "-" and not Path(source).exists():
            raise UsageError(f"{source} does not exist: give files or folders of blueprint strings, or -")


def read_designs(
    inputs: Sequence[str], settings: BuildSettings, report: BuildReport, tell: Callable[[int], None]
) -> list[Design]:
    """Every distinct design of the inputs in reading order, without families; what is not used is in the report.

    Args:
        inputs: files, folders or `-`.
        settings: `mods` and `limit` apply here.
        report: is filled with counts and skips.
        tell: called with the number of blueprints read so far.

    Raises:
        UsageError: an input does not exist.
    """
    check_inputs(inputs)
    first: dict[str, Design] = {}
    for blueprint in _prints(inputs, report, tell):
        factory = _screened(blueprint, settings, report)
        if factory is None:
            continue
        report.usable += 1
        key = design_key(factory)
        if key in first:
            report.skip(blueprint.source, "duplicate", "exact copy", f"the same design as {first[key].source}")
            continue
        # The print itself is let go: its JSON is several times as large as the factory.
        first[key] = Design(key, "", blueprint.source, blueprint.label, blueprint.game_version, factory)
        if len(first) == settings.limit:
            break
    report.designs = len(first)
    return list(first.values())


def _prints(inputs: Iterable[str], report: BuildReport, tell: Callable[[int], None]) -> Iterator[Print]:
    files: set[str] = set()
    for place, source in enumerate(inputs):
        for found in read_prints(source if source == "-" else Path(source)):
            files.add(f"{place}:{_PLACE_IN_FILE.sub('', found.source)}")
            report.files = len(files)
            if isinstance(found, Unreadable):
                report.skip(found.source, "read", found.kind, found.reason)
                continue
            report.blueprints += 1
            tell(report.blueprints)
            yield found


def _screened(blueprint: Print, settings: BuildSettings, report: BuildReport) -> Factory | None:
    """The factory of a blueprint worth mining, or None with the reason in the report."""
    if blueprint.modded and settings.mods == "skip":
        names = ", ".join(blueprint.modded[:5]) + (", ..." if len(blueprint.modded) > 5 else "")
        report.skip(blueprint.source, "screen", "modded", f"has entities of mods: {names}")
        return None
    try:
        factory = to_factory(blueprint)
    except DataError as error:
        report.skip(blueprint.source, "screen", "no factory", str(error))
        return None
    if len(factory.entities) < FEWEST_ENTITIES:
        count = len(factory.entities)
        report.skip(blueprint.source, "screen", "too small", f"{count} vanilla entities, expected {FEWEST_ENTITIES}")
        return None
    return factory


def with_families(designs: Sequence[Design], report: BuildReport) -> list[Design]:
    """The designs, each with the family of its near-copies among them; those that fit into none are in the report."""
    families = Families()
    placed = []
    for design in designs:
        family = families.assign(design.key, signature(design.factory))
        if family is None:
            report.skip(design.source, "duplicate", "bridges two splits", "a near-copy of designs in two splits")
        else:
            placed.append(replace(design, family=family))
    report.families = len({design.family for design in placed})
    return placed
