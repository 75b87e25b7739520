"""Schematic factories: lists of entities with counts whose places mean nothing, run by the same tick loop.

Files say `layout: schematic`. What belongs together is joined by what it is for:

* heat exchangers have heat without end (reactors and heat pipes are not simulated here);
* offshore pumps (or, without any, an endless supply) feed water to boilers;
* boilers (or an endless supply at the generators' temperature) feed steam to engines and turbines; without any of
  these the steam drains away;
* tanks, pipes and pumps form one chain in the order of the list, pipes end to end; a chain of pipes alone has an
  endless supply at one end and an endless drain at the other, one connection each;
* everything electric is on one network. Entities with `working` draw their full power, others their drain. Generators
  without a consumer have a load without end; without producers power is no matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation import boiling, decisions
from factorion_cli.simulation.compiling import CompiledFactory, MachineSpec, make_boiler
from factorion_cli.simulation.grids import ConsumerSpec, Draw, Grid, NetworkSpec, add_store, consumer, generator
from factorion_cli.simulation.lines import make_lines
from factorion_cli.simulation.piping import MILLI, Pipes, PortSpec, PumpSpec, Segment, pump_rate
from factorion_cli.simulation.wiring import wire

ENDLESS_W = 10**12
"""A load or supply that nothing in a factory matches."""

_CHAIN = frozenset({"pipe", "pipe-to-ground", "storage-tank", "pump"})
_KNOWN = _CHAIN | {"offshore-pump", "boiler", "generator", "solar-panel", "accumulator"}


def is_schematic(factory: Factory) -> bool:
    """Whether a factory's file says so."""
    return str(factory.metadata.get("layout", "")).startswith("schematic")


def _each(factory: Factory, *types: str) -> Iterator[tuple[int, Entity]]:
    """Every entity of these types, as often as it is counted."""
    for index, entity in enumerate(factory.entities):
        if entity.prototype.type in types:
            for _ in range(entity.count):
                yield index, entity


def _held(entities: list[tuple[int, Entity]]) -> Segment:
    """A segment of the first fluid boxes of these entities."""
    segment = Segment()
    for _, entity in entities:
        box = entity.prototype.fluid_boxes[0]
        segment.capacity += box.volume * MILLI
        segment.amount += round(box.volume * MILLI * (entity.level or 0))
        if entity.level:
            segment.fluid = segment.fluid or entity.filter or decisions.TANK_FLUID
    return segment


def _add(pipes: Pipes, segment: Segment) -> int:
    pipes.segments.append(segment)
    return len(pipes.segments) - 1


def _chain(factory: Factory, pipes: Pipes) -> None:
    """Tanks, pipes and pumps in the order of the list."""
    links = list(_each(factory, *_CHAIN))
    if not links:
        return
    groups: list[list[tuple[int, Entity]]] = [[]]
    pumps: list[tuple[int, Entity]] = []
    for index, entity in links:
        if entity.prototype.pump is None:
            groups[-1].append((index, entity))
        else:
            pumps.append((index, entity))
            groups.append([])
    numbers = []
    for group in groups:
        segment = _held(group)
        length = sum(entity.size[0] for _, entity in group)
        segment.blocked = length > decisions.PIPELINE_EXTENT
        numbers.append(_add(pipes, segment) if group else -1)
    for place, (index, entity) in enumerate(pumps):
        ends = numbers[place], numbers[place + 1]
        pipes.pumps.append(PumpSpec(index, *ends, pump_rate(entity), entity.filter, slows=True))
    if not pumps and all(entity.prototype.type != "storage-tank" for _, entity in links):
        rate = decisions.CONNECTION_RATE * MILLI
        pipes.pumps.append(PumpSpec(links[0][0], -1, numbers[0], rate, decisions.TANK_FLUID))
        pipes.pumps.append(PumpSpec(links[-1][0], numbers[0], -1, rate))


def _steam(factory: Factory, pipes: Pipes) -> tuple[list[MachineSpec], list[PortSpec], int]:
    """Boilers between a segment of water and one of steam; the number of the latter."""
    boilers, generators = list(_each(factory, "boiler")), list(_each(factory, "generator"))
    if not boilers and not generators:
        return [], [], -1
    steam = _add(pipes, _held(generators or boilers))
    if not boilers:
        supply = generators[0][1]
        data = supply.prototype.generator
        degrees = supply.steam_temperature or (data.maximum_temperature if data is not None else 0)
        endless = pipes.segments[steam].capacity
        pipes.pumps.append(PumpSpec(generators[0][0], -1, steam, endless, "steam", degrees))
        return [], [], steam
    water = _add(pipes, _held(boilers))
    wells = list(_each(factory, "offshore-pump"))
    for index, entity in wells:
        pipes.pumps.append(PumpSpec(index, -1, water, pump_rate(entity), "water"))
    if not wells:
        pipes.pumps.append(PumpSpec(boilers[0][0], -1, water, pipes.segments[water].capacity, "water"))
    if not generators:
        pipes.pumps.append(PumpSpec(boilers[0][0], steam, -1, pipes.segments[steam].capacity))
    machines, ports = [], []
    for number, (index, entity) in enumerate(boilers):
        # A schematic boiler always has the fuel that it names.
        machines.append(make_boiler(replace(entity, fuel="unlimited"), index))
        degrees = boiling.steam_degrees(entity.name)
        ports.append(PortSpec(number, 0, False, water, "water", within=True))
        ports.append(PortSpec(number, 0, True, steam, "steam", degrees=degrees))
    return machines, ports, steam


def _grid(factory: Factory, pipes: Pipes, steam: int) -> Grid:
    """One network of all that produces, stores and draws power; none where nothing does."""
    network = NetworkSpec()
    for entity in factory.entities:
        add_store(network, entity)
    made = [generator(entity, index, 0, steam) for index, entity in _each(factory, "generator")]
    generators = [part for part in made if part is not None]
    if network == NetworkSpec() and not generators:
        return Grid()
    pumps = {pump.entity: number for number, pump in enumerate(pipes.pumps) if pump.source >= 0 and pump.target >= 0}
    consumers: list[ConsumerSpec] = []
    for index, entity in enumerate(factory.entities):
        energy = entity.prototype.energy
        if energy is None or not energy.priority.endswith("-input"):
            continue
        for _ in range(entity.count):
            one = consumer(entity, Draw.ALWAYS, 0, 0, entity.beacons)
            if index in pumps:
                one = replace(one, kind=Draw.PUMP, index=pumps[index])
            consumers.append(one if entity.working or index in pumps else replace(one, power_w=0))
    if generators and not consumers:
        consumers.append(load(ENDLESS_W))
    return Grid([network], consumers, generators)


def load(watts: int) -> ConsumerSpec:
    """A consumer that always draws so much."""
    return ConsumerSpec(Draw.ALWAYS, 0, 0, watts, 0)


def compile_schematic(factory: Factory) -> CompiledFactory:
    """Make a schematic factory ready to run; raises SimulationError for endpoints, which need a place."""
    if factory.sources or factory.sinks:
        raise SimulationError(f"{factory.id}: a schematic factory has no places for sources and sinks; leave them out")
    wiring = wire(replace(factory, entities=()))
    pipes = Pipes()
    _chain(factory, pipes)
    machines, ports, steam = _steam(factory, pipes)
    drawn = (entity for entity in factory.entities if entity.prototype.type not in _KNOWN)
    inert = {entity.name for entity in drawn if not entity.working or not entity.prototype.electric}
    return CompiledFactory(
        factory=factory,
        wiring=wiring,
        line_set=make_lines(wiring),
        machines=machines,
        chests=[],
        arms=[],
        not_simulated=tuple(sorted(inert)),
        items=sorted({"steam", "water"} | pipes.fluids),
        pipes=pipes,
        ports=ports,
        grid=_grid(factory, pipes, steam),
    )
