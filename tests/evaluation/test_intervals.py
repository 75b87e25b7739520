import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.errors import DataError
from factorion_cli.evaluation.intervals import clustered_mean, wilson


def test_wilson_of_8_of_10_is_the_textbook_interval():
    # Agresti and Coull's formula worked by hand; also statsmodels' proportion_confint(8, 10, method="wilson").
    found = wilson(8, 10)
    assert (found.value, found.n) == (0.8, 10)
    assert found.low == pytest.approx(0.4901625, abs=1e-6)
    assert found.high == pytest.approx(0.9433178, abs=1e-6)


def test_wilson_of_none_and_of_all_reach_exactly_the_ends():
    assert wilson(0, 20).low == 0.0
    assert 0.1 < wilson(0, 20).high < 0.2
    assert wilson(20, 20).high == 1.0


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=50, deadline=None)
def test_wilson_holds_the_share_and_stays_between_0_and_1(case):
    found = wilson(*case)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_a_proportion_of_nothing_is_refused(successes, n):
    with pytest.raises(DataError, match=f"{successes} of {n}"):
        wilson(successes, n)


def test_clustered_mean_of_equal_values_has_no_width():
    found = clustered_mean([2.0, 2.0, 2.0], ["a", "a", "b"], np.random.default_rng(0))
    assert (found.value, found.low, found.high, found.n) == (2.0, 2.0, 2.0, 3)


def test_tasks_of_one_family_make_the_interval_wider_than_as_many_families():
    values = [0.0] * 20 + [1.0] * 20
    alone = clustered_mean(values, [str(index) for index in range(40)], np.random.default_rng(0))
    together = clustered_mean(values, [str(index // 10) for index in range(40)], np.random.default_rng(0))
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_clustered_mean_depends_on_the_seed_but_not_on_the_order_of_tasks():
    rng = np.random.default_rng(5)
    values, clusters = rng.random(30).tolist(), [str(index % 7) for index in range(30)]
    order = rng.permutation(30).tolist()
    shuffled = clustered_mean(
        [values[index] for index in order], [clusters[index] for index in order], np.random.default_rng(1)
    )
    assert clustered_mean(values, clusters, np.random.default_rng(1)) == shuffled
    assert clustered_mean(values, clusters, np.random.default_rng(2)) != shuffled


def test_bootstrap_of_independent_values_comes_near_the_normal_interval():
    values = np.random.default_rng(3).normal(10.0, 2.0, 400)
    found = clustered_mean(values.tolist(), [str(index) for index in range(400)], np.random.default_rng(0))
    half = 1.96 * values.std() / 20
    assert found.low == pytest.approx(found.value - half, abs=0.03)
    assert found.high == pytest.approx(found.value + half, abs=0.03)


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(DataError, match="at least one"):
        clustered_mean([], [], np.random.default_rng(0))
