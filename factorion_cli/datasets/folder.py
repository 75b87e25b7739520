"""A dataset folder appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from factorion_cli.datasets.manifest import MANIFEST_NAME
from factorion_cli.errors import UsageError


def check_output(out: Path, overwrite: bool) -> None:
    """Refuse an output folder that holds something, before any work is done.

    Raises:
        UsageError: `out` is a file, or holds a dataset and `overwrite` is off, or holds anything else.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file, expected a folder to write the dataset to")
    if not (out / MANIFEST_NAME).is_file():
        # Never delete a folder that we did not write, whatever the options.
        raise UsageError(f"{out} is not empty and holds no dataset: choose another folder for -o")
    if not overwrite:
        raise UsageError(
            f"{out} already holds a dataset: add --overwrite to replace it, or choose another folder for -o"
        )


@contextmanager
def folder_under_construction(out: Path, overwrite: bool) -> Iterator[Path]:
    """A hidden folder beside `out` that becomes `out` at the end of the block; an exception removes it.

    Raises:
        UsageError: as `check_output`, also when `out` was filled by someone else meanwhile.
    """
    out = out.absolute()  # "." has a name only then
    check_output(out, overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    building = out.with_name(f".{out.name}.building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        # Inside, so that an interrupt right after it was made finds it, too.
        building.mkdir()
        yield building
        check_output(out, overwrite)
        _swap(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _swap(building: Path, out: Path) -> None:
    """Put the finished folder in place; an old one is out of the way for two renames only."""
    old = out.with_name(f".{out.name}.old-{os.getpid()}")
    if out.exists():
        out.rename(old)
    building.rename(out)
    shutil.rmtree(old, ignore_errors=True)
