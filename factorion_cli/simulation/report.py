"""From counters to a SimulationResult."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.crafting import MICRO
from factorion_cli.simulation.layout import (
    MAX_INPUTS,
    REASON_FLUID,
    REASON_FUEL,
    REASON_OUTPUT,
    REASON_POWER,
    REASON_RECIPE,
    Layout,
    World,
)
from factorion_cli.simulation.result import LaneRates, MachineReport, SimulationResult

_REASONS = {
    REASON_OUTPUT: "output",
    REASON_POWER: "power",
    REASON_RECIPE: "recipe",
    REASON_FUEL: "fuel",
    REASON_FLUID: "fluid",
}


class Snapshot(NamedTuple):
    """Every counter at one moment; the difference of two is what happened in between."""

    taken: LongArray
    made: LongArray
    busy: LongArray
    waits: LongArray
    line_made: LongArray
    given: LongArray
    arm_moved: LongArray
    arm_busy: LongArray
    arm_starved: LongArray
    arm_blocked: LongArray


def snapshot(world: World) -> Snapshot:
    """The counters now."""
    machines, arms = world.machines, world.arms
    return Snapshot(
        world.counters.taken.copy(),
        machines.made.copy(),
        machines.busy.copy(),
        machines.waits.copy(),
        world.lines.made.copy(),
        world.chests.given.copy(),
        arms.moved.copy(),
        arms.busy.copy(),
        arms.starved.copy(),
        arms.blocked.copy(),
    )


def difference(after: Snapshot, before: Snapshot) -> Snapshot:
    """What was counted between two snapshots."""
    return Snapshot(*(late - early for late, early in zip(after, before, strict=True)))


def _sinks(
    counted: Snapshot, world: World, layout: Layout, compiled: CompiledFactory, index: int, seconds: float
) -> dict[str, dict[str, float | LaneRates]]:
    sinks: dict[str, dict[str, float | LaneRates]] = {}
    machine_at = _machines_by_place(compiled)
    for number, sink in enumerate(compiled.factory.sinks):
        rates: dict[str, float | LaneRates] = {}
        if sink.kind == "output":
            made = _made(counted, world, layout, compiled, index, machine_at.get(sink.of or (-1, -1), -1), seconds)
            rates.update({item: rate for item, rate in made.items() if sink.item in (None, item)})
        else:
            row = layout.sink_rows[index][number]
            rates.update(_row_rates(counted, world, compiled.items, row, sink.kind == "belt", seconds))
        sinks[sink.id] = rates
    return sinks


def _row_rates(
    counted: Snapshot, world: World, items: list[str], row: int, lanes: bool, seconds: float
) -> dict[str, float | LaneRates]:
    rates: dict[str, float | LaneRates] = {}
    base = world.counters.base
    for number, item in enumerate(items):
        left = int(counted.taken[base[row] + number])
        right = int(counted.taken[base[row + 1] + number]) if lanes else 0
        if left + right > 0:
            rates[item] = {"left": left / seconds, "right": right / seconds} if lanes else left / seconds
    return rates


def _machines_by_place(compiled: CompiledFactory) -> dict[tuple[int, int], int]:
    places = {}
    for number, machine in enumerate(compiled.machines):
        entity = compiled.factory.entities[machine.entity]
        places[entity.x, entity.y] = number
    return places


def _made(
    counted: Snapshot,
    world: World,
    layout: Layout,
    compiled: CompiledFactory,
    index: int,
    number: int,
    seconds: float,
) -> dict[str, float]:
    """Items (and fluids) per second that a machine made."""
    if number < 0:
        return {}
    base = int(world.machines.made_base[layout.first_machine[index] + number])
    made = counted.made[base : base + len(compiled.items)]
    return {compiled.items[i]: int(made[i]) / MICRO / seconds for i in np.flatnonzero(made)}


def _waits_for(counted: Snapshot, world: World, compiled: CompiledFactory, machine: int) -> str | None:
    """The reason of most of the idle ticks."""
    waits = counted.waits[machine]
    reason = int(waits.argmax())
    if waits[reason] == 0:
        return None
    if reason >= MAX_INPUTS:
        return _REASONS[reason]
    plan = int(world.machines.plan[machine])
    return compiled.items[int(world.plans.in_item[plan, reason])] if plan >= 0 else "recipe"


def machine_reports(
    counted: Snapshot, world: World, layout: Layout, compiled: CompiledFactory, index: int, ticks: int
) -> tuple[MachineReport, ...]:
    """One report per machine, in entity order."""
    reports = []
    for number, spec in enumerate(compiled.machines):
        row = layout.first_machine[index] + number
        entity = compiled.factory.entities[spec.entity]
        rates = _made(counted, world, layout, compiled, index, number, ticks / 60)
        recipe = entity.recipe or (max(rates, key=lambda item: rates[item]) if rates else None)
        reports.append(
            MachineReport(
                entity=spec.entity,
                name=entity.name,
                x=entity.x,
                y=entity.y,
                recipe=recipe,
                utilisation=int(counted.busy[row]) / ticks,
                rates=rates,
                waits_for=_waits_for(counted, world, compiled, row),
            )
        )
    return tuple(sorted(reports, key=lambda report: report.entity))


def report(
    world: World, layout: Layout, before: Snapshot, compiled: CompiledFactory, index: int, ticks: int
) -> SimulationResult:
    """The result of one factory of a batch after measuring `ticks`."""
    counted = difference(snapshot(world), before)
    factory = compiled.factory
    return SimulationResult(
        id=factory.id,
        sinks=_sinks(counted, world, layout, compiled, index, ticks / 60),
        machines=machine_reports(counted, world, layout, compiled, index, ticks),
        not_simulated=compiled.not_simulated,
        wanted={sink.id: sink.item for sink in factory.sinks if sink.item is not None},
    )
