"""A program that behaves like a headless Factorio as far as a launcher sees it, with the embedded server inside.

It takes the game's flags, wants its files, locks its folder, prints the game's lines, starts slowly, and refuses taken
ports. STANDIN makes it misbehave: slow, silent, crash, taken-once, deaf.
"""

from __future__ import annotations

import asyncio
import configparser
import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

FLAGS = {
    "config", "mod-directory", "create", "map-gen-seed", "start-server", "server-settings", "port", "bind", "rcon-bind",
    "rcon-password",
}  # fmt: skip


def say(text: str) -> None:
    sys.stdout.write(f"   {time.process_time():.3f} {text}\n")
    sys.stdout.flush()


def main() -> int:
    options = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
    unknown = set(options) - FLAGS
    if unknown:
        say(f"Unknown option {unknown}")
        return 1
    config = configparser.ConfigParser()
    config.read(options["config"])
    folder, mood = Path(config["path"]["write-data"]), os.environ.get("STANDIN", "")
    locked = (folder / ".lock").open("w")
    try:
        fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Couldn't create lock file: is another instance already running?")
        return 1
    if "create" in options:
        Path(options["create"]).write_bytes(f"map {options['map-gen-seed']}".encode())
        return 0
    return serve(options, folder, mood)


def serve(options: dict[str, str], folder: Path, mood: str) -> int:
    settings = json.loads(Path(options["server-settings"]).read_text())
    assert settings["auto_pause"] is False
    assert not settings["visibility"]["public"]
    assert Path(options["start-server"]).read_bytes().startswith(b"map")
    if mood == "silent":
        time.sleep(60)
    if mood == "crash":
        say("Error Util.cpp:51: the mod is broken")
        return 1
    if mood == "taken-once" and not (folder / "was-taken").exists():
        (folder / "was-taken").touch()
        say("Can't bind socket: Address already in use")
        return 1
    listed = {
        mod["name"]: mod["enabled"] for mod in json.loads((folder / "mods" / "mod-list.json").read_text())["mods"]
    }
    assert listed["base"]
    assert not listed["space-age"]
    (mod,) = Path(options["mod-directory"]).glob("*.zip")
    if mood == "slow":
        time.sleep(1)
    from factorion_cli.servers.embedded import EmbeddedServer  # late, so that a map is made at once
    from factorion_cli.servers.hosting import rcon_server
    from factorion_cli.servers.serving import until_stopped

    host, _, port = options["rcon-bind"].partition(":")
    rcon = rcon_server(EmbeddedServer(mod), options["rcon-password"], host, int(port))

    def started() -> None:
        say(f"Info RemoteCommandProcessor.cpp:133: Starting RCON interface at IP ADDR:({{{host}:{port}}})")
        say("Info ServerMultiplayerManager.cpp:776: changing state from(CreatingGame) to(InGame)")
        if mood == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(60)

    asyncio.run(until_stopped(rcon, started))
    (folder / "saved").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
