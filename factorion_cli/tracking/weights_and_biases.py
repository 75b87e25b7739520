"""Weights & Biases as one more place for metrics: the extra `tracking`, offline unless WANDB_MODE says otherwise."""

from __future__ import annotations

import importlib.util
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factorion_cli.errors import UsageError


def check_wandb() -> None:
    """Raise UsageError where --track cannot be followed because the extra is not installed."""
    if importlib.util.find_spec("wandb") is None:
        raise UsageError(
            "--track needs Weights & Biases, which is not installed: pip install 'factorion-cli[tracking]'; "
            "without it, metrics.jsonl and TensorBoard hold the same figures"
        )


class WandbSink:
    """A run of Weights & Biases in the folder of ours, taken up again when ours is resumed.

    Args:
        folder: of our run; its name is theirs, and their files lie in `wandb/` in it.
        project: the project there.
        settings: of our run.

    Raises:
        UsageError: it is not installed.
    """

    def __init__(self, folder: Path, project: str, settings: Mapping[str, Any]) -> None:
        check_wandb()
        import wandb

        self._run = wandb.init(
            project=project,
            name=folder.name,
            id=_run_id(folder),
            resume="allow",
            dir=folder,
            config=dict(settings),
            # Nothing leaves this machine unless somebody asks for it; `wandb sync` sends it later.
            mode=os.environ.get("WANDB_MODE", "offline"),
            settings=wandb.Settings(silent=True, console="off"),
        )
        self._run.define_metric("*", step_metric="step")

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Record `values` at `step`."""
        self._run.log({"step": step, **values})

    def close(self, error: BaseException | None) -> None:
        """End their run, as failed where `error` stopped ours."""
        self._run.finish(exit_code=0 if error is None else 1)


def _run_id(folder: Path) -> str:
    """The id of the run there: the same for all sessions of ours."""
    path = folder / "wandb" / "run-id"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{uuid.uuid4().hex[:12]}\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
