"""Where a mod's files come from: a folder, or a zip as the game installs it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from factorion_cli.errors import UsageError


class ModSource:
    """The files of a mod.

    Attributes:
        name: from info.json.
        version: from info.json.
    """

    def __init__(self, path: Path) -> None:
        self._folder, self._members = path, {}
        if path.is_file():
            self._members = _unzipped(path)
        info = self._info(path)
        self.name, self.version = str(info["name"]), str(info["version"])

    def _info(self, path: Path) -> dict[str, Any]:
        text = self.text("info.json")
        if text is None:
            raise UsageError(f"{path} is no mod: it has no info.json; give its folder or its zip")
        try:
            info = json.loads(text)
            if not {"name", "version"} <= set(info):
                raise ValueError("expected name and version in it")
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path}: info.json cannot be used: {error}") from error
        return dict(info)

    def text(self, path: str) -> str | None:
        """The text of a file, None when there is none."""
        if self._members:
            return self._members.get(path)
        file = self._folder / path
        return file.read_text("utf-8") if file.is_file() else None


def _unzipped(path: Path) -> dict[str, str]:
    """Texts of a zip with one folder in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith((".lua", ".json"))]
            return {name.partition("/")[2]: archive.read(name).decode("utf-8") for name in names}
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a mod's zip: {error}") from error
