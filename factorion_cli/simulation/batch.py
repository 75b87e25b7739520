"""A batch of factories as one struct of arrays, the form that the flow engine reads.

Everything that does not depend on where things stand is looked up here, once: what a machine makes how fast, how
long an arm's half turn takes. What touches what (belts, arms, power) is found by the engine, on the arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import belt_rules, crafting, decisions, powering
from factorion_cli.simulation.arming import catch_ticks, half_turn_ticks
from factorion_cli.simulation.checking import check
from factorion_cli.simulation.compiling import MachineSpec, machine_specs
from factorion_cli.simulation.drilling import Ground
from factorion_cli.simulation.layout import MAX_FILTERS, MAX_INPUTS, MAX_OUTPUTS, RecordArray
from factorion_cli.simulation.piping import MILLI, Pipes, pipe_up, ports_of
from factorion_cli.simulation.research import check_research, hand_of
from factorion_cli.simulation.wiring import LOADER_TYPES, loader_tiles, outlet

ARM, MACHINE, CHEST, CHEST_SOURCE, CHEST_SINK, OUTPUT_SINK, POLE = range(belt_rules.SINK + 1, belt_rules.SINK + 8)
"""Kinds of rows besides the belt-like tiles of `belt_rules`."""

ANY, ABSENT = -1, -2
"""In place of an item number: no filter, and an item that cannot turn up."""

LOADER_TIER = -1
"""The tier of half a loader: of no underground belt."""

PIPE_RATE = 6000.0
"""Units per second through one pipe connection (facts: fluids.connection_limit)."""

ROW = np.dtype(
    [
        (name, np.int32)
        for name in (
            "kind", "x", "y", "width", "height", "direction", "index",
            "speed", "tier", "reach", "input_side", "output_side",
            "hand", "half_ticks", "catch_ticks", "full_hand",
            "plan", "choice", "electric", "free_fluids", "drains", "fuel", "left", "right",
        )
    ]
    + [("filters", np.int32, (MAX_FILTERS,))]
    + [(name, np.float64) for name in ("power", "outlet_x", "outlet_y")],
    align=True,
)  # fmt: skip
"""What stands somewhere: an entity (`index` into the factory's entities), or an endpoint (into its sources or sinks).

`x`, `y`, `width` and `height` are tiles as it stands; `direction` sixteenths; `speed` subtiles per tick; `reach` tiles
of an underground or an arm, and twice the supply distance of a pole. `left` and `right` are the items of a source's
lanes. `plan` is a row of `plans`, `choice` the first of the plans by item of a furnace. `power` is a burner's draw in
watts, `fuel` a row of `fuels` (-1: needs none). A drill (`reach` 1) puts what it mines where its outlet is, in tiles. A
loader is the end of an underground of LOADER_TIER; its outlet is the tile of its chest or machine.
"""

LINK = np.dtype(
    [(name, np.int32) for name in ("machine", "pool", "target", "item", "out")] + [("rate", np.float64)], align=True
)
"""A pipe connection: a machine (row) takes `item` (-1: any) from a pool of fluid, or gives it (`out`); or, without a
machine, a pump from `pool` (-1: an endless supply) to the pool `target` (-1: an endless drain). `rate` per second."""

RECIPE = np.dtype(
    [
        ("crafts", np.float64),
        ("inputs", np.int32),
        ("outputs", np.int32),
        ("in_item", np.int32, (MAX_INPUTS,)),
        ("in_amount", np.float64, (MAX_INPUTS,)),
        ("in_fluid", np.int32, (MAX_INPUTS,)),
        ("out_item", np.int32, (MAX_OUTPUTS,)),
        ("out_amount", np.float64, (MAX_OUTPUTS,)),
        ("out_fluid", np.int32, (MAX_OUTPUTS,)),
    ],
    align=True,
)
"""A `crafting.Plan` as rates: crafts per second, pieces per craft (productivity and chances included)."""

SPAN = np.dtype(
    [
        (name, np.int32)
        for name in (
            "first", "end", "x", "y", "width", "height", "poles", "items", "item_base", "sinks", "rates",
            "pools", "first_link", "end_link", "nodes", "elements", "hands",
        )
    ],
    align=True,
)  # fmt: skip
"""One factory.

Its rows, the rectangle that holds them, whether poles decide who has power, its items (number
`items[item_base + k]`), how many sinks it has and where their rates begin: what sink i gets of item k on lane l is at
`rates` + (2 i + l) x items + k. Its fluids are in `pools` pools.

The engine needs room for so many belt tiles (`nodes`), `elements` and `hands` at most (see `flow_layout`).
"""


@cache
def item_names() -> tuple[str, ...]:
    """Every item and fluid, sorted: what the item numbers of a batch stand for."""
    table = load_table()
    parts = (part.name for recipe in table.recipes.values() for part in (*recipe.ingredients, *recipe.products))
    return tuple(sorted({*table.items, *parts}))


@cache
def item_numbers() -> dict[str, int]:
    """The number of each item and fluid."""
    return {name: number for number, name in enumerate(item_names())}


@dataclass(frozen=True, slots=True, eq=False)
class FactoryBatch:
    """Factories as arrays.

    Attributes:
        rows: (R,) ROW, factory after factory, each in the order of its tiles.
        spans: (F,) SPAN.
        items: (sum of items,) int32 item numbers of each factory.
        plans: (P,) RECIPE, shared by all.
        links: (L,) LINK.
        choices: (C,) int32 plans of furnaces by item number, -1 for none.
        fuels: (U, items) joules of each item for each kind of burner, 0 for what it cannot burn.
        factories: what the rows were made from.
    """

    rows: RecordArray
    spans: RecordArray
    items: IntArray
    plans: RecordArray
    links: RecordArray
    choices: IntArray
    fuels: NDArray[np.float64]
    factories: tuple[Factory, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.spans)

    @classmethod
    def from_factories(cls, factories: Iterable[Factory]) -> FactoryBatch:
        """The arrays of these factories; raises FactorionError for one that cannot be simulated."""
        builder = BatchBuilder()
        known = tuple(factories)
        for factory in known:
            builder.add(factory)
        return builder.batch(known)


class BatchBuilder:
    """Collects rows; `batch` makes the arrays."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.spans: list[tuple[int, ...]] = []
        self.items: list[int] = []
        self.plans: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self.choices: list[int] = []
        self.fuels: dict[str, int] = {}
        self._rates = 0
        # Plans are kept beside their rows, so that an identity is never given to another one.
        self._known_plans: dict[int, tuple[int, crafting.Plan]] = {}
        self._known_choices: dict[tuple[int, ...], int] = {}
        self._known_mines: dict[tuple[tuple[crafting.Plan, ...], tuple[tuple[int, int], ...]], int] = {}

    def add(self, factory: Factory) -> None:
        """Append one factory."""
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
        rows.sort(key=lambda row: (row["y"], row["x"], row["kind"]))
        pipes = pipe_up(factory, works)
        items = _items(factory, machines, pipes.fluids)
        first_link = len(self.links)
        self.links += self._links(factory, pipes, machines, rows)
        self.spans.append(
            (
                len(self.rows),
                len(self.rows) + len(rows),
                *_rectangle(rows),
                int(factory.power.mode == "poles"),
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
                    }
        for pump in pipes.pumps:
            if pump.powered and not any(s >= 0 and pipes.segments[s].blocked for s in (pump.source, pump.target)):
                item = ANY if pump.fluid is None else item_numbers()[pump.fluid]
                rate = 60 * pump.rate / MILLI
                yield {"machine": -1, "pool": pump.source, "target": pump.target, "item": item, "rate": rate}

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
            "filters": _filters(entity.filters),
            "fuel": self.fuels.setdefault(energy.fuel_categories[0], len(self.fuels)) if energy and burns else -1,
        }

    def _machine(self, spec: MachineSpec) -> dict[str, Any]:
        # Without power a craft never ends.
        plans = [self._plan(plan) for plan in spec.plans if plan.rate > 0]
        row: dict[str, Any] = {
            "kind": MACHINE,
            "plan": plans[0] if plans and not spec.chooses else -1,
            "choice": self._choice(spec, plans) if plans and spec.chooses else -1,
            "free_fluids": int(spec.fluid_free),
            "drains": int(spec.drains),
            "fuel": -1,
        }
        if spec.fuel is not None and spec.power_w > 0:
            row["fuel"] = self.fuels.setdefault(spec.fuel, len(self.fuels))
            row["power"] = float(spec.power_w)
        return row

    def _mine(self, entity: Entity, ground: Ground) -> dict[str, Any]:
        """A drill goes through its tiles in turn: its plan is the mean of theirs."""
        x, y = outlet(entity)
        place = {"reach": 1, "outlet_x": x, "outlet_y": y}
        if not ground.tiles or ground.plans[0].rate == 0:
            return {**place, "plan": -1}
        key = tuple(sorted(Counter(ground.kinds).items()))
        if (ground.plans, key) not in self._known_mines:
            self._known_mines[ground.plans, key] = len(self.plans)
            self.plans.append(_mean_recipe([(ground.plans[kind], count) for kind, count in key]))
        return {**place, "plan": self._known_mines[ground.plans, key]}

    def _plan(self, plan: crafting.Plan) -> int:
        known = self._known_plans.get(id(plan))
        if known is not None:
            return known[0]
        number = len(self.plans)
        self._known_plans[id(plan)] = (number, plan)
        self.plans.append(_recipe(plan))
        return number

    def _choice(self, spec: MachineSpec, plans: list[int]) -> int:
        key = tuple(plans)
        if key not in self._known_choices:
            self._known_choices[key] = len(self.choices)
            by_item = [-1] * len(item_names())
            for plan, number in zip(spec.plans, plans, strict=True):
                by_item[item_numbers()[plan.inputs[0].item]] = number
            self.choices += by_item
        return self._known_choices[key]

    def batch(self, factories: tuple[Factory, ...]) -> FactoryBatch:
        """The arrays of all that was added."""
        table = load_table().items
        fuels = np.zeros((max(1, len(self.fuels)), len(item_names())))
        for category, row in self.fuels.items():
            for name, number in item_numbers().items():
                if name in table and category in table[name].fuel_categories:
                    fuels[row, number] = table[name].fuel_j
        return FactoryBatch(
            rows=_records(ROW, self.rows),
            spans=np.array(self.spans, SPAN),
            items=np.array(self.items or [0], np.int32),
            plans=_records(RECIPE, self.plans),
            links=_records(LINK, self.links),
            choices=np.array(self.choices or [-1], np.int32),
            fuels=fuels,
            factories=factories,
        )


def _records(kind: np.dtype[np.void], rows: Sequence[dict[str, Any]]) -> RecordArray:
    """Rows as records; what a row does not name stays zero."""
    records = np.zeros(max(1, len(rows)), kind)
    for name in kind.names or ():
        empty = np.zeros((), kind[name]).tolist()
        records[name][: len(rows)] = [row.get(name, empty) for row in rows] or empty
    return records


_BELT_KINDS = {
    "transport-belt": belt_rules.BELT,
    "underground-belt": belt_rules.UNDER_IN,
    "splitter": belt_rules.SPLITTER,
}
_SIDES = {None: -1, "left": 0, "right": 1}


def _filters(names: Iterable[str]) -> list[int]:
    numbers = [item_numbers().get(name, ABSENT) for name in names][:MAX_FILTERS]
    return numbers + [ANY] * (MAX_FILTERS - len(numbers))


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
        "filters": _filters(() if entity.filter is None else (entity.filter,)),
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
        "filters": _filters(entity.filters),
        "fuel": -1,
        "outlet_x": float(beyond_x),
        "outlet_y": float(beyond_y),
    }


def _recipe(plan: crafting.Plan) -> dict[str, Any]:
    bonus = plan.bonus / plan.bonus_full
    return {
        "crafts": 60 * plan.rate / plan.work,
        "inputs": len(plan.inputs),
        "outputs": len(plan.outputs),
        "in_item": _padded([item_numbers()[part.item] for part in plan.inputs], MAX_INPUTS),
        "in_amount": _padded([float(part.amount) for part in plan.inputs], MAX_INPUTS),
        "in_fluid": _padded([int(part.fluid) for part in plan.inputs], MAX_INPUTS),
        "out_item": _padded([item_numbers()[part.item] for part in plan.outputs], MAX_OUTPUTS),
        "out_amount": _padded(
            [(part.micro + bonus * part.bonus_micro) / crafting.MICRO for part in plan.outputs], MAX_OUTPUTS
        ),
        "out_fluid": _padded([int(part.fluid) for part in plan.outputs], MAX_OUTPUTS),
    }


def _mean_recipe(mix: list[tuple[crafting.Plan, int]]) -> dict[str, Any]:
    """Plans that are done in turn, each so many times, as one: all have the same products."""
    recipes = [(_recipe(plan), count) for plan, count in mix]
    whole = sum(count for _, count in recipes)
    mean = recipes[0][0]
    mean["crafts"] = whole / sum(count / recipe["crafts"] for recipe, count in recipes)
    for k in range(MAX_OUTPUTS):
        mean["out_amount"][k] = sum(recipe["out_amount"][k] * count for recipe, count in recipes) / whole
    wet = [(recipe, count) for recipe, count in recipes if recipe["inputs"]]
    if wet:
        for name in ("inputs", "in_item", "in_fluid"):
            mean[name] = wet[0][0][name]
        needed = sum(recipe["in_amount"][0] * count for recipe, count in wet) / whole
        mean["in_amount"] = _padded([needed], MAX_INPUTS)
    return mean


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


def _padded(values: list[Any], width: int) -> list[Any]:
    return values + [0] * (width - len(values))


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
    for index, source in enumerate(factory.sources):
        item = item_numbers().get(source.item, ABSENT)
        if source.kind == "chest":
            row = _endpoint(CHEST_SOURCE, source, index)
            rows[source.x, source.y] = {**row, "left": item, "right": ABSENT}
            continue
        row = rows.setdefault(
            (source.x, source.y), {**_endpoint(belt_rules.SOURCE, source, index), "left": ABSENT, "right": ABSENT}
        )
        if source.lanes in ("both", "left"):
            row["left"] = item
        if source.lanes in ("both", "right"):
            row["right"] = item
    return list(rows.values())


def _sink(sink: Sink, index: int) -> dict[str, Any]:
    if sink.kind == "output":
        x, y = sink.of or (0, 0)
        item = ANY if sink.item is None else item_numbers().get(sink.item, ABSENT)
        return {**_endpoint(OUTPUT_SINK, sink, index), "x": x, "y": y, "left": item}
    return _endpoint(belt_rules.SINK if sink.kind == "belt" else CHEST_SINK, sink, index)


def _items(factory: Factory, specs: list[MachineSpec], fluids: set[str]) -> list[int]:
    """Numbers of the items that can turn up: what sources give and recipes handle, furnaces only of what can come."""
    names = fluids | {source.item for source in factory.sources if source.item in item_numbers()}
    for plan in (plan for spec in specs if not spec.chooses for plan in spec.plans):
        names.update(part.item for part in plan.inputs)
        names.update(part.item for part in plan.outputs)
    choosing: dict[str, crafting.Plan] = {
        plan.inputs[0].item: plan for spec in specs if spec.chooses for plan in spec.plans
    }
    waiting = [name for name in names if name in choosing]
    while waiting:
        made = {product.item for product in choosing[waiting.pop()].outputs} - names
        names |= made
        waiting += [name for name in made if name in choosing]
    return sorted(item_numbers()[name] for name in names)
