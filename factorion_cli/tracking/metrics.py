"""Metrics as JSON lines (the record) and as TensorBoard events (the picture), and wherever else somebody wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from factorion_cli.tracking.standing import Session


class Sink(Protocol):
    """A place for metrics."""

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Record `values` at `step`; keys such as "train/loss"."""
        ...

    def close(self, error: BaseException | None) -> None:
        """No more will come; `error` is what stopped the run."""
        ...


class MetricsWriter:
    """Writes `metrics.jsonl` and `tb/` in a run's folder, and how the run stands (`standing`); a context manager.

    A resumed run drops the lines beyond the step that it starts from, so that each step stands there once.

    Args:
        folder: the run.
        step: last step that is kept of what is there already.
        project: project of Weights & Biases to which they go as well.
        settings: of the run, for that project.

    Raises:
        UsageError: another process trains there, or a project is given and Weights & Biases is not installed.
    """

    def __init__(
        self, folder: Path, step: int = 0, *, project: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> None:
        self._session = Session(folder)
        self._sinks: list[Sink] = []
        try:
            self._sinks.append(_JsonLines(folder, step))
            self._sinks.append(_TensorBoard(folder, step))
            if project is not None:
                from factorion_cli.tracking.weights_and_biases import WandbSink

                self._sinks.append(WandbSink(folder, project, settings or {}))
        except BaseException as error:
            self._close(error)
            raise

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Record `values` at `step`; keys such as "train/loss"."""
        for sink in self._sinks:
            sink.write(step, values)

    def __enter__(self) -> MetricsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

    def _close(self, error: BaseException | None) -> None:
        try:
            for sink in self._sinks:
                sink.close(error)
        finally:
            self._session.end(error)


class _JsonLines:
    def __init__(self, folder: Path, step: int) -> None:
        path = folder / "metrics.jsonl"
        if path.exists():
            _truncate(path, step)
        self._file = path.open("a", encoding="utf-8")

    def write(self, step: int, values: Mapping[str, float]) -> None:
        row = {"step": step, **{key: round(float(value), 6) for key, value in values.items()}}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self, error: BaseException | None) -> None:  # noqa: ARG002
        self._file.close()


class _TensorBoard:
    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._board: Any = SummaryWriter(str(folder / "tb"), purge_step=step + 1)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        for key, value in values.items():
            self._board.add_scalar(key, float(value), step)

    def close(self, error: BaseException | None) -> None:  # noqa: ARG002
        self._board.close()


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
