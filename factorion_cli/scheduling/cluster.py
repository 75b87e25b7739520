"""An existing Dask cluster as an executor; needs the `dask` extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from factorion_cli import __version__
from factorion_cli.errors import SchedulingError, UsageError

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as RemoteFuture

Result = TypeVar("Result")

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
        yield ClusterExecutor(client)
    except KilledWorker as error:
        raise SchedulingError(f"every worker of {address} that took one of the jobs was lost: {error}") from error
    except (CancelledError, CommClosedError) as error:
        raise SchedulingError(f"the Dask scheduler at {address} went away before the work was done") from error
    finally:
        client.close(timeout=SECONDS_TO_ANSWER)


class ClusterExecutor(Executor):
    """The workers of a client as an executor.

    Dask's own (`client.get_executor()`) looks at a job's state once more after it has fetched the result, and fails
    with a TypeError when the worker was lost in between.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def submit(self, work: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """The future result of `work(*arguments, **named)`, computed by some worker."""
        remote = self._client.submit(work, *arguments, pure=False, **named)
        local: Future[Result] = Future()
        local.add_done_callback(lambda done: remote.cancel() if done.cancelled() else None)
        self._client.loop.add_callback(_hand_over, remote, local)
        return local


async def _hand_over(remote: RemoteFuture, local: Future[Result]) -> None:
    """What becomes of a job on the cluster, as soon as it is known here; nobody waits for a cancelled one."""
    try:
        result = await remote
    except Exception as error:
        if local.set_running_or_notify_cancel():
            local.set_exception(error)
    else:
        if local.set_running_or_notify_cancel():
            local.set_result(result)


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
