"""An existing Dask cluster as an executor; needs the `dask` extra."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from factorion_cli import __version__
from factorion_cli.errors import SchedulingError, UsageError

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER = 10


@contextmanager
def dask_cluster(address: str) -> Iterator[Executor]:
    """The workers of a running Dask cluster; Dask itself hands out the jobs of lost workers again.

    Leaving the block by an exception cancels what was handed out.

    Args:
        address: of the scheduler, such as `tcp://10.0.0.7:8786`.

    Raises:
        UsageError: Dask is not installed, nothing answers, or the workers have another version of factorion.
        SchedulingError: from the block, when the cluster goes away or a job kills every worker that takes it.
    """
    client = _connected(address)
    try:
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        _check_workers(client, address)
        yield client.get_executor(pure=False)
    except KilledWorker as error:
        raise SchedulingError(f"every worker of {address} that took one of the jobs was lost: {error}") from error
    except (CancelledError, CommClosedError) as error:
        raise SchedulingError(f"the Dask scheduler at {address} went away before the work was done") from error
    finally:
        client.close(timeout=SECONDS_TO_ANSWER)


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("a Dask cluster needs the extra: pip install 'factorion-cli[dask]'") from error
    try:
        return Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {address!r}, expected an address such as tcp://10.0.0.7:8786: {error}"
        ) from error


def _check_workers(client: Client, address: str) -> None:
    """Refuse workers that would compute something else, before they do."""
    try:
        versions: dict[str, str] = client.run(_version)
    except ImportError as error:
        raise UsageError(f"the workers of {address} cannot import factorion: {error}; install it there") from error
    others = {worker: version for worker, version in versions.items() if version != __version__}
    if others:
        worker, version = next(iter(others.items()))
        raise UsageError(
            f"{len(others)} workers of {address} have another factorion than {__version__}, such as {version} at "
            f"{worker}: install the same version everywhere"
        )


def _version() -> str:
    return __version__
