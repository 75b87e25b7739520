"""A Factory made ready for the arrays: items numbered, machines planned, arms timed; what can fail fails here."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.modules import NORMAL, with_quality
from factorion_cli.simulation import boiling, checking, crafting, decisions, powering
from factorion_cli.simulation.arming import IN_CHEST, IN_MACHINE, ArmSpec, make_arm
from factorion_cli.simulation.drilling import Deposits, DrillSpec, Ground, make_drill, survey
from factorion_cli.simulation.grids import WHOLE, Grid, make_grid
from factorion_cli.simulation.heating import HEAT, Heat, burnt_w, heat_up, reactor_plan
from factorion_cli.simulation.labs import lab_plans, packs_in_reach
from factorion_cli.simulation.lines import LineSet, make_lines
from factorion_cli.simulation.loading import LoaderSpec, make_loader
from factorion_cli.simulation.piping import FLUID_TYPES, Pipes, PortSpec, pipe_up, ports_of
from factorion_cli.simulation.precedence import precedence
from factorion_cli.simulation.research import check_research
from factorion_cli.simulation.wiring import Spot, Wiring, spot_kind, wire

CHEST_FINITE, CHEST_SOURCE, CHEST_SINK = 0, 1, 2


@dataclass(slots=True)
class MachineSpec:
    """A crafting machine: `plans` by recipe name, or by ingredient for furnaces that choose for themselves.

    `passes_on`: arms take its ingredients out again for machines of the same kind (labs).
    """

    entity: int
    plans: tuple[crafting.Plan, ...]
    chooses: bool
    drains: bool
    fluid_free: bool
    powered: bool
    fuel: str | None
    power_w: int
    networked: bool = False
    first_plan: int = -1
    passes_on: bool = False


@dataclass(slots=True)
class ChestSpec:
    """A chest or chest endpoint."""

    kind: int
    slots: int
    item: str | None
    endpoint: int


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
    drills: list[DrillSpec] = field(default_factory=list)
    deposits: list[int] = field(default_factory=list)
    loaders: list[LoaderSpec] = field(default_factory=list)
    pipes: Pipes = field(default_factory=Pipes)
    ports: list[PortSpec] = field(default_factory=list)
    grid: Grid = field(default_factory=Grid)
    heat: Heat = field(default_factory=Heat)
    items: list[str] = field(default_factory=list)

    @property
    def has_days(self) -> bool:
        """Whether what it does depends on the hour: panels in daylight."""
        return any(network.solar_w for network in self.grid.networks)

    @property
    def boilers(self) -> list[int]:
        """Numbers of the machines that are boilers."""
        entities = self.factory.entities
        return [
            number
            for number, machine in enumerate(self.machines)
            if entities[machine.entity].prototype.boiler is not None
        ]

    def is_drill(self, machine: int) -> bool:
        """Whether a machine (by number) is a mining drill or pumpjack."""
        return self.factory.entities[self.machines[machine].entity].prototype.drill is not None


_SIMULATED_TYPES = {
    "transport-belt", "underground-belt", "splitter", "inserter", "assembling-machine", "furnace", "rocket-silo",
    "mining-drill", "lab", "loader", "loader-1x1", "container", "logistic-container", "infinity-container",
    "electric-pole", "beacon",
    "heat-pipe", "reactor",
} | FLUID_TYPES - {"generator", "fluid-turret"}  # fmt: skip


_NETWORK_TYPES = {"generator", "solar-panel", "accumulator"}
"""What is simulated where electric networks are."""


def not_simulated(factory: Factory) -> tuple[str, ...]:
    """Names of the entities that only stand there, and of settings that have no effect."""
    simulated = _SIMULATED_TYPES | (_NETWORK_TYPES if factory.power.mode == "network" else set())
    names = {entity.name for entity in factory.entities if entity.prototype.type not in simulated}
    return tuple(sorted(names | checking.unknown_names(factory)))


def beacons_on(factory: Factory, works: list[bool]) -> dict[int, tuple[tuple[str, ...], ...]]:
    """Modules of the beacons that reach each machine: those listed with it, or the beacon entities around it."""
    beacons = [
        entity
        for entity, is_powered in zip(factory.entities, works, strict=True)
        if entity.prototype.beacon is not None and entity.modules and is_powered
    ]
    reached: dict[int, tuple[tuple[str, ...], ...]] = {}
    for index, entity in enumerate(factory.entities):
        if is_station(entity):
            reached[index] = entity.beacons or tuple(
                beacon_modules(beacon) for beacon in beacons if beacon_reaches(beacon, entity)
            )
    return reached


def beacon_modules(beacon: Entity) -> tuple[str, ...]:
    """What a beacon gives to machines (`crafting.Beacons`)."""
    own = () if beacon.quality == NORMAL else (with_quality("beacon", beacon.quality),)
    return (*own, *beacon.modules)


def is_station(entity: Entity) -> bool:
    """Whether an entity is simulated as a machine: crafting machines, labs, drills, boilers and reactors."""
    return spot_kind(entity.prototype) == "machine"


def beacon_reaches(beacon: Entity, machine: Entity) -> bool:
    """Whether a beacon's supply area touches a machine."""
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


def make_machine(
    entity: Entity,
    index: int,
    beacons: tuple[tuple[str, ...], ...],
    share: Fraction,
    is_powered: bool,
) -> MachineSpec:
    """A crafting machine under these beacons; `share` is how much of full power electric ones get."""
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
        fluid_free=entity.unlimited_io or entity.fluid == "unlimited" or entity.prototype.silo is not None,
        powered=is_powered and share > 0,
        fuel=fuel,
        power_w=round(machine.power_w),
    )


def make_boiler(entity: Entity, index: int) -> MachineSpec:
    """A boiler or heat exchanger as a machine; the latter burns what no item is, heat, unless that is endless."""
    boiler, energy = entity.prototype.boiler, entity.prototype.energy
    assert boiler is not None
    assert energy is not None
    return MachineSpec(
        entity=index,
        plans=(boiling.plan_for(entity.name, entity.quality),),
        chooses=False,
        drains=entity.unlimited_io,
        fluid_free=entity.unlimited_io or entity.fluid == "unlimited",
        powered=True,
        fuel=None if entity.fuel == "unlimited" or entity.unlimited_io else (*energy.fuel_categories, HEAT)[0],
        power_w=round(crafting.exact(boiler.power_w) * crafting.quality_factor(entity.quality)),
    )


def make_reactor(entity: Entity, index: int) -> MachineSpec:
    """A reactor or heating tower as a machine."""
    energy = entity.prototype.energy
    assert energy is not None
    return MachineSpec(
        entity=index,
        plans=(reactor_plan(entity.name),),
        chooses=False,
        drains=entity.unlimited_io,
        fluid_free=False,
        powered=True,
        fuel=None if entity.fuel == "unlimited" or entity.unlimited_io else energy.fuel_categories[0],
        power_w=burnt_w(entity.prototype),
    )


def make_mine(
    entity: Entity, index: int, ground: Ground, share: Fraction, is_powered: bool, counted: bool
) -> MachineSpec:
    """A drill as a machine; `counted` when a sink takes its products at once."""
    energy = entity.prototype.energy
    assert energy is not None
    burns = energy.source == "burner" and entity.fuel != "unlimited"
    return MachineSpec(
        entity=index,
        plans=ground.plans,
        chooses=False,
        drains=False,
        fluid_free=entity.fluid == "unlimited" or counted,
        powered=is_powered and (share > 0 or not entity.prototype.electric),
        fuel=energy.fuel_categories[0] if burns else None,
        power_w=round(energy.power_w),
    )


def make_lab(entity: Entity, index: int, plans: tuple[crafting.Plan, ...], is_powered: bool) -> MachineSpec:
    """A lab as a machine without products."""
    assert entity.prototype.energy is not None
    return MachineSpec(
        entity=index,
        plans=plans,
        chooses=False,
        drains=entity.unlimited_io,
        fluid_free=False,
        powered=is_powered,
        fuel=None,
        power_w=round(entity.prototype.energy.power_w),
        passes_on=True,
    )


def make_station(
    factory: Factory,
    entity: Entity,
    index: int,
    beacons: tuple[tuple[str, ...], ...],
    share: Fraction,
    is_powered: bool,
    deposits: Deposits,
    packs: tuple[str, ...] = (),
) -> tuple[MachineSpec, Ground | None]:
    """What `is_station`, as a machine; drills come with their ground (`factory` says what lies there)."""
    if entity.prototype.lab is not None:
        plans = lab_plans(factory, entity, beacons, packs, share)
        return make_lab(entity, index, plans, is_powered and share > 0), None
    if entity.prototype.heats:
        return make_boiler(entity, index) if entity.prototype.boiler else make_reactor(entity, index), None
    if entity.prototype.drill is None:
        return make_machine(entity, index, beacons, share, is_powered), None
    ground = survey(factory, entity, beacons, share if entity.prototype.electric else Fraction(1), deposits)
    counted = any(sink.kind == "output" and sink.of == (entity.x, entity.y) for sink in factory.sinks)
    return make_mine(entity, index, ground, share, is_powered, counted), ground


def make_chest(entity: Entity) -> ChestSpec:
    """A chest that stands in the factory."""
    slots = entity.prototype.slots or decisions.ENDLESS_SLOTS
    return ChestSpec(CHEST_FINITE, slots if entity.bar is None else min(slots, max(0, entity.bar)), None, -1)


def source_chest(source: Source, index: int) -> ChestSpec:
    """A chest endpoint that never runs out."""
    return ChestSpec(CHEST_SOURCE, 0, source.item, index)


def sink_chest(index: int) -> ChestSpec:
    """A chest endpoint that takes everything."""
    return ChestSpec(CHEST_SINK, 0, None, index)


def _chests(factory: Factory) -> tuple[list[ChestSpec], dict[Spot, tuple[int, int]]]:
    chests: list[ChestSpec] = []
    ends: dict[Spot, tuple[int, int]] = {}

    def add(spot: Spot, spec: ChestSpec) -> None:
        ends[spot] = (IN_CHEST, len(chests))
        chests.append(spec)

    for index, source in enumerate(factory.sources):
        if source.kind == "chest":
            add(Spot("chest-source", index, (source.x, source.y)), source_chest(source, index))
    for index, sink in enumerate(factory.sinks):
        if sink.kind == "chest":
            add(Spot("chest-sink", index, (sink.x, sink.y)), sink_chest(index))
    order = sorted(range(len(factory.entities)), key=lambda i: (factory.entities[i].y, factory.entities[i].x))
    for index in order:
        entity = factory.entities[index]
        if entity.prototype.type in decisions.CHEST_TYPES:
            add(Spot("chest", index, (entity.x, entity.y)), make_chest(entity))
    return chests, ends


def _items(compiled: CompiledFactory) -> list[str]:
    """Every item and fluid that can turn up, sorted."""
    names = {source.item for source in compiled.factory.sources} | compiled.pipes.fluids
    names.update(generator.fluid for generator in compiled.grid.generators)
    for machine in compiled.machines:
        for plan in machine.plans:
            names.update(part.item for part in plan.inputs)
            names.update(part.item for part in plan.outputs)
    return sorted(names)


def put_on_network(machine: MachineSpec, entity: Entity) -> None:
    """Let a machine run at its network's share if it is electric."""
    machine.networked = entity.prototype.electric
    if machine.networked:
        machine.plans = tuple(crafting.times(plan, WHOLE) for plan in machine.plans)


def _connect(compiled: CompiledFactory, network_of: list[int], beacons: dict[int, tuple[tuple[str, ...], ...]]) -> None:
    """Connect what is electric: it runs at its network's share, in 65536ths of the work."""
    entities = compiled.factory.entities
    for machine in compiled.machines:
        put_on_network(machine, entities[machine.entity])
    for arm in compiled.arms:
        arm.networked = entities[arm.entity].prototype.electric
    compiled.grid = make_grid(
        compiled.factory,
        network_of,
        compiled.pipes,
        [machine.entity for machine in compiled.machines],
        [arm.entity for arm in compiled.arms],
        beacons,
    )


def _ports(compiled: CompiledFactory) -> list[PortSpec]:
    """Ports of all machines that exchange fluids with segments."""
    ports: list[PortSpec] = []
    for number, machine in enumerate(compiled.machines if compiled.pipes.segments else ()):
        if not machine.fluid_free:
            ports += ports_of(compiled.pipes, compiled.factory.entities, machine.entity, number, machine.plans)
    return ports


def machine_specs(
    factory: Factory, works: list[bool], share: Fraction, wiring: Wiring | None = None
) -> tuple[list[MachineSpec], dict[int, Ground], Deposits]:
    """The machines by place, what lies under the drills among them (by number), and all that can be mined.

    `works` says which entities have power, `share` how much of it there is; `wiring` is made if there are labs.
    """
    beacons = beacons_on(factory, works)
    has_labs = any(entity.prototype.lab is not None for entity in factory.entities)
    packs = packs_in_reach(factory, wiring or wire(factory)) if has_labs else {}
    machines: list[MachineSpec] = []
    deposits, grounds = Deposits(), dict[int, Ground]()
    for index in sorted(beacons, key=lambda i: (factory.entities[i].y, factory.entities[i].x)):
        entity = factory.entities[index]
        machine, ground = make_station(
            factory, entity, index, beacons[index], share, works[index], deposits, packs.get(index, ())
        )
        if ground is not None:
            grounds[len(machines)] = ground
        machines.append(machine)
    return machines, grounds, deposits


def _make_arms(
    factory: Factory,
    wiring: Wiring,
    line_set: LineSet,
    ends: dict[Spot, tuple[int, int]],
    share: Fraction,
    works: list[bool],
) -> list[ArmSpec]:
    """All inserters, by place."""

    def thing_at(spot: Spot) -> Entity | Source | Sink:
        if spot.kind == "chest-source":
            return factory.sources[spot.index]
        return factory.sinks[spot.index] if spot.kind == "chest-sink" else factory.entities[spot.index]

    arms = []
    for arm in wiring.arms:
        entity, powered = factory.entities[arm.entity], works[arm.entity]
        spec = make_arm(entity, arm, wiring.nodes, line_set.parts, ends, share, powered, factory.research)
        spec.precedence = precedence(entity, arm, wiring.nodes, thing_at)
        arms.append(spec)
    return arms


def compile_factory(factory: Factory) -> CompiledFactory:
    """Make a factory ready to run; raises FactorionError naming what cannot be simulated."""
    share = powering.satisfaction(factory)
    checking.check(factory)
    check_research(factory)
    works = powering.powered(factory)
    wiring = wire(factory)
    line_set = make_lines(wiring)
    chests, ends = _chests(factory)
    machines, grounds, deposits = machine_specs(factory, works, share, wiring)
    for number, machine in enumerate(machines):
        entity = factory.entities[machine.entity]
        ends[Spot("machine", machine.entity, (entity.x, entity.y))] = (IN_MACHINE, number)
    arms = _make_arms(factory, wiring, line_set, ends, share, works)
    drops = {drill.entity: drill.drop for drill in wiring.drills}
    drills = [
        make_drill(factory.entities[entity], number, ground, drops.get(entity), wiring.nodes, line_set.parts, ends)
        for number, ground in grounds.items()
        for entity in (machines[number].entity,)
    ]
    compiled = CompiledFactory(
        factory, wiring, line_set, machines, chests, arms, not_simulated(factory), drills, deposits.amounts
    )
    loaders = (make_loader(factory.entities[part.entity], part, line_set.parts, ends) for part in wiring.loaders)
    compiled.loaders = [loader for loader in loaders if loader is not None]
    compiled.pipes = pipe_up(factory, works)
    compiled.ports = _ports(compiled)
    compiled.heat = heat_up(factory, [machine.entity for machine in machines])
    if factory.power.mode == "network":
        _connect(compiled, powering.networks(factory), beacons_on(factory, works))
    compiled.items = _items(compiled)
    return compiled
