"""The arrays of a world: one record per line, splitter, chest, plan, machine and arm of a whole batch of factories.

Factories lie one after the other in every array; `first_*` holds where each begins. Item numbers count within one
factory; everything else is an index into the whole batch. Fields are integers: 32-bit, and 64-bit where exact totals
need it.

Every array of WorldArrays is in one of three lists below, and a test holds them complete: STATE (what decides the
future, with the fields of its records that do not), COUNTED (what is only counted) and FIXED (what never changes). The
search for a period compares by them, and whatever digests or saves a world can: a new record is one line in STATE, a
new field that only counts one word there. Fields that no list names count as state, so forgetting one is safe.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import AnyArray, IntArray, LongArray

RecordArray = NDArray[np.void]

MAX_INPUTS, MAX_OUTPUTS, MAX_FILTERS = 12, 4, 5
REASON_OUTPUT, REASON_POWER, REASON_RECIPE, REASON_FUEL, REASON_FLUID = range(MAX_INPUTS, MAX_INPUTS + 5)
REASONS = MAX_INPUTS + 5
"""Why a machine waited: below MAX_INPUTS an ingredient, else one of the above."""


def _record(long: str, *narrow: str) -> np.dtype[np.void]:
    """A record of 64-bit fields (names in `long`, `name:width` for arrays), then 32-bit ones."""
    fields: list[Any] = []
    for names, kind in ((long, np.int64), (" ".join(narrow), np.int32)):
        for text in names.split():
            name, _, width = text.partition(":")
            shape = tuple(int(side) for side in width.split("x")) if width else ()
            fields.append((name, kind, shape))
    return np.dtype(fields, align=True)


LINE = _record(
    "made passed",
    "base room head count shift speed length resting end next_line entry source_item taken_base behind ring",
)
"""A transport line.

Its items lie in `slots` from `head` on, front first, `room` of them at most within 2 x `room` slots from `base`. A
position is the stored one plus `shift`. `resting`: nothing moved last tick; `behind`: the line that goes on to this one
at its start; `ring`: 1 for the line that moves a whole closed ring, 2 for the others on it. `made`: items that its
source put on; `passed`: items that left at its end; `taken_base`: where its sink counts.
"""

SLOT = _record("", "position item")
"""A place on a line: its item, and above `ITEM_BITS` how many pieces beyond the first are stacked there."""

ITEM_BITS = 24
ITEM_MASK = (1 << ITEM_BITS) - 1
"""What of a slot's `item` is the item's number."""

SPLITTER = _record("", "lines:2x4 prefer_in:2 prefer_out:2 swap:2 input_priority output_priority filter_item")
"""Lines as [lane][in left, in right, out left, out right]; preferences per lane; -1 is no priority or filter.

`swap` per lane: whether the left input gives to the right output when both move.
"""

CHEST = _record("given", "kind slots used item content_base stack_base n_items taken_base")
"""A chest: item i's count lies at `content_base` + i, its stack size at `stack_base` + i; `by_name` from there on holds
the numbers of all items in the order of their names."""

PLAN = _record(
    f"work rate bonus bonus_full out_micro:{MAX_OUTPUTS} out_bonus:{MAX_OUTPUTS}",
    f"n_inputs n_outputs in_item:{MAX_INPUTS} in_amount:{MAX_INPUTS} in_limit:{MAX_INPUTS} in_fluid:{MAX_INPUTS}",
    f"out_item:{MAX_OUTPUTS} out_capacity:{MAX_OUTPUTS} out_fluid:{MAX_OUTPUTS}",
)
"""`crafting.Plan` as numbers."""

MACHINE = _record(
    f"progress bar draw energy busy crafts micro:{MAX_OUTPUTS} waits:{REASONS}",
    f"plan choice drains fluid_free powered crafting blocked stock:{MAX_INPUTS} ready:{MAX_OUTPUTS}",
    "burns fuel_item fuel_count fuel_base made_base passes_on speed",
)
"""A crafting machine: `choice` is where its plans by item begin in `choices`, -1 when its plan is fixed.

`passes_on`: arms take its ingredients for machines that do so, too (labs).
`speed` multiplies its plan's rate: 1, or in an electric network the 65536ths of full power that it gets (its plan's
work is 65536 times as much there).
"""

ARM = _record(
    "moved busy starved stuck picked:2 energy cycle_energy",
    "source_kind source window_line:2 window_low:2 window_high:2 target_kind target drop_line drop_position",
    f"hand waits_for_full out_ticks back_ticks filters:{MAX_FILTERS} powered state timer patience held_item held speed",
    "fuel_base belt_stack",
)
"""An inserter; its two windows are in the order of preference. Its timer runs down by `speed` (see MACHINE).

One that burns fuel has `energy` left (joules x 60) and needs `cycle_energy` for each way out and back; all others 0.
It lays up to `belt_stack` pieces on one place of a belt.
"""

DRILL = _record(
    "seen",
    "machine plan first tiles turn drain target_kind target drop_line drop_position belt_stack",
)
"""A drill: `tiles` deposits and plans from `first` on in `drill_tiles` and `drill_plans`; it is at tile `turn`.

`plan` is any of its plans: their outputs are the same. `seen` counts the minings for which a tile has been chosen.
"""

LOADER = _record("", f"unloads_belt lines:2 kind index filters:{MAX_FILTERS}")
"""A loader: its lines run into the chest or machine `index` (`unloads_belt`), or out of it."""

SEGMENT = _record("amount capacity temperature start giving taking", "fluid blocked")
"""Pipes, tanks and other boxes that hold one fluid at one level: thousandths of units and of degrees.

`fluid` is -1 or left over while `amount` is 0; a `blocked` one is too long to flow. From `start` on figures of the tick
under way.
"""

PORT = _record("temperature", "machine slot out segment within")
"""Slot `slot` of a machine's plan takes from a segment or (`out`) gives to it, at `temperature`.

`within`: its box is part of the segment, so nothing throttles it.
"""

PUMP = _record("rate temperature moved", "source target fluid slows speed flowing")
"""Moves up to `rate` thousandths a tick at `speed` (65536: full) between segments; -1 is an endless one.

`fluid` is what an endless supply gives, else a filter or -1; `slows`: near-empty and near-full segments slow it;
`flowing`: whether anything moved in the last tick.
"""

NETWORK = _record(
    "solar steady capacity flow stored demand urgent available given target wanted served sun short",
    "clock share urgent_share",
)
"""An electric network: watts, and watt-ticks (a watt for a tick).

`solar` watts follow the `clock` of the day, `steady` ones do not. Accumulators hold `stored` of `capacity` and take or
give up to `flow`. From `demand` to `target` are figures of the tick under way; the next four only count. Consumers run
at `share` (65536: full), those served first at `urgent_share`.
"""

CONSUMER = _record("power drain", "kind index network urgent beacon_share")
"""Draws `drain` always and `power` while machine, arm or pump number `index` works (`grids.Draw`)."""

GENERATOR = _record("rate heat top energy available made used", "network segment fluid")
"""Takes up to `rate` thousandths a tick; a thousandth gives `heat` for each degree above 15, up to `top`.

`energy` is left over from the last thousandth; `available` belongs to the tick under way.
"""

HEAT = _record("energy least most")
"""What is joined by heat: watt-ticks above 15 degrees, from 500 degrees (`least`) to the highest (`most`)."""

HEATER = _record("power", "machine network takes bonus neighbours:4")
"""A reactor that warms its network, more for each of its `neighbours` that works; or (`takes`) a heat exchanger."""

TALLY = _record("taken weighted")
"""Items that a sink took in all, and weighted by when (see `report`)."""


class WorldArrays(NamedTuple):
    """A batch of factories, whole: records as above and flat tables (int32; fuel_value, made, deposits: int64)."""

    lines: RecordArray
    slots: RecordArray
    splitters: RecordArray
    chests: RecordArray
    content: IntArray
    plans: RecordArray
    machines: RecordArray
    choices: IntArray
    fuel_value: LongArray
    made: LongArray
    arms: RecordArray
    tallies: RecordArray
    stack: IntArray
    by_name: IntArray
    steps: IntArray
    arm_order: IntArray
    drill_order: IntArray
    first_step: IntArray
    first_machine: IntArray
    first_arm: IntArray
    first_line: IntArray
    first_splitter: IntArray
    segments: RecordArray
    ports: RecordArray
    pumps: RecordArray
    first_segment: IntArray
    first_port: IntArray
    first_pump: IntArray
    networks: RecordArray
    consumers: RecordArray
    generators: RecordArray
    heats: RecordArray
    heaters: RecordArray
    first_heat: IntArray
    first_heater: IntArray
    first_network: IntArray
    first_consumer: IntArray
    first_generator: IntArray
    first_chest: IntArray
    first_content: IntArray
    drills: RecordArray
    drill_tiles: IntArray
    drill_plans: IntArray
    deposits: LongArray
    first_drill: IntArray
    first_deposit: IntArray
    loaders: RecordArray
    first_loader: IntArray


class State(NamedTuple):
    """An array that decides the future.

    Attributes:
        first: name of the array that says where each factory begins in it.
        kind: its records, or the integer type of a flat table.
        ignored: names of fields that decide nothing: counters, and where in memory something happens to lie.
        only_zero: a level that only falls, of which nothing matters but whether anything is left: a deposit.
    """

    first: str
    kind: np.dtype[Any]
    ignored: str = ""
    only_zero: bool = False


STATE = {
    "lines": State("first_line", LINE, "made passed base head shift ring"),
    "arms": State("first_arm", ARM, "moved busy starved stuck picked"),
    "machines": State("first_machine", MACHINE, "busy crafts waits"),
    "splitters": State("first_splitter", SPLITTER),
    "chests": State("first_chest", CHEST, "given"),
    "segments": State("first_segment", SEGMENT, "start giving taking"),
    "networks": State("first_network", NETWORK, "demand urgent available given target wanted served sun short"),
    "generators": State("first_generator", GENERATOR, "available made used"),
    "heats": State("first_heat", HEAT),
    "pumps": State("first_pump", PUMP, "moved"),
    "content": State("first_content", np.dtype(np.int32)),
    "drills": State("first_drill", DRILL, "seen"),
    "deposits": State("first_deposit", np.dtype(np.int64), only_zero=True),
}
"""What decides the future, by name of the array. `slots` belongs to `lines`: of a line's items, front first,
the position plus the line's `shift` is state and so are all other fields of SLOT."""

LINES = 0
"""Place of `lines` in STATE."""

SLOT_POSITION = 0
"""Word of a SLOT that counts from the line's shift."""

COUNTED = ("made", "tallies")
FIXED = (
    "plans",
    "choices",
    "fuel_value",
    "stack",
    "by_name",
    "steps",
    "arm_order",
    "drill_order",
    "drill_tiles",
    "drill_plans",
    "loaders",
    "ports",
    "consumers",
    "heaters",
)
"""What never changes while a world runs; all `first_*`, too."""

_KINDS: dict[str, Any] = {name: state.kind for name, state in STATE.items()} | {
    "slots": SLOT,
    "plans": PLAN,
    "tallies": TALLY,
    "loaders": LOADER,
    "ports": PORT,
    "consumers": CONSUMER,
    "heaters": HEATER,
    "fuel_value": np.int64,
    "made": np.int64,
}
"""Types of all arrays but the flat tables of 32-bit numbers."""

EMPTY = WorldArrays(**{name: np.zeros(1, _KINDS.get(name, np.int32)) for name in WorldArrays._fields})
"""A world of no factories, with the types that the arrays of every world have."""


def state_words(name: str) -> IntArray:
    """Places (in 32-bit words from a record's start) of all that decides the future in an array of STATE."""
    state = STATE[name]
    if state.kind.fields is None:
        return np.arange(state.kind.itemsize // 4, dtype=np.int32)
    ignored = set(state.ignored.split())
    words: list[int] = []
    for field, (kind, offset, *_) in state.kind.fields.items():
        if field not in ignored:
            words += range(offset // 4, (offset + kind.itemsize) // 4)
    return np.asarray(words, np.int32)


def as_words(array: AnyArray) -> IntArray:
    """Records or numbers as rows of 32-bit words, the same memory."""
    return array.view(np.int32).reshape(len(array), -1)


def copied(array: AnyArray) -> AnyArray:
    """A copy; numpy copies records field by field, which takes thirty times as long as their words."""
    return as_words(array).copy().reshape(-1).view(array.dtype)
