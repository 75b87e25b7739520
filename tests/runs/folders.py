"""Folders of runs, as training leaves them, with weights of no size."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SHARES = {"time/data": 0.2, "time/environment": 0.0, "time/forward": 0.3, "time/backward": 0.4, "time/other": 0.1}
TEN_UPDATES: Sequence[Mapping[str, float]] = (
    *({"step": step, "train/loss": 1 / step, **SHARES, "time/seconds": 6.0} for step in range(1, 11)),
    {"step": 10, "validation/success": 0.75, "validation/loss": 0.5, "time/validation_seconds": 30.0},
)


def write_run(folder: Path, rows: Sequence[Mapping[str, float]] = TEN_UPDATES, **settings: Any) -> Path:
    """A run of two minutes that finished with a checkpoint after ten updates."""
    checkpoint = folder / "checkpoints" / "00000010"
    for part in ("policy", "training_state"):
        (checkpoint / part).mkdir(parents=True)
    (checkpoint / "policy" / "config.json").write_text("{}")
    for part in ("policy/model.safetensors", "training_state/tensors.safetensors"):
        (checkpoint / part).write_bytes(b"")
    (checkpoint / "training_state" / "state.json").write_text('{"step": 10, "minutes": 2.0, "best": -0.5}')
    (folder / "config.json").write_text(json.dumps({"lr": 0.001, "seed": 0, "network": {"channels": 64}} | settings))
    (folder / "run.json").write_text('{"factorion": "0.1.0", "dataset": {"path": "ds", "fingerprint": "abc"}}')
    (folder / "status.json").write_text('{"state": "finished", "started": "2026-01-01T00:00:00+00:00"}')
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for link in ("last", "best"):
        (folder / link).write_text("checkpoints/00000010\n")
    return folder
