"""Where every item of a running world is, and where it came from: what the tests of conservation add up."""

from __future__ import annotations

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.building import Place
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.crafting import MICRO
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK, WorldArrays

CHEST_FINITE, CHEST_SOURCE = 0, 1


class Ledger:
    """The books of one factory that is alone in its world, item by item (fluids are left out)."""

    def __init__(self, world: WorldArrays, place: Place, compiled: CompiledFactory) -> None:
        self.world, self.place, self.compiled = world, place, compiled
        self.items = len(compiled.items)
        self._crafts = world.machines["crafts"].copy()
        self._crafting = world.machines["crafting"].copy()
        self._plan = world.machines["plan"].copy()
        self._busy = world.machines["busy"].copy()
        self._energy = world.machines["energy"].copy()
        self.consumed = np.zeros(self.items, np.int64)
        self.burnt = np.zeros(self.items, np.int64)

    def checked(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Items whose books can be kept: no fluids, and no fuel of arms, which burn it out of their hands."""
        books = np.ones(self.items, np.bool_)
        for plan in self.world.plans:
            for k in range(plan["n_inputs"]):
                books[plan["in_item"][k]] &= not plan["in_fluid"][k]
            for k in range(plan["n_outputs"]):
                books[plan["out_item"][k]] &= not plan["out_fluid"][k]
        for arm in self.world.arms[self.world.arms["cycle_energy"] > 0]:
            base = arm["fuel_base"]
            books &= self.world.fuel_value[base : base + self.items] == 0
        return books

    def follow(self) -> None:
        """Write up the tick that has just run: what crafts took and fires burnt."""
        machines, plans = self.world.machines, self.world.plans
        started = machines["crafts"] - self._crafts + machines["crafting"] - self._crafting
        for row in np.flatnonzero(started):
            if machines["drains"][row]:
                continue
            # A machine that chooses its plan does so before it starts and forgets it after it has finished.
            plan = plans[self._plan[row] if self._plan[row] >= 0 else machines["plan"][row]]
            for k in range(plan["n_inputs"]):
                if not plan["in_fluid"][k]:
                    self.consumed[plan["in_item"][k]] += int(started[row]) * int(plan["in_amount"][k])
        for row in np.flatnonzero(machines["burns"] & (machines["fuel_item"] >= 0)):
            spent = (machines["busy"][row] - self._busy[row]) * machines["draw"][row]
            gained = int(machines["energy"][row] - self._energy[row] + spent)
            item = int(machines["fuel_item"][row])
            pieces, left = divmod(gained, int(self.world.fuel_value[machines["fuel_base"][row] + item]))
            assert left == 0
            self.burnt[item] += pieces
        self._crafts, self._crafting = machines["crafts"].copy(), machines["crafting"].copy()
        self._plan, self._busy = machines["plan"].copy(), machines["busy"].copy()
        self._energy = machines["energy"].copy()

    def come(self) -> LongArray:
        """(items,) pieces that sources gave and machines made so far."""
        world, came = self.world, np.zeros(self.items, np.int64)
        sources = world.lines[world.lines["source_item"] >= 0] if self.compiled.line_set.lines else world.lines[:0]
        np.add.at(came, sources["source_item"], sources["made"])
        for chest in world.chests[: len(self.compiled.chests)]:
            if chest["kind"] == CHEST_SOURCE:
                came[chest["item"]] += chest["given"]
        for number, machine in enumerate(world.machines[: len(self.compiled.machines)]):
            if machine["drains"]:
                continue
            made = world.made[machine["made_base"] : machine["made_base"] + self.items].copy()
            specs = self.compiled.machines[number].plans
            plan = world.plans[machine["plan"]] if machine["plan"] >= 0 else None
            if plan is None and specs:
                plan = world.plans[self.compiled.machines[number].first_plan]
            for k in range(plan["n_outputs"] if plan is not None else 0):
                made[plan["out_item"][k]] -= machine["micro"][k]
            came += made // MICRO
        return came

    def gone(self) -> LongArray:
        """(items,) pieces that sinks took, crafts used up and fires burnt so far."""
        taken = np.zeros(self.items, np.int64)
        for sink, first in self.place.taken.items():
            lanes = 2 if self.compiled.factory.sinks[sink].kind == "belt" else 1
            taken += self.world.tallies["taken"][first : first + lanes * self.items].reshape(lanes, -1).sum(axis=0)
        return taken + self.consumed + self.burnt

    def held(self) -> LongArray:
        """(items,) pieces that lie on belts, in hands, in machines and in chests now."""
        world, held = self.world, np.zeros(self.items, np.int64)
        slots = lying(world)
        np.add.at(held, slots["item"] & ITEM_MASK, (slots["item"] >> ITEM_BITS) + 1)
        for arm in world.arms[world.arms["held"] > 0]:
            held[arm["held_item"]] += arm["held"]
        for chest in world.chests[: len(self.compiled.chests)]:
            if chest["kind"] == CHEST_FINITE:
                held += world.content[chest["content_base"] : chest["content_base"] + self.items]
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
