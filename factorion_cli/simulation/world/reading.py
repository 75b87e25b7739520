"""From rows of a site to the states of its things."""

from __future__ import annotations

import numpy as np

from factorion_cli.factory import Entity, Sink, Source
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.crafting import MICRO, Plan
from factorion_cli.simulation.layout import (
    MAX_INPUTS,
    REASON_FLUID,
    REASON_FUEL,
    REASON_OUTPUT,
    REASON_POWER,
    REASON_RECIPE,
)
from factorion_cli.simulation.piping import MILLI
from factorion_cli.simulation.world.belts import pieces_of
from factorion_cli.simulation.world.site import Site
from factorion_cli.simulation.world.states import (
    ArmState,
    BeltState,
    ChestState,
    EndpointState,
    FluidState,
    InertState,
    LaneItems,
    MachineState,
    State,
)

PHASES = ("picking", "swinging out", "dropping", "swinging back")
_REASONS = {
    REASON_OUTPUT: "output",
    REASON_POWER: "power",
    REASON_RECIPE: "recipe",
    REASON_FUEL: "fuel",
    REASON_FLUID: "fluid",
}


def names(site: Site) -> list[str]:
    """Items by number."""
    return list(site.tables.ids)


def state_of(site: Site, number: int) -> State:
    """The state of a thing of a settled site."""
    thing = site.things[number]
    if not isinstance(thing, Entity):
        node = site.belts.at.get((thing.x, thing.y)) if thing.kind == "belt" else None
        belt = None if node is None else _belt(site, node)
        return EndpointState(given(site, number) if isinstance(thing, Source) else taken(site, number), belt)
    stations = site.stations
    if 2 * number in site.belts.nodes:
        other = _belt(site, 2 * number + 1) if 2 * number + 1 in site.belts.nodes else None
        first = _belt(site, 2 * number)
        return BeltState(first.left, first.right, other)
    if number in stations.machines:
        return _machine(site, number)
    if number in stations.chests:
        return ChestState(_chest(site, stations.chests[number]))
    if number in stations.arms:
        return _arm(site, stations.arms[number])
    if (number, 0) in site.pipework.segment_of:
        return _segment(site, site.pipework.segment_of[number, 0])
    return InertState()


def _belt(site: Site, node: int) -> BeltState:
    known = names(site)
    left, right = site.belts.lanes_of(node)

    def lane(lying: list[tuple[int, int]]) -> LaneItems:
        found = ((place, *pieces_of(slot_item)) for place, slot_item in lying)
        return tuple((known[item], place, pieces) for place, item, pieces in found)

    return BeltState(lane(left), lane(right))


def _machine(site: Site, number: int) -> MachineState:
    arrays, known = site.tables.arrays, names(site)
    machine = arrays.machines[site.stations.machines[number]]
    fuel = {known[machine["fuel_item"]]: int(machine["fuel_count"])} if machine["fuel_count"] > 0 else {}
    plan = _plan_of(site, number, int(machine["plan"]))
    if plan is None:
        return MachineState(None, False, 0.0, waits_for(site, number), {}, {}, fuel, int(machine["crafts"]))
    return MachineState(
        recipe=plan.recipe,
        crafting=bool(machine["crafting"]),
        progress=min(1.0, int(machine["progress"]) / max(1, plan.work)),
        waits_for=waits_for(site, number),
        ingredients={
            part.item: int(machine["stock"][k]) / (MILLI if part.fluid else 1)
            for k, part in enumerate(plan.inputs)
            if machine["stock"][k] > 0
        },
        products={
            part.item: int(machine["ready"][k]) / (MILLI if part.fluid else 1)
            for k, part in enumerate(plan.outputs)
            if machine["ready"][k] > 0
        },
        fuel=fuel,
        crafts=int(machine["crafts"]),
    )


def _plan_of(site: Site, number: int, row: int) -> Plan | None:
    """What a machine goes by, of what it may make."""
    plan = site.tables.planned.get(row)
    return plan if plan is not None and plan in site.stations.specs[number].plans else None


def craft_of(site: Site, number: int) -> tuple[str | None, float]:
    """What a machine makes, and the share of the craft under way that is done: of its state what changes most often."""
    machine = site.tables.arrays.machines[site.stations.machines[number]]
    plan = _plan_of(site, number, int(machine["plan"]))
    return (None, 0.0) if plan is None else (plan.recipe, min(1.0, int(machine["progress"]) / max(1, plan.work)))


def waits_for(site: Site, number: int) -> str | None:
    """Why a machine did not work in the last tick."""
    row = site.stations.machines[number]
    machine = site.tables.arrays.machines[row]
    if site.waits_before is None or row >= len(site.waits_before):
        return None
    before = site.waits_before[row]
    reason = int(np.argmax(machine["waits"] - before))
    if machine["waits"][reason] == before[reason]:
        return None
    if reason >= MAX_INPUTS:
        return _REASONS[reason]
    if machine["plan"] < 0:
        return "recipe"
    return names(site)[int(site.tables.arrays.plans["in_item"][machine["plan"], reason])]


def _chest(site: Site, row: int) -> dict[str, int]:
    arrays, known = site.tables.arrays, names(site)
    base = int(arrays.chests["content_base"][row])
    content = arrays.content[base : base + len(known)]
    return {known[item]: int(content[item]) for item in sorted(np.flatnonzero(content).tolist(), key=known.__getitem__)}


def _arm(site: Site, row: int) -> ArmState:
    arm = site.tables.arrays.arms[row]
    held = int(arm["held"])
    item = names(site)[int(arm["held_item"])] if held > 0 else None
    return ArmState(PHASES[int(arm["state"])], max(0, int(arm["timer"])), held, item, int(arm["moved"]))


def _segment(site: Site, row: int) -> FluidState:
    segment = site.tables.arrays.segments[row]
    amount = int(segment["amount"]) / MILLI
    fluid = names(site)[int(segment["fluid"])] if amount > 0 and segment["fluid"] >= 0 else None
    return FluidState(fluid, amount, int(segment["capacity"]) / MILLI)


def given(site: Site, number: int) -> dict[str, int]:
    """Items that a source has given so far."""
    source = site.things[number]
    assert isinstance(source, Source)
    if source.kind == "chest":
        row = site.stations.chests[number]
        return {source.item: int(site.tables.arrays.chests["given"][row])}
    node = site.belts.at[source.x, source.y]
    lanes = [lane for lane in (LEFT, RIGHT) if site.belts.nodes[node].sources[lane] == number]
    return {source.item: sum(site.belts.made_by(node, lane) for lane in lanes)}


def made(site: Site, number: int) -> dict[str, int]:
    """What a machine has made so far; of what comes by chance or by productivity, whole pieces."""
    if number not in site.stations.machines:
        return {}
    known, counts = names(site), site.stations.made(number) // MICRO
    return {known[item]: int(counts[item]) for item in np.flatnonzero(counts)}


def taken(site: Site, number: int) -> dict[str, int]:
    """Items that a sink has taken so far, both lanes together; of what machines make, whole pieces."""
    sink, known = site.things[number], names(site)
    assert isinstance(sink, Sink)
    counts = np.zeros(len(known), np.int64)
    if sink.kind == "output":
        for other in site.on.get(sink.of or (0, 0), ()):
            if other in site.stations.machines:
                counts = site.stations.made(other) // MICRO
    for lane in range(len(site.sink_blocks[number])):
        first = site.sink_block(number, lane)
        counts = counts + site.tables.arrays.tallies["taken"][first : first + len(known)]
    found = {known[item]: int(counts[item]) for item in np.flatnonzero(counts)}
    return {item: count for item, count in sorted(found.items()) if sink.kind != "output" or sink.item in (None, item)}


def taken_by_lane(site: Site, number: int, lane: int) -> dict[str, int]:
    """Items that one lane of a sink (lane 0 of a chest sink) has taken so far."""
    known, first = names(site), site.sink_block(number, lane)
    counts = site.tables.arrays.tallies["taken"][first : first + len(known)]
    return {known[item]: int(counts[item]) for item in np.flatnonzero(counts)}
