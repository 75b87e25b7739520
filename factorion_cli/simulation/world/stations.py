"""What stands beside the belts of an edited world: machines, drills, chests and arms, one row each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation.arming import IN_CHEST, IN_MACHINE, make_arm
from factorion_cli.simulation.compiling import ChestSpec, MachineSpec, make_station, put_on_network
from factorion_cli.simulation.drilling import Deposits, Ground, make_drill
from factorion_cli.simulation.layout import LOADER
from factorion_cli.simulation.loading import make_loader
from factorion_cli.simulation.precedence import precedence
from factorion_cli.simulation.rows import Row, arm_row, chest_row, drill_row, loader_row, machine_row, records
from factorion_cli.simulation.wiring import (
    LOADER_TYPES,
    Spot,
    arm_between,
    loader_between,
    loader_tiles,
    outlet_tile,
    reach_of,
)
from factorion_cli.simulation.world.belts import PLACE_KEY_BITS, Belts, place_key
from factorion_cli.simulation.world.tables import Ranking, Tables

Tile = tuple[int, int]
Things = dict[int, Entity | Source | Sink]
SpotAt = Callable[[Tile], Spot | None]


class Stations:
    """Rows of everything that is no belt.

    Attributes:
        machines: row of each machine, by the id of its entity; `specs` says what it is, `grounds` what a drill mines.
        chests: row of each chest or chest endpoint, by id; `arms` and `drills` likewise.
        loaders: ids of the loaders; their rows are all written anew when one is edited, in canonical order.
        reaching: ids of the arms, drills and loaders that take from or give to a tile.
    """

    def __init__(self, tables: Tables, belts: Belts, base: Factory, share: Fraction) -> None:
        self._tables, self._belts, self._base, self._share = tables, belts, base, share
        self.machines: dict[int, int] = {}
        self.specs: dict[int, MachineSpec] = {}
        self.grounds: dict[int, Ground] = {}
        self.chests: dict[int, int] = {}
        self.arms: dict[int, int] = {}
        self.drills: dict[int, int] = {}
        self.loaders: set[int] = set()
        self.reaching: dict[Tile, tuple[int, ...]] = {}
        self.deposits = Deposits()
        self._arm_ranks, self._drill_ranks = Ranking(), Ranking()
        self._arm_keys: dict[int, int] = {}

    def copy_for(self, tables: Tables, belts: Belts) -> Stations:
        """The same stations over other arrays."""
        copied = Stations(tables, belts, self._base, self._share)
        copied.machines, copied.specs, copied.grounds = dict(self.machines), dict(self.specs), dict(self.grounds)
        copied.chests, copied.arms, copied.drills = dict(self.chests), dict(self.arms), dict(self.drills)
        copied.loaders, copied.reaching = set(self.loaders), dict(self.reaching)
        copied.deposits = Deposits(list(self.deposits.amounts), dict(self.deposits.at))
        copied._arm_ranks, copied._drill_ranks = self._arm_ranks.copy(), self._drill_ranks.copy()
        copied._arm_keys = dict(self._arm_keys)
        return copied

    # Chests

    def add_chest(self, number: int, chest: ChestSpec, taken_base: int) -> None:
        """A chest, empty."""
        tables = self._tables
        if chest.item is not None:
            tables.number(chest.item)
        content = tables.block("content")
        row = self.chests[number] = tables.new("chests")
        tables.write("chests", row, chest_row(chest, tables.ids, content, 0, tables.stride, taken_base))

    def remove_chest(self, number: int) -> Counter[int]:
        """Take a chest out; what was in it."""
        row = self.chests.pop(number)
        base = int(self._tables.arrays.chests["content_base"][row])
        content = self._tables.arrays.content[base : base + self._tables.stride]
        taken = Counter({int(item): int(content[item]) for item in np.flatnonzero(content)})
        self._tables.free_block("content", base)
        self._tables.free("chests", row)
        return taken

    # Machines and drills

    def equip(
        self,
        number: int,
        entity: Entity,
        factory: Factory,
        beacons: tuple[tuple[str, ...], ...],
        is_powered: bool,
        packs: tuple[str, ...] = (),
    ) -> Counter[int]:
        """Add a machine, or plan it anew where its beacons or its power changed; what it cannot hold any more."""
        spec, ground = make_station(factory, entity, number, beacons, self._share, is_powered, self.deposits, packs)
        if self._base.power.mode == "network":
            put_on_network(spec, entity)
        tables, before, lost = self._tables, self.specs.get(number), Counter[int]()
        plans = [tables.plan(plan) for plan in spec.plans]
        fuel_base = tables.fuel(spec.fuel)
        if before is None:
            row = self.machines[number] = tables.new("machines")
            choice = tables.block("choices") if spec.chooses else -1
            made = tables.block("made")
            plan = plans[0] if plans and not spec.chooses and ground is None else -1
            tables.write("machines", row, machine_row(spec, plan, choice, fuel_base, made))
        else:
            row = self.machines[number]
            lost = self._plan_again(row, before, spec, plans)
            arrays = tables.arrays.machines
            choice, made = int(arrays["choice"][row]), int(arrays["made_base"][row])
            tables.write(
                "machines", row, machine_row(spec, 0, choice, fuel_base, made), keep=("plan", "fuel_item", "speed")
            )
        if spec.chooses:
            for possible, index in zip(spec.plans, plans, strict=True):
                tables.arrays.choices[choice + tables.ids[possible.inputs[0].item]] = index
        self.specs[number] = spec
        if ground is not None:
            self._dig(number, entity, ground, plans)
        return lost

    def _plan_again(self, row: int, before: MachineSpec, after: MachineSpec, plans: list[int]) -> Counter[int]:
        """Go on with the same recipe at another speed: the same share of the craft and of the bar is done.

        A lab that other packs can reach starts anew with those that it still uses; the rest is returned.
        """
        machines, number = self._tables.arrays.machines, self._tables.ids
        known = [self._tables.plan(plan) for plan in before.plans]
        current = known.index(machines["plan"][row]) if machines["plan"][row] in known else -1
        same = len(plans) == len(known) and all(
            [part.item for part in old.inputs] == [part.item for part in new.inputs]
            for old, new in zip(before.plans, after.plans, strict=True)
        )
        if same:
            if current >= 0:
                old, new = before.plans[current], after.plans[current]
                machines["plan"][row] = plans[current]
                machines["progress"][row] = int(machines["progress"][row]) * new.work // max(1, old.work)
                machines["bar"][row] = int(machines["bar"][row]) * new.bonus_full // max(1, old.bonus_full)
            return Counter()
        left = self.contents(row)
        for field in ("stock", "ready", "micro", "progress", "bar", "crafting", "fuel_count"):
            machines[field][row] = 0
        machines["plan"][row] = plans[0] if plans and not after.chooses else -1
        for k, part in enumerate(after.plans[0].inputs if len(plans) == 1 else ()):
            machines["stock"][row, k] = left.pop(number[part.item], 0)
        return left

    def _dig(self, number: int, entity: Entity, ground: Ground, plans: list[int]) -> None:
        """Write a drill's tiles; where it drops is written when it is reached for."""
        tables = self._tables
        known = tables.used.get("deposits", 0)
        new = len(self.deposits.amounts)
        if new > known:
            tables.extend("deposits", new - known)
            tables.arrays.deposits[known:new] = self.deposits.amounts[known:new]
        self.grounds[number] = ground
        first = tables.extend("drill_tiles", len(ground.tiles))
        tables.extend("drill_plans", len(ground.tiles))
        tables.arrays.drill_tiles[first : first + len(ground.tiles)] = ground.tiles
        tables.arrays.drill_plans[first : first + len(ground.tiles)] = [plans[kind] for kind in ground.kinds]
        spec = make_drill(entity, 0, ground, None, self._belts.nodes, self._belts.parts, {})
        row = self.drills.get(number)
        keep: tuple[str, ...] = ("seen", "turn")
        if row is None:
            row = self.drills[number] = tables.new("drills")
            self._drill_ranks.put(place_key(entity.x, entity.y), row)
            keep = ()
        values = drill_row(spec, self.machines[number], plans[0] if plans else -1, first, -1, -1)
        tables.write("drills", row, values, keep)

    def remove_machine(self, number: int, entity: Entity) -> Counter[int]:
        """Take a machine out; what was in it, the ingredients of the craft under way included."""
        tables, row = self._tables, self.machines.pop(number)
        taken = self.contents(row)
        record = tables.arrays.machines[row]
        if record["choice"] >= 0:
            tables.free_block("choices", int(record["choice"]))
        tables.free_block("made", int(record["made_base"]))
        tables.free("machines", row)
        del self.specs[number]
        if number in self.drills:
            tables.free("drills", self.drills.pop(number))
            self._drill_ranks.drop(place_key(entity.x, entity.y))
            del self.grounds[number]
        return taken

    def contents(self, row: int) -> Counter[int]:
        """Items in a machine, by number; fluids are left out."""
        machine = self._tables.arrays.machines[row]
        held: Counter[int] = Counter()
        if machine["fuel_count"] > 0:
            held[int(machine["fuel_item"])] += int(machine["fuel_count"])
        if machine["plan"] >= 0:
            plan = self._tables.arrays.plans[machine["plan"]]
            for k in range(plan["n_inputs"]):
                if not plan["in_fluid"][k]:
                    crafted = int(plan["in_amount"][k]) if machine["crafting"] and not machine["drains"] else 0
                    held[int(plan["in_item"][k])] += int(machine["stock"][k]) + crafted
            for k in range(plan["n_outputs"]):
                if not plan["out_fluid"][k]:
                    held[int(plan["out_item"][k])] += int(machine["ready"][k])
        return +held

    # Arms

    def add_arm(self, number: int, entity: Entity) -> None:
        """An inserter that reaches for its two tiles; `reach` writes its row."""
        for tile in self.tiles_reached(entity):
            self.reaching[tile] = (*self.reaching.get(tile, ()), number)
        if entity.prototype.type in LOADER_TYPES:
            self.loaders.add(number)
        if entity.prototype.inserter is not None:
            self.arms[number] = self._tables.new("arms")

    def remove_arm(self, number: int, entity: Entity) -> Counter[int]:
        """Take an inserter (or the outlet of a drill) out; what was in its hand."""
        for tile in self.tiles_reached(entity):
            left = tuple(other for other in self.reaching[tile] if other != number)
            if left:
                self.reaching[tile] = left
            else:
                del self.reaching[tile]
        self.loaders.discard(number)
        row = self.arms.pop(number, None)
        if row is None:
            return Counter()
        record = self._tables.arrays.arms[row]
        taken = Counter({int(record["held_item"]): int(record["held"])})
        self._tables.free("arms", row)
        if number in self._arm_keys:
            self._arm_ranks.drop(self._arm_keys.pop(number))
        return +taken

    @staticmethod
    def tiles_reached(entity: Entity) -> set[Tile]:
        """Tiles that an inserter or loader takes from and gives to, or on which a drill puts what it mines."""
        if entity.prototype.inserter is not None:
            return set(reach_of(entity))
        if entity.prototype.type in LOADER_TYPES:
            return set(loader_tiles(entity))
        tile = outlet_tile(entity)
        return set() if tile is None else {tile}

    def _ends(self, *spots: Spot | None) -> dict[Spot, tuple[int, int]]:
        """Kind and row of what lies there."""
        ends: dict[Spot, tuple[int, int]] = {}
        for spot in spots:
            if spot is not None and spot.kind != "belt":
                in_machine = spot.kind == "machine"
                rows = self.machines if in_machine else self.chests
                ends[spot] = (IN_MACHINE if in_machine else IN_CHEST, rows[spot.index])
        return ends

    def reach(self, number: int, things: Things, spot_at: SpotAt, is_powered: bool) -> None:
        """Write where an arm takes from and gives to, or where a drill drops; what it does goes on."""
        entity = things[number]
        assert isinstance(entity, Entity)
        if number in self.drills:
            self._aim(number, entity, things, spot_at)
        if number not in self.arms:
            return
        tables = self._tables
        pickup, drop = (spot_at(tile) for tile in reach_of(entity))
        arm = arm_between(things, number, pickup, drop)  # type: ignore[arg-type]
        ends = self._ends(arm.pickup, arm.drop)
        spec = make_arm(
            entity, arm, self._belts.nodes, self._belts.parts, ends, self._share, is_powered, self._base.research
        )
        spec.networked = self._base.power.mode == "network" and entity.prototype.electric
        for name in spec.filters:
            tables.number(name)
        lines = [window.line for window in spec.windows]
        fuel_base = -1 if spec.fuel is None else tables.fuel(spec.fuel)
        values = arm_row(spec, tables.ids, spec.source, spec.target, lines, spec.drop_line, fuel_base)
        row = self.arms[number]
        first = precedence(entity, arm, self._belts.nodes, lambda spot: things[spot.index])
        self._rank_arm(number, first << PLACE_KEY_BITS | place_key(entity.x, entity.y), row)
        is_new = tables.arrays.arms["hand"][row] == 0
        tables.write("arms", row, values, keep=() if is_new else ("held_item", "energy", "speed"))

    def _rank_arm(self, number: int, key: int, row: int) -> None:
        """Let an arm act in its turn, which what stands at its ends may have changed."""
        before = self._arm_keys.get(number)
        if key != before:
            if before is not None:
                self._arm_ranks.drop(before)
            self._arm_keys[number] = key
            self._arm_ranks.put(key, row)

    def _aim(self, number: int, entity: Entity, things: Things, spot_at: SpotAt) -> None:
        tile = outlet_tile(entity)
        arm = arm_between(things, number, None, spot_at(tile) if tile is not None else None)  # type: ignore[arg-type]
        nodes, parts = self._belts.nodes, self._belts.parts
        spec = make_drill(entity, 0, self.grounds[number], arm.drop, nodes, parts, self._ends(arm.drop))
        values = {
            "target_kind": spec.target_kind,
            "target": spec.target,
            "drop_line": spec.drop_line,
            "drop_position": spec.drop_position,
        }
        self._tables.write("drills", self.drills[number], values)

    def load(self, things: Things, spot_at: SpotAt) -> None:
        """Write all loaders."""
        rows: list[Row] = []
        tables = self._tables
        entities = {number: thing for number in self.loaders if isinstance(thing := things[number], Entity)}
        for number in sorted(entities, key=lambda number: (entities[number].y, entities[number].x)):
            belt, container = loader_tiles(entities[number])
            between = loader_between(entities, number, self._belts.at[belt], spot_at(container))
            ends = self._ends(between.pickup, between.drop)
            spec = make_loader(entities[number], between, self._belts.parts, ends)
            if spec is not None:
                for name in spec.filters:
                    tables.number(name)
                rows.append(loader_row(spec, tables.ids, list(spec.lines), spec.index))
        tables.replace(loaders=records(LOADER, rows))
        tables.arrays.first_loader[1] = len(rows)

    def order(self) -> None:
        """Bring arms and drills in order."""
        arrays = self._tables.arrays
        for name, first, ranks in (
            ("arm_order", arrays.first_arm, self._arm_ranks),
            ("drill_order", arrays.first_drill, self._drill_ranks),
        ):
            rows = ranks.in_order()
            first[1] = len(rows)
            self._tables.replace(**{name: rows if len(rows) else np.zeros(1, np.int32)})

    def in_order(self) -> tuple[list[int], list[int]]:
        """Rows of arms and of drills in canonical order."""
        return self._arm_ranks.in_order().tolist(), self._drill_ranks.in_order().tolist()

    def made(self, number: int) -> LongArray:
        """(items,) millionths that a machine has made so far."""
        base = int(self._tables.arrays.machines["made_base"][self.machines[number]])
        made: LongArray = self._tables.arrays.made[base : base + len(self._tables.ids)]
        return made
