"""One record of the arrays from one spec: what a batch of factories and an edited world both write.

A row names its fields; fields that it leaves out are zero. Whoever calls says where things lie in the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import decisions
from factorion_cli.simulation.arming import ArmSpec
from factorion_cli.simulation.compiling import ChestSpec, MachineSpec
from factorion_cli.simulation.crafting import Plan
from factorion_cli.simulation.drilling import DrillSpec
from factorion_cli.simulation.grids import WHOLE, ConsumerSpec, GeneratorSpec, NetworkSpec
from factorion_cli.simulation.heating import NEIGHBOURS, HeaterSpec, HeatSpec
from factorion_cli.simulation.layout import MAX_FILTERS, MAX_INPUTS, MAX_OUTPUTS, RecordArray
from factorion_cli.simulation.lines import Line
from factorion_cli.simulation.loading import LoaderSpec
from factorion_cli.simulation.piping import MILLI, PortSpec, PumpSpec, Segment, degrees_of

Row = dict[str, Any]

Ids = Mapping[str, int]
"""Number of each item, within one factory or world."""

_SIDES = {None: -1, "left": 0, "right": 1}
_NOT_ABOUT = -2
"""Stands for an item that the factory never sees, in filters."""


def records(kind: np.dtype[np.void], rows: list[Row]) -> RecordArray:
    """Rows as records; a field that no row names stays zero."""
    array = np.zeros(max(1, len(rows)), kind)
    if rows:
        for name in rows[0]:
            array[name][: len(rows)] = [row[name] for row in rows]
    return array


def padded(values: list[int], width: int, filler: int = 0) -> list[int]:
    """The values, filled up to `width`."""
    return values + [filler] * (width - len(values))


def line_room(line: Line) -> int:
    """Most items that a line can hold; it needs twice as many slots."""
    return line.length // decisions.SPACING + 4


def line_row(line: Line, ids: Ids, base: int, next_line: int, taken_base: int) -> Row:
    """A line whose slots begin at `base`; `next_line` and `taken_base` are -1 when it has none."""
    return {
        "base": base,
        "head": base,
        "room": line_room(line),
        "speed": line.speed,
        "length": line.length,
        "end": int(line.end),
        "next_line": next_line,
        "entry": line.entry,
        "behind": -1,
        "ring": 0,
        "source_item": -1 if line.source_item is None else ids[line.source_item],
        "taken_base": taken_base,
    }


def splitter_row(entity: Entity, ids: Ids, lines: list[list[int]]) -> Row:
    """A splitter between `lines`, indexed [lane][in left, in right, out left, out right]."""
    # A filter without a side set goes to the left, as the game does when one is chosen.
    side = entity.output_priority or ("left" if entity.filter is not None else None)
    return {
        "lines": lines,
        "prefer_in": [1, 1],
        "prefer_out": [1, 1],
        "swap": [0, 0],
        "input_priority": _SIDES[entity.input_priority],
        "output_priority": _SIDES[side],
        "filter_item": -1 if entity.filter is None else ids.get(entity.filter, _NOT_ABOUT),
    }


def chest_row(chest: ChestSpec, ids: Ids, content_base: int, stack_base: int, n_items: int, taken_base: int) -> Row:
    """A chest or chest endpoint; `taken_base` is -1 for all but sinks."""
    return {
        "kind": chest.kind,
        "slots": chest.slots,
        "item": -1 if chest.item is None else ids[chest.item],
        "content_base": content_base,
        "stack_base": stack_base,
        "n_items": n_items,
        "taken_base": taken_base,
    }


def plan_row(plan: Plan, ids: Ids) -> Row:
    """One recipe in one kind of machine."""
    inputs, outputs = plan.inputs, plan.outputs
    return {
        "work": plan.work,
        "rate": plan.rate,
        "bonus": plan.bonus,
        "bonus_full": plan.bonus_full,
        "n_inputs": len(inputs),
        "n_outputs": len(outputs),
        "in_item": padded([ids[part.item] for part in inputs], MAX_INPUTS),
        "in_amount": padded([part.amount * (MILLI if part.fluid else 1) for part in inputs], MAX_INPUTS),
        "in_limit": padded([part.limit * (MILLI if part.fluid else 1) for part in inputs], MAX_INPUTS),
        "in_fluid": padded([int(part.fluid) for part in inputs], MAX_INPUTS),
        "out_item": padded([ids[part.item] for part in outputs], MAX_OUTPUTS),
        "out_micro": padded([part.micro for part in outputs], MAX_OUTPUTS),
        "out_bonus": padded([part.bonus_micro for part in outputs], MAX_OUTPUTS),
        "out_capacity": padded([part.capacity * (MILLI if part.fluid else 1) for part in outputs], MAX_OUTPUTS),
        "out_fluid": padded([int(part.fluid) for part in outputs], MAX_OUTPUTS),
    }


def _degrees(fluid: str | None, degrees: float | None) -> int:
    """Thousandths of a degree."""
    return round(1000 * degrees_of(fluid, degrees))


def segment_row(segment: Segment, ids: Ids) -> Row:
    """A segment as it is at the start."""
    return {
        "amount": segment.amount,
        "capacity": segment.capacity,
        "temperature": _degrees(segment.fluid, segment.degrees),
        "fluid": -1 if segment.fluid is None else ids[segment.fluid],
        "blocked": int(segment.blocked),
    }


def port_row(port: PortSpec, first_machine: int, first_segment: int) -> Row:
    """A port, in a world where its factory's machines and segments begin there."""
    return {
        "machine": first_machine + port.machine,
        "slot": port.slot,
        "out": int(port.out),
        "segment": first_segment + port.segment,
        "within": int(port.within),
        "temperature": _degrees(port.fluid, port.degrees),
    }


def pump_row(pump: PumpSpec, ids: Ids, first_segment: int) -> Row:
    """A pump, in a world where its factory's segments begin there."""
    return {
        "source": first_segment + pump.source if pump.source >= 0 else -1,
        "target": first_segment + pump.target if pump.target >= 0 else -1,
        "rate": pump.rate,
        "fluid": -1 if pump.fluid is None else ids.get(pump.fluid, _NOT_ABOUT),
        "temperature": _degrees(pump.fluid, pump.degrees),
        "slows": int(pump.slows),
        "speed": WHOLE if pump.powered else 0,
    }


def heat_row(heat: HeatSpec) -> Row:
    """A heat network, warm enough to work."""
    warm = 60 * heat.joules_per_degree
    least = round(warm * (decisions.HEAT_START_DEGREES - decisions.BASE_DEGREES))
    return {"energy": least, "least": least, "most": round(warm * (heat.degrees - decisions.BASE_DEGREES))}


def heater_row(heater: HeaterSpec, first_machine: int, first_heat: int) -> Row:
    """A heater, in a world where its factory's machines and heat networks begin there."""
    neighbours = [first_machine + other for other in heater.neighbours]
    return {
        "power": heater.power_w,
        "machine": first_machine + heater.machine,
        "network": first_heat + heater.network,
        "takes": int(heater.takes),
        "bonus": heater.bonus_percent,
        "neighbours": padded(neighbours, NEIGHBOURS, -1),
    }


def network_row(network: NetworkSpec) -> Row:
    """A network at noon, its accumulators empty."""
    return {
        "solar": network.solar_w,
        "steady": network.steady_w,
        "capacity": 60 * network.capacity_j,
        "flow": network.flow_w,
        "share": -1,
        "urgent_share": -1,
    }


def consumer_row(consumer: ConsumerSpec, first_index: int, first_network: int) -> Row:
    """A consumer, in a world where what it stands for and its factory's networks begin there."""
    return {
        "power": consumer.power_w,
        "drain": consumer.drain_w,
        "kind": int(consumer.kind),
        "index": first_index + consumer.index,
        "network": first_network + consumer.network,
        "urgent": int(consumer.urgent),
        "beacon_share": consumer.beacon_share,
    }


def generator_row(generator: GeneratorSpec, ids: Ids, first_network: int, first_segment: int) -> Row:
    """A generator, in a world where its factory's networks and segments begin there."""
    joules = load_table().fluids[generator.fluid].heat_capacity_j
    return {
        "rate": generator.rate,
        # Joules x 60 per thousandth of a unit and thousandth of a degree, times 1000.
        "heat": round(60 * joules / 1000),
        "top": round(1000 * generator.degrees),
        "network": first_network + generator.network,
        "segment": first_segment + generator.segment,
        "fluid": ids[generator.fluid],
    }


def fuel_joules(category: str, name: str) -> int:
    """Energy of an item in joules x 60 (a tick at one watt draws one), 0 for what such a machine cannot burn."""
    item = load_table().items.get(name)
    return round(60 * item.fuel_j) if item is not None and category in item.fuel_categories else 0


def machine_row(machine: MachineSpec, plan: int, choice: int, fuel_base: int, made_base: int) -> Row:
    """A machine with a fixed plan (else -1), or that chooses among those from `choice` on (else -1)."""
    return {
        "plan": plan,
        "choice": choice,
        "drains": int(machine.drains),
        "fluid_free": int(machine.fluid_free),
        "powered": int(machine.powered),
        "burns": int(machine.fuel is not None),
        "draw": machine.power_w,
        "fuel_item": -1,
        "fuel_base": fuel_base,
        "made_base": made_base,
        # In a network it runs at the share that it is given in the first tick.
        "speed": 0 if machine.networked else 1,
        "passes_on": int(machine.passes_on),
    }


def _filters(names: tuple[str, ...], ids: Ids) -> list[int]:
    """A whitelist; -1 first: anything."""
    return padded([ids.get(name, _NOT_ABOUT) for name in names], MAX_FILTERS, -1)[:MAX_FILTERS]


def arm_row(
    arm: ArmSpec, ids: Ids, source: int, target: int, window_lines: list[int], drop_line: int, fuel_base: int = -1
) -> Row:
    """An arm between what lies at `source` and `target`, or at its lines (none: [] and -1).

    `fuel_base` is where the energy of what it can burn begins; -1 for all that burn nothing.
    """
    windows = arm.windows
    return {
        "source_kind": arm.source_kind,
        "source": source,
        "window_line": padded(window_lines, 2, -1),
        "window_low": padded([window.low for window in windows], 2),
        "window_high": padded([window.high for window in windows], 2),
        "target_kind": arm.target_kind,
        "target": target,
        "drop_line": drop_line,
        "drop_position": arm.drop_position,
        "belt_stack": arm.belt_stack,
        "hand": arm.hand,
        "waits_for_full": int(arm.waits_for_full),
        "out_ticks": arm.out_ticks * (WHOLE if arm.networked else 1),
        "back_ticks": arm.back_ticks * (WHOLE if arm.networked else 1),
        "filters": _filters(arm.filters, ids),
        "powered": int(arm.powered),
        "held_item": -1,
        "energy": 60 * decisions.BURNER_START_J,
        "cycle_energy": 60 * decisions.BURNER_CYCLE_J if fuel_base >= 0 else 0,
        "fuel_base": max(0, fuel_base),
        "speed": 0 if arm.networked else 1,
    }


def drill_row(drill: DrillSpec, machine: int, plan: int, first: int, target: int, drop_line: int) -> Row:
    """A drill whose tiles begin at `first`; `machine`, `plan`, `target` and `drop_line` are indices into the batch."""
    return {
        "seen": -1,
        "machine": machine,
        "plan": plan,
        "first": first,
        "tiles": len(drill.ground.tiles),
        "turn": -1,
        "drain": drill.drain,
        "target_kind": drill.target_kind,
        "target": target,
        "drop_line": drop_line,
        "drop_position": drill.drop_position,
        "belt_stack": drill.ground.belt_stack,
    }


def loader_row(loader: LoaderSpec, ids: Ids, lines: list[int], index: int) -> Row:
    """A loader between its two lines and what lies at `index` (both into the batch)."""
    return {
        "unloads_belt": int(loader.unloads_belt),
        "lines": lines,
        "kind": loader.kind,
        "index": index,
        "filters": _filters(loader.filters, ids),
    }
