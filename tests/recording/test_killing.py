"""Recorder and server as processes, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from factorion_cli.recording.replaying import replay_takes
from factorion_cli.recording.takes import takes_in
from factorion_cli.servers.live import LiveServer
from tests.recording.scripted import ScriptedPlayer

COMMAND = [sys.executable, "-c", "from factorion_cli.cli.app import main; main()"]
LAST = 1.0
"""Seconds before a server is killed, of which the recording may know nothing."""


class Processes:
    """`factorion serve` on one port and `factorion record` into one folder, started and killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "demo"
        self.secret = folder / "secret"
        self._environment = {**os.environ, "FACTORION_STATE": str(folder / "state")}
        self._running: list[subprocess.Popen[str]] = []
        self.port = 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen([*COMMAND, *arguments], env=self._environment, stdout=pipe, stderr=pipe, text=True)
        self._running.append(process)
        return process

    def serve(self) -> subprocess.Popen[str]:
        process = self.start("serve", "--port", str(self.port), "--password-file", str(self.secret))
        assert process.stdout is not None
        self.port = int(process.stdout.readline().rpartition(":")[2])
        return process

    def record(self) -> subprocess.Popen[str]:
        address = ("--server", f"rcon://127.0.0.1:{self.port}", "--password-file", str(self.secret))
        process = self.start("record", *address, "-o", str(self.folder), "--every", "120", "--json")
        assert process.stderr is not None
        assert "recording" in process.stderr.readline()
        return process

    def connect(self) -> LiveServer:
        return LiveServer.connect("127.0.0.1", self.port, self.secret.read_text().strip())

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    made.end()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def until_recorded(folder: Path, count: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if any(folder.glob("take-*/*.jsonl")) and len(list(takes_in(folder)[-1])) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{count} events were not recorded in 20 s")


def play(live: LiveServer, seconds: float, seed: int) -> list[float]:
    """Walk about in real time; when each answer came."""
    rng, answered, end = np.random.default_rng(seed), [], time.monotonic() + seconds
    while time.monotonic() < end:
        live.act("walk", direction=2 * int(rng.integers(8)))
        answered.append(time.monotonic())
        time.sleep(float(rng.uniform(0.0, 0.05)))
    return answered


def test_what_a_killed_recorder_missed_is_fetched_and_a_killed_server_takes_a_second_at_most(processes: Processes):
    server = processes.serve()
    recorder = processes.record()
    until_recorded(processes.folder, 1)
    with processes.connect() as live:
        live.scenario("movement_training", 4)
        answered: list[float] = []
        for seed in range(2):
            answered += play(live, 0.7, seed)
            kill(recorder)
            answered += play(live, 0.2, seed + 10)
            recorder = processes.record()
        answered += play(live, 2.0, 20)
        killed = time.monotonic()
        kill(server)
    (take,) = takes_in(processes.folder)
    recorded = sum(event.kind == "act" for event in take)
    assert sum(when < killed - LAST for when in answered) <= recorded <= len(answered)

    processes.serve()
    with processes.connect() as live:
        live.scenario("movement_training", 5)
        until_recorded(processes.folder, 1)
        play(live, 0.5, 30)
    recorder.send_signal(signal.SIGINT)
    said, _ = recorder.communicate(timeout=20)
    assert recorder.returncode == 0
    assert json.loads(said)["folder"].endswith("take-002")
    first, second = takes_in(processes.folder)
    assert first.last().kind != "end"
    assert second.last().kind == "end"
    results = list(replay_takes([first, second]))
    assert [result.difference for result in results if result.scenario] == [None] * sum(
        result.scenario is not None for result in results
    )
    assert results[0].checks > 1


def test_a_smelting_line_recorded_by_recorders_that_are_killed_replays_to_the_same_world(processes: Processes):
    rng = np.random.default_rng(3)
    processes.serve()
    recorder = processes.record()
    until_recorded(processes.folder, 1)
    with processes.connect() as live:
        player = ScriptedPlayer(live)
        playing = threading.Thread(target=player.play)
        playing.start()
        for _ in range(2):
            time.sleep(float(rng.uniform(0.05, 0.5)))
            kill(recorder)
            recorder = processes.record()
        playing.join(timeout=60)
        made = live.digest()
        recorder.send_signal(signal.SIGINT)
        assert recorder.wait(timeout=20) == 0
    (take,) = takes_in(processes.folder)
    *_, last = (event for event in take if event.kind == "check")
    assert last.told["digest"] == made
    (result,) = replay_takes([take])
    assert (result.difference, result.digest) == (None, made)
    assert {event.told["name"] for event in take if event.kind == "built"} >= {"burner-mining-drill", "iron-chest"}
