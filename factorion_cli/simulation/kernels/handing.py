"""Arrays handed to kernels as a table of where they lie: one array to look at for each call, instead of all of them.

At each call numba asks every array that it is given for its type, its shape and its address. A world and what watches
over it are a hundred arrays: that takes 20 to 50 us, and a tick of a small factory takes 0.2. A table is made once, and
holds for as long as the arrays are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numba import typeof, types
from numba.core.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from factorion_cli.arrays import AnyArray, LongArray

ADDRESS, SHAPE, COLUMNS = 0, slice(1, 3), 3
"""Columns of a table: where an array begins (of a bool: itself), and its one or two dimensions."""

Leaf = AnyArray | bool


class Handed(NamedTuple):
    """A NamedTuple of arrays as kernels take it.

    Attributes:
        arrays: the arrays themselves, so that they lie where they are for as long as the table is kept.
        table: (arrays, COLUMNS) where they lie.
    """

    arrays: Any
    table: LongArray


def _leaves(arrays: Any) -> Iterator[Leaf]:
    """The arrays of nested tuples, in order."""
    if isinstance(arrays, tuple):
        for part in arrays:
            yield from _leaves(part)
    else:
        yield arrays


def _kind(leaf: Leaf) -> tuple[Any, int]:
    return (bool, 0) if isinstance(leaf, bool) else (leaf.dtype, leaf.ndim)


def _row(leaf: Leaf) -> tuple[int, int, int]:
    if isinstance(leaf, bool):
        return leaf, 0, 0
    if not leaf.flags.c_contiguous:
        raise TypeError("an array is not in one piece, as the kernels are compiled for")
    return leaf.ctypes.data, *leaf.shape, *(0,) * (2 - leaf.ndim)


class Handing:
    """How NamedTuples of one kind are handed over.

    Attributes:
        taken: for kernels: the NamedTuple that a table was made of.

    Args:
        example: one whose arrays have the types of all of that kind: C-contiguous, of one or two dimensions.
    """

    def __init__(self, example: tuple[Any, ...]) -> None:
        self._kinds = [_kind(leaf) for leaf in _leaves(example)]
        self.taken: Callable[[Any], Any] = _taken_as(typeof(example))

    def hand(self, arrays: tuple[Any, ...]) -> Handed:
        """A NamedTuple of this kind with a table of where its arrays lie.

        Raises:
            TypeError: an array is not like that of the example: a kernel would read something else than is there.
        """
        return Handed(arrays, self._table(arrays))

    def _table(self, arrays: tuple[Any, ...]) -> LongArray:
        leaves = list(_leaves(arrays))
        if [_kind(leaf) for leaf in leaves] != self._kinds:
            raise TypeError("an array is of another type or dimension than the kernels are compiled for")
        return np.array([_row(leaf) for leaf in leaves], np.int64)


def _taken_as(kind: types.BaseTuple) -> Any:
    """A function of compiled code that reads a table as a tuple of this type."""

    @intrinsic
    def taken(_typing: Any, table: types.Type) -> Any:
        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            words = make_array(signature.args[0])(context, builder, arguments[0]).data
            rows = count()

            def read(part: types.Type) -> Any:
                if isinstance(part, types.BaseTuple):
                    return context.make_tuple(builder, part, [read(each) for each in part])
                first = COLUMNS * next(rows)
                row = [
                    builder.load(builder.gep(words, [context.get_constant(types.intp, first + column)]))
                    for column in range(COLUMNS)
                ]
                return _value(context, builder, part, row)

            return read(kind)

        return kind(table), lower

    return taken


def _value(context: Any, builder: Any, kind: types.Type, row: list[Any]) -> Any:
    """The array or bool that a row of a table tells of."""
    if isinstance(kind, types.Boolean):
        return context.cast(builder, row[ADDRESS], types.int64, kind)
    array = make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    item = context.get_constant(types.intp, size)
    shape = row[SHAPE][: kind.ndim]
    strides = [item] if kind.ndim == 1 else [builder.mul(shape[1], item), item]
    data = builder.inttoptr(row[ADDRESS], context.get_data_type(types.CPointer(kind.dtype)))
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=item, meminfo=None)
    return array._getvalue()
