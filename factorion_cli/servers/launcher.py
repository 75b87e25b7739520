"""Headless servers of the real game, each with its own folder, ports and password.

    folder/config.ini            where the game reads and writes
    folder/server-settings.json  private, never paused by itself
    folder/mods/                 the packed mod and mod-list.json
    folder/saves/world.zip       made by `--create`
    folder/server.log            what the game prints

The lines of the log that are waited for are the game's of 2.0 (reported; the tests run a program that behaves like it).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder, packed, write_whole
from factorion_cli.servers.state_folder import new_password, write_private

READY: Final = "changing state from(CreatingGame) to(InGame)"
LISTENS: Final = "Starting RCON interface"
PORT_TAKEN: Final = ("Host address is already in use", "Can't bind socket: Address already in use")
EXPANSIONS: Final = {
    "2.0": ("elevated-rails", "quality", "space-age"),
    "2.1": ("elevated-rails", "quality", "space-age", "recycler"),
}
"""Mods that come with the game and are switched off: worlds are of the base game."""
SETTINGS: Final = {
    "name": "factorion",
    "description": "",
    "visibility": {"public": False, "lan": False},
    "require_user_verification": False,
    "auto_pause": False,
    "auto_pause_when_players_connect": False,
    "autosave_interval": 0,
    "autosave_slots": 1,
    "allow_commands": "admins-only",
    "maximum_segment_size": 100,
    "minimum_segment_size": 25,
}
HOST: Final = "127.0.0.1"
LINES_TOLD = 5
ATTEMPTS = 5
"""With other ports, when those that were free a moment ago are taken."""
PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Launch:
    """What is launched.

    Attributes:
        binary: the game's program, such as /opt/factorio/bin/x64/factorio.
        folder: of this server alone.
        version: minor version of the game.
        seed: of the map.
        mod: the mod's folder; None: the one of this installation.
        patience: seconds for the game to start.
        grace: seconds for it to save and stop.
    """

    binary: Path
    folder: Path
    version: str = "2.0"
    seed: int = 0
    mod: Path | None = None
    patience: float = 120.0
    grace: float = 60.0


class GameProcess:
    """A real server, running or stopped.

    Attributes:
        rcon_port: where it listens, on this machine only; 0 before its first start.
        password: of RCON. The game takes it on its command line only, where other users of the machine can see it.
        starts: how often the program was started as a server.
    """

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.rcon_port = self.starts = 0
        self.password = new_password()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the game printed since its last start."""
        return self.launch.folder / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @contextmanager
    def running(self) -> Iterator[GameProcess]:
        """Started, until the block is left."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def connect(self, timeout: float = 60.0) -> LiveServer:
        """The game over the wire; started again first if it has crashed."""
        if not self.is_running:
            self.start()
        return LiveServer.connect(HOST, self.rcon_port, self.password, timeout)

    def start(self) -> None:
        """Prepare the folder, make the map if there is none, and start the game.

        Raises:
            UsageError: there is no such program.
            ServerError: the game ended or did not start in time; the end of its log is told.
        """
        if self.is_running:
            return
        if not os.access(self.launch.binary, os.X_OK):
            raise UsageError(f"{self.launch.binary} is no program: give the game's own, .../bin/x64/factorio")
        prepare(self.launch)
        if not self._save.is_file():
            self._make_map()
        for _ in range(ATTEMPTS):
            if self._started():
                return
        raise ServerError(f"{ATTEMPTS} times another program took the ports that were free: {self.log}")

    def stop(self) -> None:
        """Let the game save and end; it is killed when that takes longer than its grace."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(self.launch.grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def _save(self) -> Path:
        return self.launch.folder / "saves" / "world.zip"

    def _make_map(self) -> None:
        made = [f"--create={self._save}", f"--map-gen-seed={self.launch.seed}"]
        process = self._run(made)
        try:
            code = process.wait(self.launch.patience)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise ServerError(
                f"the game made no map within {self.launch.patience:g} s: {self._end_of_log()}"
            ) from error
        if code or not self._save.is_file():
            raise ServerError(f"the game made no map (code {code}): {self._end_of_log()}")

    def _started(self) -> bool:
        """Start on ports that are free now and wait until it can be played; False when a port was taken meanwhile."""
        self.rcon_port, game_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
        self.starts += 1
        self._process = self._run(
            [
                f"--start-server={self._save}",
                f"--server-settings={self.launch.folder / 'server-settings.json'}",
                f"--port={game_port}",
                f"--bind={HOST}",
                f"--rcon-bind={HOST}:{self.rcon_port}",
                f"--rcon-password={self.password}",
            ]
        )
        end = time.monotonic() + self.launch.patience
        while time.monotonic() < end:
            has_ended = self._process.poll() is not None
            log = self._read_log()
            if LISTENS in log and READY in log and not has_ended:
                return True
            if any(line in log for line in PORT_TAKEN):
                self.stop()
                return False
            if has_ended:
                code, self._process = self._process.returncode, None
                raise ServerError(f"the game ended with code {code}: {self._end_of_log()}")
            time.sleep(PAUSE)
        self.stop()
        raise ServerError(f"the game did not start within {self.launch.patience:g} s: {self._end_of_log()}")

    def _run(self, options: list[str]) -> subprocess.Popen[bytes]:
        folder = self.launch.folder
        usual = [f"--config={folder / 'config.ini'}", f"--mod-directory={folder / 'mods'}"]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [str(self.launch.binary), *usual, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _read_log(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _end_of_log(self) -> str:
        lines = self._read_log().strip().splitlines()[-LINES_TOLD:]
        return " | ".join(lines) or f"it printed nothing ({self.log})"


def prepare(launch: Launch) -> None:
    """Write a server's folder: configuration, settings, and the mod for its version of the game."""
    folder = launch.folder
    for part in (folder, folder / "saves", folder / "mods"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = f"[path]\nread-data={launch.binary.parents[2] / 'data'}\nwrite-data={folder}\n"
    write_private(folder / "config.ini", data)
    write_private(folder / "server-settings.json", json.dumps(SETTINGS, indent=1))
    name, content = packed(launch.mod or mod_folder(), launch.version)
    for other in (folder / "mods").glob("*.zip"):
        other.unlink()
    write_whole(folder / "mods" / name, content)
    mods = {"base": True, name.partition("_")[0]: True, **dict.fromkeys(EXPANSIONS[launch.version], False)}
    listed = [{"name": mod, "enabled": enabled} for mod, enabled in mods.items()]
    write_private(folder / "mods" / "mod-list.json", json.dumps({"mods": listed}, indent=1))


def free_port(kind: socket.SocketKind) -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as made:
        made.bind((HOST, 0))
        port: int = made.getsockname()[1]
        return port
