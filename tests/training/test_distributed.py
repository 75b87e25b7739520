"""Several processes train as one would: torchrun, gloo, on the processor."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.datasets.teaching import write_demonstrations
from factorion_cli.errors import UsageError
from factorion_cli.tasks.solutions import Solution
from factorion_cli.training.distributed import ALONE, joined
from tests.tasks.marker_lines import detour, line_task, straight

TINY = {
    "network.channels": 8, "network.heads": 3, "network.hidden": 16, "network.blocks_in": 1, "network.blocks_middle": 1,
    "network.blocks_out": 1, "network.attention_blocks": 1, "network.facing_channels": 4, "bf16": "false",
    "rollouts": 0, "warmup_steps": 2, "log_every": 1, "batch_size": 8, "validation_tasks": 4, "threads": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tasks = [line_task("short", width=5), line_task("middle", "coal", width=14), line_task("long", "stone", width=32)]
    solutions = [Solution(task, way(task), n) for task in tasks for n, way in enumerate((straight, detour))]
    folder = tmp_path_factory.mktemp("lines") / "ds"
    write_demonstrations(solutions, folder, 0, {"tasks": ["tests"]})
    return folder


def _words(*arguments: object) -> list[str]:
    settings = [word for key, value in TINY.items() for word in ("--config", f"{key}={value}")]
    return ["train-bc", *map(str, arguments), *settings]


def _train(*arguments: object) -> None:
    """By this process alone."""
    result = CliRunner().invoke(app, _words(*arguments))
    assert result.exit_code == 0, result.output


def _environment(**more: object) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": root, **{name: str(more[name]) for name in more}}


def _started(*arguments: object, **environment: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "factorion_cli", *_words(*arguments)]
    return subprocess.Popen(command, env=_environment(**environment), stderr=subprocess.DEVNULL)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 90
    while not (path.exists() and path.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)


def _losses(run: Path) -> list[float]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["train/loss"] for row in rows if "train/loss" in row]


def test_two_processes_have_the_loss_curve_of_one(tmp_path: Path, dataset: Path) -> None:
    arguments = ["--steps", 12, "--deterministic"]
    _train(dataset, "-o", tmp_path / "one", *arguments)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, "-m", "factorion_cli", *_words(dataset, "-o", tmp_path / "two", *arguments)]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    one, two = (_losses(tmp_path / name) for name in ("one", "two"))
    assert len(one) == 12
    assert one[-1] < one[0]
    assert two[:6] == pytest.approx(one[:6], rel=1e-6)
    assert two == pytest.approx(one, rel=1e-5)  # each update adds to what rounding made of the one before
    assert json.loads((tmp_path / "two" / "run.json").read_text())["ranks"] == 2
    assert len(list((tmp_path / "two" / "tb").iterdir())) == 1  # one writer


def test_a_run_that_is_killed_goes_on_from_its_last_checkpoint(tmp_path: Path, dataset: Path) -> None:
    run = tmp_path / "run"
    often = ["--deterministic", "--config", "checkpoint_every=2", "--config", "validate_every=1000"]
    with _started(dataset, "-o", run, "--steps", 100_000, *often) as process:
        _wait_for(run / "checkpoints" / "00000006")
        process.kill()
    stopped = int((run / "last").read_text().strip().rpartition("/")[2])
    assert stopped >= 6
    _train(dataset, "-o", run, "--steps", stopped + 2, "--resume", *often)
    _train(dataset, "-o", tmp_path / "whole", "--steps", stopped + 2, *often)
    name = f"checkpoints/{stopped + 2:08d}/training_state/tensors.safetensors"
    assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_ctrl_c_stops_both_processes_after_a_checkpoint(tmp_path: Path, dataset: Path) -> None:
    run = tmp_path / "run"
    with socket.create_server(("127.0.0.1", 0)) as free:
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free.getsockname()[1], "WORLD_SIZE": 2}
    arguments = [dataset, "-o", run, "--steps", 100_000]
    ranks = [_started(*arguments, RANK=rank, **meeting) for rank in range(2)]
    try:
        _wait_for(run / "metrics.jsonl")
        for rank in ranks:
            for _ in range(2):  # once from the terminal, once from torchrun
                rank.send_signal(signal.SIGINT)
        assert [rank.wait(timeout=60) for rank in ranks] == [130, 130]
    finally:
        for rank in ranks:
            rank.kill()
    assert (run / (run / "last").read_text().strip() / "training_state" / "state.json").is_file()
    assert json.loads((run / "status.json").read_text())["state"] == "interrupted"


def test_one_process_alone_has_nobody_to_talk_to() -> None:
    with joined() as ranks:
        assert ranks is ALONE
    assert ALONE.agreed(0.5, 1.0) == (0.5, 1.0)
    assert ALONE.is_first


def test_a_wrong_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "two")
    with pytest.raises(UsageError, match="WORLD_SIZE='two'"), joined():
        pass
