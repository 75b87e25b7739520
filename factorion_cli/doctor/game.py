"""The game itself, if it is on this machine: its program, its version, and the mod in its folder of mods."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from factorion_cli.doctor.finding import Finding
from factorion_cli.servers.api import VERSIONS
from factorion_cli.servers.modding import default_mods_folder, mod_folder, mod_info

ENVIRONMENT = "FACTORIO"
"""Variable that names the game's program."""
PROGRAM = Path("bin", "x64", "factorio")
VERSION_SECONDS = 30
_VERSION = re.compile(r"Version: (\d+\.\d+)\.\d+")
"""First line of what `factorio --version` prints: "Version: 2.0.61 (build 82472, linux64, headless)" (reported)."""
GET_IT = "get the headless server from factorio.com and name its program by --binary or in $FACTORIO"


def usual_places() -> list[Path]:
    """Where the game's program lies when it was installed as usual on this system."""
    home = Path.home()
    if sys.platform == "win32":
        roots = [Path(os.environ.get(name, "C:/")) for name in ("ProgramFiles", "ProgramFiles(x86)")]
        games = [place for root in roots for place in (root / "Factorio", root / "Steam/steamapps/common/Factorio")]
        return [game / PROGRAM.with_suffix(".exe") for game in games]
    if sys.platform == "darwin":
        steam = home / "Library/Application Support/Steam/steamapps/common/Factorio"
        return [root / "factorio.app/Contents/MacOS/factorio" for root in (Path("/Applications"), steam)]
    games = [Path("/opt/factorio"), home / "factorio", home / ".factorio"]
    steams = [home / ".steam/steam", home / ".local/share/Steam"]
    return [game / PROGRAM for game in [*games, *(steam / "steamapps/common/Factorio" for steam in steams)]]


def find_binary(given: Path | None) -> Path | None:
    """The game's program: the one that is given, or that $FACTORIO names, or the first in a usual place."""
    named = given or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    return named or next((place for place in usual_places() if place.is_file()), None)


def minor_version(binary: Path) -> str:
    """Minor version that a program says of itself.

    Raises:
        OSError: it cannot be started.
        ValueError: it says none.
    """
    told = subprocess.run(
        [str(binary), "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=False
    )
    found = _VERSION.search(told.stdout)
    if found is None:
        raise ValueError(f"it tells no version by --version: {(told.stdout or told.stderr).strip()[:80]!r}")
    return found.group(1)


def game(given: Path | None) -> Finding:
    """The game's program, which only real servers need; broken when it was named and is none."""
    binary = find_binary(given)
    if binary is None:
        return Finding("game", "absent", "not found in the usual places", GET_IT)
    is_named = given is not None or bool(os.environ.get(ENVIRONMENT))
    try:
        version = minor_version(binary)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return Finding("game", "broken" if is_named else "absent", f"{binary}: {error}", GET_IT)
    if version not in VERSIONS:
        return Finding("game", "absent", f"{binary} is {version}", f"needed is {' or '.join(VERSIONS)}")
    start = f"factorion servers up --backend factorio --binary {binary} --version {version}"
    return Finding("game", "ok", f"{binary}, {version}: `{start}`")


def installed_mod() -> Finding:
    """The mod in the usual folder of mods, which only games that are played by hand need."""
    folder, info = default_mods_folder(), mod_info(mod_folder())
    found = sorted(path.name for path in folder.glob(f"{info.name}_*.zip"))
    if not found:
        return Finding("mod in the game", "absent", f"not in {folder}", "factorion mod install")
    if f"{info.name}_{info.version}.zip" not in found:
        return Finding("mod in the game", "absent", f"{', '.join(found)}, not {info.version}", "factorion mod install")
    return Finding("mod in the game", "ok", str(folder / found[-1]))
