"""Whatever ends a build, resuming it gives the same bytes; damaged shards are made again, exactly those."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from factorion_cli.blueprints import encode
from factorion_cli.datasets import DatasetInfo, TaskWriter, assembly, damaged_files, repair, stages
from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.stages import Progress
from factorion_cli.datasets.workspace import building_folder
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.scheduling import local_pool, scheduler
from tests.datasets.test_build import SETTINGS, bare_line, files_of, smelter

KILLS = 20


class Here(Executor):
    """Runs each job as it is handed out, and counts them."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs.append(fn.__name__)
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prints") / "prints.txt"
    designs = [*(bare_line(length) for length in (3, 5, 9, 14)), smelter(1), smelter(3), smelter(5)]
    path.write_text("\n".join(map(encode, designs)))
    return path


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """One design per job and few rows per shard, so that a small build has many of both."""
    monkeypatch.setattr(stages, "DESIGNS_PER_JOB", 1)
    for module in (assembly, repair):
        monkeypatch.setattr(module, "TaskWriter", partial(TaskWriter, rows_per_shard=5))


@pytest.fixture
def built(prints: Path, tmp_path: Path) -> Path:
    build_dataset([str(prints)], tmp_path / "ds", SETTINGS)
    return tmp_path / "ds"


def interrupt_at(stage: str, done: int, act: Callable[[], None] | None = None) -> Callable[[Progress], None]:
    """Called with the progress of a build, acts once it is so far: by default as Ctrl-C does."""
    acted = False

    def tell(progress: Progress) -> None:
        nonlocal acted
        if not acted and progress.stage == stage and progress.done >= done:
            acted = True
            if act is None:
                raise KeyboardInterrupt
            act()

    return tell


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the builds that it kills")
def test_killed_builds_resume_to_the_same_bytes(prints: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.datasets.killed_builds", str(prints), str(tmp_path), str(KILLS), "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= KILLS // 2  # were killed before they were done


@pytest.mark.parametrize(("stage", "done", "left"), [("read", 1, 7), ("mine", 3, 4), ("write", 2, 0)])
def test_only_what_is_missing_is_done_again(
    built: Path, prints: Path, tmp_path: Path, stage: str, done: int, left: int
) -> None:
    out = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        build_dataset([str(prints)], out, SETTINGS, tell=interrupt_at(stage, done))
    assert building_folder(out).is_dir()
    here = Here()
    build_dataset([str(prints)], out, SETTINGS, here, resume=True)
    assert here.jobs == ["mine_job"] * left
    assert files_of(out) == files_of(built)
    assert not building_folder(out).exists()


def test_inputs_that_changed_are_read_again(prints: Path, tmp_path: Path) -> None:
    changing = tmp_path / "changing.txt"
    changing.write_text(encode(bare_line(20)))
    with pytest.raises(KeyboardInterrupt):
        build_dataset([str(prints), str(changing)], tmp_path / "ds", SETTINGS, tell=interrupt_at("mine", 8))
    changing.write_text(encode(bare_line(12)))
    here = Here()
    build_dataset([str(prints), str(changing)], tmp_path / "ds", SETTINGS, here, resume=True)
    assert here.jobs == ["read_job", "mine_job"]
    build_dataset([str(prints), str(changing)], tmp_path / "undisturbed", SETTINGS)
    assert files_of(tmp_path / "ds") == files_of(tmp_path / "undisturbed")


def test_same_bytes_from_one_two_and_four_workers(built: Path, prints: Path, tmp_path: Path) -> None:
    for workers in (2, 4):
        with local_pool(workers) as pool:
            build_dataset([str(prints)], tmp_path / str(workers), SETTINGS, pool)
        assert files_of(tmp_path / str(workers)) == files_of(built)


def test_same_bytes_from_a_cluster_that_loses_a_worker(
    built: Path, prints: Path, tmp_path: Path, dask_address: str
) -> None:
    from distributed import Client

    with Client(dask_address, set_as_default=False) as client:
        workers = client.run(os.getpid)
        kill = partial(os.kill, next(iter(workers.values())), signal.SIGKILL)
        with scheduler(f"dask:{dask_address}") as executor:
            build_dataset([str(prints)], tmp_path / "dask", SETTINGS, executor, tell=interrupt_at("mine", 1, kill))
    assert files_of(tmp_path / "dask") == files_of(built)


def test_damaged_and_missing_shards_are_made_again(built: Path, prints: Path) -> None:
    before = files_of(built)
    shards = DatasetInfo.load(built).shards
    damaged, missing, whole = shards[1], shards[-1], built / shards[0].path
    assert len([shard for shard in shards if shard.config == "throughput" and shard.split == damaged.split]) > 2
    (built / damaged.path).write_bytes(before[damaged.path][:-5] + b"PAR1!")
    (built / missing.path).unlink()
    untouched = whole.stat().st_mtime_ns
    here = Here()
    build_dataset([str(prints)], built, SETTINGS, here, resume=True)
    assert files_of(built) == before
    assert whole.stat().st_mtime_ns == untouched
    assert here.jobs.count("mine_job") < 7
    assert not building_folder(built).exists()


def test_sound_dataset_is_left_alone(built: Path, prints: Path) -> None:
    here = Here()
    info, report = build_dataset([str(prints)], built, SETTINGS, here, resume=True)
    assert here.jobs == []
    assert info == DatasetInfo.load(built)
    assert report.designs == 7


def test_repair_that_was_interrupted_goes_on(built: Path, prints: Path) -> None:
    before = files_of(built)
    shard = DatasetInfo.load(built).shards[0]
    (built / shard.path).unlink()
    with pytest.raises(KeyboardInterrupt):
        build_dataset([str(prints)], built, SETTINGS, resume=True, tell=interrupt_at("mine", 1))
    here = Here()
    build_dataset([str(prints)], built, SETTINGS, here, resume=True)
    assert "read_job" not in here.jobs
    assert files_of(built) == before


def test_damaged_dense_form_is_made_again(prints: Path, tmp_path: Path) -> None:
    settings = BuildSettings(window=16, per_window=1, form="both")
    build_dataset([str(prints)], tmp_path / "ds", settings)
    before = files_of(tmp_path / "ds")
    (tmp_path / "ds" / "tasks.h5").write_bytes(b"")
    build_dataset([str(prints)], tmp_path / "ds", settings, resume=True)
    assert files_of(tmp_path / "ds") == before


def test_repair_refuses_other_inputs_and_settings(built: Path, tmp_path: Path) -> None:
    shard = DatasetInfo.load(built).shards[0]
    (built / shard.path).unlink()
    other = tmp_path / "other.txt"
    other.write_text(encode(bare_line(3)))
    with pytest.raises(DatasetError, match="6 designs of the dataset are not in the inputs any more"):
        build_dataset([str(other)], built, SETTINGS, resume=True)
    with pytest.raises(UsageError, match="was made with window 16, now it is 32"):
        build_dataset([str(other)], built, BuildSettings(per_window=3), resume=True)
    assert damaged_files(DatasetInfo.load(built)) == [f"{shard.path}: missing"]
