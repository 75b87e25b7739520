"""What every test can rely on: Ctrl-C, and a real Dask cluster of two worker processes on this machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from distributed import LocalCluster


def pytest_configure() -> None:
    """Hear Ctrl-C, whoever started the tests: a shell's background job ignores it, and its children would, too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def dask_cluster() -> Iterator[LocalCluster]:
    """The cluster, for as long as tests run."""
    from distributed import LocalCluster

    settings: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **settings) as cluster:
        yield cluster


@pytest.fixture
def dask_address(dask_cluster: LocalCluster) -> Iterator[str]:
    """The address of the cluster's scheduler; the workers that a test killed are back before the next one begins."""
    yield dask_cluster.scheduler_address
    dask_cluster.wait_for_workers(2, timeout=300)
