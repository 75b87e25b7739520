"""Compiled factories into the arrays of a world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from factorion_cli.prototypes import load_table
from factorion_cli.simulation.compiling import CHEST_SOURCE, CompiledFactory, MachineSpec
from factorion_cli.simulation.crafting import Plan
from factorion_cli.simulation.layout import (
    ARM,
    CHEST,
    LINE,
    MACHINE,
    MAX_FILTERS,
    MAX_INPUTS,
    MAX_OUTPUTS,
    PLAN,
    SLOT,
    SPLITTER,
    TALLY,
    RecordArray,
    World,
)
from factorion_cli.simulation.lines import Line, LineEnd

Row = dict[str, Any]

_SIDES = {None: -1, "left": 0, "right": 1}
_NOT_ABOUT = -2
"""Stands for an item that the factory never sees, in filters."""


@dataclass(slots=True)
class Place:
    """Where one factory lies in the arrays, and where each of its sinks counts (by index into its sinks)."""

    line: int
    splitter: int
    chest: int
    machine: int
    arm: int
    step: int
    stack: int
    taken: dict[int, int] = field(default_factory=dict)


def _records(kind: np.dtype[np.void], rows: list[Row]) -> RecordArray:
    """Rows as records; a field that no row names stays zero."""
    records = np.zeros(max(1, len(rows)), kind)
    if rows:
        for name in rows[0]:
            records[name][: len(rows)] = [row[name] for row in rows]
    return records


def _padded(values: list[int], width: int, filler: int = 0) -> list[int]:
    return values + [filler] * (width - len(values))


class Builder:
    """Collects factories; `world` makes the arrays."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._lines: list[Row] = []
        self._splitters: list[Row] = []
        self._chests: list[Row] = []
        self._plans: list[Row] = []
        self._machines: list[Row] = []
        self._arms: list[Row] = []
        self._steps: list[int] = []
        self._stack: list[int] = []
        self._choices: list[int] = []
        self._fuel_values: list[int] = []
        self._plan_rows: dict[int, int] = {}
        self._slots = self._content = self._made = self._taken = 0

    def _here(self) -> Place:
        return Place(
            len(self._lines),
            len(self._splitters),
            len(self._chests),
            len(self._machines),
            len(self._arms),
            len(self._steps),
            len(self._stack),
        )

    def add(self, compiled: CompiledFactory) -> None:
        """Append one factory."""
        place = self._here()
        self._plan_rows = {}
        ids = {name: index for index, name in enumerate(compiled.items)}
        table = load_table().items
        self._stack += [table[name].stack_size if name in table else 1 for name in compiled.items]
        for index, sink in enumerate(compiled.factory.sinks):
            if sink.kind != "output":
                place.taken[index] = self._taken
                self._taken += len(ids) * (2 if sink.kind == "belt" else 1)
        self._lines += [self._line(line, place, ids) for line in compiled.line_set.lines]
        self._add_splitters(compiled, place, ids)
        self._add_chests(compiled, place, ids)
        self._add_machines(compiled, ids)
        self._add_arms(compiled, place, ids)
        self.places.append(place)

    def _line(self, line: Line, place: Place, ids: dict[str, int]) -> Row:
        # Squeezed items may lie closer than the spacing, so there is room for more than length / spacing.
        room = line.length // 48 + 8
        base = self._slots
        self._slots += 2 * room
        return {
            "base": base,
            "head": base,
            "room": room,
            "speed": line.speed,
            "length": line.length,
            "end": int(line.end),
            "next_line": place.line + line.next_line if line.end is LineEnd.LINE else -1,
            "entry": line.entry,
            "source_item": -1 if line.source_item is None else ids[line.source_item],
            "taken_base": place.taken[line.sink] + line.lane * len(ids) if line.end is LineEnd.SINK else -1,
        }

    def _add_splitters(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        for splitter in compiled.line_set.splitters:
            entity = compiled.factory.entities[splitter.entity]
            # A filter without a side set goes to the left, as the game does when one is chosen.
            side = entity.output_priority or ("left" if entity.filter is not None else None)
            self._splitters.append(
                {
                    "lines": [[place.line + line for line in lane] for lane in splitter.lines],
                    "prefer_in": [1, 1],
                    "prefer_out": [1, 1],
                    "input_priority": _SIDES[entity.input_priority],
                    "output_priority": _SIDES[side],
                    "filter_item": -1 if entity.filter is None else ids.get(entity.filter, _NOT_ABOUT),
                }
            )
        for step in compiled.line_set.steps:
            self._steps.append(place.line + step if step >= 0 else step - place.splitter)

    def _add_chests(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        for chest in compiled.chests:
            counts = chest.endpoint >= 0 and chest.kind != CHEST_SOURCE
            self._chests.append(
                {
                    "kind": chest.kind,
                    "slots": chest.slots,
                    "item": -1 if chest.item is None else ids[chest.item],
                    "content_base": self._content,
                    "stack_base": place.stack,
                    "n_items": len(ids),
                    "taken_base": place.taken[chest.endpoint] if counts else -1,
                }
            )
            self._content += len(ids)

    def _add_plan(self, plan: Plan, ids: dict[str, int]) -> int:
        """Index of a plan's row; machines that are alike share one."""
        known = self._plan_rows.get(id(plan))
        if known is not None:
            return known
        self._plan_rows[id(plan)] = len(self._plans)
        inputs, outputs = plan.inputs, plan.outputs
        self._plans.append(
            {
                "work": plan.work,
                "rate": plan.rate,
                "bonus": plan.bonus,
                "bonus_full": plan.bonus_full,
                "n_inputs": len(inputs),
                "n_outputs": len(outputs),
                "in_item": _padded([ids[part.item] for part in inputs], MAX_INPUTS),
                "in_amount": _padded([part.amount for part in inputs], MAX_INPUTS),
                "in_limit": _padded([part.limit for part in inputs], MAX_INPUTS),
                "in_fluid": _padded([int(part.fluid) for part in inputs], MAX_INPUTS),
                "out_item": _padded([ids[part.item] for part in outputs], MAX_OUTPUTS),
                "out_micro": _padded([part.micro for part in outputs], MAX_OUTPUTS),
                "out_bonus": _padded([part.bonus_micro for part in outputs], MAX_OUTPUTS),
                "out_capacity": _padded([part.capacity for part in outputs], MAX_OUTPUTS),
                "out_fluid": _padded([int(part.fluid) for part in outputs], MAX_OUTPUTS),
            }
        )
        return len(self._plans) - 1

    def _add_machines(self, compiled: CompiledFactory, ids: dict[str, int]) -> None:
        fuel_bases: dict[str, int] = {}
        for machine in compiled.machines:
            if machine.fuel is not None and machine.fuel not in fuel_bases:
                fuel_bases[machine.fuel] = self._add_fuel(machine.fuel, compiled.items)
            plan, choice = self._machine_plans(machine, ids)
            self._machines.append(
                {
                    "plan": plan,
                    "choice": choice,
                    "drains": int(machine.drains),
                    "fluid_free": int(machine.fluid_free),
                    "powered": int(machine.powered),
                    "burns": int(machine.fuel is not None),
                    "draw": machine.power_w,
                    "fuel_item": -1,
                    "fuel_base": fuel_bases.get(machine.fuel or "", 0),
                    "made_base": self._made,
                }
            )
            self._made += len(ids)

    def _add_fuel(self, category: str, items: list[str]) -> int:
        """Energy of each item in joules x 60 (a tick at one watt draws one), 0 for what this machine cannot burn."""
        base, table = len(self._fuel_values), load_table().items
        for name in items:
            burns = name in table and category in table[name].fuel_categories
            self._fuel_values.append(round(60 * table[name].fuel_j) if burns else 0)
        return base

    def _machine_plans(self, machine: MachineSpec, ids: dict[str, int]) -> tuple[int, int]:
        plans = [self._add_plan(plan, ids) for plan in machine.plans]
        machine.first_plan = plans[0] if plans else -1
        if not machine.chooses:
            return (plans[0] if plans else -1), -1
        choice = len(self._choices)
        self._choices += [-1] * len(ids)
        for plan, index in zip(machine.plans, plans, strict=True):
            self._choices[choice + ids[plan.inputs[0].item]] = index
        return -1, choice

    def _add_arms(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        firsts = (0, 0, place.chest, place.machine)
        for arm in compiled.arms:
            windows = arm.windows
            self._arms.append(
                {
                    "source_kind": arm.source_kind,
                    "source": firsts[arm.source_kind] + arm.source,
                    "window_line": _padded([place.line + window.line for window in windows], 2, -1),
                    "window_low": _padded([window.low for window in windows], 2),
                    "window_high": _padded([window.high for window in windows], 2),
                    "target_kind": arm.target_kind,
                    "target": firsts[arm.target_kind] + arm.target,
                    "drop_line": place.line + arm.drop_line,
                    "drop_position": arm.drop_position,
                    "hand": arm.hand,
                    "waits_for_full": int(arm.waits_for_full),
                    "out_ticks": arm.out_ticks,
                    "back_ticks": arm.back_ticks,
                    "filters": _padded([ids.get(name, _NOT_ABOUT) for name in arm.filters], MAX_FILTERS, -1)[
                        :MAX_FILTERS
                    ],
                    "powered": int(arm.powered),
                    "held_item": -1,
                }
            )

    def world(self) -> World:
        """The arrays, nothing moved yet."""

        def ints(values: Sequence[int]) -> Any:
            return np.asarray(values or [0], np.int32)

        end = self._here()
        places = [*self.places, end]
        return World(
            lines=_records(LINE, self._lines),
            slots=np.zeros(max(1, self._slots), SLOT),
            splitters=_records(SPLITTER, self._splitters),
            chests=_records(CHEST, self._chests),
            content=np.zeros(max(1, self._content), np.int32),
            plans=_records(PLAN, self._plans),
            machines=_records(MACHINE, self._machines),
            choices=ints(self._choices),
            fuel_value=np.asarray(self._fuel_values or [0], np.int64),
            made=np.zeros(max(1, self._made), np.int64),
            arms=_records(ARM, self._arms),
            tallies=np.zeros(max(1, self._taken), TALLY),
            stack=ints(self._stack),
            steps=ints(self._steps),
            first_step=ints([place.step for place in places]),
            first_machine=ints([place.machine for place in places]),
            first_arm=ints([place.arm for place in places]),
        )


def build_world(batch: Sequence[CompiledFactory]) -> tuple[World, list[Place]]:
    """The arrays of a batch and where each of its factories lies in them."""
    builder = Builder()
    for compiled in batch:
        builder.add(compiled)
    return builder.world(), builder.places
