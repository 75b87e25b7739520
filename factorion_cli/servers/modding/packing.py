"""The mod as zip files that the game loads, one for each of its minor versions.

The game takes a mod only if `factorio_version` is its own minor version, so one tree makes a zip for each.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

from factorion_cli.errors import UsageError
from factorion_cli.servers.modding.tree import mod_files, mod_info

OLDEST_BASE = {"2.0": "2.0.61", "2.1": "2.1.7"}
"""Oldest release of each minor version that has what the mod uses (LuaControl.can_place_entity came with 2.0.61)."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every packed file, so that the same mod packs to the same bytes."""


def packed(folder: Path, factorio: str) -> tuple[str, bytes]:
    """(file name, bytes) of the zip for one minor version of the game.

    Raises:
        UsageError: the mod does not know that version.
        DataError: the folder holds no mod.
    """
    if factorio not in OLDEST_BASE:
        raise UsageError(f"the mod is for Factorio {' and '.join(OLDEST_BASE)}, not for {factorio!r}")
    info = mod_info(folder)
    values = info.values | {"factorio_version": factorio, "dependencies": [f"base >= {OLDEST_BASE[factorio]}"]}
    stem = f"{info.name}_{info.version}"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in mod_files(folder):
            content = (folder / path).read_bytes()
            if path.as_posix() == "info.json":
                content = (json.dumps(values, indent=2) + "\n").encode()
            entry = zipfile.ZipInfo(f"{stem}/{path.as_posix()}", _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return f"{stem}.zip", made.getvalue()


def pack(folder: Path, out: Path) -> list[Path]:
    """Write the zip for each minor version to `out/VERSION/NAME_VERSION.zip`; returns the paths."""
    written = []
    for factorio in OLDEST_BASE:
        name, content = packed(folder, factorio)
        written.append(write_whole(out / factorio / name, content))
    return written


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return path
