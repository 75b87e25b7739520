"""What a mod writes with helpers.write_file: below script-output and nowhere else."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from factorion_cli.servers.embedded.values import ApiError


class ScriptOutput:
    """Files of a server, in a folder or in memory.

    Attributes:
        files: what was written, by name, when there is no folder.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.files: dict[str, bytes] = {}

    @staticmethod
    def _checked(name: str) -> PurePosixPath:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
            raise ApiError(f"files can only be written below script-output, not at {name!r}")
        return path

    def write(self, name: str, data: bytes, append: bool) -> None:
        """Write or append; folders are made."""
        path = self._checked(name)
        if self._folder is None:
            self.files[str(path)] = (self.files.get(str(path), b"") if append else b"") + data
            return
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("ab" if append else "wb") as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Remove a file or folder, if there is one."""
        path = self._checked(name)
        for known in [known for known in self.files if PurePosixPath(known).is_relative_to(path)]:
            del self.files[known]
        if self._folder is not None:
            target = self._folder / path
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
