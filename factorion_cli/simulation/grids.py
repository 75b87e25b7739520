"""Electric networks made ready for the kernels: who draws, who generates, what is stored.

Only factories of power mode "network" have any. Energy is counted in watt-ticks: a watt for a sixtieth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction

from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation import decisions
from factorion_cli.simulation.crafting import (
    Beacons,
    beacon_strength,
    effects_on,
    exact,
    module_effect,
    quality_factor,
    speed_factor,
)
from factorion_cli.simulation.piping import MILLI, Pipes

WHOLE = 1 << 16
"""A share of one in the kernels."""


class Draw(IntEnum):
    """When a consumer draws its full power."""

    ALWAYS = 0
    MACHINE = 1
    ARM = 2
    PUMP = 3


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """What draws `drain_w` always and `power_w` while number `index` of its kind works.

    `beacon_share` (in 65536ths) is the part of its speed that it owes to beacons; `urgent` ones are served first.
    """

    kind: Draw
    index: int
    network: int
    power_w: int
    drain_w: int
    urgent: bool = False
    beacon_share: int = 0


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """A steam engine or turbine: `rate` thousandths a tick of its fluid, which gives energy up to `degrees`."""

    entity: int
    network: int
    segment: int
    fluid: str
    rate: int
    degrees: float


@dataclass(slots=True)
class NetworkSpec:
    """What panels and accumulators of a network amount to: `solar_w` by day, `steady_w` in fixed light."""

    solar_w: int = 0
    steady_w: int = 0
    capacity_j: int = 0
    flow_w: int = 0


@dataclass(slots=True)
class Grid:
    """All networks of a factory."""

    networks: list[NetworkSpec] = field(default_factory=list)
    consumers: list[ConsumerSpec] = field(default_factory=list)
    generators: list[GeneratorSpec] = field(default_factory=list)


def consumption_factor(entity: Entity, beacons: Beacons) -> Fraction:
    """What modules and beacons multiply a machine's power by; a fifth at least (wiki: Module)."""
    part = entity.prototype.machine or entity.prototype.drill or entity.prototype.lab
    if part is None:
        return Fraction(1)
    change = _consumption(entity.modules) if part.uses_modules else Fraction(0)
    if part.uses_beacons:
        change += sum((_consumption(modules) * beacon_strength(beacons, modules) for modules in beacons), Fraction(0))
    return max(Fraction(decisions.MINIMUM_CONSUMPTION_PERCENT, 100), 1 + change)


def _consumption(modules: tuple[str, ...]) -> Fraction:
    return sum((module_effect(module, "consumption") for module in modules), Fraction(0))


def _beacon_share(entity: Entity, beacons: Beacons) -> int:
    """65536ths of a machine's speed that its beacons give."""
    part = entity.prototype.machine or entity.prototype.drill or entity.prototype.lab
    if part is None or not beacons:
        return 0
    whole = speed_factor(effects_on(entity, beacons, part.uses_modules, part.uses_beacons))
    alone = speed_factor(effects_on(entity, (), part.uses_modules, part.uses_beacons))
    return max(0, round(WHOLE * (1 - alone / whole)))


def consumer(entity: Entity, kind: Draw, index: int, network: int, beacons: Beacons = ()) -> ConsumerSpec:
    """An electric entity as a consumer."""
    energy = entity.prototype.energy
    assert energy is not None
    factor = consumption_factor(entity, beacons)
    if entity.prototype.beacon is not None:
        factor = Fraction(decisions.BEACON_SIXTHS.get(entity.quality, 6), 6)
    return ConsumerSpec(
        kind=kind,
        index=index,
        network=network,
        power_w=round(exact(energy.power_w) * factor),
        drain_w=round(energy.drain_w),
        urgent=energy.priority == "primary-input",
        beacon_share=_beacon_share(entity, beacons),
    )


def generator(entity: Entity, index: int, network: int, segment: int) -> GeneratorSpec | None:
    """A generator that runs on a fluid; None for others."""
    data, boxes = entity.prototype.generator, entity.prototype.fluid_boxes
    if data is None or not boxes or boxes[0].filter is None:
        return None
    rate = round(exact(data.units_per_tick) * MILLI * quality_factor(entity.quality))
    return GeneratorSpec(index, network, segment, boxes[0].filter, rate, data.maximum_temperature)


def add_store(spec: NetworkSpec, entity: Entity) -> None:
    """Count a panel or accumulator in; anything else changes nothing."""
    prototype = entity.prototype
    if prototype.solar is not None:
        watts = round(exact(prototype.solar.power_w) * quality_factor(entity.quality)) * entity.count
        if entity.light is None:
            spec.solar_w += watts
        else:
            spec.steady_w += round(watts * entity.light)
    elif prototype.type == "accumulator" and prototype.energy is not None:
        # They hold +100 % per level (QualityPrototype accumulator_capacity_multiplier).
        levels = 1 + decisions.QUALITY_LEVELS.get(entity.quality, 0)
        spec.capacity_j += round(prototype.energy.buffer_j) * levels * entity.count
        spec.flow_w += round(exact(prototype.energy.output_w) * quality_factor(entity.quality)) * entity.count


def make_grid(
    factory: Factory,
    network_of: list[int],
    pipes: Pipes,
    machines: list[int],
    arms: list[int],
    beacons: dict[int, Beacons],
) -> Grid:
    """The networks of a laid-out factory; `machines` and `arms` are the entities of each by number."""
    grid = Grid([NetworkSpec() for _ in range(max(network_of, default=-1) + 1)])
    working = [(Draw.MACHINE, number, index) for number, index in enumerate(machines)]
    working += [(Draw.ARM, number, index) for number, index in enumerate(arms)]
    working += [(Draw.PUMP, number, pump.entity) for number, pump in enumerate(pipes.pumps)]
    working += [
        (Draw.ALWAYS, 0, index) for index, entity in enumerate(factory.entities) if entity.prototype.beacon is not None
    ]
    for kind, number, index in working:
        entity = factory.entities[index]
        if network_of[index] >= 0 and entity.prototype.electric:
            grid.consumers.append(consumer(entity, kind, number, network_of[index], beacons.get(index, ())))
    order = sorted(range(len(factory.entities)), key=lambda i: (factory.entities[i].y, factory.entities[i].x))
    for index in order:
        network, entity = network_of[index], factory.entities[index]
        if network >= 0:
            add_store(grid.networks[network], entity)
            made = generator(entity, index, network, pipes.segment_at(index, 0))
            if made is not None and made.segment >= 0:
                grid.generators.append(made)
    return grid
