"""Parts of kernels, compiled in their own way (`kernels/parts.py`)."""

import numpy as np
import pytest
from numba import config, njit, types

from factorion_cli.simulation.kernels.compiled import called, helper

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")


@helper
def _twice(value):
    return 2 * value


@called
def _sum(values, first):
    found = 0
    for k in range(first, values.shape[0]):
        found += _twice(values[k])
    return found


@njit
def _kernel(values):
    return _sum(values, 0) + _sum(values, values[0]) + _twice(3) + min(values[0], 1)


@pytest.fixture(scope="module", autouse=True)
def compiled():
    assert _kernel(np.array([1, 2, 3], np.int32)) == 12 + 10 + 6 + 1


def test_a_part_is_compiled_once_for_constants_and_all_widths_of_integers():
    assert [list(part.overloads) for part in (_twice, _sum)] == [
        [(types.int64,)],
        [(types.Array(types.int32, 1, "C"), types.int64)],
    ]


def test_machine_code_is_made_of_kernels_only():
    (part,) = _twice.overloads.values()
    (kernel,) = _kernel.overloads.values()
    assert part.library.get_pointer_to_function(part.fndesc.llvm_func_name) == 0
    assert kernel.library.get_pointer_to_function(kernel.fndesc.llvm_func_name) != 0


def test_floats_stay_floats():
    @njit
    def half(value):
        return _twice(value) / 4

    assert half(1.5) == 0.75


def test_negative_indices_do_not_count_from_the_end(monkeypatch):
    monkeypatch.setattr(config, "BOUNDSCHECK", 1)

    @helper
    def at(values, k):
        return values[k]

    @njit
    def read(values, k):
        return at(values, k)

    values = np.array([5, 6, 7])
    assert read(values, 2) == 7
    with pytest.raises(IndexError):
        read(values, -1)
