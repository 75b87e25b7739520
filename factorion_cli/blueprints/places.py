"""Which files an argument of a command line means: files, folders and patterns, named stably."""

from __future__ import annotations

import glob
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from factorion_cli.blueprints.exchange import find_strings
from factorion_cli.errors import BlueprintError, UsageError

STDIN = "-"
_LOOKS_FOR = "give files, folders, patterns such as 'prints/**/*.txt', - or a blueprint string"


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


def files_of(path: Path) -> Iterator[tuple[Path, str]]:
    """Each file that a path means and its stable name: below a folder, below the fixed part of a pattern, or its own.

    Raises:
        BlueprintError: nothing is there, or nothing matches.
    """
    if path.is_dir():
        yield from ((file, file.relative_to(path).as_posix()) for file in files_below(path))
    elif path.exists():
        yield path, path.name
    elif glob.has_magic(str(path)):
        yield from _matching(path)
    else:
        raise BlueprintError(f"{path} does not exist; {_LOOKS_FOR}")


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and its folders, sorted; what is hidden by a leading dot is left out.

    The names of one folder at a time are in memory. Links to folders are not followed: they may lead in circles.
    """
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def _matching(pattern: Path) -> Iterator[tuple[Path, str]]:
    """The files that match, sorted; a folder that matches gives its files, unless `**` matches those by themselves."""
    base = Path(*itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    found = False
    # Unlike Path.glob, this leaves hidden names out and lets ** match files, as a shell does.
    for match in sorted(map(Path, glob.iglob(str(pattern), recursive=True))):  # noqa: PTH207
        for file in [match] if not match.is_dir() else () if "**" in pattern.parts else files_below(match):
            found = True
            yield file, file.relative_to(base).as_posix()
    if not found:
        raise BlueprintError(f"no file matches {pattern}; {_LOOKS_FOR}")


def require_inputs(inputs: Sequence[str | Path]) -> None:
    """Refuse inputs that are not there before any work begins; raises UsageError that names the first."""
    if not inputs:
        raise UsageError(f"no input given; {_LOOKS_FOR}")
    for source in inputs:
        path = source if isinstance(source, Path) else None if source == STDIN else existing_path(source)
        try:
            if path is not None and not path.is_dir():
                next(files_of(path))
        except BlueprintError as error:
            raise UsageError(str(error)) from None
