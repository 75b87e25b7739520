"""A batch of factories as one struct of arrays, the form that the flow engine reads.

Everything that does not depend on where things stand is looked up here, once: what a machine makes how fast, how
long an arm's half turn takes. What touches what (belts, arms, power) is found by the engine, on the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import GridArray, IntArray, LongArray
from factorion_cli.factory import Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import belt_rules
from factorion_cli.simulation.flow_layout import Needs, needs_of
from factorion_cli.simulation.layout import MAX_FILTERS, MAX_INPUTS, MAX_OUTPUTS, RecordArray

if TYPE_CHECKING:
    from factorion_cli.simulation.flow_energy import Energy

ARM, MACHINE, CHEST, CHEST_SOURCE, CHEST_SINK, OUTPUT_SINK, POLE = range(belt_rules.SINK + 1, belt_rules.SINK + 8)
"""Kinds of rows besides the belt-like tiles of `belt_rules`."""

ANY, ABSENT = -1, -2
"""In place of an item number: no filter, and an item that cannot turn up."""

LOADER_TIER = -1
"""The tier of half a loader: of no underground belt."""

ROW = np.dtype(
    [
        (name, np.int32)
        for name in (
            "kind", "x", "y", "width", "height", "direction", "index",
            "speed", "tier", "reach", "input_side", "output_side",
            "hand", "full_hand",
            "plan", "choice", "electric", "free_fluids", "drains", "fuel", "left", "right", "trait",
        )
    ]
    + [("filters", np.int32, (MAX_FILTERS,))]
    + [(name, np.float64) for name in ("half_ticks", "catch_ticks", "power", "outlet_x", "outlet_y")],
    align=True,
)  # fmt: skip
"""What stands somewhere: an entity (`index` into the factory's entities), or an endpoint (into its sources or sinks).

`x`, `y`, `width` and `height` are tiles as it stands; `direction` sixteenths; `speed` subtiles per tick; `reach` tiles
of an underground or an arm, and twice the supply distance of a pole. `left` and `right` are the items of a source's
lanes. `plan` is a row of `plans`, `choice` the first of the plans by item of a furnace. `power` is a burner's draw in
watts, `fuel` a row of `fuels` (-1: needs none). A drill (`reach` 1) puts what it mines where its outlet is, in tiles. A
loader is the end of an underground of LOADER_TIER; its outlet is the tile of its chest or machine. Arms act in the
order that their `trait` and those of what they stand between give (`precedence`).
"""

LINK = np.dtype(
    [(name, np.int32) for name in ("machine", "pool", "target", "item", "out")] + [("rate", np.float64)], align=True
)
"""A pipe connection: a machine (row) takes `item` (-1: any) from a pool of fluid, or gives it (`out`); or, without a
machine, a pump from `pool` (-1: an endless supply) to the pool `target` (-1: an endless drain). `rate` per second."""

RECIPE = np.dtype(
    [
        ("crafts", np.float64),
        ("inputs", np.int32),
        ("outputs", np.int32),
        ("in_item", np.int32, (MAX_INPUTS,)),
        ("in_amount", np.float64, (MAX_INPUTS,)),
        ("in_fluid", np.int32, (MAX_INPUTS,)),
        ("out_item", np.int32, (MAX_OUTPUTS,)),
        ("out_amount", np.float64, (MAX_OUTPUTS,)),
        ("out_fluid", np.int32, (MAX_OUTPUTS,)),
        ("out_spare", np.float64, (MAX_OUTPUTS,)),
        ("out_bonus", np.float64, (MAX_OUTPUTS,)),
        ("bonus", np.float64),
        ("tight", np.int32),
    ],
    align=True,
)
"""A `crafting.Plan` as rates: crafts per second, pieces per craft (productivity and chances included).

Productivity fills `bonus` of a bar with each craft; a full one gives `out_bonus` pieces at once. A craft starts with at
most `out_spare` pieces of each product waiting; `tight` if that may be less than what one leaves.
"""

SPAN = np.dtype(
    [
        (name, np.int32)
        for name in (
            "first", "end", "x", "y", "width", "height", "poles", "items", "item_base", "sinks", "rates",
            "pools", "first_link", "end_link", "nodes", "elements", "hands",
        )
    ],
    align=True,
)  # fmt: skip
"""One factory.

Its rows, the rectangle that holds them, whether poles decide who has power, its items (number
`items[item_base + k]`), how many sinks it has and where their rates begin: what sink i gets of item k on lane l is at
`rates` + (2 i + l) x items + k. Its fluids are in `pools` pools.

The engine needs room for so many belt tiles (`nodes`), `elements` and `hands` at most (see `flow_layout`).
"""


@cache
def item_names() -> tuple[str, ...]:
    """Every item and fluid, sorted: what the item numbers of a batch stand for."""
    table = load_table()
    parts = (part.name for recipe in table.recipes.values() for part in (*recipe.ingredients, *recipe.products))
    return tuple(sorted({*table.items, *parts}))


@cache
def item_numbers() -> dict[str, int]:
    """The number of each item and fluid."""
    return {name: number for number, name in enumerate(item_names())}


class LazyFactories(Sequence[Factory]):
    """So many factories, each made when it is asked for, by its number."""

    def __init__(self, count: int, make: Callable[[int], Factory]) -> None:
        self._count, self._make = count, make
        self._made: dict[int, Factory] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Factory: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Factory]: ...
    def __getitem__(self, index: int | slice) -> Factory | Sequence[Factory]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]


@dataclass(frozen=True, slots=True, eq=False)
class FactoryBatch:
    """Factories as arrays.

    Attributes:
        rows: (R,) ROW; those of one factory lie together, in the order of their tiles.
        spans: (F,) SPAN.
        items: (sum of items,) int32 item numbers of each factory.
        plans: (P,) RECIPE, shared by all; there may be some that no row names.
        links: (L,) LINK.
        choices: (C,) int32 plans of furnaces by item number, -1 for none.
        fuels: (U, items) joules of each item for each kind of burner, 0 for what it cannot burn.
        factories: what the rows were made from; some batches make them when they are asked for.
        energies: by number of the factory, the networks and the heat of those that have any.
        needs: the working memory that any of them takes.
    """

    rows: RecordArray
    spans: RecordArray
    items: IntArray
    plans: RecordArray
    links: RecordArray
    choices: IntArray
    fuels: NDArray[np.float64]
    factories: Sequence[Factory] = field(repr=False)
    energies: Mapping[int, Energy] = field(default_factory=dict, repr=False)
    needs: Needs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", needs_of(self.spans))

    def __len__(self) -> int:
        return len(self.spans)

    @classmethod
    def from_factories(cls, factories: Iterable[Factory]) -> FactoryBatch:
        """The arrays of these factories; raises FactorionError for one that cannot be simulated."""
        # What fills the arrays imports their records from here.
        from factorion_cli.simulation.batch_building import BatchBuilder

        builder = BatchBuilder()
        known = tuple(factories)
        for factory in known:
            builder.add(factory)
        return builder.batch(known)

    @classmethod
    def from_tensor(cls, tensors: GridArray) -> FactoryBatch:
        """The arrays of (N, len(CHANNELS), H, W) int16 tensors (`factory.tensor`), named `tensor-0` and so on.

        The rates are those of `from_factories` over what `factory.from_tensor` reads, so what the channels do not carry
        is as it reads it: everything has power, arms have the hand and whitelist of one item that they can have
        without research, and there are no modules, beacons' effects, qualities, chest bars, ore under drills, further
        filters or counters of products. Factories with fluids or labs are read one by one, which is far slower.

        Raises:
            FactoryError: the array has another shape.
            FactorionError: a tensor shows a factory that cannot be simulated.
        """
        from factorion_cli.simulation.batch_tensor import batch_of_tensors

        return batch_of_tensors(tensors)


def records_of(kind: np.dtype[np.void], rows: Sequence[dict[str, Any]]) -> RecordArray:
    """Rows as records; what a row does not name stays zero."""
    made = np.zeros(max(1, len(rows)), kind)
    for name in kind.names or ():
        empty = np.zeros((), kind[name]).tolist()
        made[name][: len(rows)] = [row.get(name, empty) for row in rows] or empty
    return made


def take(records: RecordArray, numbers: LongArray) -> RecordArray:
    """`records[numbers]`; numpy copies whole lines of plain numbers ten times as fast as records."""
    lines = records.view(np.int32).reshape(len(records), records.itemsize // 4)
    return np.take(lines, numbers, axis=0).view(records.dtype).reshape(len(numbers))


def measure_spans(spans: RecordArray, rows: RecordArray, factory: LongArray) -> None:
    """Set where the rows of each factory lie, (R,) `factory` says whose, and the rectangle that holds them."""
    counts = np.bincount(factory, minlength=len(spans))
    spans["end"] = np.cumsum(counts)
    spans["first"] = spans["end"] - counts
    some = counts > 0
    if some.any():
        starts = spans["first"][some]
        for side, size in (("x", "width"), ("y", "height")):
            least = np.minimum.reduceat(rows[side], starts)
            spans[side][some] = least
            spans[size][some] = np.maximum.reduceat(rows[side] + rows[size], starts) - least
