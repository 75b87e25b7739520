"""The arrays of one world that is edited: rows come and go, tables by item grow with the items that turn up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, LongArray
from factorion_cli.factory import Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.crafting import Plan
from factorion_cli.simulation.layout import WorldArrays
from factorion_cli.simulation.rows import Row, fuel_joules, plan_row

LEAST_ROWS = 16
LEAST_ITEMS = 16

BY_ITEM = ("stack", "by_name", "content", "choices", "fuel_value", "made", "tallies")
"""Arrays that are cut into blocks of one number per item."""

_BASES = {
    "lines": ("taken_base",),
    "chests": ("content_base", "taken_base"),
    "machines": ("made_base", "choice", "fuel_base"),
    "arms": ("fuel_base",),
}
"""Fields that say where a block begins."""

_FIRSTS = {
    "lines": "first_line",
    "splitters": "first_splitter",
    "chests": "first_chest",
    "machines": "first_machine",
    "content": "first_content",
    "deposits": "first_deposit",
}
"""Where the world's end is written, by name of the array; arms, drills and steps end with their order."""


class Ranking:
    """Rows in the order of their keys; changes are gathered and put in at once when the order is asked for."""

    def __init__(self) -> None:
        self.keys: LongArray = np.empty(0, np.int64)
        self.rows: IntArray = np.empty(0, np.int32)
        self.changes: dict[int, int | None] = {}

    def put(self, key: int, row: int) -> None:
        """A row comes in, or takes the place of the one with the same key."""
        self.changes[key] = row

    def drop(self, key: int) -> None:
        """The row with this key goes."""
        self.changes[key] = None

    def in_order(self) -> IntArray:
        """All rows."""
        if self.changes:
            changed = np.asarray(sorted(self.changes), np.int64)
            stays = ~np.isin(self.keys, changed, assume_unique=True)
            keys, rows = self.keys[stays], self.rows[stays]
            added = [int(key) for key in changed if self.changes[int(key)] is not None]
            places = np.searchsorted(keys, added)
            self.keys = np.insert(keys, places, np.asarray(added, np.int64))
            self.rows = np.insert(rows, places, np.asarray([self.changes[key] for key in added], np.int32))
            self.changes = {}
        return self.rows

    def copy(self) -> Ranking:
        """A copy that may be kept."""
        copied = Ranking()
        copied.keys, copied.rows, copied.changes = self.keys, self.rows, dict(self.changes)
        return copied


class Tables:
    """Arrays with free lists.

    Attributes:
        arrays: what the kernels run on; arrays are replaced when they grow.
        ids: number of each item that has turned up.
        stride: how many numbers each block by item has room for.
        planned: plan of each row of plans.
    """

    def __init__(self) -> None:
        self.arrays: WorldArrays = build_world([compile_factory(Factory(1, 1))])[0]
        self.ids: dict[str, int] = {}
        self.stride = LEAST_ITEMS
        self.used: dict[str, int] = {}
        self._gone: dict[str, list[int]] = {}
        self._gone_slots: dict[int, list[int]] = {}
        self._fuels: dict[str, int] = {}
        self._plans: dict[Plan, int] = {}
        self.planned: dict[int, Plan] = {}
        for name in ("stack", "by_name"):
            self.block(name)
        self.arrays.by_name[:] = np.arange(self.stride)

    def copy(self) -> Tables:
        """A copy that may be kept: arrays as long as they are used."""
        copied = Tables.__new__(Tables)
        copied.arrays = self.arrays._replace(**{name: array.copy() for name, array in self.arrays._asdict().items()})
        copied.ids, copied.stride, copied.used = dict(self.ids), self.stride, dict(self.used)
        copied._gone = {name: list(rows) for name, rows in self._gone.items()}
        copied._gone_slots = {room: list(bases) for room, bases in self._gone_slots.items()}
        copied._fuels, copied._plans, copied.planned = dict(self._fuels), dict(self._plans), dict(self.planned)
        return copied

    def replace(self, **arrays: NDArray[Any]) -> None:
        """Put arrays in the place of others."""
        self.arrays = self.arrays._replace(**arrays)

    def reserve(self, name: str, length: int) -> Any:
        """The array of that name, at least `length` long."""
        array = getattr(self.arrays, name)
        if len(array) < length:
            longer = np.zeros(max(length, 2 * len(array), LEAST_ROWS), array.dtype)
            longer[: len(array)] = array
            self.replace(**{name: longer})
            return longer
        return array

    def extend(self, name: str, count: int) -> int:
        """The first of `count` new places at the end of an array."""
        first = self.used.get(name, 0)
        self.used[name] = first + count
        self.reserve(name, first + count)
        return first

    def new(self, name: str) -> int:
        """An empty row."""
        gone = self._gone.get(name)
        return gone.pop() if gone else self.extend(name, 1)

    def free(self, name: str, row: int) -> None:
        """A row is not needed any more: it is emptied, so it costs next to nothing until it is used again."""
        array = getattr(self.arrays, name)
        array[row] = np.zeros((), array.dtype)
        self._gone.setdefault(name, []).append(row)

    def write(self, name: str, row: int, values: Row, keep: tuple[str, ...] = ()) -> None:
        """Fill in the fields of a row, all but those to keep."""
        array = getattr(self.arrays, name)
        for field, value in values.items():
            if field not in keep:
                array[field][row] = value

    def block(self, name: str) -> int:
        """Where a new block of one number per item begins."""
        gone = self._gone.get(name)
        first = gone.pop() * self.stride if gone else self.extend(name, self.stride)
        array = getattr(self.arrays, name)
        array[first : first + self.stride] = np.full((), -1, array.dtype) if name == "choices" else 0
        return first

    def free_block(self, name: str, first: int) -> None:
        """A block is not needed any more."""
        self._gone.setdefault(name, []).append(first // self.stride)
        getattr(self.arrays, name)[first : first + self.stride] = 0

    def slots(self, room: int) -> int:
        """Where the slots of a new line for `room` items begin."""
        gone = self._gone_slots.get(room)
        return gone.pop() if gone else self.extend("slots", 2 * room)

    def free_slots(self, first: int, room: int) -> None:
        """The slots of a line are not needed any more."""
        self._gone_slots.setdefault(room, []).append(first)

    def number(self, item: str) -> int:
        """The number of an item, a new one if it has not turned up before."""
        known = self.ids.get(item)
        if known is not None:
            return known
        number = len(self.ids)
        if number == self.stride:
            self._widen()
        self.ids[item] = number
        entry = load_table().items.get(item)
        self.arrays.stack[number] = entry.stack_size if entry is not None else 1
        for category, first in self._fuels.items():
            self.arrays.fuel_value[first + number] = fuel_joules(category, item)
        self.arrays.by_name[: number + 1] = [self.ids[name] for name in sorted(self.ids)]
        return number

    def _widen(self) -> None:
        """Room for twice as many items in every block. A world does this a handful of times in its life."""
        old, self.stride = self.stride, 2 * self.stride
        for name in BY_ITEM:
            array = getattr(self.arrays, name)
            narrow = array[: len(array) // old * old].reshape(-1, old)
            wide = np.full((len(narrow), self.stride), -1 if name == "choices" else 0, array.dtype)
            wide[:, :old] = narrow
            self.replace(**{name: wide.reshape(-1)})
            self.used[name] = 2 * self.used.get(name, 0)
        for name, fields in _BASES.items():
            array = getattr(self.arrays, name)
            for field in fields:
                array[field] = np.where(array[field] > 0, 2 * array[field], array[field])
        self.arrays.chests["n_items"] = self.stride
        self.arrays.by_name[: self.stride] = np.arange(self.stride)
        self._fuels = {category: 2 * first for category, first in self._fuels.items()}

    def fuel(self, category: str | None) -> int:
        """Where the energies of a kind of fuel begin."""
        if category is None:
            return 0
        if category not in self._fuels:
            self._fuels[category] = first = self.block("fuel_value")
            for item, number in self.ids.items():
                self.arrays.fuel_value[first + number] = fuel_joules(category, item)
        return self._fuels[category]

    def plan(self, plan: Plan) -> int:
        """The row of a plan; machines that are alike share one, and rows stay."""
        if plan not in self._plans:
            for name in (*(part.item for part in plan.inputs), *(part.item for part in plan.outputs)):
                self.number(name)
            row = self._plans[plan] = self.new("plans")
            self.planned[row] = plan
            self.write("plans", row, plan_row(plan, self.ids))
        return self._plans[plan]

    def close(self) -> None:
        """Tell the kernels where the world ends."""
        for name, first in _FIRSTS.items():
            getattr(self.arrays, first)[1] = self.used.get(name, 0)
