"""Python and the packages that this one asks for, as its own metadata says."""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import factorion_cli
from factorion_cli.doctor.finding import Finding

DISTRIBUTION = "factorion-cli"
FOR_DEVELOPERS = "dev"
_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w-]+)['"]""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the package asks for.

    Attributes:
        python: versions of Python.
        needed: packages that it cannot do without.
        extras: packages by the name of the extra that brings them.
        source: where this was read.
    """

    python: SpecifierSet
    needed: Sequence[Requirement]
    extras: Mapping[str, Sequence[Requirement]]
    source: str


def wanted() -> Wanted:
    """What the installed package asks for, or, in a checkout that is not installed, its pyproject.toml.

    Raises:
        LookupError: neither is there.
    """
    try:
        described = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return _of_checkout(Path(factorion_cli.__file__).parents[1] / "pyproject.toml")
    needed: list[Requirement] = []
    extras: dict[str, list[Requirement]] = {}
    for text in described.requires or ():
        found = _EXTRA.search(text)
        (extras.setdefault(found.group(1), []) if found else needed).append(Requirement(text))
    return Wanted(SpecifierSet(str(described.metadata["Requires-Python"])), needed, extras, "installed")


def _of_checkout(project_file: Path) -> Wanted:
    try:
        project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise LookupError(f"{DISTRIBUTION} is not installed in {sys.executable}") from error
    extras = project["optional-dependencies"].items()
    return Wanted(
        SpecifierSet(project["requires-python"]),
        [Requirement(text) for text in project["dependencies"]],
        {name: [Requirement(text) for text in texts] for name, texts in extras},
        "a checkout that is not installed",
    )


def factorion(asked: Wanted) -> Finding:
    """This package."""
    place = next(iter(factorion_cli.__path__))
    return Finding("factorion", "ok", f"{factorion_cli.__version__}, {asked.source} ({place})")


def python(asked: Wanted) -> Finding:
    """The running Python."""
    found = f"{platform.python_version()} ({sys.executable})"
    if not asked.python.contains(platform.python_version(), prereleases=True):
        return Finding("Python", "broken", f"{found}, expected {asked.python}", f"use a Python {asked.python}")
    return Finding("Python", "ok", found)


def packages(asked: Wanted) -> Iterator[Finding]:
    """One finding for all that is needed, and one for each extra."""
    faults = _faults(asked.needed)
    if faults:
        advice = "pip install " + " ".join(f"'{each.name}{each.specifier}'" for each in asked.needed if _fault(each))
        yield Finding("packages", "broken", "; ".join(faults), advice)
    else:
        yield Finding("packages", "ok", _versions(asked.needed))
    for extra, members in sorted(asked.extras.items()):
        yield _extra(extra, members)


def _extra(extra: str, members: Sequence[Requirement]) -> Finding:
    name, faults = f"extra {extra}", _faults(members)
    if not faults:
        return Finding(name, "ok", _versions(members))
    purpose = "for work on factorion itself: " if extra == FOR_DEVELOPERS else ""
    return Finding(name, "absent", "; ".join(faults), f"{purpose}pip install '{DISTRIBUTION}[{extra}]'")


def _versions(members: Sequence[Requirement]) -> str:
    return ", ".join(f"{each.name} {metadata.version(each.name)}" for each in members if _is_meant(each))


def _faults(members: Sequence[Requirement]) -> list[str]:
    return [fault for each in members if (fault := _fault(each))]


def _is_meant(requirement: Requirement) -> bool:
    """Whether this system wants it: markers may name others; which extra it is of is known already."""
    extra = _EXTRA.search(str(requirement.marker))
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra.group(1) if extra else ""})


def _fault(requirement: Requirement) -> str:
    """What is wrong with a package; "" for nothing."""
    if not _is_meant(requirement):
        return ""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, expected {requirement.specifier}"
    return ""
