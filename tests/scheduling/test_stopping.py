"""Ctrl-C as a wish to stop."""

import os
import signal

import pytest

from factorion_cli.scheduling import Stop, in_order, local_pool, stop_on_interrupt


def is_wanted(stop: Stop) -> bool:
    return stop.is_wanted


def test_the_first_interrupt_asks_and_the_second_interrupts() -> None:
    with stop_on_interrupt() as stop:
        assert not stop.is_wanted
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_wanted
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_afterwards_interrupts_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        stop.ask()
    assert signal.getsignal(signal.SIGINT) is before
    assert not stop.flag.parent.exists()


def test_workers_hear_of_it() -> None:
    with stop_on_interrupt() as stop, local_pool(2) as pool:
        assert list(in_order(pool, is_wanted, [stop])) == [False]
        os.kill(os.getpid(), signal.SIGINT)
        assert list(in_order(pool, is_wanted, [stop, stop])) == [True, True]
