"""The folder of a training run.

    runs/<name>/
      config.json             every setting
      run.json                version, git commit, libraries, seed, threads, dataset
      metrics.jsonl, tb/      see `tracking`
      last, best              each names a checkpoint: "checkpoints/00000400"
      checkpoints/<step>/
        policy/               see `policies.checkpoints`; the averaged weights
        training_state/       state.json, tensors.safetensors: raw weights, optimiser, random state

A checkpoint is written under a temporary name and renamed, and `last` is only turned to it then: whenever a run dies,
`last` names a whole checkpoint.
"""

from __future__ import annotations

import errno
import json
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from factorion_cli import __version__
from factorion_cli.errors import DataError, StorageError, UsageError
from factorion_cli.policies.checkpoints import save_policy, save_tensors
from factorion_cli.policies.network import SIZES_BEFORE, PolicyNetwork

STATE_VERSION = 1
"""Of what `--resume` reads; raised when it holds something else."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        step: updates made.
        minutes: wall-clock minutes spent, over all its sessions.
        best: best validation score so far (minus the loss); None before the first.
        more: what else an algorithm goes on from, as JSON.
    """

    step: int = 0
    minutes: float = 0.0
    best: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Best:
    """The best validation so far.

    Attributes:
        score: of it; None before the first.
        stale: validations since then.
    """

    score: float | None = None
    stale: int = 0

    def take(self, score: float) -> bool:
        """Take note of a validation; whether it is the best, or as good."""
        is_best = self.score is None or score >= self.score
        self.score, self.stale = (score, 0) if is_best else (self.score, self.stale + 1)
        return is_best

    def is_stale(self, patience: int | None) -> bool:
        """Whether so many validations brought nothing better."""
        return patience is not None and self.stale >= patience


_FREE_SETTINGS = frozenset(
    {
        "steps",
        "total_timesteps",
        "max_minutes",
        "validate_every",
        "validation_tasks",
        "rollouts",
        "checkpoint_every",
        "keep_checkpoints",
        "log_every",
        "track",
        "wandb_project_name",
        "patience",
    }
)
"""How long and how often may change when a run is resumed; what the weights depend on may not."""


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def check_run(folder: Path, config: Mapping[str, Any], *, resume: bool) -> None:
    """See whether a run may start in `folder`, before any work is done.

    Raises:
        UsageError: it exists without `resume`, there is nothing to resume, or it was made with other settings.
    """
    if not resume:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} already exists; --resume continues it, or choose another name with -o")
        return
    if not (folder / "last").is_file():
        raise UsageError(
            f"{folder} has no checkpoint to resume from; leave --resume out to start it anew, under a name not taken"
        )
    before = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if "network" in before:
        before["network"] = SIZES_BEFORE | before["network"]
    # Sums differ with threads, devices and compilers; that matters where bits were promised.
    free = _FREE_SETTINGS if config.get("deterministic") else _FREE_SETTINGS | {"threads", "device", "compile"}
    # A setting that is younger than the run was not chosen otherwise then.
    changed = sorted(key for key in config if key in before and key not in free and config[key] != before[key])
    if changed:
        key = changed[0]
        raise UsageError(f"{folder} was trained with {key} = {before[key]!r}, not {config[key]!r}; keep it to resume")


@contextmanager
def room_for(folder: Path) -> Iterator[None]:
    """Within, a disk without room is an error that says so; what was written whole before stays.

    Raises:
        StorageError: a file could not be written for want of room.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        last = folder / "last"
        kept = f"{last.read_text(encoding='utf-8').strip()} is whole: " if last.is_file() else ""
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}; {kept}make room, then go on with --resume"
        ) from error


def open_run(folder: Path, config: Mapping[str, Any], *, resume: bool) -> None:
    """Make the folder of a new run, or take up that of an old one; errors as `check_run`."""
    check_run(folder, config, resume=resume)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", dict(config))


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole or not at all."""
    _write_text(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def describe_run(seed: int, threads: int, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """What run.json holds."""
    return {
        "factorion": __version__,
        "git": _git_commit(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.machine(),
        "seed": seed,
        "threads": threads,
        "dataset": dict(dataset),
    }


def _git_commit() -> str | None:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None


def save_checkpoint(
    folder: Path,
    network: PolicyNetwork,
    averaged: Mapping[str, Tensor],
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    keep: int,
    *,
    is_best: bool,
) -> Path:
    """Write the checkpoint of this step and turn `last` (and `best`) to it; older ones beyond `keep` go."""
    name = f"checkpoints/{progress.step:08d}"
    final = folder / name
    temporary = final.with_name(f".{final.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        save_policy(temporary / "policy", network, dict(averaged))
        _save_state(temporary / "training_state", network, averaged, optimiser, progress)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(final, ignore_errors=True)
    temporary.rename(final)
    _write_text(folder / "last", name + "\n")
    if is_best:
        _write_text(folder / "best", name + "\n")
    _forget(folder, keep)
    return final


def _save_state(
    state: Path,
    network: PolicyNetwork,
    averaged: Mapping[str, Tensor],
    optimiser: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    state.mkdir()
    tensors = {f"weights.{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"averaged.{key}": value for key, value in averaged.items()}
    tensors |= _optimiser_tensors(optimiser)
    tensors["random.torch"] = torch.get_rng_state()
    save_tensors(state / "tensors.safetensors", tensors, {"step": progress.step})
    write_json(state / "state.json", {"format_version": STATE_VERSION, **asdict(progress)})


def load_checkpoint(
    folder: Path, network: PolicyNetwork, averaged: dict[str, Tensor], optimiser: torch.optim.Optimizer
) -> Progress:
    """Put the state of the last checkpoint into its arguments; raises DataError when that cannot be done."""
    state = folder / (folder / "last").read_text(encoding="utf-8").strip() / "training_state"
    try:
        tensors = load_file(state / "tensors.safetensors")
        about = json.loads((state / "state.json").read_text(encoding="utf-8"))
        if (version := about.get("format_version")) != STATE_VERSION:
            raise DataError(
                f"{state} has format version {version!r}, this factorion resumes {STATE_VERSION}; train it anew"
            )
        network.load_state_dict(_under(tensors, "weights."))
        for key, value in _under(tensors, "averaged.").items():
            averaged[key].copy_(value)
        _load_optimiser(optimiser, _under(tensors, "optimiser."))
        torch.set_rng_state(tensors["random.torch"])
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise DataError(f"{state} cannot be resumed from: {error}") from error
    return Progress(about["step"], about["minutes"], about["best"], about.get("more", {}))


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimiser.state_dict()["state"]
    return {f"optimiser.{index}.{name}": value for index, part in state.items() for name, value in part.items()}


def _load_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state = optimiser.state_dict()
    parts: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".")
        parts.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({"state": parts, "param_groups": state["param_groups"]})


def _forget(folder: Path, keep: int) -> None:
    checkpoints = sorted(path for path in (folder / "checkpoints").iterdir() if not path.name.startswith("."))
    named = {
        (folder / link).read_text(encoding="utf-8").strip() for link in ("last", "best") if (folder / link).exists()
    }
    for path in checkpoints[:-keep]:
        if f"checkpoints/{path.name}" not in named:
            shutil.rmtree(path)
