"""The launcher with a program that behaves like the game, since the game itself cannot be shipped."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.keeper import start_factorio
from factorion_cli.servers.launcher import GameProcess, Launch
from factorion_cli.servers.pool import ServerPool
from factorion_cli.servers.records import answers, records, stop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    """The stand-in where the game's program would be."""
    path = tmp_path / "factorio" / "bin" / "x64" / "factorio"
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m tests.servers.standin "$@"\n')
    path.chmod(0o755)
    return path


def test_a_server_is_made_started_played_and_saved(binary: Path, tmp_path: Path):
    game = GameProcess(Launch(binary, tmp_path / "one", seed=7))
    with game.running(), game.connect() as live:
        assert live.hello.api == "2.0"
        assert live.scenario("mining_training")["seed"] == 0
        assert (tmp_path / "one" / "saves" / "world.zip").read_bytes() == b"map 7"
    assert (tmp_path / "one" / "saved").exists()
    assert not game.is_running
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "one", tmp_path / "one" / "server-settings.json")} == {
        0
    }


def test_a_crashed_game_is_started_again(binary: Path, tmp_path: Path):
    game = GameProcess(Launch(binary, tmp_path / "one"))
    with game.running():
        os.kill(game._process.pid, signal.SIGKILL)
        while game.is_running:
            time.sleep(0.01)
        with game.connect() as live:
            live.session.ask("mode")
        assert game.starts == 2


def test_other_ports_are_tried_when_one_was_taken(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANDIN", "taken-once")
    game = GameProcess(Launch(binary, tmp_path / "one"))
    with game.running():
        assert game.starts == 2


def test_a_slow_start_is_waited_for_and_a_silent_one_given_up(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STANDIN", "slow")
    with GameProcess(Launch(binary, tmp_path / "one")).running():
        pass
    monkeypatch.setenv("STANDIN", "silent")
    with pytest.raises(ServerError, match=r"did not start within 4 s"):
        GameProcess(Launch(binary, tmp_path / "two", patience=4)).start()


def test_a_crash_at_the_start_tells_what_the_game_said(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANDIN", "crash")
    with pytest.raises(ServerError, match=r"code 1: .*the mod is broken"):
        GameProcess(Launch(binary, tmp_path / "one")).start()


def test_a_folder_in_use_is_told(binary: Path, tmp_path: Path):
    launch = Launch(binary, tmp_path / "one")
    with GameProcess(launch).running(), pytest.raises(ServerError, match="is another instance already running"):
        GameProcess(launch).start()


def test_a_game_that_does_not_stop_is_killed(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANDIN", "deaf")
    game = GameProcess(Launch(binary, tmp_path / "one", grace=0.5))
    game.start()
    time.sleep(0.5)
    game.stop()
    assert not game.is_running
    assert not (tmp_path / "one" / "saved").exists()


def test_a_pool_of_games_is_kept_alive(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path / "state"))
    (started,) = start_factorio(1, binary)
    try:
        assert (started.name, started.backend) == ("factorio-1", "factorio")
        with ServerPool().lease() as live:
            live.scenario("mining_training")
        os.kill(children_of(started.pid)[0], signal.SIGKILL)
        end = time.monotonic() + 60
        while not ((again := records()) and again[0].port != started.port):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert answers(again[0])
    finally:
        stop(records())
    assert records() == []
    assert (tmp_path / "state" / "games" / "factorio-1" / "saved").exists()


def children_of(parent: int) -> list[int]:
    told = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(number) for number in told.split()]


def test_a_game_that_cannot_start_says_why(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("STANDIN", "crash")
    with pytest.raises(ServerError, match=r"1 of 1 servers did not start: .*the mod is broken"):
        start_factorio(1, binary)


def test_no_program_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="is no program"):
        GameProcess(Launch(tmp_path / "bin" / "x64" / "factorio", tmp_path / "one")).start()
