"""Locks on files, by which processes keep out of each other's folders; the system lets go of them however one ends."""

from __future__ import annotations

from typing import IO


def take_lock(stream: IO[str]) -> bool:
    """Whether this process has the lock of an open file now; False when another one holds it. Never waits."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
