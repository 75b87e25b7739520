"""From the word of a command line to an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from factorion_cli.errors import UsageError
from factorion_cli.scheduling.cluster import dask_cluster
from factorion_cli.scheduling.local import available_cores, local_pool

LOCAL = "local"
DASK = "dask:"


@contextmanager
def scheduler(name: str, workers: int | None = None) -> Iterator[Executor | None]:
    """Where jobs run; None: in this process.

    Args:
        name: `local`, or `dask:` and the address of a Dask scheduler.
        workers: local processes; None: one per core. A Dask cluster has the workers that it has.

    Raises:
        UsageError: a name or number that means nothing, or a cluster that does not answer.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}, expected 1 or more")
    if name == LOCAL:
        with local_pool(workers or available_cores()) as pool:
            yield pool
    elif name.startswith(DASK) and len(name) > len(DASK):
        if workers is not None:
            raise UsageError("workers is for local processes: a Dask cluster has the workers that it was started with")
        with dask_cluster(name.removeprefix(DASK)) as executor:
            yield executor
    else:
        raise UsageError(f"scheduler is {name!r}, expected {LOCAL} or {DASK}tcp://HOST:PORT")
