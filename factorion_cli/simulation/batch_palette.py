"""What single tiles of tensors stand for.

That depends on nothing but a tile's channels. So each different column of channels, a look, is read once in the life of
the process, by the same code that reads Factories.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from factorion_cli.arrays import AnyArray, IntArray, LongArray
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Factory
from factorion_cli.factory.tensor import (
    CHANNELS,
    DIRECTION,
    ENDPOINT,
    ENTITY,
    FILTER,
    ITEM,
    ITEM_RIGHT,
    RECIPE,
    VARIANT,
    from_tensor,
)
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.batch import ROW, SPAN, records_of
from factorion_cli.simulation.batch_building import BatchBuilder
from factorion_cli.simulation.batch_stock import Stock
from factorion_cli.simulation.layout import RecordArray
from factorion_cli.simulation.piping import has_boxes

BITS = {
    ENTITY: 10, DIRECTION: 5, RECIPE: 10, FILTER: 10, VARIANT: 4, ENDPOINT: 3, ITEM: 10, ITEM_RIGHT: 10,
}  # fmt: skip
"""Bits of each channel in the key of a look; columns with larger numbers are left to `from_tensor` to refuse."""

LOOK = np.dtype(
    [
        (name, np.int32)
        for name in ("has_row", "has_outlet", "width", "height", "is_entity", "sources", "sinks", "items", "item_base",
                     "nodes", "elements", "hands", "one_by_one")
    ],
    align=True,
)  # fmt: skip
"""What a column of channels stands for, beside its row.

What it adds to the counts of its factory, and the items that it brings: `items` from `item_base` on. `one_by_one`:
whether what it does depends on more than belts and arms around it, so that its factory is read as such.
"""


class Palette:
    """All looks that were ever met, by key.

    Attributes:
        rows: (L,) ROW of each look, at tile 0, 0.
        looks: (L,) LOOK.
        items: what `item_base` points into.
        stock: what the rows point into.
    """

    def __init__(self) -> None:
        self.rows: RecordArray = np.zeros(0, ROW)
        self.looks: RecordArray = np.zeros(0, LOOK)
        self.items: IntArray = np.zeros(0, np.int32)
        self.stock = Stock()
        self._keys: LongArray = np.zeros(0, np.int64)
        self._numbers: LongArray = np.zeros(0, np.int64)

    def find(self, columns: list[AnyArray]) -> LongArray:
        """The number of the look of each of M tiles, whose channels are (M,) each."""
        keys = _keys(columns)
        found = self._known(keys)
        if (found < 0).any():
            fresh, where = np.unique(keys[found < 0], return_index=True)
            where = np.flatnonzero(found < 0)[where]
            self._learn(fresh, np.array([column[where] for column in columns]).T)
            found = self._known(keys)
        return found

    def _known(self, keys: LongArray) -> LongArray:
        if not len(self._keys):
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._numbers[places], -1)

    def _learn(self, keys: LongArray, columns: AnyArray) -> None:
        rows, looks = list[dict[str, Any]](), list[dict[str, Any]]()
        items = self.items.tolist()
        for column in columns:
            row, look, brought = _read(column, self.stock)
            rows.append(row)
            looks.append({**look, "items": len(brought), "item_base": len(items)})
            items += brought
        numbers = np.concatenate([self._numbers, len(self.rows) + np.arange(len(keys))])
        keys = np.concatenate([self._keys, keys])
        order = np.argsort(keys)
        self._keys, self._numbers = keys[order], numbers[order]
        self.rows = np.concatenate([self.rows, records_of(ROW, rows)])
        self.looks = np.concatenate([self.looks, records_of(LOOK, looks)])
        self.items = np.array(items, np.int32)


@cache
def the_palette() -> tuple[Palette, Lock]:
    """The looks that this process has met, and who may read or add some."""
    return Palette(), Lock()


def _keys(columns: list[AnyArray]) -> LongArray:
    keys = np.zeros(len(columns[0]), np.int64)
    for channel, bits in BITS.items():
        np.left_shift(keys, bits, out=keys)
        np.bitwise_or(keys, columns[channel], out=keys)
    return keys


def _read(column: AnyArray, stock: Stock) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The row and the LOOK of one column of channels, and the items that it brings."""
    builder = BatchBuilder(stock)
    try:
        alone = from_tensor(column.astype(np.int16).reshape(len(CHANNELS), 1, 1))
        builder.add(alone)
    except FactorionError:
        # Its factory will say so, naming itself and the place.
        return {}, {"width": 1, "height": 1, "one_by_one": 1}, []
    span = dict(zip(SPAN.names or (), builder.spans[0], strict=True))
    width, height = alone.entities[0].size if alone.entities else (1, 1)
    look = {
        "has_row": len(builder.rows),
        "has_outlet": int(any("outlet_x" in row for row in builder.rows)),
        "width": width,
        "height": height,
        "is_entity": len(alone.entities),
        "sources": len(alone.sources),
        "sinks": len(alone.sinks),
        "one_by_one": int(_needs_factory(alone)),
        **{name: span[name] for name in ("nodes", "elements", "hands")},
    }
    return builder.rows[0] if builder.rows else {}, look, builder.items


def _needs_factory(alone: Factory) -> bool:
    """Whether something may have a part in fluids, or is a lab, which makes do with the packs that can reach it."""
    for entity in alone.entities:
        prototype, recipes = entity.prototype, load_table().recipes
        if prototype.lab is not None:
            return True
        if has_boxes(entity) and prototype.drill is None:
            recipe = recipes.get(entity.recipe or "")
            parts = (*recipe.ingredients, *recipe.products) if recipe is not None else ()
            return prototype.machine is None or any(part.fluid for part in parts)
    return False
