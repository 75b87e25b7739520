"""Results come in the order of the jobs, whoever works on them."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from factorion_cli.datasets.workers import in_order, local_pool


def _slow_first(number: int) -> int:
    time.sleep(0.05 if number == 0 else 0)
    return number


def test_results_keep_the_order_of_the_jobs() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(in_order(pool, _slow_first, range(200))) == list(range(200))
    assert list(in_order(None, _slow_first, range(5))) == list(range(5))


def test_jobs_are_drawn_as_they_are_needed() -> None:
    drawn: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    with ThreadPoolExecutor(1) as pool:
        assert next(in_order(pool, _slow_first, jobs())) == 0
    assert len(drawn) < 100


def test_one_worker_needs_no_pool() -> None:
    with local_pool(1) as pool:
        assert pool is None


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
