"""Where the mod's files are, and what its `info.json` says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import factorion_cli
from factorion_cli.errors import DataError

KEPT = (".lua", ".cfg", ".md", ".png", ".json")
"""Endings of the files that belong to the mod; settings of tools start with a dot and do not."""


@dataclass(frozen=True, slots=True)
class ModInfo:
    """Name and version of a mod, with the rest of its `info.json`."""

    name: str
    version: str
    values: dict[str, object]


def mod_folder() -> Path:
    """The folder of the mod: inside the installed package, beside it in a checkout."""
    package = Path(factorion_cli.__file__).parent
    for folder in (package / "mod", package.parent / "mod"):
        if (folder / "info.json").is_file():
            return folder
    raise DataError("this installation of factorion is without its mod; install it again (pip install factorion-cli)")


def mod_files(folder: Path) -> list[Path]:
    """The files that belong to the mod, relative to its folder, sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix in KEPT)
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def mod_info(folder: Path) -> ModInfo:
    """What `info.json` says.

    Raises:
        DataError: it is missing or names no mod.
    """
    path = folder / "info.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return ModInfo(str(values["name"]), str(values["version"]), values)
    except OSError as error:
        raise DataError(f"{folder} holds no mod: {error.strerror}: {path}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is no description of a mod: {error}; it needs name and version") from error
