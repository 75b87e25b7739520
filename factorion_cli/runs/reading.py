"""Runs as they lie on disk (see `training.run_folder`), whole or broken: what is wrong with one is part of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factorion_cli.errors import DataError, UsageError
from factorion_cli.tracking import Standing, standing

_MARKS = ("config.json", "run.json", "metrics.jsonl", "checkpoints")
"""A folder with two of these is a run, however much else of it is lost."""
_DEEPEST = 3
"""How many folders deep runs are looked for."""
_PARTS_OF_CHECKPOINT = (
    "policy/config.json",
    "policy/model.safetensors",
    "training_state/state.json",
    "training_state/tensors.safetensors",
)

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that `last` or `best` names.

    Attributes:
        name: such as "checkpoints/00000400".
        update: updates made until then.
        step: the same as metrics count steps: actions where a policy acts.
        minutes: wall-clock minutes spent until then, over all sessions; None where it does not say.
    """

    name: str
    update: int
    step: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run.

    Attributes:
        folder: where it lies.
        settings: by name, those of the network as `network.channels`.
        about: what run.json holds.
        standing: how it stands.
        rows: lines of metrics.jsonl that could be read, in order; finite values only.
        last: the newest checkpoint.
        best: the checkpoint that `eval` takes.
        problems: what is wrong with it, one sentence each.
    """

    folder: Path
    settings: Mapping[str, Any]
    about: Mapping[str, Any]
    standing: Standing
    rows: tuple[Row, ...]
    last: Checkpoint | None
    best: Checkpoint | None
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.folder.resolve().name


def read_run(folder: Path) -> Run:
    """A run, with its problems; raises DataError where nothing of one is there."""
    if not is_run(folder):
        raise DataError(f"{folder} is no run: expected a folder written by `factorion train-bc` or `train-ppo`")
    problems: list[str] = []
    settings = _json(folder / "config.json", problems)
    about = _json(folder / "run.json", problems)
    stands = _standing(folder, problems)
    rows = _rows(folder / "metrics.jsonl", problems, is_running=stands.state == "running")
    last, best = (_checkpoint(folder, link, problems) for link in ("last", "best"))
    if stands.state == "killed":
        problems.append(f"its process is gone; --resume goes on from {last.name if last else 'nothing'}")
    if stands.state == "failed":
        problems.append(f"it failed: {stands.error}")
    return Run(folder, dict(_flat(settings)), about, stands, rows, last, best, tuple(problems))


def find_runs(root: Path) -> list[Run]:
    """The runs in a folder and the folders in it, by path; raises UsageError where there is no such folder."""
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}; runs are made by `factorion train-bc DIR -o {root}/NAME`")
    return [read_run(folder) for folder in _folders(root, _DEEPEST)]


def is_run(folder: Path) -> bool:
    """Whether a run, or enough of one to be named, lies there."""
    return sum((folder / mark).exists() for mark in _MARKS) > 1


def _folders(root: Path, depth: int) -> Iterator[Path]:
    if is_run(root):
        yield root
    elif depth > 0:
        for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
            yield from _folders(folder, depth - 1)


def _json(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"{path.name} is missing")
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{path.name} cannot be read: {error}")
        return {}
    if not isinstance(found, dict):
        problems.append(f"{path.name} holds a {type(found).__name__}, expected an object")
        return {}
    return found


def _standing(folder: Path, problems: list[str]) -> Standing:
    try:
        return standing(folder)
    except (OSError, ValueError, TypeError) as error:
        problems.append(f"status.json cannot be read: {error}")
        return Standing()


def _rows(path: Path, problems: list[str], *, is_running: bool) -> tuple[Row, ...]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        problems.append(f"{path.name} is missing")
        return ()
    rows, bad, lost = [], [], dict[str, int]()
    for number, line in enumerate(lines, start=1):
        row = _row(line)
        if row is None:
            bad.append(number)
            continue
        rows.append({key: value for key, value in row.items() if math.isfinite(value)})
        lost = {key: int(row["step"]) for key, value in row.items() if not math.isfinite(value)} | lost
    # The last line of a run that goes on may be on its way.
    if bad and not (is_running and bad == [len(lines)]):
        problems.append(f"{path.name}: {len(bad)} of {len(lines)} lines cannot be read, the first is line {bad[0]}")
    problems += [f"{key} is no number from step {step} on" for key, step in lost.items()]
    return tuple(rows)


def _row(line: str) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict) or not isinstance(row.get("step"), int):
        return None
    return {key: value for key, value in row.items() if isinstance(value, (int, float))}


def _checkpoint(folder: Path, link: str, problems: list[str]) -> Checkpoint | None:
    """The checkpoint that `last` or `best` names."""
    if not (folder / link).is_file():
        problems.append(f"it has no {link} checkpoint")
        return None
    name = (folder / link).read_text(encoding="utf-8", errors="replace").strip()
    if not name or not (folder / name).is_dir():
        problems.append(f"{link} names {name or 'nothing'}, which is not there")
        return None
    lost = [part for part in _PARTS_OF_CHECKPOINT if not (folder / name / part).is_file()]
    if lost:
        problems.append(f"{name}, its {link} checkpoint, lacks {', '.join(lost)}")
    state = _json(folder / name / "training_state" / "state.json", [] if lost else problems)
    number = Path(name).name
    update = state.get("step", int(number) if number.isdigit() else 0)
    return Checkpoint(name, update, state.get("more", {}).get("logged_step", update), state.get("minutes"))


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
