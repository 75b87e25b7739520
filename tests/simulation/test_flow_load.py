"""The load of a network: who works at the same time is chance."""

from itertools import product

import numpy as np
import pytest

from factorion_cli.simulation.flow_load import Load

POWER, WORKING, DRAIN = np.array([100.0, 60.0, 60.0, 300.0]), np.array([0.5, 0.2, 1.0, 0.1]), 10.0


def _cases() -> list[tuple[float, np.ndarray, float]]:
    """(chance, who works, watts) of every combination."""
    found = []
    for on in product((False, True), repeat=len(POWER)):
        who = np.array(on)
        found.append((float(np.where(who, WORKING, 1 - WORKING).prod()), who, DRAIN + float(POWER[who].sum())))
    return found


@pytest.mark.parametrize("cap", [80.0, 200.0, 400.0])
def test_shares_are_means_over_all_combinations_of_who_works(cap: float) -> None:
    load = Load(POWER, WORKING, DRAIN)
    assert load.served_w(cap) == pytest.approx(sum(chance * min(watts, cap) for chance, _, watts in _cases()), rel=0.01)
    shares, full = load.shares(cap)
    for one in range(len(POWER)):
        working = [(chance / WORKING[one], watts) for chance, who, watts in _cases() if who[one]]
        assert shares[one] == pytest.approx(sum(chance * min(1, cap / watts) for chance, watts in working), rel=0.01)
        assert full[one] == pytest.approx(sum(chance for chance, watts in working if watts <= cap), abs=0.01)


def test_what_is_enough_for_all_at_once_is_always_enough() -> None:
    load = Load(POWER, WORKING, DRAIN)
    assert load.mean_w == pytest.approx(10 + 50 + 12 + 60 + 30)
    assert load.served_w(530.0) == load.mean_w
    assert np.array_equal(load.shares(530.0), np.ones((2, 4)))


def test_a_hundred_alike_are_short_half_of_the_time_when_there_is_their_mean() -> None:
    load = Load(np.full(100, 1000.0), np.full(100, 0.5), 0.0)
    shares, full = load.shares(50_000.0)
    assert 0.95 < shares[0] < 0.97
    assert full[0] == pytest.approx(0.5, abs=0.05)
    # A mean of 50 varies by 5: less is served than wanted by 0.4 of that.
    assert load.served_w(50_000.0) == pytest.approx(48_000, rel=5e-3)
