"""A Factory made ready for the arrays: items numbered, machines planned, arms timed; what can fail fails here."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import opposite, turn_right
from factorion_cli.prototypes import InserterData
from factorion_cli.simulation import crafting, decisions, powering
from factorion_cli.simulation.lines import LineSet, make_lines, part_id
from factorion_cli.simulation.wiring import LEFT, RIGHT, Arm, BeltNode, Spot, Wiring, wire

NOWHERE, ON_BELT, IN_CHEST, IN_MACHINE = 0, 1, 2, 3
"""Kinds of ends of an arm."""

CHEST_FINITE, CHEST_SOURCE, CHEST_SINK = 0, 1, 2


@dataclass(slots=True)
class MachineSpec:
    """A crafting machine: `plans` by recipe name, or by ingredient for furnaces that choose for themselves."""

    entity: int
    plans: tuple[crafting.Plan, ...]
    chooses: bool
    drains: bool
    fluid_free: bool
    powered: bool
    fuel: str | None
    power_w: int
    first_plan: int = -1


@dataclass(slots=True)
class ChestSpec:
    """A chest or chest endpoint."""

    kind: int
    slots: int
    item: str | None
    endpoint: int


@dataclass(slots=True)
class LaneWindow:
    """Where an arm meets a line: from `low` up to (not including) `high`."""

    line: int
    low: int
    high: int


@dataclass(slots=True)
class ArmSpec:
    """An inserter: where it picks up and drops, its hand and the ticks of its half turns."""

    entity: int
    source_kind: int
    source: int
    windows: list[LaneWindow]
    target_kind: int
    target: int
    drop_line: int
    drop_position: int
    hand: int
    waits_for_full: bool
    out_ticks: int
    back_ticks: int
    filters: tuple[str, ...]
    powered: bool


@dataclass(slots=True)
class CompiledFactory:
    """What one factory contributes to a batch."""

    factory: Factory
    wiring: Wiring
    line_set: LineSet
    machines: list[MachineSpec]
    chests: list[ChestSpec]
    arms: list[ArmSpec]
    not_simulated: tuple[str, ...]
    items: list[str] = field(default_factory=list)


_SIMULATED_TYPES = {
    "transport-belt", "underground-belt", "splitter", "inserter", "assembling-machine", "furnace", "rocket-silo",
    "container", "logistic-container", "infinity-container", "electric-pole",
}  # fmt: skip


def _inert(factory: Factory) -> tuple[str, ...]:
    """Names of the entities that only stand there."""
    names = {entity.name for entity in factory.entities if entity.prototype.type not in _SIMULATED_TYPES}
    return tuple(sorted(names))


def _beacons_on(factory: Factory) -> dict[int, tuple[tuple[str, ...], ...]]:
    """Modules of the beacons that reach each machine: those listed with it, or the beacon entities around it."""
    beacons = [entity for entity in factory.entities if entity.prototype.beacon is not None and entity.modules]
    reached: dict[int, tuple[tuple[str, ...], ...]] = {}
    for index, entity in enumerate(factory.entities):
        if entity.prototype.machine is not None:
            listed = entity.beacons
            reached[index] = listed or tuple(beacon.modules for beacon in beacons if _beacon_reaches(beacon, entity))
    return reached


def _beacon_reaches(beacon: Entity, machine: Entity) -> bool:
    assert beacon.prototype.beacon is not None
    reach = int(beacon.prototype.beacon.supply_area_distance)
    width, height = beacon.size
    machine_width, machine_height = machine.size
    return (
        beacon.x - reach < machine.x + machine_width
        and machine.x < beacon.x + width + reach
        and beacon.y - reach < machine.y + machine_height
        and machine.y < beacon.y + height + reach
    )


def _machine(
    factory: Factory,
    index: int,
    beacons: tuple[tuple[str, ...], ...],
    share: Fraction,
    is_powered: bool,
) -> MachineSpec:
    entity = factory.entities[index]
    machine = entity.prototype.machine
    assert machine is not None
    share = share if entity.prototype.electric else Fraction(1)
    fuel = None
    if machine.burner and entity.fuel != "unlimited" and not entity.unlimited_io:
        fuel = decisions.FUEL_CATEGORIES.get(entity.name, "chemical")
    return MachineSpec(
        entity=index,
        plans=crafting.plans_for(entity, beacons, share),
        chooses=machine.furnace and entity.recipe is None,
        drains=entity.unlimited_io,
        fluid_free=entity.unlimited_io or entity.fluid == "unlimited",
        powered=is_powered and share > 0,
        fuel=fuel,
        power_w=round(machine.power_w),
    )


@lru_cache(maxsize=1024)
def half_turn_ticks(data: InserterData, quality: str, share: Fraction) -> int:
    """Ticks of half a turn: the arm acts when no more than one step is left (wiki, measured on 2.0.26).

    The game keeps the speed as a 32-bit float; that decides where 0.5 / speed is whole (0.02 turns: 25, 0.05: 9, 0.1:
    4).
    """
    speed = float(np.float32(data.rotation_speed * float(crafting.quality_factor(quality)) * float(share)))
    return max(1, ceil(0.5 / speed) - 1)


@lru_cache(maxsize=1024)
def _catch_ticks(data: InserterData, quality: str, share: Fraction) -> int:
    """Ticks saved on each way because an arm meets an item of a moving belt before the tile's middle."""
    speed = data.rotation_speed * float(crafting.quality_factor(quality)) * float(share)
    # The same stretch of belt is a smaller angle for a longer arm: 1.23 tiles to the far lane, 2.23 if long-handed.
    turns = decisions.CATCH_TURNS * (1.23 / (data.reach + 0.23))
    return max(0, floor(turns / speed) - 1)


def _window(line_set: LineSet, node: BeltNode, index: int, lane: int) -> LaneWindow:
    part = line_set.parts[part_id(index, lane)]
    length = min(part.length, decisions.HALF_TILE_LENGTH) if node.kind.startswith("under") else part.length
    middle = length // 2
    low, high = max(0, middle - decisions.PICK_REACH), min(length, middle + decisions.PICK_REACH)
    return LaneWindow(part.line, part.offset + low, part.offset + high)


def _pick_lanes(node: BeltNode, direction: int) -> tuple[int, int]:
    """Lanes in the order in which an arm that picks up towards `direction` tries them (facts: pick_preference)."""
    if node.turn is not None or node.direction % 8 == direction % 8:
        return LEFT, RIGHT
    near = LEFT if turn_right(node.direction, 3) == opposite(direction) else RIGHT
    return near, 1 - near


def _drop_lane(node: BeltNode, heading: int) -> int:
    """The lane on which an arm that drops towards `heading` lets go (facts: drop_lane)."""
    across = node.direction
    if node.direction % 8 == heading % 8:
        if node.turn is None:
            return RIGHT
        across = turn_right(node.direction, 3 if node.turn == "right" else 1)
    return LEFT if turn_right(across, 3) == heading else RIGHT


def _drop_point(line_set: LineSet, node: BeltNode, index: int, lane: int) -> tuple[int, int]:
    part = line_set.parts[part_id(index, lane)]
    length = min(part.length, decisions.HALF_TILE_LENGTH) if node.kind.startswith("under") else part.length
    # A second item may land a spacing behind the first, so the first goes no nearer to the start than that.
    position = min(max(length // 2, decisions.SPACING + part.speed), length - 1)
    return part.line, part.offset + position


def _arm(
    factory: Factory, wiring: Wiring, line_set: LineSet, arm: Arm, ends: dict[Spot, tuple[int, int]], share: Fraction,
    is_powered: bool,
) -> ArmSpec:  # fmt: skip
    entity = factory.entities[arm.entity]
    data = entity.prototype.inserter
    assert data is not None
    share = share if entity.prototype.electric else Fraction(1)
    half = half_turn_ticks(data, entity.quality, share) if share > 0 else 1
    spec = ArmSpec(
        arm.entity, NOWHERE, -1, [], NOWHERE, -1, -1, 0,
        entity.stack_size or data.base_hand, entity.name in decisions.FULL_HAND_ARMS, half, half,
        entity.filters, is_powered and share > 0,
    )  # fmt: skip
    if arm.pickup is not None and arm.pickup.kind == "belt":
        node = wiring.nodes[arm.pickup.index]
        lanes = _pick_lanes(node, entity.direction)
        spec.source_kind = ON_BELT
        spec.windows = [_window(line_set, node, arm.pickup.index, lane) for lane in lanes]
        catch = _catch_ticks(data, entity.quality, share)
        spec.out_ticks, spec.back_ticks = half - catch, half - catch
    elif arm.pickup is not None:
        spec.source_kind, spec.source = ends[arm.pickup]
    if arm.drop is not None and arm.drop.kind == "belt":
        node = wiring.nodes[arm.drop.index]
        lane = _drop_lane(node, opposite(entity.direction))
        spec.target_kind = ON_BELT
        spec.drop_line, spec.drop_position = _drop_point(line_set, node, arm.drop.index, lane)
    elif arm.drop is not None:
        spec.target_kind, spec.target = ends[arm.drop]
    return spec


def _chests(factory: Factory) -> tuple[list[ChestSpec], dict[Spot, tuple[int, int]]]:
    chests: list[ChestSpec] = []
    ends: dict[Spot, tuple[int, int]] = {}

    def add(spot: Spot, spec: ChestSpec) -> None:
        ends[spot] = (IN_CHEST, len(chests))
        chests.append(spec)

    for index, source in enumerate(factory.sources):
        if source.kind == "chest":
            add(Spot("chest-source", index, (source.x, source.y)), ChestSpec(CHEST_SOURCE, 0, source.item, index))
    for index, sink in enumerate(factory.sinks):
        if sink.kind == "chest":
            add(Spot("chest-sink", index, (sink.x, sink.y)), ChestSpec(CHEST_SINK, 0, None, index))
    order = sorted(range(len(factory.entities)), key=lambda i: (factory.entities[i].y, factory.entities[i].x))
    for index in order:
        entity = factory.entities[index]
        if entity.prototype.type in decisions.CHEST_TYPES:
            slots = entity.prototype.slots or decisions.ENDLESS_SLOTS
            add(Spot("chest", index, (entity.x, entity.y)), ChestSpec(CHEST_FINITE, slots, None, -1))
    return chests, ends


def _items(compiled: CompiledFactory) -> list[str]:
    """Every item and fluid that can turn up, sorted."""
    names = {source.item for source in compiled.factory.sources}
    for machine in compiled.machines:
        for plan in machine.plans:
            names.update(part.item for part in plan.inputs)
            names.update(part.item for part in plan.outputs)
    return sorted(names)


def _check_endpoints(factory: Factory) -> None:
    taken: dict[tuple[int, int], str] = {}
    for index, entity in enumerate(factory.entities):
        if factory.power.mode == "network" or entity.count > 1:
            continue
        for tile in entity.tiles():
            if tile in taken:
                raise SimulationError(
                    f"{factory.id}: entity {index} ({entity.name} at {entity.x},{entity.y}) overlaps {taken[tile]}; "
                    "move one of them"
                )
            taken[tile] = f"{entity.name} at {entity.x},{entity.y}"
    endpoints: list[Source | Sink] = [*factory.sources, *factory.sinks]
    for endpoint in endpoints:
        if endpoint.kind != "output" and (endpoint.x, endpoint.y) in taken:
            raise SimulationError(
                f"{factory.id}: endpoint {endpoint.id} stands on {taken[endpoint.x, endpoint.y]}; move one of them"
            )


def compile_factory(factory: Factory) -> CompiledFactory:
    """Make a factory ready to run; raises FactorionError naming what cannot be simulated."""
    share = powering.satisfaction(factory)
    _check_endpoints(factory)
    works = powering.powered(factory)
    wiring = wire(factory)
    line_set = make_lines(wiring)
    chests, ends = _chests(factory)
    beacons = _beacons_on(factory)
    order = sorted(beacons, key=lambda i: (factory.entities[i].y, factory.entities[i].x))
    machines: list[MachineSpec] = []
    for index in order:
        entity = factory.entities[index]
        ends[Spot("machine", index, (entity.x, entity.y))] = (IN_MACHINE, len(machines))
        machines.append(_machine(factory, index, beacons[index], share, works[index]))
    arms = [_arm(factory, wiring, line_set, arm, ends, share, works[arm.entity]) for arm in wiring.arms]
    compiled = CompiledFactory(factory, wiring, line_set, machines, chests, arms, _inert(factory))
    compiled.items = _items(compiled)
    return compiled
