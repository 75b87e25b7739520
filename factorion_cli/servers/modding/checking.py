"""Faults of a mod that show without the game: syntax, names of the API, functions in storage, luacheck's findings."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from factorion_cli.errors import DataError
from factorion_cli.servers.api import VERSIONS, load_api
from factorion_cli.servers.modding.api_names import misuses, own_names
from factorion_cli.servers.modding.stored_functions import function_names, stored_functions
from factorion_cli.servers.modding.tokens import Token, tokens
from factorion_cli.servers.modding.tree import mod_files

TOOL_SECONDS = 60
LUAC = ("luac5.2", "luac")
"""Programs that may be Lua's compiler; only that of 5.2, the game's version, is asked."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: file relative to the mod, line (0: the file as a whole), and what is wrong."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """In the form that editors jump to."""
        return f"{self.file}:{self.line}: {self.text}"


def check(folder: Path) -> list[Finding]:
    """All faults that are found in a mod's scripts, by file and line."""
    scripts = {path.as_posix(): _text(folder, path) for path in mod_files(folder) if path.suffix == ".lua"}
    found = [finding for name, source in scripts.items() for finding in _syntax(name, source)]
    if found:
        return sorted(found)
    found += [finding for name, source in scripts.items() for finding in _requires(name, source, set(scripts))]
    return sorted({*found, *_names(scripts), *_luac(folder, scripts), *_luacheck(folder)})


def _text(folder: Path, path: Path) -> str:
    try:
        return (folder / path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}") from error


def _syntax(name: str, source: str) -> Iterator[Finding]:
    """What Lua 5.2, the game's version, says when it compiles a script."""
    from lupa.lua52 import LuaRuntime, LuaSyntaxError

    try:
        LuaRuntime(encoding="utf-8").compile(source)
    except LuaSyntaxError as error:
        told = re.search(r"\]:(\d+): (.*)", str(error), re.DOTALL)
        yield Finding(name, int(told.group(1)) if told else 0, told.group(2) if told else str(error))


def _requires(name: str, source: str, scripts: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(source.splitlines(), start=1):
        for module in re.findall(r'require\(?\s*["\']([^"\']+)["\']', line):
            if f"{module.replace('.', '/')}.lua" not in scripts:
                yield Finding(name, number, f"requires {module}, which the mod does not have")


def _is_data(name: str) -> bool:
    return name.startswith(("data", "settings", "prototypes/"))


def _names(scripts: dict[str, str]) -> Iterator[Finding]:
    """Misuses of the API, with the version where only one of them is concerned."""
    tokenised: dict[str, list[Token]] = {name: list(tokens(source)) for name, source in scripts.items()}
    own, functions = own_names(list(tokenised.values())), function_names(list(tokenised.values()))
    for name, words in tokenised.items():
        for line, place in stored_functions(words, functions):
            yield Finding(name, line, f"{place} would hold a function, which the game cannot save")
        wrong = {version: set(misuses(words, load_api(version), own, _is_data(name))) for version in VERSIONS}
        for misuse in set.union(*wrong.values()):
            versions = [version for version in VERSIONS if misuse in wrong[version]]
            where = "" if len(versions) == len(VERSIONS) else f" in {', '.join(versions)}"
            yield Finding(name, misuse.line, misuse.text + where)


def _luac(folder: Path, scripts: Iterable[str]) -> Iterator[Finding]:
    """What Lua's own compiler says; nothing where that of 5.2 is not installed."""
    for program in LUAC:
        command = shutil.which(program)
        if command is None or "Lua 5.2" not in _told([command, "-v"], folder).stdout:
            continue
        told = _told([command, "-p", *scripts], folder)
        for line in told.stderr.splitlines():
            if found := re.match(r"\S+: (.+?):(\d+): (.*)", line):
                yield Finding(found.group(1), int(found.group(2)), f"luac: {found.group(3)}")
        return


def _told(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)


def _luacheck(folder: Path) -> Iterator[Finding]:
    """What luacheck says; nothing where it is not installed."""
    command = shutil.which("luacheck")
    if command is None:
        return
    told = _told([command, "--formatter", "plain", "--codes", "."], folder)
    for line in told.stdout.splitlines():
        if found := re.match(r"(?:\./)?(.+?):(\d+):\d+: (.*)", line):
            yield Finding(found.group(1), int(found.group(2)), f"luacheck: {found.group(3)}")
