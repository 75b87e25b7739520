"""From counters to rates.

A sink's rate is the slope of the straight line that fits its cumulated count best (least squares) over the measured
window. That is the same as weighting an item that arrives in tick t of T by (t + 1)(T - t): items at the window's
edges hardly matter, so whether the window happens to hold 37 or 38 items of a slow machine moves the rate by less
than 0.1 %. The weights are summed as integers.

A window that is exactly one period of a factory that repeats itself needs none of that: what was counted in it, divided
by it, is the rate for ever.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.building import Place
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.crafting import MICRO
from factorion_cli.simulation.layout import (
    MAX_INPUTS,
    REASON_FLUID,
    REASON_FUEL,
    REASON_OUTPUT,
    REASON_POWER,
    REASON_RECIPE,
    RecordArray,
    WorldArrays,
    copied,
)
from factorion_cli.simulation.piping import MILLI
from factorion_cli.simulation.result import LaneRates

_REASONS = {
    REASON_OUTPUT: "output",
    REASON_POWER: "power",
    REASON_RECIPE: "recipe",
    REASON_FUEL: "fuel",
    REASON_FLUID: "fluid",
}

Rates = dict[str, float]

ENOUGH_ITEMS = 36
"""Items of a kind that a sink should receive while it is measured: the rate is then good to about 0.1 %."""

MOST_WINDOWS = 8
"""How many times longer than asked for a factory is measured at most."""


def windows_needed(rarest: int) -> int:
    """How many times as long a window has to be in which a sink received `rarest` items of a kind, 1 to MOST_WINDOWS.

    >>> windows_needed(100), windows_needed(18), windows_needed(1)
    (1, 2, 8)
    """
    return min(MOST_WINDOWS, -(-ENOUGH_ITEMS // rarest))


class Snapshot(NamedTuple):
    """Everything that is counted, at one moment."""

    tallies: RecordArray
    machines: RecordArray
    made: LongArray
    lines: RecordArray
    chests: RecordArray
    arms: RecordArray
    pumps: RecordArray
    networks: RecordArray
    generators: RecordArray


def snapshot(world: WorldArrays) -> Snapshot:
    """The counters now."""
    return Snapshot(*(copied(getattr(world, name)) for name in Snapshot._fields))


class Measurement:
    """One factory's share of a measured window of `ticks`.

    `middle` is what sinks had taken half way through; None says that the window is exactly one period.
    """

    def __init__(
        self,
        world: WorldArrays,
        place: Place,
        compiled: CompiledFactory,
        before: Snapshot,
        ticks: int,
        middle: LongArray | None = None,
    ) -> None:
        self.world, self.place, self.compiled, self.before, self.ticks = world, place, compiled, before, ticks
        self.middle = middle
        self.seconds = ticks / 60
        self._full_weight = ticks * (ticks + 1) * (ticks + 2) // 6

    @property
    def period_ticks(self) -> int | None:
        """The window's length if it is a period."""
        return self.ticks if self.middle is None else None

    def tally_rates(self, base: int) -> Rates:
        """Items per second counted from `base` on."""
        # Whole days are a rhythm, though none that is repeated to the bit: every hour counts the same.
        even = self.middle is None or self.compiled.has_days
        field, whole = ("taken", self.ticks) if even else ("weighted", self._full_weight)
        end = base + len(self.compiled.items)
        counted = self.world.tallies[field][base:end] - self.before.tallies[field][base:end]
        return {self.compiled.items[index]: 60 * int(counted[index]) / whole for index in np.flatnonzero(counted)}

    def counts(self, index: int) -> dict[str, Fraction]:
        """Items that one sink received in the window, by item, both lanes together."""
        sink = self.compiled.factory.sinks[index]
        if sink.kind == "output":
            number = self.machine_at(sink.of)
            made = self._lab_counts(number) if self._is_lab(number) else self._machine_counts(number)
            return {item: count for item, count in made.items() if sink.item in (None, item)}
        lanes = self._taken(index).sum(axis=0)
        return {self.compiled.items[item]: Fraction(int(lanes[item])) for item in np.flatnonzero(lanes)}

    def _taken(self, index: int, since: LongArray | None = None) -> LongArray:
        """(lanes, items) that a sink has taken in the window, or since."""
        base = self.place.taken[index]
        lanes = 2 if self.compiled.factory.sinks[index].kind == "belt" else 1
        rows = slice(base, base + lanes * len(self.compiled.items))
        earlier = self.before.tallies["taken"] if since is None else since
        taken: LongArray = (self.world.tallies["taken"][rows] - earlier[rows]).reshape(lanes, -1)
        return taken

    def _machine_counts(self, number: int) -> dict[str, Fraction]:
        if number < 0:
            return {}
        base, items = int(self.world.machines["made_base"][self.place.machine + number]), self.compiled.items
        made = self.world.made[base : base + len(items)] - self.before.made[base : base + len(items)]
        return {items[item]: Fraction(int(made[item]), MICRO) for item in np.flatnonzero(made)}

    def _is_lab(self, number: int) -> bool:
        """Whether a machine makes nothing that could be counted, so that what it uses up counts."""
        return number >= 0 and self.compiled.machines[number].passes_on

    def _lab_counts(self, number: int) -> dict[str, Fraction]:
        row = self.place.machine + number
        machine = self.world.machines[row]
        if machine["plan"] < 0:
            return {}
        plan, crafts = self.world.plans[machine["plan"]], int(machine["crafts"] - self.before.machines["crafts"][row])
        used = ((int(plan["in_item"][k]), crafts * int(plan["in_amount"][k])) for k in range(plan["n_inputs"]))
        return {self.compiled.items[item]: Fraction(count) for item, count in used if count}

    def relative_error(self) -> float:
        """By how much the halves of the window differ from the whole, at worst over sinks and items; 0 for a period.

        One item is allowed for: which half it falls into is chance.
        """
        if self.middle is None:
            return 0.0
        worst = 0.0
        for index in self.place.taken:
            whole, second = self._taken(index).sum(axis=0), self._taken(index, self.middle).sum(axis=0)
            difference = np.maximum(np.abs(2 * second - whole) - 1, 0)
            worst = max(worst, float((difference / np.maximum(whole, 1)).max(initial=0)))
        return worst

    def sink_rates(self, index: int) -> dict[str, float | LaneRates]:
        """What one sink received, by item; belt sinks by lane."""
        sink = self.compiled.factory.sinks[index]
        if sink.kind == "output":
            number = self.machine_at(sink.of)
            made = self.machine_uses(number) if self._is_lab(number) else self.machine_rates(number)
            return {item: rate for item, rate in made.items() if sink.item in (None, item)}
        base = self.place.taken[index]
        left = self.tally_rates(base)
        if sink.kind == "chest":
            return dict(left)
        right = self.tally_rates(base + len(self.compiled.items))
        return {item: {"left": left.get(item, 0.0), "right": right.get(item, 0.0)} for item in sorted({*left, *right})}

    def windows_needed(self) -> int:
        """How many times as long the window has to be for the rarest item of any sink to be counted often enough."""
        rarest = ENOUGH_ITEMS
        for index in self.place.taken:
            taken = self._taken(index)
            rarest = min(rarest, int(taken[taken > 0].min(initial=ENOUGH_ITEMS)))
        return windows_needed(rarest)

    def machine_at(self, tile: tuple[int, int] | None) -> int:
        """Number of the machine whose top-left tile this is, or -1."""
        for number, machine in enumerate(self.compiled.machines):
            entity = self.compiled.factory.entities[machine.entity]
            if (entity.x, entity.y) == tile:
                return number
        return -1

    def machine_rates(self, number: int) -> Rates:
        """Items and fluids per second that a machine made, crafts under way included in part."""
        if number < 0:
            return {}
        row = self.place.machine + number
        after = self._made(self.world.machines[row], self.world.made)
        before = self._made(self.before.machines[row], self.before.made)
        items = self.compiled.items
        return {
            items[index]: (after[index] - before[index]) / MICRO / self.seconds
            for index in range(len(items))
            if after[index] != before[index]
        }

    def machine_uses(self, number: int) -> Rates:
        """Items and fluids per second that a machine used up, the craft under way included in part."""
        row = self.place.machine + number
        machine = self.world.machines[row]
        if machine["plan"] < 0:
            return {}
        plan = self.world.plans[machine["plan"]]
        crafts = [float(of["crafts"] + of["progress"] / plan["work"]) for of in (machine, self.before.machines[row])]
        rate = (crafts[0] - crafts[1]) / self.seconds
        pieces = plan["in_amount"] / np.where(plan["in_fluid"], MILLI, 1)
        uses = ((int(plan["in_item"][k]), float(pieces[k])) for k in range(plan["n_inputs"]))
        return {self.compiled.items[item]: rate * amount for item, amount in uses if rate > 0}

    def _made(self, machine: Any, made: LongArray) -> list[float]:
        base = int(machine["made_base"])
        amounts = [float(amount) for amount in made[base : base + len(self.compiled.items)]]
        if machine["plan"] < 0:
            return amounts
        plan = self.world.plans[machine["plan"]]
        under_way = machine["progress"] / plan["work"]
        bar = (machine["bar"] + under_way * plan["bonus"]) / plan["bonus_full"]
        for k in range(plan["n_outputs"]):
            amounts[plan["out_item"][k]] += float(under_way * plan["out_micro"][k] + bar * plan["out_bonus"][k])
        return amounts

    def utilisation(self, number: int) -> float:
        """Share of the window in which a machine was crafting."""
        row = self.place.machine + number
        return int(self.world.machines["busy"][row] - self.before.machines["busy"][row]) / self.ticks

    def idle_arms(self) -> list[int]:
        """Entities of the arms that moved nothing in the window."""
        rows = slice(self.place.arm, self.place.arm + len(self.compiled.arms))
        moved = self.world.arms["moved"][rows] - self.before.arms["moved"][rows]
        return [self.compiled.arms[number].entity for number in np.flatnonzero(moved == 0)]

    def waits_for(self, number: int) -> str | None:
        """The reason of most of a machine's idle ticks."""
        row = self.place.machine + number
        waits = self.world.machines["waits"][row] - self.before.machines["waits"][row]
        reason = int(waits.argmax())
        if waits[reason] == 0:
            return None
        if reason == REASON_RECIPE and self.compiled.is_drill(number):
            return "resource"
        if reason >= MAX_INPUTS:
            return _REASONS[reason]
        plan = int(self.world.machines["plan"][row])
        return self.compiled.items[int(self.world.plans["in_item"][plan, reason])] if plan >= 0 else "recipe"
