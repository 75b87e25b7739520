"""Structs of arrays for a batch of factories: what the kernels read and write.

Factories lie one after the other in every array; `Factories` holds where each begins. Item numbers count within one factory;
everything else is an index into the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from factorion_cli.arrays import AnyArray, IntArray, LongArray
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.compiling import CHEST_SOURCE, CompiledFactory, MachineSpec
from factorion_cli.simulation.lines import LineEnd

MAX_INPUTS, MAX_OUTPUTS, MAX_FILTERS = 8, 4, 5
REASON_OUTPUT, REASON_POWER, REASON_RECIPE, REASON_FUEL, REASON_FLUID = 8, 9, 10, 11, 12
REASONS = 13
"""Why a machine waited: 0 to 7 an ingredient, else one of the above."""


class Lines(NamedTuple):
    """(L,) per line; items lie in `position`/`item` from `base` on, front first; a position is the stored one + `shift`."""

    base: IntArray
    room: IntArray
    head: IntArray
    count: IntArray
    shift: IntArray
    speed: IntArray
    length: IntArray
    resting: IntArray
    squeezed: IntArray
    end: IntArray
    next_line: IntArray
    entry: IntArray
    source_item: IntArray
    sink_row: IntArray
    made: LongArray
    position: IntArray
    item: IntArray


class Splitters(NamedTuple):
    """(S, 2, 4) lines as [lane][in left, in right, out left, out right]; priorities are 0, 1 or -1 for none."""

    lines: IntArray
    prefer_in: IntArray
    prefer_out: IntArray
    input_priority: IntArray
    output_priority: IntArray
    filter_item: IntArray


class Chests(NamedTuple):
    """(C,) per chest; contents of item i lie at `base` + i in `content`."""

    kind: IntArray
    slots: IntArray
    used: IntArray
    item: IntArray
    base: IntArray
    items_base: IntArray
    n_items: IntArray
    sink_row: IntArray
    given: LongArray
    content: IntArray


class Plans(NamedTuple):
    """(P,) per plan, inputs (P, 8) and outputs (P, 4)."""

    work: LongArray
    rate: LongArray
    bonus: LongArray
    bonus_full: LongArray
    n_inputs: IntArray
    in_item: IntArray
    in_amount: IntArray
    in_limit: IntArray
    in_fluid: IntArray
    n_outputs: IntArray
    out_item: IntArray
    out_micro: LongArray
    out_bonus: LongArray
    out_capacity: IntArray
    out_fluid: IntArray


class Machines(NamedTuple):
    """(M,) per machine; `choice` is where its plan by item begins (-1: its plan is fixed)."""

    plan: IntArray
    choice: IntArray
    choices: IntArray
    drains: IntArray
    fluid_free: IntArray
    powered: IntArray
    crafting: IntArray
    blocked: IntArray
    progress: LongArray
    bar: LongArray
    stock: IntArray
    ready: IntArray
    micro: LongArray
    burns: IntArray
    draw: LongArray
    energy: LongArray
    fuel_item: IntArray
    fuel_count: IntArray
    fuel_base: IntArray
    fuel_value: LongArray
    made_base: IntArray
    made: LongArray
    busy: LongArray
    waits: LongArray
    crafts: LongArray


class Arms(NamedTuple):
    """(A,) per arm; windows are (A, 2) in the order of preference, filters (A, 5)."""

    source_kind: IntArray
    source: IntArray
    window_line: IntArray
    window_low: IntArray
    window_high: IntArray
    target_kind: IntArray
    target: IntArray
    drop_line: IntArray
    drop_position: IntArray
    hand: IntArray
    waits_for_full: IntArray
    out_ticks: IntArray
    back_ticks: IntArray
    filters: IntArray
    powered: IntArray
    state: IntArray
    timer: IntArray
    patience: IntArray
    held_item: IntArray
    held: IntArray
    moved: LongArray
    busy: LongArray
    starved: LongArray
    blocked: LongArray


class Counters(NamedTuple):
    """Items that sinks took: row r's items lie from `base[r]` on in `taken`; belt sinks have a row per lane."""

    base: IntArray
    taken: LongArray


class Factories(NamedTuple):
    """(F + 1,) where each factory's part of every array begins."""

    steps: IntArray
    first_step: IntArray
    first_machine: IntArray
    first_arm: IntArray


class World(NamedTuple):
    """A batch of factories, whole."""

    lines: Lines
    splitters: Splitters
    chests: Chests
    plans: Plans
    machines: Machines
    arms: Arms
    counters: Counters
    factories: Factories
    stack: IntArray


class _Columns:
    """Lists that become the arrays of one NamedTuple."""

    def __init__(self, kind: type[Any], widths: dict[str, tuple[int, ...]] | None = None) -> None:
        self.kind = kind
        self.widths = widths or {}
        self.lists: dict[str, list[Any]] = {name: [] for name in kind._fields}

    def add(self, **values: Any) -> int:
        """Append one row (fields left out are zero); the row's index."""
        for name, value in values.items():
            self.lists[name].append(value)
        return self.size(next(iter(values))) - 1

    def size(self, name: str) -> int:
        return len(self.lists[name])

    def arrays(self, rows: int, **given: AnyArray) -> Any:
        """The NamedTuple; fields never written become zeros of `rows` rows."""
        fields: dict[str, AnyArray] = {}
        for name, hint in self.kind.__annotations__.items():
            dtype = np.int64 if "Long" in str(hint) else np.int32
            if name in given:
                fields[name] = given[name]
                continue
            column = self.lists[name]
            shape = (max(rows, 1), *self.widths.get(name, ()))
            array = np.zeros(shape, dtype)
            if column:
                array[: len(column)] = np.asarray(column, dtype).reshape(-1, *shape[1:])
            fields[name] = array
        return self.kind(**fields)


class Layout:
    """Where each factory's rows lie in the world; filled by `make_world`."""

    def __init__(self) -> None:
        self.lines = _Columns(Lines)
        self.splitters = _Columns(Splitters, {"lines": (2, 4), "prefer_in": (2,), "prefer_out": (2,)})
        self.chests = _Columns(Chests)
        self.plans = _Columns(
            Plans,
            {name: (MAX_INPUTS,) for name in ("in_item", "in_amount", "in_limit", "in_fluid")}
            | {name: (MAX_OUTPUTS,) for name in ("out_item", "out_micro", "out_bonus", "out_capacity", "out_fluid")},
        )
        self.machines = _Columns(
            Machines, {"stock": (MAX_INPUTS,), "ready": (MAX_OUTPUTS,), "micro": (MAX_OUTPUTS,), "waits": (REASONS,)}
        )
        self.arms = _Columns(
            Arms, {"window_line": (2,), "window_low": (2,), "window_high": (2,), "filters": (MAX_FILTERS,)}
        )
        self.item_slots = 0
        self.chest_content = 0
        self.made = 0
        self.taken = 0
        self.counter_base: list[int] = []
        self.choices: list[int] = []
        self.fuel_values: list[int] = []
        self.stack: list[int] = []
        self.steps: list[int] = []
        self.first_step = [0]
        self.first_machine = [0]
        self.first_arm = [0]
        self.first_line = [0]
        self.first_chest = [0]
        self.sink_rows: list[dict[int, int]] = []

    def _counter(self, n_items: int) -> int:
        self.counter_base.append(self.taken)
        self.taken += n_items
        return len(self.counter_base) - 1

    def add(self, compiled: CompiledFactory) -> None:
        """Append one factory."""
        ids = {name: index for index, name in enumerate(compiled.items)}
        items_base = len(self.stack)
        table = load_table().items
        self.stack += [table[name].stack_size if name in table else 1 for name in compiled.items]
        rows = self._sink_rows(compiled, len(ids))
        self._add_lines(compiled, ids, rows)
        self._add_splitters(compiled, ids)
        self._add_chests(compiled, ids, rows, items_base)
        self._add_machines(compiled, ids)
        self._add_arms(compiled, ids)
        self.first_step.append(len(self.steps))
        self.first_machine.append(self.machines.size("plan"))
        self.first_arm.append(self.arms.size("hand"))
        self.first_line.append(self.lines.size("length"))
        self.first_chest.append(self.chests.size("kind"))

    def _sink_rows(self, compiled: CompiledFactory, n_items: int) -> dict[int, int]:
        """First counter row of each sink that has one (two for belt sinks)."""
        rows: dict[int, int] = {}
        for index, sink in enumerate(compiled.factory.sinks):
            if sink.kind == "output":
                continue
            rows[index] = self._counter(n_items)
            if sink.kind == "belt":
                self._counter(n_items)
        self.sink_rows.append(rows)
        return rows

    def _add_lines(self, compiled: CompiledFactory, ids: dict[str, int], rows: dict[int, int]) -> None:
        first = self.first_line[-1]
        for line in compiled.line_set.lines:
            # Squeezed items may lie closer than the spacing; the list slides along twice its room before it is moved back.
            most = line.length // 48 + 8
            self.lines.add(
                base=self.item_slots,
                room=most,
                head=self.item_slots,
                speed=line.speed,
                length=line.length,
                end=int(line.end),
                next_line=first + line.next_line if line.end is LineEnd.LINE else -1,
                entry=line.entry,
                source_item=-1 if line.source_item is None else ids[line.source_item],
                sink_row=-1 if line.end is not LineEnd.SINK else rows[line.sink] + line.lane,
            )
            self.item_slots += 2 * most
        splitter_base = self.splitters.size("lines")
        self.steps += [
            first + step if step >= 0 else -1 - (splitter_base - 1 - step) for step in compiled.line_set.steps
        ]

    def _add_splitters(self, compiled: CompiledFactory, ids: dict[str, int]) -> None:
        side = {None: -1, "left": 0, "right": 1}
        first = self.first_line[-1]
        for splitter in compiled.line_set.splitters:
            entity = compiled.factory.entities[splitter.entity]
            filtered = entity.filter is not None
            self.splitters.add(
                lines=[[first + line for line in lane] for lane in splitter.lines],
                prefer_in=[1, 1],
                prefer_out=[1, 1],
                input_priority=side[entity.input_priority],
                output_priority=side[entity.output_priority or ("left" if filtered else None)],
                # -2 is an item that is not about: a filter for it sends everything to the other side.
                filter_item=ids.get(entity.filter, -2) if entity.filter is not None else -1,
            )

    def _add_chests(
        self, compiled: CompiledFactory, ids: dict[str, int], rows: dict[int, int], items_base: int
    ) -> None:
        for chest in compiled.chests:
            self.chests.add(
                kind=chest.kind,
                slots=chest.slots,
                item=-1 if chest.item is None else ids[chest.item],
                base=self.chest_content,
                items_base=items_base,
                n_items=len(ids),
                sink_row=-1 if chest.endpoint < 0 or chest.kind == CHEST_SOURCE else rows[chest.endpoint],
            )
            self.chest_content += len(ids)

    def _add_plan(self, plan: Any, ids: dict[str, int]) -> int:
        def padded(values: list[int], width: int) -> list[int]:
            return values + [0] * (width - len(values))

        inputs, outputs = plan.inputs, plan.outputs
        return self.plans.add(
            work=plan.work,
            rate=plan.rate,
            bonus=plan.bonus,
            bonus_full=plan.bonus_full,
            n_inputs=len(inputs),
            in_item=padded([ids[part.item] for part in inputs], MAX_INPUTS),
            in_amount=padded([part.amount for part in inputs], MAX_INPUTS),
            in_limit=padded([part.limit for part in inputs], MAX_INPUTS),
            in_fluid=padded([int(part.fluid) for part in inputs], MAX_INPUTS),
            n_outputs=len(outputs),
            out_item=padded([ids[part.item] for part in outputs], MAX_OUTPUTS),
            out_micro=padded([part.micro for part in outputs], MAX_OUTPUTS),
            out_bonus=padded([part.bonus_micro for part in outputs], MAX_OUTPUTS),
            out_capacity=padded([part.capacity for part in outputs], MAX_OUTPUTS),
            out_fluid=padded([int(part.fluid) for part in outputs], MAX_OUTPUTS),
        )

    def _add_machines(self, compiled: CompiledFactory, ids: dict[str, int]) -> None:
        table = load_table().items
        fuel_bases: dict[str, int] = {}
        for machine in compiled.machines:
            if machine.fuel is not None and machine.fuel not in fuel_bases:
                fuel_bases[machine.fuel] = len(self.fuel_values)
                self.fuel_values += [
                    round(60 * table[name].fuel_j)
                    if name in table and machine.fuel in table[name].fuel_categories
                    else 0
                    for name in compiled.items
                ]
            plan, choice = self._machine_plans(machine, ids)
            self.machines.add(
                plan=plan,
                choice=choice,
                drains=int(machine.drains),
                fluid_free=int(machine.fluid_free),
                powered=int(machine.powered),
                burns=int(machine.fuel is not None),
                draw=machine.power_w,
                fuel_item=-1,
                fuel_base=fuel_bases.get(machine.fuel or "", 0),
                made_base=self.made,
            )
            self.made += len(ids)

    def _machine_plans(self, machine: MachineSpec, ids: dict[str, int]) -> tuple[int, int]:
        plans = [self._add_plan(plan, ids) for plan in machine.plans]
        if not machine.chooses:
            return (plans[0] if plans else -1), -1
        choice = len(self.choices)
        self.choices += [-1] * len(ids)
        for plan, index in zip(machine.plans, plans, strict=True):
            self.choices[choice + ids[plan.inputs[0].item]] = index
        return -1, choice

    def _add_arms(self, compiled: CompiledFactory, ids: dict[str, int]) -> None:
        firsts = {0: 0, 1: 0, 2: self.first_chest[-1], 3: self.first_machine[-1]}
        line = self.first_line[-1]
        for arm in compiled.arms:
            windows = arm.windows
            filters = [ids.get(name, -2) for name in arm.filters[:MAX_FILTERS]]
            self.arms.add(
                source_kind=arm.source_kind,
                source=firsts[arm.source_kind] + arm.source,
                window_line=[line + window.line for window in windows] or [-1, -1],
                window_low=[window.low for window in windows] or [0, 0],
                window_high=[window.high for window in windows] or [0, 0],
                target_kind=arm.target_kind,
                target=firsts[arm.target_kind] + arm.target,
                drop_line=line + arm.drop_line,
                drop_position=arm.drop_position,
                hand=arm.hand,
                waits_for_full=int(arm.waits_for_full),
                out_ticks=arm.out_ticks,
                back_ticks=arm.back_ticks,
                filters=filters + [-1] * (MAX_FILTERS - len(filters)),
                powered=int(arm.powered),
                held_item=-1,
            )

    def world(self) -> World:
        """The arrays, with every belt source's first tile filled."""

        def ints(values: Sequence[int]) -> IntArray:
            return np.asarray(list(values) or [0], np.int32)

        n_lines, n_machines = self.lines.size("length"), self.machines.size("plan")
        world = World(
            lines=self.lines.arrays(
                n_lines,
                position=np.zeros(max(1, self.item_slots), np.int32),
                item=np.zeros(max(1, self.item_slots), np.int32),
            ),
            splitters=self.splitters.arrays(self.splitters.size("lines")),
            chests=self.chests.arrays(self.chests.size("kind"), content=np.zeros(max(1, self.chest_content), np.int32)),
            plans=self.plans.arrays(self.plans.size("work")),
            machines=self.machines.arrays(
                n_machines,
                choices=ints(self.choices),
                fuel_value=np.asarray(self.fuel_values or [0], np.int64),
                made=np.zeros(max(1, self.made), np.int64),
            ),
            arms=self.arms.arrays(self.arms.size("hand")),
            counters=Counters(ints(self.counter_base), np.zeros(max(1, self.taken), np.int64)),
            factories=Factories(
                ints(self.steps), ints(self.first_step), ints(self.first_machine), ints(self.first_arm)
            ),
            stack=ints(self.stack),
        )
        return world


def make_world(batch: Sequence[CompiledFactory]) -> tuple[World, Layout]:
    """Lay out a batch."""
    layout = Layout()
    for compiled in batch:
        layout.add(compiled)
    return layout.world(), layout
