"""The nearest things, as the mod would sort them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from factorion_cli.servers.direct.kernels import nearest

REACH = 4.0
halves = st.integers(-16, 16).map(lambda value: value / 2)


@given(st.lists(st.tuples(halves, halves), max_size=40), st.tuples(halves, halves), st.integers(1, 20))
def test_the_nearest_in_reach_are_found_in_order_of_distance_and_then_of_place(centres, at, most):
    places = np.asarray([(x, y, x - 0.4, y - 0.4, x + 0.4, y + 0.4) for x, y in centres], float).reshape(-1, 6)
    found, far = np.zeros(most, np.int64), np.zeros(most)
    count = nearest(places, *at, REACH, found, far)
    in_reach = [
        ((x - at[0]) ** 2 + (y - at[1]) ** 2, row)
        for row, (x, y) in enumerate(centres)
        if max(abs(x - at[0]), abs(y - at[1])) < REACH + 0.4
    ]
    assert found[:count].tolist() == [row for _, row in sorted(in_reach)[:most]]
