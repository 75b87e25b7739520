"""Results come in the order of the jobs, whoever works on them and whoever is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from factorion_cli.errors import SchedulingError, UsageError
from factorion_cli.scheduling import in_order, local_pool, scheduler
from tests.scheduling.jobs import deadly, deadly_once, slow_first


def test_results_keep_the_order_of_the_jobs() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(in_order(pool, slow_first, range(200))) == list(range(200))
    assert list(in_order(None, slow_first, range(5))) == list(range(5))


def test_jobs_are_drawn_as_they_are_needed() -> None:
    drawn: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    with ThreadPoolExecutor(1) as pool:
        assert next(in_order(pool, slow_first, jobs())) == 0
    assert len(drawn) < 100


def test_one_worker_needs_no_pool() -> None:
    with local_pool(1) as pool:
        assert pool is None


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(tmp_path: Path) -> None:
    with local_pool(2) as pool:
        jobs = [(number, tmp_path / "killed") for number in range(100)]
        assert list(in_order(pool, deadly_once, jobs)) == list(range(100))
    assert (tmp_path / "killed").exists()


def test_job_that_kills_every_worker_is_given_up() -> None:
    done = []
    with pytest.raises(SchedulingError, match="ended abruptly 3 times"), local_pool(2) as pool:
        done.extend(in_order(pool, deadly, range(6)))
    assert done in ([], [0, 1, 2])


def test_interrupt_ends_the_workers() -> None:
    before = set(multiprocessing.active_children())
    started = time.monotonic()

    def work() -> None:
        with local_pool(2) as pool:
            assert pool is not None
            assert pool.submit(abs, -1).result() == 1
            pool.submit(time.sleep, 60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    while set(multiprocessing.active_children()) - before:
        assert time.monotonic() - started < 30
        time.sleep(0.02)


OWNER = """
import os, time
from factorion_cli.scheduling import local_pool
if __name__ == "__main__":
    with local_pool(2) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def _is_alive(process_id: int) -> bool:
    try:
        # A zombie that nobody has waited for yet is dead, too.
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_workers_end_with_a_killed_owner(tmp_path: Path) -> None:
    (tmp_path / "owner.py").write_text(OWNER)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    owner = subprocess.Popen([sys.executable, tmp_path / "owner.py"], stdout=subprocess.PIPE, env=environment)
    assert owner.stdout is not None
    worker = int(owner.stdout.readline())
    assert _is_alive(worker)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while _is_alive(worker):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("name", "workers", "message"),
    [
        ("local", 0, "workers is 0"),
        ("slurm", None, "scheduler is 'slurm'"),
        ("dask:tcp://here:1", 2, "local processes"),
    ],
)
def test_scheduler_that_means_nothing_is_refused(name: str, workers: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message), scheduler(name, workers):
        pass
