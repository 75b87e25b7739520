"""Where verbs that draw put their pictures: one file that was named, or a file per factory in a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factorion_cli.factory import Factory


def format_of(out: Path, forms: tuple[str, ...]) -> str | None:
    """The format that a path names by its suffix; None for a folder."""
    suffix = out.suffix.lower().removeprefix(".")
    return suffix if suffix in forms and not out.is_dir() else None


def picture_paths(factories: Iterable[Factory], out: Path, form: str, option: str, ending: str = "") -> list[Path]:
    """A path for each factory; folders are made.

    Args:
        factories: what is drawn.
        out: the one file, or a folder for files named after each factory's label or id.
        form: suffix of the files, without the dot.
        option: how `out` is given on the command line, for the message.
        ending: what stands behind the name in a folder, so that several kinds of pictures can share it.

    Raises:
        UsageError: several factories for one file.
    """
    from factorion_cli.errors import UsageError

    names = [slug(str(factory.metadata.get("label") or factory.id)) + ending for factory in factories]
    if out.suffix.lower() == f".{form}" and not out.is_dir():
        if len(names) > 1:
            raise UsageError(f"the input holds {len(names)} factories: give {option} a folder instead of {out}")
        out.parent.mkdir(parents=True, exist_ok=True)
        return [out]
    out.mkdir(parents=True, exist_ok=True)
    taken: dict[str, int] = {}
    paths = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        number = f"-{taken[name]}" if taken[name] > 1 else ""
        paths.append(out / f"{name}{number}.{form}")
    return paths


def slug(label: str) -> str:
    """A file name made of a label: rich text and everything but letters, digits and dots become dashes."""
    plain = re.sub(r"\[[^\]]*\]", " ", label)
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.")[:80] or "factory"
