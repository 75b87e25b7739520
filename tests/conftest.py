"""Fixtures that several rooms share: a real Dask cluster of two worker processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def dask_address() -> Iterator[str]:
    """The address of its scheduler."""
    from distributed import LocalCluster

    settings: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **settings) as cluster:
        yield cluster.scheduler_address
