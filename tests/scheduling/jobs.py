"""Jobs that workers of another process can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def slow_first(number: int) -> int:
    time.sleep(0.05 if number == 0 else 0)
    return number


def deadly_once(job: tuple[int, Path]) -> int:
    """Its number; the first worker that takes the job named by the missing file is killed."""
    number, mark = job
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def deadly(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
