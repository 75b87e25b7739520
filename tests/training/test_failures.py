"""What goes wrong in training says what, and what to do; what was written before stays whole."""

import json
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.datasets import TaskWriter
from factorion_cli.datasets.manifest import fresh_info
from factorion_cli.environments import builtin_tasks
from factorion_cli.errors import DataError, DatasetError, FactorionError, StorageError, UsageError
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.training.bc import train_bc

STATE = "training_state/tensors.safetensors"


@contextmanager
def _files_of_at_most(size: int):
    """No file can grow beyond so many bytes: as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _last(run: Path) -> Path:
    return run / (run / "last").read_text().strip()


def _changed(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def run(tmp_path, data, tiny):
    """A run of two updates."""
    train_bc(data, tmp_path / "run", tiny(steps=2))
    return tmp_path / "run"


def test_a_run_that_diverges_says_so_and_keeps_the_last_good_checkpoint(run, data, tiny):
    good = _last(run)
    tensors = load_file(good / STATE)
    tensors["weights.stem.weight"][0] = float("nan")
    save_file(tensors, good / STATE)
    policy = (good / "policy" / "model.safetensors").read_bytes()
    with pytest.raises(
        FactorionError, match=r"diverged at step 2: the gradient is nan; the last good .*00000002; start"
    ):
        train_bc(data, run, tiny(steps=4), resume=True)
    assert _last(run) == good
    assert (good / "policy" / "model.safetensors").read_bytes() == policy
    assert all(bool(torch.isfinite(weight).all()) for weight in load_policy(run).parameters())
    assert FactorionError.exit_code == 3


def test_a_full_disk_is_named_and_costs_no_checkpoint(run, data, tiny):
    before = sorted(path.name for path in (run / "checkpoints").iterdir())
    with _files_of_at_most(20_000), pytest.raises(StorageError, match=r"File too large; checkpoints/00000002 is whole"):
        train_bc(data, run, tiny(steps=4, checkpoint_every=1), resume=True)
    assert sorted(path.name for path in (run / "checkpoints").iterdir()) == before
    assert _last(run).name == "00000002"
    train_bc(data, run, tiny(steps=4), resume=True)  # there is room again
    assert _last(run).name == "00000004"
    assert StorageError.exit_code == 3


def test_a_checkpoint_of_another_version_is_refused(run, data, tiny):
    _changed(_last(run) / "policy" / "config.json", format_version=99)
    with pytest.raises(DataError, match="has format version 99, this factorion reads 1"):
        load_policy(run)
    _changed(_last(run) / "training_state" / "state.json", format_version=99)
    with pytest.raises(DataError, match="has format version 99, this factorion resumes 1"):
        train_bc(data, run, tiny(steps=4), resume=True)
    assert DataError.exit_code == 2


def test_a_checkpoint_cut_short_is_refused(run, data, tiny):
    state = _last(run) / STATE
    state.write_bytes(state.read_bytes()[:5000])
    with pytest.raises(DataError, match="cannot be resumed from"):
        train_bc(data, run, tiny(steps=4), resume=True)


def test_a_dataset_of_another_schema_is_refused_before_the_run_is_made(tmp_path):
    with TaskWriter(tmp_path / "ds") as writer:
        writer.write("train", builtin_tasks())
    fresh_info(tmp_path / "ds", writer.shards, 0, {}).save()
    _changed(tmp_path / "ds" / "manifest.json", schema_version=99)
    result = _train_bc(tmp_path / "ds", "-o", tmp_path / "run", "--steps", "1")
    assert isinstance(result.exception, DatasetError)
    assert "99" in str(result.exception)
    assert not (tmp_path / "run").exists()
    assert DatasetError.exit_code == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_named_before_anything_is_read(tmp_path):
    result = _train_bc(tmp_path / "nowhere", "-o", tmp_path / "run", "--device", "cuda")
    assert isinstance(result.exception, UsageError)
    assert "device is cuda, but there is no GPU to use" in str(result.exception)
    assert not (tmp_path / "run").exists()
    assert UsageError.exit_code == 2


def _train_bc(*arguments):
    return CliRunner().invoke(app, ["train-bc", *map(str, arguments)])
