"""From Factories to the arrays of a batch: one row per entity and endpoint, looked up in the prototype table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import belt_rules, crafting, decisions, powering
from factorion_cli.simulation.arming import catch_ticks, half_turn_ticks
from factorion_cli.simulation.batch import (
    ABSENT,
    ANY,
    ARM,
    CHEST,
    CHEST_SINK,
    CHEST_SOURCE,
    LINK,
    LOADER_TIER,
    MACHINE,
    OUTPUT_SINK,
    POLE,
    ROW,
    SPAN,
    FactoryBatch,
    item_numbers,
    records_of,
)
from factorion_cli.simulation.batch_stock import Stock
from factorion_cli.simulation.checking import check
from factorion_cli.simulation.compiling import MachineSpec, machine_specs
from factorion_cli.simulation.drilling import Ground
from factorion_cli.simulation.flow_energy import Energy, plan_energy
from factorion_cli.simulation.heating import HEAT
from factorion_cli.simulation.layout import MAX_FILTERS
from factorion_cli.simulation.piping import MILLI, Pipes, degrees_of, pipe_up, ports_of
from factorion_cli.simulation.precedence import arm_trait, items_trait, thing_trait
from factorion_cli.simulation.research import check_research, hand_of
from factorion_cli.simulation.schematic import is_schematic
from factorion_cli.simulation.wiring import LOADER_TYPES, loader_tiles, outlet

PIPE_RATE = 6000.0
"""Units per second through one pipe connection (facts: fluids.connection_limit)."""


class BatchBuilder:
    """Collects rows; `batch` makes the arrays."""

    def __init__(self, stock: Stock | None = None) -> None:
        self.stock = stock or Stock()
        self.rows: list[dict[str, Any]] = []
        self.spans: list[tuple[int, ...]] = []
        self.items: list[int] = []
        self.links: list[dict[str, Any]] = []
        self.energies: dict[int, Energy] = {}
        self._rates = 0

    def add(self, factory: Factory) -> None:
        """Append one factory; raises FactorionError for one that cannot be scored."""
        if is_schematic(factory):
            raise SimulationError(
                f"{factory.id}: the flow engine reads places, which a schematic factory has not; "
                "ask the tick simulator (--engine ticks)"
            )
        check(factory)
        check_research(factory)
        share = powering.satisfaction(factory)
        works = powering.powered(factory)
        machines, grounds, _ = machine_specs(factory, works, share)
        under = {machines[number].entity: ground for number, ground in grounds.items()}
        specs = {spec.entity: spec for spec in machines}
        rows = _sources(factory) + [_sink(sink, index) for index, sink in enumerate(factory.sinks)]
        for index, entity in enumerate(factory.entities):
            row = self._entity(factory, entity, specs.get(index), under.get(index), share)
            if row is not None:
                rows.append({**row, "index": index})
        pipes = pipe_up(factory, works)
        energy = plan_energy(factory, machines, pipes, works)
        if energy is not None:
            rows += energy.rows(factory)
        rows.sort(key=lambda row: (row["y"], row["x"], row["kind"]))
        items = _items(factory, machines, pipes.fluids | (energy.fluids if energy is not None else set()))
        first_link = len(self.links)
        self.links += self._links(factory, pipes, machines, rows)
        if energy is not None:
            self.links += energy.links(rows, len(self.rows), PIPE_RATE)
            self.energies[len(self.spans)] = energy.placed(rows, self.links[first_link:])
        self.spans.append(
            (
                len(self.rows),
                len(self.rows) + len(rows),
                *_rectangle(rows),
                int(factory.power.mode in ("poles", "network")),
                len(items),
                len(self.items),
                len(factory.sinks),
                self._rates,
                len(pipes.segments),
                first_link,
                len(self.links),
                *_room_needed(rows, len(pipes.segments), len(self.links) - first_link),
            )
        )
        self._rates += 2 * len(factory.sinks) * len(items)
        self.rows += rows
        self.items += items

    def _links(
        self, factory: Factory, pipes: Pipes, machines: list[MachineSpec], rows: list[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """Pipe connections of a factory whose rows come next."""
        if not pipes.segments:
            return
        # Tags that are no fields of a link are for what balances energy.
        numbers = {row["index"]: len(self.rows) + n for n, row in enumerate(rows) if row["kind"] == MACHINE}
        for spec in machines:
            if not spec.fluid_free:
                for port in ports_of(pipes, factory.entities, spec.entity, 0, spec.plans):
                    yield {
                        "machine": numbers[spec.entity],
                        "pool": -1 if pipes.segments[port.segment].blocked else port.segment,
                        "item": item_numbers()[port.fluid],
                        "out": int(port.out),
                        "rate": PIPE_RATE,
                        "degrees": degrees_of(port.fluid, port.degrees),
                    }
        for number, pump in enumerate(pipes.pumps):
            if pump.powered and not any(s >= 0 and pipes.segments[s].blocked for s in (pump.source, pump.target)):
                item = ANY if pump.fluid is None else item_numbers()[pump.fluid]
                rate = 60 * pump.rate / MILLI
                ends = {"machine": -1, "pool": pump.source, "target": pump.target}
                yield {
                    **ends,
                    "item": item,
                    "rate": rate,
                    "pump": number,
                    "degrees": degrees_of(pump.fluid, pump.degrees),
                }

    def _entity(
        self, factory: Factory, entity: Entity, spec: MachineSpec | None, ground: Ground | None, share: Fraction
    ) -> dict[str, Any] | None:
        prototype = entity.prototype
        row: dict[str, Any]
        if prototype.belt is not None and prototype.type in _BELT_KINDS:
            row = _belt(entity)
        elif prototype.type in LOADER_TYPES:
            return _loader(entity)
        elif prototype.inserter is not None:
            row = self._arm(entity, factory, share if prototype.electric else Fraction(1))
        elif spec is not None:
            row = self._machine(spec)
            if ground is not None:
                row |= self._mine(entity, ground)
            elif prototype.reactor is not None and spec.fuel is None:
                # Its used cells fill it up only after hours.
                row["drains"] = 1
        elif prototype.type in decisions.CHEST_TYPES:
            row = {"kind": CHEST}
        elif prototype.pole is not None:
            row = {"kind": POLE, "reach": round(2 * prototype.pole.supply_area_distance)}
        else:
            return None
        width, height = entity.size
        return {
            **row,
            "x": entity.x,
            "y": entity.y,
            "width": width,
            "height": height,
            "direction": entity.direction,
            "electric": int(prototype.electric),
            "trait": _trait(entity, row["kind"]),
        }

    def _arm(self, entity: Entity, factory: Factory, share: Fraction) -> dict[str, Any]:
        data = entity.prototype.inserter
        assert data is not None
        energy = entity.prototype.energy
        burns = energy is not None and energy.source == "burner" and entity.fuel != "unlimited"
        return {
            "kind": ARM,
            "reach": data.reach,
            "hand": hand_of(entity, factory.research),
            "half_ticks": half_turn_ticks(data, entity.quality, share) if share > 0 else 0,
            "catch_ticks": catch_ticks(data, entity.quality, share) if share > 0 else 0,
            "full_hand": int(entity.name in decisions.FULL_HAND_ARMS),
            "filters": filter_numbers(entity.filters),
            "fuel": self.stock.fuel(energy.fuel_categories[0]) if energy and burns else -1,
        }

    def _machine(self, spec: MachineSpec) -> dict[str, Any]:
        # Without power a craft never ends.
        plans = tuple(plan for plan in spec.plans if plan.rate > 0)
        row: dict[str, Any] = {
            "kind": MACHINE,
            "plan": self.stock.plan(plans[0]) if plans and not spec.chooses else -1,
            "choice": self.stock.choice(plans) if plans and spec.chooses else -1,
            "free_fluids": int(spec.fluid_free),
            "drains": int(spec.drains),
            "fuel": -1,
        }
        if spec.fuel is not None and spec.fuel != HEAT and spec.power_w > 0:
            row["fuel"] = self.stock.fuel(spec.fuel)
            row["power"] = float(spec.power_w)
        return row

    def _mine(self, entity: Entity, ground: Ground) -> dict[str, Any]:
        """What makes a machine a drill."""
        x, y = outlet(entity)
        works = ground.tiles and ground.plans[0].rate > 0
        return {"reach": 1, "outlet_x": x, "outlet_y": y, "plan": self.stock.mine(ground) if works else -1}

    def batch(self, factories: tuple[Factory, ...]) -> FactoryBatch:
        """The arrays of all that was added."""
        plans, choices, fuels = self.stock.arrays()
        return FactoryBatch(
            rows=records_of(ROW, self.rows),
            spans=np.array(self.spans, SPAN),
            items=np.array(self.items or [0], np.int32),
            plans=plans,
            links=records_of(LINK, self.links),
            choices=choices,
            fuels=fuels,
            factories=factories,
            energies=self.energies,
        )


_BELT_KINDS = {
    "transport-belt": belt_rules.BELT,
    "underground-belt": belt_rules.UNDER_IN,
    "splitter": belt_rules.SPLITTER,
}
_SIDES = {None: -1, "left": 0, "right": 1}


def filter_numbers(names: Iterable[str]) -> list[int]:
    """The `filters` of a row."""
    numbers = [item_numbers().get(name, ABSENT) for name in names][:MAX_FILTERS]
    return numbers + [ANY] * (MAX_FILTERS - len(numbers))


def _trait(entity: Entity, kind: int) -> int:
    if kind == ARM:
        return arm_trait(entity)
    return thing_trait(entity) if kind in (MACHINE, CHEST) else 0


def _belt(entity: Entity) -> dict[str, Any]:
    prototype = entity.prototype
    assert prototype.belt is not None
    kind = _BELT_KINDS[prototype.type]
    if kind == belt_rules.UNDER_IN and entity.underground_type == "output":
        kind = belt_rules.UNDER_OUT
    # A filter without a side set goes to the left, as the game does when one is chosen.
    side = entity.output_priority or ("left" if entity.filter is not None else None)
    return {
        "kind": kind,
        "speed": prototype.belt.speed_subtiles,
        "tier": prototype.belt.speed_subtiles,
        "reach": prototype.belt.max_distance,
        "input_side": _SIDES[entity.input_priority],
        "output_side": _SIDES[side],
        "filters": filter_numbers(() if entity.filter is None else (entity.filter,)),
    }


def _loader(entity: Entity) -> dict[str, Any]:
    """The half of a loader that is a belt."""
    assert entity.prototype.belt is not None
    (x, y), (beyond_x, beyond_y) = loader_tiles(entity)
    return {
        "kind": belt_rules.UNDER_OUT if entity.underground_type == "output" else belt_rules.UNDER_IN,
        "x": x,
        "y": y,
        "width": 1,
        "height": 1,
        "direction": entity.direction,
        "speed": entity.prototype.belt.speed_subtiles,
        "tier": LOADER_TIER,
        "filters": filter_numbers(entity.filters),
        "fuel": -1,
        "outlet_x": float(beyond_x),
        "outlet_y": float(beyond_y),
    }


def _rectangle(rows: list[dict[str, Any]]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the tiles that rows cover."""
    left, top = (min((row[side] for row in rows), default=0) for side in "xy")
    right = max((row["x"] + row["width"] for row in rows), default=0)
    bottom = max((row["y"] + row["height"] for row in rows), default=0)
    return left, top, right - left, bottom - top


def _room_needed(rows: list[dict[str, Any]], pools: int, links: int) -> tuple[int, int, int]:
    """Belt tiles, elements and hands that a factory may have."""
    kinds = [row["kind"] for row in rows]
    splitters = kinds.count(belt_rules.SPLITTER)
    nodes = sum(kind <= belt_rules.SINK for kind in kinds) + splitters
    standing = sum(MACHINE <= kind <= CHEST_SINK for kind in kinds)
    outlets = sum(row["kind"] == MACHINE and "outlet_y" in row for row in rows)
    loaders = sum(row.get("tier") == LOADER_TIER for row in rows)
    hands = kinds.count(ARM) + outlets + links + 2 * loaders
    return nodes, 2 * nodes + 6 * splitters + standing + pools + links, hands


def _endpoint(kind: int, endpoint: Source | Sink, index: int) -> dict[str, Any]:
    belt = load_table().entity(endpoint.belt).belt
    return {
        "kind": kind,
        "x": endpoint.x,
        "y": endpoint.y,
        "width": 1,
        "height": 1,
        "direction": endpoint.direction,
        "index": index,
        "speed": belt.speed_subtiles if belt is not None else 8,
    }


def _sources(factory: Factory) -> list[dict[str, Any]]:
    """Rows of sources; two that share a tile are one row with an item for each lane."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    names: dict[tuple[int, int], list[str | None]] = {}
    for index, source in enumerate(factory.sources):
        item = item_numbers().get(source.item, ABSENT)
        if source.kind == "chest":
            row = _endpoint(CHEST_SOURCE, source, index)
            rows[source.x, source.y] = {**row, "left": item, "right": ABSENT, "trait": thing_trait(source)}
            continue
        row = rows.setdefault(
            (source.x, source.y), {**_endpoint(belt_rules.SOURCE, source, index), "left": ABSENT, "right": ABSENT}
        )
        lanes = names.setdefault((source.x, source.y), [None, None])
        if source.lanes in ("both", "left"):
            row["left"], lanes[0] = item, source.item
        if source.lanes in ("both", "right"):
            row["right"], lanes[1] = item, source.item
        row["trait"] = items_trait(*lanes)
    return list(rows.values())


def _sink(sink: Sink, index: int) -> dict[str, Any]:
    if sink.kind == "output":
        x, y = sink.of or (0, 0)
        item = ANY if sink.item is None else item_numbers().get(sink.item, ABSENT)
        return {**_endpoint(OUTPUT_SINK, sink, index), "x": x, "y": y, "left": item}
    if sink.kind == "belt":
        return _endpoint(belt_rules.SINK, sink, index)
    return {**_endpoint(CHEST_SINK, sink, index), "trait": thing_trait(sink)}


def _items(factory: Factory, specs: list[MachineSpec], fluids: set[str]) -> list[int]:
    """Numbers of the items that can turn up: what sources give and recipes handle, furnaces only of what can come."""
    names = fluids | {source.item for source in factory.sources if source.item in item_numbers()}
    for plan in (plan for spec in specs if not spec.chooses for plan in spec.plans):
        names.update(part.item for part in plan.inputs)
        names.update(part.item for part in plan.outputs)
    choosing: dict[str, list[crafting.Plan]] = {}
    for plan in (plan for spec in specs if spec.chooses for plan in spec.plans):
        choosing.setdefault(plan.inputs[0].item, []).append(plan)
    waiting = [name for name in names if name in choosing]
    while waiting:
        made = {product.item for plan in choosing[waiting.pop()] for product in plan.outputs} - names
        names |= made
        waiting += [name for name in made if name in choosing]
    return sorted(item_numbers()[name] for name in names)
