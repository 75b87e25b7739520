"""Compiled factories into the arrays of a world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from factorion_cli.prototypes import load_table
from factorion_cli.simulation.compiling import CHEST_SOURCE, CompiledFactory, MachineSpec
from factorion_cli.simulation.crafting import Plan
from factorion_cli.simulation.grids import Draw, Grid
from factorion_cli.simulation.layout import (
    ARM,
    CHEST,
    CONSUMER,
    DRILL,
    GENERATOR,
    HEAT,
    HEATER,
    LINE,
    LOADER,
    MACHINE,
    NETWORK,
    PLAN,
    PORT,
    PUMP,
    SEGMENT,
    SLOT,
    SPLITTER,
    TALLY,
    WorldArrays,
)
from factorion_cli.simulation.lines import Line, LineEnd
from factorion_cli.simulation.ordering import ordered
from factorion_cli.simulation.rows import (
    Row,
    arm_row,
    chest_row,
    consumer_row,
    drill_row,
    fuel_joules,
    generator_row,
    heat_row,
    heater_row,
    line_room,
    line_row,
    loader_row,
    machine_row,
    network_row,
    plan_row,
    port_row,
    pump_row,
    records,
    segment_row,
    splitter_row,
)


@dataclass(slots=True)
class Place:
    """Where one factory lies in the arrays, and where each of its sinks counts (by index into its sinks)."""

    line: int
    splitter: int
    chest: int
    machine: int
    arm: int
    stack: int
    content: int
    drill: int
    deposit: int
    segment: int
    port: int
    pump: int
    network: int
    consumer: int
    generator: int
    loader: int
    heat: int
    heater: int
    taken: dict[int, int] = field(default_factory=dict)


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
        self._arm_order: list[int] = []
        self._drills: list[Row] = []
        self._drill_tiles: list[int] = []
        self._drill_plans: list[int] = []
        self._deposits: list[int] = []
        self._loaders: list[Row] = []
        self._segments: list[Row] = []
        self._ports: list[Row] = []
        self._pumps: list[Row] = []
        self._networks: list[Row] = []
        self._consumers: list[Row] = []
        self._generators: list[Row] = []
        self._heats: list[Row] = []
        self._heaters: list[Row] = []
        self._stack: list[int] = []
        self._by_name: list[int] = []
        self._choices: list[int] = []
        self._fuel_values: list[int] = []
        self._plan_rows: dict[int, int] = {}
        self._fuel_bases: dict[str, int] = {}
        self._slots = self._content = self._made = self._taken = 0

    def _here(self) -> Place:
        return Place(
            len(self._lines),
            len(self._splitters),
            len(self._chests),
            len(self._machines),
            len(self._arms),
            len(self._stack),
            self._content,
            len(self._drills),
            len(self._deposits),
            len(self._segments),
            len(self._ports),
            len(self._pumps),
            len(self._networks),
            len(self._consumers),
            len(self._generators),
            len(self._loaders),
            len(self._heats),
            len(self._heaters),
        )

    def add(self, compiled: CompiledFactory) -> None:
        """Append one factory."""
        place = self._here()
        self._plan_rows, self._fuel_bases = {}, {}
        ids = {name: index for index, name in enumerate(compiled.items)}
        table = load_table().items
        self._stack += [table[name].stack_size if name in table else 1 for name in compiled.items]
        self._by_name += range(len(compiled.items))
        for index, sink in enumerate(compiled.factory.sinks):
            if sink.kind != "output":
                place.taken[index] = self._taken
                self._taken += len(ids) * (2 if sink.kind == "belt" else 1)
        for line in compiled.line_set.lines:
            self._add_line(line, place, ids)
        self._add_splitters(compiled, place, ids)
        self._add_chests(compiled, place, ids)
        self._add_machines(compiled, ids)
        self._add_arms(compiled, place, ids)
        self._add_drills(compiled, place)
        self._add_loaders(compiled, place, ids)
        self._add_pipes(compiled, place, ids)
        self._add_grid(compiled.grid, place, ids)
        self._heats += [heat_row(heat) for heat in compiled.heat.networks]
        self._heaters += [heater_row(heater, place.machine, place.heat) for heater in compiled.heat.heaters]
        self.places.append(place)

    def _add_line(self, line: Line, place: Place, ids: dict[str, int]) -> None:
        base = self._slots
        self._slots += 2 * line_room(line)
        next_line = place.line + line.next_line if line.end is LineEnd.LINE else -1
        taken_base = place.taken[line.sink] + line.lane * len(ids) if line.end is LineEnd.SINK else -1
        self._lines.append(line_row(line, ids, base, next_line, taken_base))

    def _add_splitters(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        for splitter in compiled.line_set.splitters:
            lines = [[place.line + line for line in lane] for lane in splitter.lines]
            self._splitters.append(splitter_row(compiled.factory.entities[splitter.entity], ids, lines))

    def _add_chests(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        for chest in compiled.chests:
            counts = chest.endpoint >= 0 and chest.kind != CHEST_SOURCE
            taken_base = place.taken[chest.endpoint] if counts else -1
            self._chests.append(chest_row(chest, ids, self._content, place.stack, len(ids), taken_base))
            self._content += len(ids)

    def _add_plan(self, plan: Plan, ids: dict[str, int]) -> int:
        """Index of a plan's row; machines that are alike share one."""
        known = self._plan_rows.get(id(plan))
        if known is not None:
            return known
        self._plan_rows[id(plan)] = len(self._plans)
        self._plans.append(plan_row(plan, ids))
        return len(self._plans) - 1

    def _add_machines(self, compiled: CompiledFactory, ids: dict[str, int]) -> None:
        for machine in compiled.machines:
            plan, choice = self._machine_plans(machine, ids)
            fuel_base = 0 if machine.fuel is None else self._fuel_base(machine.fuel, compiled.items)
            self._machines.append(machine_row(machine, plan, choice, fuel_base, self._made))
            self._made += len(ids)

    def _fuel_base(self, category: str, items: list[str]) -> int:
        """Where the energy of each of the factory's items begins, for what burns such fuel."""
        if category not in self._fuel_bases:
            self._fuel_bases[category] = len(self._fuel_values)
            self._fuel_values += [fuel_joules(category, name) for name in items]
        return self._fuel_bases[category]

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
        first = len(self._arms)
        turns = sorted(range(len(compiled.arms)), key=lambda number: compiled.arms[number].precedence)
        self._arm_order += [first + number for number in turns]
        for arm in compiled.arms:
            source, target = firsts[arm.source_kind] + arm.source, firsts[arm.target_kind] + arm.target
            window_lines = [place.line + window.line for window in arm.windows]
            fuel_base = -1 if arm.fuel is None else self._fuel_base(arm.fuel, compiled.items)
            self._arms.append(arm_row(arm, ids, source, target, window_lines, place.line + arm.drop_line, fuel_base))

    def _add_drills(self, compiled: CompiledFactory, place: Place) -> None:
        firsts = (0, 0, place.chest, place.machine)
        for drill in compiled.drills:
            plan, first = compiled.machines[drill.machine].first_plan, len(self._drill_tiles)
            self._drill_tiles += [place.deposit + tile for tile in drill.ground.tiles]
            self._drill_plans += [plan + kind for kind in drill.ground.kinds]
            target, line = firsts[drill.target_kind] + drill.target, place.line + drill.drop_line
            self._drills.append(drill_row(drill, place.machine + drill.machine, plan, first, target, line))
            # Which plan is the first depends on what is left of the deposits: the kernel chooses.
            self._machines[place.machine + drill.machine]["plan"] = -1
        self._deposits += compiled.deposits

    def _add_loaders(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        firsts = (0, 0, place.chest, place.machine)
        for loader in compiled.loaders:
            lines = [place.line + line for line in loader.lines]
            self._loaders.append(loader_row(loader, ids, lines, firsts[loader.kind] + loader.index))

    def _add_pipes(self, compiled: CompiledFactory, place: Place, ids: dict[str, int]) -> None:
        for port in compiled.ports:
            self._ports.append(port_row(port, place.machine, place.segment))
        self._segments += [segment_row(segment, ids) for segment in compiled.pipes.segments]
        self._pumps += [pump_row(pump, ids, place.segment) for pump in compiled.pipes.pumps]

    def _add_grid(self, grid: Grid, place: Place, ids: dict[str, int]) -> None:
        firsts = {Draw.ALWAYS: 0, Draw.MACHINE: place.machine, Draw.ARM: place.arm, Draw.PUMP: place.pump}
        self._networks += [network_row(network) for network in grid.networks]
        self._consumers += [consumer_row(consumer, firsts[consumer.kind], place.network) for consumer in grid.consumers]
        self._generators += [
            generator_row(generator, ids, place.network, place.segment) for generator in grid.generators
        ]

    def world(self) -> WorldArrays:
        """The arrays, nothing moved yet."""

        def ints(values: Sequence[int]) -> Any:
            return np.asarray(values or [0], np.int32)

        end = self._here()
        places = [*self.places, end]
        lines, splitters = records(LINE, self._lines), records(SPLITTER, self._splitters)
        return WorldArrays(
            lines=lines,
            slots=np.zeros(max(1, self._slots), SLOT),
            splitters=splitters,
            chests=records(CHEST, self._chests),
            content=np.zeros(max(1, self._content), np.int32),
            plans=records(PLAN, self._plans),
            machines=records(MACHINE, self._machines),
            choices=ints(self._choices),
            fuel_value=np.asarray(self._fuel_values or [0], np.int64),
            made=np.zeros(max(1, self._made), np.int64),
            arms=records(ARM, self._arms),
            tallies=np.zeros(max(1, self._taken), TALLY),
            stack=ints(self._stack),
            by_name=ints(self._by_name),
            arm_order=ints(self._arm_order),
            drill_order=np.arange(max(1, end.drill), dtype=np.int32),
            steps=ordered(
                lines,
                splitters,
                [
                    (np.arange(place.line, after.line), np.arange(place.splitter, after.splitter))
                    for place, after in pairwise(places)
                ],
            ),
            first_step=ints([place.line + place.splitter for place in places]),
            first_machine=ints([place.machine for place in places]),
            first_arm=ints([place.arm for place in places]),
            first_line=ints([place.line for place in places]),
            first_splitter=ints([place.splitter for place in places]),
            first_chest=ints([place.chest for place in places]),
            segments=records(SEGMENT, self._segments),
            ports=records(PORT, self._ports),
            pumps=records(PUMP, self._pumps),
            first_segment=ints([place.segment for place in places]),
            first_port=ints([place.port for place in places]),
            first_pump=ints([place.pump for place in places]),
            networks=records(NETWORK, self._networks),
            consumers=records(CONSUMER, self._consumers),
            generators=records(GENERATOR, self._generators),
            first_network=ints([place.network for place in places]),
            first_consumer=ints([place.consumer for place in places]),
            heats=records(HEAT, self._heats),
            heaters=records(HEATER, self._heaters),
            first_heat=ints([place.heat for place in places]),
            first_heater=ints([place.heater for place in places]),
            first_generator=ints([place.generator for place in places]),
            first_content=ints([place.content for place in places]),
            drills=records(DRILL, self._drills),
            drill_tiles=ints(self._drill_tiles),
            drill_plans=ints(self._drill_plans),
            deposits=np.asarray(self._deposits or [0], np.int64),
            first_drill=ints([place.drill for place in places]),
            first_deposit=ints([place.deposit for place in places]),
            loaders=records(LOADER, self._loaders),
            first_loader=ints([place.loader for place in places]),
        )


def build_world(batch: Sequence[CompiledFactory]) -> tuple[WorldArrays, list[Place]]:
    """The arrays of a batch and where each of its factories lies in them."""
    builder = Builder()
    for compiled in batch:
        builder.add(compiled)
    return builder.world(), builder.places
