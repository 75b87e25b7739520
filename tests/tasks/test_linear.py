"""The small linear programme, against optima known otherwise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.tasks.linear import most


def test_nothing_gained_is_zero() -> None:
    assert most(np.array([-1.0]), np.array([[1.0]]), np.array([5.0])) == 0.0


def test_what_nothing_limits_is_infinite() -> None:
    assert most(np.array([1.0, 1.0]), np.array([[1.0, -1.0]]), np.array([1.0])) == float("inf")


def test_limits_of_zero_do_not_go_round_in_circles() -> None:
    # Beale's example, on which the simplex method cycles under the plain rule.
    gains = np.array([0.75, -20.0, 0.5, -6.0])
    uses = np.array([[0.25, -8.0, -1.0, 9.0], [0.5, -12.0, -0.5, 3.0], [0.0, 0.0, 1.0, 0.0]])
    assert most(gains, uses, np.array([0.0, 0.0, 1.0])) == pytest.approx(1.25)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_corner_of_two_activities_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains, uses, limits = rng.random(2), rng.random((4, 2)) + 0.05, rng.random(4)
    lines = np.vstack((uses, -np.eye(2)))
    ends = np.concatenate((limits, np.zeros(2)))
    corners = [
        np.linalg.solve(lines[[a, b]], ends[[a, b]])
        for a in range(6)
        for b in range(a)
        if abs(np.linalg.det(lines[[a, b]])) > 1e-9
    ]
    best = max(gains @ corner for corner in corners if (lines @ corner <= ends + 1e-9).all())
    assert most(gains, uses, limits) == pytest.approx(best, abs=1e-7)
