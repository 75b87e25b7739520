"""Where a build works: OUT.building, which keeps what is done until the dataset is whole.

OUT.building/
  recipe.json      the settings that it was begun with
  lock             held by the process that works here
  read-*.parquet   what was read from one block of inputs
  mine-*.parquet   what a few designs gave
  dataset/         the dataset as it is written; becomes OUT at the end
  finished         is there once `dataset` is whole

The name of a result says what it was made from and by which version, so it is used again only where it would be made
again. A file appears whole: it is written under another name first.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from factorion_cli import __version__
from factorion_cli.datasets.manifest import MANIFEST_NAME
from factorion_cli.datasets.schema import SCHEMA_VERSION
from factorion_cli.errors import DataError, UsageError
from factorion_cli.locks import take_lock
from factorion_cli.scheduling import in_order

RECIPE_NAME = "recipe.json"
_LOCK_NAME, _FINISHED_NAME, _DATASET_NAME, _OLD_NAME = "lock", "finished", "dataset", "old"
_PARQUET_END = b"PAR1"


class Job(Protocol):
    """A share of the work; `content` is everything that its result depends on, beside the version."""

    def content(self) -> bytes:
        """Bytes that two jobs share only if their results are the same."""


AnyJob = TypeVar("AnyJob", bound=Job)
Tag = TypeVar("Tag")


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


def building_folder(out: Path) -> Path:
    """Where a build of `out` works."""
    out = out.absolute()  # "." has a name only then
    return out.with_name(f"{out.name}.building")


class Workspace:
    """The folder of one build; made by `workspace`."""

    def __init__(self, root: Path, out: Path) -> None:
        self._root, self._out = root, out

    @property
    def dataset(self) -> Path:
        """An empty folder for the dataset; what an earlier try left in it is gone."""
        folder = self._root / _DATASET_NAME
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def results(
        self,
        stage: str,
        work: Callable[[AnyJob], bytes],
        jobs: Iterable[tuple[Tag, AnyJob]],
        executor: Executor | None,
    ) -> Iterator[tuple[Tag, Path]]:
        """The tag of each job with the file of its result, in the order of the jobs.

        What is here already is not made again.
        """
        expected: deque[tuple[Tag, Path, bool]] = deque()

        def missing() -> Iterator[AnyJob]:
            for tag, job in jobs:
                path = self._root / f"{stage}-{_digest(job)}.parquet"
                is_here = _is_whole(path)
                expected.append((tag, path, is_here))
                if not is_here:
                    yield job

        for result in in_order(executor, work, missing()):
            while expected[0][2]:
                yield expected.popleft()[:2]
            tag, path, _ = expected.popleft()
            self.save(path.name, result)
            yield tag, path
        yield from ((tag, path) for tag, path, _ in expected)

    def save(self, name: str, data: bytes) -> Path:
        """Write a file of the workspace, whole or not at all."""
        path = self._root / name
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(data)
        return unfinished.replace(path)

    def remove(self) -> None:
        """Remove the workspace: nothing in it is needed any more."""
        shutil.rmtree(self._root)

    def finish(self, overwrite: bool) -> None:
        """Put the finished dataset in its place, and remove the workspace.

        Raises:
            UsageError: `out` was filled by someone else meanwhile.
        """
        check_output(self._out, overwrite)
        (self._root / _FINISHED_NAME).touch()
        _swap(self._root, self._out)


def _digest(job: Job) -> str:
    made_by = f"{__version__} {SCHEMA_VERSION} ".encode()
    return hashlib.sha256(made_by + job.content()).hexdigest()[:32]


def _is_whole(path: Path) -> bool:
    """Whether a result is there; a power failure can leave a file of its name without its content."""
    try:
        with path.open("rb") as stream:
            stream.seek(-len(_PARQUET_END), os.SEEK_END)
            return stream.read() == _PARQUET_END
    except OSError:
        return False


def _swap(root: Path, out: Path) -> None:
    """Move a finished dataset from its workspace to its place; goes on where an earlier try was killed."""
    finished = root / _DATASET_NAME
    if finished.exists():
        if out.exists():
            shutil.rmtree(root / _OLD_NAME, ignore_errors=True)
            out.rename(root / _OLD_NAME)
        finished.rename(out)
    shutil.rmtree(root)


@contextmanager
def workspace(out: Path, recipe: Mapping[str, Any], *, resume: bool, overwrite: bool) -> Iterator[Workspace]:
    """The workspace of a build, for this process alone.

    It is kept when the block is interrupted, for `resume`, and removed when the block finds that the input cannot be
    used.

    Args:
        out: the folder that the dataset will be in.
        recipe: what must be the same to go on with an earlier build.
        resume: go on with an unfinished build, if there is one.
        overwrite: throw an unfinished build away.

    Raises:
        UsageError: another process works here, an unfinished build is in the way, or it has another recipe.
    """
    out, root = out.absolute(), building_folder(out)
    _check_folder(root)
    begun = root.exists() and any(root.iterdir())
    if begun and not resume and not overwrite:
        raise UsageError(
            f"{root} holds an unfinished build: add --resume to go on with it, or --overwrite to begin anew"
        )
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root):
        if begun and resume:
            _check_recipe(root, recipe)
        elif begun:
            _clear(root)
        here = Workspace(root, out)
        here.save(RECIPE_NAME, json.dumps(recipe, indent=1).encode())
        try:
            yield here
        except BaseException as error:
            if isinstance(error, DataError) or not any(root.glob("*-*.parquet")):
                shutil.rmtree(root, ignore_errors=True)
            raise


def finish_swap(out: Path) -> None:
    """Complete a build of `out` that was killed while its finished dataset was put in place."""
    root = building_folder(out)
    if (root / _FINISHED_NAME).is_file():
        with _locked(root):
            _swap(root, out.absolute())


def _check_folder(root: Path) -> None:
    found = {path.name for path in root.iterdir()} if root.is_dir() else {root.name} if root.exists() else set()
    if found and not found & {_LOCK_NAME, RECIPE_NAME}:
        raise UsageError(f"{root} is in the way: builds work there, and this is none; move it elsewhere")


def _check_recipe(root: Path, recipe: Mapping[str, Any]) -> None:
    try:
        before = json.loads((root / RECIPE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # killed before the first file was written
        return
    now = json.loads(json.dumps(recipe))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise UsageError(
                f"{root} was begun with {name.replace('_', '-')} {before.get(name)}, now it is {now.get(name)}: "
                "give the options of then, or --overwrite instead of --resume to begin anew"
            )


def _clear(root: Path) -> None:
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK_NAME:
            path.unlink()


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it when the process ends, however it ends."""
    with (root / _LOCK_NAME).open("w") as stream:
        if not take_lock(stream):
            raise UsageError(f"another process is building in {root}: wait for it, or choose another folder for -o")
        yield
