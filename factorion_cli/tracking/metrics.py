"""Metrics as JSON lines (the record) and as TensorBoard events (the picture)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any


class MetricsWriter:
    """Writes `metrics.jsonl` and `tb/` in a run's folder; a context manager.

    A resumed run drops the lines beyond the step that it starts from, so that each step stands there once.

    Args:
        folder: the run.
        step: last step that is kept of what is there already.
    """

    def __init__(self, folder: Path, step: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        path = folder / "metrics.jsonl"
        if path.exists():
            _truncate(path, step)
        self._file = path.open("a", encoding="utf-8")
        self._board: Any = SummaryWriter(str(folder / "tb"), purge_step=step + 1)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Record `values` at `step`; keys such as "train/loss"."""
        row = {"step": step, **{key: round(float(value), 6) for key, value in values.items()}}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        for key, value in values.items():
            self._board.add_scalar(key, float(value), step)

    def close(self) -> None:
        """Flush and close both."""
        self._file.close()
        self._board.close()

    def __enter__(self) -> MetricsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _truncate(path: Path, step: int) -> None:
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            # The last line of a run that was killed may be cut short.
            continue
        if row.get("step", 0) <= step:
            kept.append(line + "\n")
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text("".join(kept), encoding="utf-8")
    temporary.replace(path)
