"""From counters to rates.

A sink's rate is the slope of the straight line that fits its cumulated count best (least squares) over the measured
window. That is the same as weighting an item that arrives in tick t of T by (t + 1)(T - t): items at the window's
edges hardly matter, so whether the window happens to hold 37 or 38 items of a slow machine moves the rate by less
than 0.1 %. The weights are summed as integers.
"""

from __future__ import annotations

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
    return Snapshot(
        world.tallies.copy(),
        world.machines.copy(),
        world.made.copy(),
        world.lines.copy(),
        world.chests.copy(),
        world.arms.copy(),
        world.pumps.copy(),
        world.networks.copy(),
        world.generators.copy(),
    )


class Measurement:
    """One factory's share of a measured window of `ticks`."""

    def __init__(
        self, world: WorldArrays, place: Place, compiled: CompiledFactory, before: Snapshot, ticks: int
    ) -> None:
        self.world, self.place, self.compiled, self.before, self.ticks = world, place, compiled, before, ticks
        self.seconds = ticks / 60
        self._full_weight = ticks * (ticks + 1) * (ticks + 2) // 6

    def tally_rates(self, base: int) -> Rates:
        """Items per second counted from `base` on."""
        end = base + len(self.compiled.items)
        weighted = self.world.tallies["weighted"][base:end] - self.before.tallies["weighted"][base:end]
        return {
            self.compiled.items[index]: 60 * int(weighted[index]) / self._full_weight
            for index in np.flatnonzero(weighted)
        }

    def sink_rates(self, index: int) -> dict[str, float | LaneRates]:
        """What one sink received, by item; belt sinks by lane."""
        sink = self.compiled.factory.sinks[index]
        if sink.kind == "output":
            made = self.machine_rates(self.machine_at(sink.of))
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
        for index, base in self.place.taken.items():
            lanes = 2 if self.compiled.factory.sinks[index].kind == "belt" else 1
            end = base + lanes * len(self.compiled.items)
            taken = self.world.tallies["taken"][base:end] - self.before.tallies["taken"][base:end]
            rarest = min(rarest, int(taken[taken > 0].min(initial=ENOUGH_ITEMS)))
        return min(MOST_WINDOWS, -(-ENOUGH_ITEMS // rarest))

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
