"""Where servers of this user are written down: a folder that nobody else can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from factorion_cli.errors import DataError

PASSWORD_BYTES = 24
OTHERS = 0o077
"""Permission bits of everybody but the owner."""


def state_folder() -> Path:
    """The folder, made if need be: FACTORION_STATE, or factorion in the user's folder for state."""
    given = os.environ.get("FACTORION_STATE")
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = Path(given) if given else base / "factorion"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def password_path(port: int) -> Path:
    """Where the password of the server that `factorion serve` runs at a port is written down."""
    return state_folder() / f"rcon-{port}.password"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    unfinished.replace(path)


def new_password() -> str:
    """A random password of 192 bits."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def password_in(path: Path) -> str:
    """The password in a file; a random one is written there first if there is no file.

    Raises:
        DataError: the file is empty or others can read it.
    """
    if not path.exists():
        write_private(path, new_password() + "\n")
    if os.name == "posix" and path.stat().st_mode & OTHERS:
        raise DataError(f"others can read the password in {path}: `chmod 600 {path}`")
    password = path.read_text(encoding="utf-8").strip()
    if not password:
        raise DataError(f"{path} holds no password: remove it and a random one is made")
    return password
