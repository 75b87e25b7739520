"""`factorion serve` and `factorion servers` as a user runs them: real processes, real TCP, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.rcon import RconClient

COMMAND = [sys.executable, "-c", "from factorion_cli.cli.app import main; main()"]


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "FACTORION_STATE": str(tmp_path / "state")}


def start(state: dict[str, str], *options: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *options],
        env=state,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline().rpartition(":")[2])


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 0
    return stderr


def test_serve_goes_on_from_what_it_saved(state: dict[str, str], tmp_path: Path):
    secret, world = tmp_path / "secret", tmp_path / "world"
    options = ("--password-file", str(secret), "--save", str(world))
    process, port = start(state, *options)
    assert secret.stat().st_mode & 0o777 == 0o600
    password = secret.read_text().strip()
    assert len(password) >= 32
    with LiveServer.connect("127.0.0.1", port, password) as live:
        made = live.scenario("mining_training", seed=3)
    assert f"saved to {world}" in end(process, signal.SIGINT)
    process, port = start(state, *options)
    with LiveServer.connect("127.0.0.1", port, password) as live:
        assert live.digest() == made["digest"]
    end(process, signal.SIGTERM)


def test_serve_keeps_a_random_password_in_the_state_folder_until_it_ends(state: dict[str, str]):
    process, port = start(state)
    kept = Path(state["FACTORION_STATE"]) / f"rcon-{port}.password"
    assert kept.stat().st_mode & 0o777 == 0o600
    with RconClient("127.0.0.1", port, kept.read_text().strip()) as client:
        assert client.command("/version").startswith("2.0.")
    assert str(kept) in end(process, signal.SIGINT)
    assert not kept.exists()


def test_an_open_address_demands_a_strong_password(state: dict[str, str], tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("short")
    secret.chmod(0o600)
    refused = run(state, "serve", "--host", "0.0.0.0", "--password-file", str(secret))
    assert refused.returncode == 2
    assert "expected 16 characters or more, found 5" in refused.stderr


def test_a_password_that_others_can_read_is_refused(state: dict[str, str], tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery staple")
    secret.chmod(0o644)
    refused = run(state, "serve", "--password-file", str(secret))
    assert refused.returncode == 2
    assert f"chmod 600 {secret}" in refused.stderr


def test_servers_are_started_shown_and_stopped(state: dict[str, str]):
    up = run(state, "servers", "up", "-n", "2", "--version", "2.1", "--json")
    assert up.returncode == 0, up.stderr
    started = json.loads(up.stdout)
    assert [(row["name"], row["state"], row["version"]) for row in started] == [
        ("embedded-1", "idle", "2.1"),
        ("embedded-2", "idle", "2.1"),
    ]
    assert run(state, "servers", "down", "embedded-1").returncode == 0
    assert [row["name"] for row in json.loads(run(state, "servers", "status", "--json").stdout)] == ["embedded-2"]
    unknown = run(state, "servers", "down", "embedded-7")
    assert (unknown.returncode, "embedded-2" in unknown.stderr) == (2, True)
    assert "stopped 1" in run(state, "servers", "down").stderr


def run(state: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=state, capture_output=True, text=True, timeout=120, check=False)
