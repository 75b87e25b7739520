"""The packed mod in a game's folder of mods, enabled."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from factorion_cli.errors import DataError, UsageError
from factorion_cli.servers.modding.packing import OLDEST_BASE, packed, write_whole
from factorion_cli.servers.modding.tree import mod_info

LOG = "factorio-current.log"
"""The log of the game's last start, beside the folder of mods; its first line names the release."""

MOD_LIST = "mod-list.json"


def default_mods_folder() -> Path:
    """Where a game that was installed as usual keeps its mods on this system."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "Factorio" / "mods"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "factorio" / "mods"
    return Path.home() / ".factorio" / "mods"


def installed_version(mods: Path) -> str | None:
    """Minor version of the game that was last started with this folder of mods; None when no log tells."""
    try:
        with (mods.parent / LOG).open(encoding="utf-8", errors="replace") as log:
            found = re.search(r"Factorio (\d+\.\d+)\.\d+", log.readline())
    except OSError:
        return None
    return found.group(1) if found else None


def install(folder: Path, mods: Path, factorio: str | None = None) -> Path:
    """Put the mod into a folder of mods in place of other versions of it, and enable it; returns the zip's path.

    Args:
        folder: the mod.
        mods: the game's folder of mods; made when the folder around it is there.
        factorio: minor version of the game; None: that of the game's last start.

    Raises:
        UsageError: the folder or the version is not known.
        DataError: something else of the mod's name lies in the way.
    """
    if not mods.parent.is_dir():
        raise UsageError(f"there is no game's folder {mods.parent}; give its folder of mods by --mods")
    version = factorio or installed_version(mods)
    if version is None:
        raise UsageError(f"no log beside {mods} tells the game's version; give --factorio {' or '.join(OLDEST_BASE)}")
    info = mod_info(folder)
    file_name, content = packed(folder, version)
    if (mods / info.name).exists():
        raise DataError(f"{mods / info.name} is the same mod as a folder; remove it first, the game loads only one")
    path = write_whole(mods / file_name, content)
    for other in mods.glob(f"{info.name}_*.zip"):
        if other != path:
            other.unlink()
    _enable(mods / MOD_LIST, info.name)
    return path


def _enable(path: Path, name: str) -> None:
    """Mark the mod as enabled in the game's list; a mod that is not listed, or without a list, is enabled anyway."""
    if not path.is_file():
        return
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        listed = [mod for mod in values["mods"] if mod["name"] == name]
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is damaged ({error}); start the game once, or remove the file") from error
    for mod in listed:
        mod["enabled"] = True
    if listed:
        write_whole(path, (json.dumps(values, indent=2) + "\n").encode())
