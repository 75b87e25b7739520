"""A pool of processes on this machine that replaces lost workers and never outlives its owner."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import FrameType
from typing import ParamSpec, TypeVar

MOST_SECONDS_TO_END = 10.0
"""How long the thread that leads a dropped pool may take to see that its processes are gone."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def available_cores() -> int:
    """Cores that this process may use, which under a container or taskset are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker() -> None:
    """Each worker is one thread of work, leaves Ctrl-C to its parent, and ends when its parent does."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A killed parent closes nothing that the workers wait on: each holds both ends of the pipe of jobs.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class LocalPool(Executor):
    """Fresh processes, the same number of them whatever happens; see `local_pool`.

    Args:
        workers: how many processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork of a process with threads may hang.
        pool = ProcessPoolExecutor(self._workers, multiprocessing.get_context("spawn"), _start_worker)
        with _interrupts_held():
            pool.submit(int)  # the first job starts every process of the pool
        return pool

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Hand out one call; raises BrokenExecutor after a worker was lost, until `renew`."""
        return self._pool.submit(fn, *args, **kwargs)

    def renew(self) -> None:
        """Replace all processes after one was lost; what they were doing is lost, too."""
        self.drop()
        self._pool = self._started()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the processes end once their jobs are done."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def drop(self) -> None:
        """End the processes at once, whatever they are doing."""
        pool = self._pool
        # A job half-way into the pipe would be waited for at exit, with nobody left to read it.
        if pool._call_queue is not None:  # type: ignore[attr-defined]
            pool._call_queue.cancel_join_thread()  # type: ignore[attr-defined]
        manager: threading.Thread | None = getattr(pool, "_executor_manager_thread", None)
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        if manager is not None:
            # At exit the interpreter wakes this thread by a pipe that it may be closing just then.
            manager.join(MOST_SECONDS_TO_END)


@contextmanager
def local_pool(workers: int) -> Iterator[LocalPool | None]:
    """A pool of fresh processes, or None for one worker: the work is then done here.

    Leaving the block by an exception drops what is queued and ends the processes at once.
    """
    if workers <= 1:
        yield None
        return
    pool = LocalPool(workers)
    try:
        with _termination_raises():
            yield pool
        pool.shutdown()
    except BaseException:
        pool.drop()
        raise


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Make SIGTERM an exception, so that what a service manager ends is cleared away as after Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block; processes started inside never see it, not even while importing."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
