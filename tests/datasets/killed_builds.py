"""Kills builds at random moments and resumes them; run as a program by `test_resume`.

python -m tests.datasets.killed_builds PRINTS FOLDER KILLS SEED

Every build is a fork of this process, which has everything imported and nothing started: it begins to work at once.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import shutil
import sys
import time
from pathlib import Path

import pyarrow.parquet  # noqa: F401

import factorion_cli.simulation.kernels.flow_scoring
import factorion_cli.simulation.kernels.world  # noqa: F401
from factorion_cli.datasets import build, stages
from factorion_cli.datasets.settings import BuildSettings

SETTINGS = BuildSettings(window=16, per_window=2)


def content(folder: Path) -> dict[str, str]:
    """sha256 of every file by its name."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def start(prints: str, out: Path) -> multiprocessing.Process:
    """A build of `out` in a process of its own."""
    options = {"resume": True}
    process = multiprocessing.Process(target=build.build_dataset, args=([prints], out, SETTINGS), kwargs=options)
    process.start()
    return process


def main() -> None:
    """Print how many of the builds were killed at each stage; fails when one does not end as it should."""
    prints, folder, kills, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    multiprocessing.set_start_method("fork")
    stages.DESIGNS_PER_JOB = 1  # more results to be killed between
    began = time.monotonic()
    start(prints, folder / "undisturbed").join()
    seconds = time.monotonic() - began
    expected = content(folder / "undisturbed")
    assert "README.md" in expected
    moments = random.Random(seed)
    unfinished = 0
    for number in range(kills):
        out = folder / f"killed-{number}"
        began = time.monotonic()
        process = start(prints, out)
        process.join(moments.uniform(0, seconds))
        if process.exitcode == 0:  # the machine has become faster since the first one
            seconds = min(seconds, time.monotonic() - began)
        process.kill()
        process.join()
        unfinished += not out.exists()
        resumed = start(prints, out)
        resumed.join()
        assert resumed.exitcode == 0
        assert content(out) == expected, f"build {number} differs"
        shutil.rmtree(out)
        assert not out.with_name(f"{out.name}.building").exists()
    print(unfinished)  # noqa: T201


if __name__ == "__main__":
    main()
