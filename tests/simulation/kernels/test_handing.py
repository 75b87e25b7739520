"""Arrays handed to kernels as tables of where they lie (`kernels/handing.py`)."""

from typing import NamedTuple

import numpy as np
import pytest
from numba import config, njit

from factorion_cli.factory import Factory
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.kernels.handing import Handing
from factorion_cli.simulation.kernels.world import WORLD

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")

PAIR = np.dtype([("one", np.int64), ("other", np.int32)], align=True)


class _Inner(NamedTuple):
    rows: np.ndarray
    on: bool


class _Outer(NamedTuple):
    flat: np.ndarray
    inner: _Inner
    several: tuple[np.ndarray, ...]


def _arrays(count: int, on: bool) -> _Outer:
    rows = np.arange(6 * count, dtype=np.int32).reshape(count, 6)
    pairs = np.zeros(count, PAIR)
    pairs["other"] = np.arange(count)
    return _Outer(np.arange(count, dtype=np.int64), _Inner(rows, on), (pairs, pairs))


HANDING = Handing(_arrays(1, True))
_taken = HANDING.taken


@njit
def _read_and_write(table):
    given = _taken(table)
    given.several[0][0].one = 7
    last = given.flat.shape[0] - 1
    return (
        given.flat[last],
        given.inner.rows[last, 5],
        given.inner.rows.shape,
        given.inner.on,
        given.several[1][2].other,
    )


@pytest.mark.parametrize("on", [True, False])
def test_kernels_see_and_change_the_arrays_themselves(on):
    arrays = _arrays(4, on)
    assert _read_and_write(HANDING.hand(arrays).table) == (3, 23, (4, 6), on, 2)
    assert arrays.several[0]["one"].tolist() == [7, 0, 0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        _arrays(3, True)._replace(flat=np.zeros(3, np.int32)),
        _arrays(3, True)._replace(flat=np.zeros((3, 3), np.int64)),
        _arrays(3, True)._replace(flat=np.zeros(6, np.int64)[::2]),
        _arrays(3, True)._replace(inner=_Inner(np.zeros((3, 6), np.int32), np.zeros(1, np.int64))),
    ],
)
def test_other_arrays_than_the_kernels_are_compiled_for_are_refused(wrong):
    with pytest.raises(TypeError, match="the kernels are compiled for"):
        HANDING.hand(wrong)


def test_every_world_that_is_built_has_the_types_that_kernels_expect():
    world, _ = build_world([compile_factory(Factory(3, 3))])
    assert WORLD.hand(world).arrays is world
