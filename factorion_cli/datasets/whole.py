"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_whole(out: Path) -> Iterator[Path]:
    """A hidden path beside `out`, for a file or folder that the block makes there.

    It becomes `out` at the end of the block, in place of a folder that stands there; an exception removes it.
    """
    out = out.absolute()  # "." has a name only then
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f".{out.name}.making-{os.getpid()}")
    _remove(making)
    try:
        yield making
        if out.is_dir():
            _swap(making, out)
        else:
            making.rename(out)
    finally:
        _remove(making)


def _swap(made: Path, out: Path) -> None:
    """The old folder is out of the way for two renames only."""
    old = out.with_name(f".{out.name}.old-{os.getpid()}")
    out.rename(old)
    made.rename(out)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
