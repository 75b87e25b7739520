"""Where every item of a running world is, and where it came from: what the tests of conservation add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.building import Place
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.crafting import MICRO
from factorion_cli.simulation.kernels.arms import SWINGING_OUT
from factorion_cli.simulation.kernels.chests import CHEST_FINITE, CHEST_SOURCE
from factorion_cli.simulation.kernels.machines import MICRO_PER_MILLI
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK, RecordArray, WorldArrays


class Ledger:
    """The books of one factory that is alone in its world, by item in pieces and by fluid in thousandths of a unit."""

    def __init__(self, world: WorldArrays, place: Place, compiled: CompiledFactory) -> None:
        self.world, self.place, self.compiled = world, place, compiled
        self.items = len(compiled.items)
        self.consumed = np.zeros(self.items, np.int64)
        self.burnt = np.zeros(self.items, np.int64)
        self.moved = np.zeros(self.items, np.int64)
        self.unsure = np.zeros(self.items, np.bool_)
        self._old = self._copies()
        self._at_start = np.zeros(self.items, np.int64)
        self._add_fluids(self._at_start)

    def _copies(self) -> tuple[RecordArray, RecordArray, RecordArray]:
        return self.world.machines.copy(), self.world.arms.copy(), self.world.pumps.copy()

    def follow(self) -> None:
        """Write up the tick that has just run: what crafts took, fires burnt and endless pipes gave and took."""
        machines, arms, pumps = self._old
        self._follow_crafts(machines)
        self._follow_fires(machines)
        self._follow_arms(arms)
        self._follow_pumps(pumps)
        self._old = self._copies()

    def _follow_crafts(self, old: RecordArray) -> None:
        machines, plans = self.world.machines, self.world.plans
        started = machines["crafts"] - old["crafts"] + machines["crafting"] - old["crafting"]
        for row in np.flatnonzero(started):
            if machines["drains"][row]:
                continue
            # A machine that chooses its plan does so before it starts and forgets it after it has finished.
            plan = plans[old["plan"][row] if old["plan"][row] >= 0 else machines["plan"][row]]
            for k in range(plan["n_inputs"]):
                if not (plan["in_fluid"][k] and machines["fluid_free"][row]):
                    self.consumed[plan["in_item"][k]] += int(started[row]) * int(plan["in_amount"][k])

    def _follow_fires(self, old: RecordArray) -> None:
        machines = self.world.machines
        for row in np.flatnonzero(machines["burns"] & (machines["fuel_item"] >= 0)):
            spent = (machines["busy"][row] - old["busy"][row]) * machines["draw"][row]
            gained = int(machines["energy"][row] - old["energy"][row] + spent)
            item = int(machines["fuel_item"][row])
            pieces, left = divmod(gained, int(self.world.fuel_value[machines["fuel_base"][row] + item]))
            assert left == 0
            self.burnt[item] += pieces

    def _follow_arms(self, old: RecordArray) -> None:
        """Arms burn at most one piece a tick; its energy tells which, unless fuels are equally good."""
        for before, arm in zip(old, self.world.arms, strict=True):
            if arm["cycle_energy"] == 0:
                continue
            swings = arm["state"] == SWINGING_OUT and before["state"] != SWINGING_OUT
            gained = int(arm["energy"] - before["energy"] + (arm["cycle_energy"] if swings else 0))
            if gained == 0:
                continue
            base = arm["fuel_base"]
            fuels = np.flatnonzero(self.world.fuel_value[base : base + self.items] == gained)
            assert len(fuels)
            self.unsure[fuels] |= len(fuels) > 1
            self.burnt[fuels[0]] += 1

    def _follow_pumps(self, old: RecordArray) -> None:
        """What comes from offshore pumps and endless pipes counts up, what goes into them down."""
        for before, pump in zip(old, self.world.pumps, strict=True):
            moved = int(pump["moved"] - before["moved"])
            if moved and pump["source"] < 0:
                self.moved[pump["fluid"]] += moved
            if moved and pump["target"] < 0:
                self.moved[self.world.segments["fluid"][pump["source"]]] -= moved

    def _add_fluids(self, held: LongArray) -> None:
        for segment in self.world.segments[self.world.segments["amount"] > 0]:
            held[segment["fluid"]] += segment["amount"]

    def come(self) -> LongArray:
        """(items,) what was there, sources and endless pipes gave and machines made so far."""
        world, came = self.world, self._at_start + self.moved
        sources = world.lines[world.lines["source_item"] >= 0] if self.compiled.line_set.lines else world.lines[:0]
        np.add.at(came, sources["source_item"], sources["made"])
        for chest in world.chests[: len(self.compiled.chests)]:
            if chest["kind"] == CHEST_SOURCE:
                came[chest["item"]] += chest["given"]
        for number, machine in enumerate(world.machines[: len(self.compiled.machines)]):
            if not machine["drains"]:
                came += self._made(number, machine)
        return came

    def _made(self, number: int, machine: Any) -> LongArray:
        made: LongArray = self.world.made[machine["made_base"] : machine["made_base"] + self.items].copy()
        piece = np.full(self.items, MICRO)
        specs = self.compiled.machines[number].plans
        plan = self.world.plans[machine["plan"]] if machine["plan"] >= 0 else None
        if plan is None and specs:
            plan = self.world.plans[self.compiled.machines[number].first_plan]
        for k in range(plan["n_outputs"] if plan is not None else 0):
            item = plan["out_item"][k]
            made[item] -= machine["micro"][k]
            if plan["out_fluid"][k]:
                piece[item] = MICRO_PER_MILLI
                made[item] *= not machine["fluid_free"]
        return made // piece

    def gone(self) -> LongArray:
        """(items,) what sinks took, crafts and engines used up and fires burnt so far."""
        taken = np.zeros(self.items, np.int64)
        for sink, first in self.place.taken.items():
            lanes = 2 if self.compiled.factory.sinks[sink].kind == "belt" else 1
            taken += self.world.tallies["taken"][first : first + lanes * self.items].reshape(lanes, -1).sum(axis=0)
        engines = self.world.generators[: len(self.compiled.grid.generators)]
        np.add.at(taken, engines["fluid"], engines["used"])
        return taken + self.consumed + self.burnt

    def held(self) -> LongArray:
        """(items,) what lies on belts, in hands, in machines, in chests and in pipes now."""
        world, held = self.world, np.zeros(self.items, np.int64)
        slots = lying(world)
        np.add.at(held, slots["item"] & ITEM_MASK, (slots["item"] >> ITEM_BITS) + 1)
        for arm in world.arms[world.arms["held"] > 0]:
            held[arm["held_item"]] += arm["held"]
        for chest in world.chests[: len(self.compiled.chests)]:
            if chest["kind"] == CHEST_FINITE:
                held += world.content[chest["content_base"] : chest["content_base"] + self.items]
        self._add_fluids(held)
        for machine in world.machines[: len(self.compiled.machines)]:
            if machine["fuel_count"] > 0:
                held[machine["fuel_item"]] += machine["fuel_count"]
            if machine["plan"] >= 0:
                plan = world.plans[machine["plan"]]
                for k in range(plan["n_inputs"]):
                    held[plan["in_item"][k]] += machine["stock"][k]
                for k in range(plan["n_outputs"]):
                    held[plan["out_item"][k]] += machine["ready"][k]
        return held


def lying(world: WorldArrays) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Slots of everything on all lines, line by line, front first; positions from the line's start."""
    count = world.lines["count"]
    line = np.repeat(np.arange(len(count)), count)
    place = world.lines["head"][line] + np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    slots = world.slots[place]
    slots["position"] += world.lines["shift"][line]
    return slots
