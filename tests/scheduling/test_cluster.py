"""A Dask cluster as an executor: nothing is lost or doubled when a worker is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.errors import SchedulingError, UsageError
from factorion_cli.scheduling import cluster, in_order, scheduler
from tests.scheduling.jobs import deadly, deadly_once, slow_first


def test_results_keep_the_order_of_the_jobs(dask_address: str) -> None:
    with scheduler(f"dask:{dask_address}") as executor:
        assert list(in_order(executor, slow_first, range(100))) == list(range(100))


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(dask_address: str, tmp_path: Path) -> None:
    jobs = [(number, tmp_path / "killed") for number in range(100)]
    with scheduler(f"dask:{dask_address}") as executor:
        assert list(in_order(executor, deadly_once, jobs)) == list(range(100))
    assert (tmp_path / "killed").exists()


def test_job_that_kills_every_worker_is_given_up(dask_address: str) -> None:
    with pytest.raises(SchedulingError, match="was lost"), scheduler(f"dask:{dask_address}") as executor:
        list(in_order(executor, deadly, range(6)))


def test_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 0.5)
    with (
        pytest.raises(UsageError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"),
        scheduler("dask:tcp://127.0.0.1:1"),
    ):
        pass
