"""`factorion record` and `factorion replay` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from factorion_cli.recording.recorder import Recorder, RecorderOptions
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport

COMMAND = [sys.executable, "-c", "from factorion_cli.cli.app import main; main()"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demos") / "walk"
    transport = ResidentTransport(EmbeddedServer(mod_folder(), version="2.1"))
    recorder = Recorder(transport, RecorderOptions(folder, "rcon://127.0.0.1:1", "beginner", every=20))
    recorder.begin()
    live = LiveServer(transport)
    live.pause()
    live.scenario("movement_training", 7)
    live.act("walk", direction=4)
    live.step(50)
    recorder.run(lambda: True)
    return folder


def test_a_recording_replays_and_tells_its_digests(demo: Path):
    done = run("replay", str(demo), "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert (told["scenario"], told["seed"], told["checks"], told["difference"]) == ("movement_training", 7, 4, None)


def test_steps_are_written_beside_a_replay(demo: Path, tmp_path: Path):
    out = tmp_path / "steps.parquet"
    done = run("replay", str(demo), "--steps", str(out))
    assert done.returncode == 0, done.stderr
    assert "the same world" in done.stdout
    (row,) = pq.read_table(out).to_pylist()
    assert json.loads(row["action"]) == {"kind": "walk", "direction": 4}
    assert (row["skill"], row["scenario"], row["x"]) == ("beginner", "movement_training", 32.0)


def test_a_recording_that_comes_out_differently_fails(tmp_path: Path):
    transport = ResidentTransport(EmbeddedServer(mod_folder()))
    recorder = Recorder(transport, RecorderOptions(tmp_path / "other", every=20))
    recorder.begin()
    live = LiveServer(transport)
    live.pause()
    live.scenario("mining_training", 1)
    surface = 'game.surfaces["factorion-scenario"]'
    transport.command(f'/sc {surface}.create_entity{{name="wooden-chest",position={{9.5,9.5}}}}')  # by nobody
    live.step(40)
    recorder.run(lambda: True)
    done = run("replay", str(tmp_path / "other"))
    assert done.returncode == 1
    assert "digest" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_on_the_disk_is_shown(demo: Path):
    (take,) = json.loads(run("record", "-o", str(demo), "--status", "--json").stdout)["takes"]
    assert take["scenarios"] == "movement_training:7"
    assert take["skill"] == "beginner"
    assert take["game"].startswith("2.1")
    assert set(take["mods"]) >= {"base", "factorion"}
    assert take["ended"] is True
    assert "movement_training:7" in run("record", "-o", str(demo), "--status").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("record",), "give --server"),
        (("record", "--server", "rcon://127.0.0.1:1", "-o", "x"), "is not known"),
        (("record", "--server", "embedded", "-o", "x"), "rcon://HOST:PORT"),
        (("record", "--server", "rcon://127.0.0.1:1", "-o", "x", "--skill", "godlike"), "expected one of beginner"),
        (("record", "--server", "rcon://127.0.0.1:1", "-o", "x", "--player", "ann"), "give that, too"),
        (("record", "-o", "nothing-there", "--status"), "holds no recording"),
        (("replay", "nothing-there"), "holds no recording"),
    ],
)
def test_bad_usage_is_said(arguments: tuple[str, ...], message: str):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
