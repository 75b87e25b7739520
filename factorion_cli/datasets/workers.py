"""Where shards of work run: in this process, or in a local pool that dies with an interrupt."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

MOST_SECONDS_TO_END = 10.0
"""How long the thread that leads a dropped pool may take to see that its processes are gone."""

Job = TypeVar("Job")
Result = TypeVar("Result")

IN_FLIGHT = 64
"""Jobs handed to an executor ahead of the one that is waited for; bounds the memory of finished results."""


def _start_worker() -> None:
    """Each worker is one thread of work, and leaves Ctrl-C to its parent."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def local_pool(workers: int) -> Iterator[Executor | None]:
    """A pool of fresh processes, or None for one worker: the work is then done here.

    Leaving the block by an exception drops what is queued and ends the processes at once.
    """
    if workers <= 1:
        yield None
        return
    others = set(multiprocessing.active_children())
    # Spawned, not forked: a fork of a process with numba's threads may hang.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker)
    try:
        with _interrupts_held():
            pool.submit(int)  # the first job starts every process of the pool
        with _termination_raises():
            yield pool
        pool.shutdown()
    except BaseException:
        # A job half-way into the pipe would be waited for at exit, with nobody left to read it.
        pool._call_queue.cancel_join_thread()  # type: ignore[attr-defined]
        manager: threading.Thread | None = getattr(pool, "_executor_manager_thread", None)
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        if manager is not None:
            # At exit the interpreter wakes this thread by a pipe that it may be closing just then.
            manager.join(MOST_SECONDS_TO_END)
        raise


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Make SIGTERM an exception, so that what a service manager ends is cleared away as after Ctrl-C.

    Without it the workers of a terminated process would wait for jobs for ever.
    """
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


def in_order(executor: Executor | None, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """`work(job)` of every job, in the order of the jobs whoever finishes first; None: computed here, lazily."""
    if executor is None:
        yield from map(work, jobs)
        return
    pending: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            pending.append(executor.submit(work, job))
            if len(pending) >= IN_FLIGHT:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
