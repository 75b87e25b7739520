"""How a run stands: `status.json` says whether it goes on or how it ended, a lock tells whether that is still true."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.locks import take_lock

State = Literal["running", "finished", "interrupted", "failed", "killed", "unknown"]
"""`killed`: it says that it goes on, but no process holds its lock. `unknown`: it does not say."""
_FILE, _LOCK = "status.json", ".lock"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run says of itself.

    Attributes:
        state: as it stands now.
        started: when its last session began, ISO 8601 in UTC; None where it does not say.
        ended: when that ended.
        error: what stopped it.
    """

    state: State = "unknown"
    started: str | None = None
    ended: str | None = None
    error: str | None = None


class Session:
    """A process at work on a run; holds the run's lock, of which the system lets go however the process ends.

    Raises:
        UsageError: another process is at work on it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = (folder / _LOCK).open("a")
        if not take_lock(self._lock):
            self._lock.close()
            raise UsageError(f"another process is training in {folder}: wait for it, or choose another folder with -o")
        self._started = _now()
        _write(folder, Standing("running", self._started))

    def end(self, error: BaseException | None) -> None:
        """Say how it ended; `error` is what it was stopped by."""
        state: State = "finished"
        if error is not None:
            state = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        named = str(error) if isinstance(error, FactorionError) else f"{type(error).__name__}: {error}"
        said = named if state == "failed" else None
        # Where the disk is full, what filled it is told, not this: the run counts as killed.
        with suppress(OSError):
            _write(self._folder, Standing(state, self._started, _now(), said))
        self._lock.close()


def standing(folder: Path) -> Standing:
    """How the run in `folder` stands; raises ValueError, OSError or TypeError where status.json cannot be read."""
    path = folder / _FILE
    if not path.exists():
        return Standing()
    said = Standing(**json.loads(path.read_text(encoding="utf-8")))
    if said.state == "running" and not _is_locked(folder):
        return Standing("killed", said.started)
    return said


def _write(folder: Path, said: Standing) -> None:
    temporary = folder / f".{_FILE}.tmp"
    temporary.write_text(json.dumps(asdict(said), indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / _FILE)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            return not take_lock(lock)
    except OSError:
        return False
