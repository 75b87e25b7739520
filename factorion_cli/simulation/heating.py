"""Heat made ready for the kernels: which heat connections are joined, what warms them and what takes heat from them.

Reactors and heat exchangers are machines: a reactor burns its fuel (a craft is one cell, which leaves a used one), an
exchanger boils water with heat instead of fuel. All that is joined has one temperature (see decisions.HEAT_TRAVELS).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.prototypes import EntityPrototype, ItemPrototype, PipeConnection, load_table
from factorion_cli.simulation.crafting import MICRO, Plan, PlannedOutput, exact
from factorion_cli.simulation.piping import Tile, connection_place

HEAT = "heat"
"""What exchangers run on, in place of a category of fuels."""

NEIGHBOURS = 4
"""A reactor has four sides."""


@dataclass(slots=True)
class HeatSpec:
    """What is joined by heat: joules per degree of all of it, and its highest temperature."""

    joules_per_degree: int = 0
    degrees: float = 1000.0


@dataclass(slots=True)
class HeaterSpec:
    """Machine number `machine` gives heat to a network, or takes it (`takes`).

    `neighbours` are the machines of reactors beside it: each that works adds `bonus_percent`.
    """

    machine: int
    network: int
    power_w: int
    takes: bool
    bonus_percent: int = 0
    neighbours: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Heat:
    """All heat networks of a factory."""

    networks: list[HeatSpec] = field(default_factory=list)
    heaters: list[HeaterSpec] = field(default_factory=list)


@lru_cache(maxsize=16)
def reactor_plan(name: str) -> Plan:
    """What a reactor does: a craft lasts as long as one piece of its fuel, and leaves what is left of that.

    Fuel that leaves nothing is burnt second by second.
    """
    prototype = load_table().entity(name)
    fuel = _leaving_fuel(prototype)
    if fuel is None or fuel.burnt_result is None:
        return Plan(name, 60, 1, 0, 1, (), ())
    ticks = 60 * exact(fuel.fuel_j) / burnt_w(prototype)
    stack = load_table().items[fuel.burnt_result].stack_size
    used = PlannedOutput(fuel.burnt_result, MICRO, 0, stack, False)
    return Plan(name, ticks.numerator, ticks.denominator, 0, 1, (), (used,))


def _leaving_fuel(prototype: EntityPrototype) -> ItemPrototype | None:
    categories = set(prototype.energy.fuel_categories if prototype.energy is not None else ())
    fuels = (item for item in load_table().items.values() if categories & set(item.fuel_categories))
    return next((item for item in fuels if item.burnt_result is not None), None)


def burnt_w(prototype: EntityPrototype) -> int:
    """Watts of fuel that a reactor burns: heating towers make 2.5 times as much of it."""
    assert prototype.reactor is not None
    effectivity = prototype.energy.effectivity if prototype.energy is not None else 1
    return round(exact(prototype.reactor.power_w) / exact(effectivity))


def _ends(entity: Entity) -> Iterable[tuple[Tile, int]]:
    heat = entity.prototype.heat
    for position, direction in heat.connections if heat is not None else ():
        yield connection_place(entity, PipeConnection(position, direction))


def _joined(factory: Factory, warm: Sequence[int]) -> dict[int, int]:
    """The network of each entity that holds heat, numbered in canonical order."""
    facing: dict[tuple[Tile, int], int] = {}
    for index in warm:
        for end in _ends(factory.entities[index]):
            facing[end] = index
    network: dict[int, int] = {}
    for start in warm:
        if start in network:
            continue
        number = max(network.values(), default=-1) + 1
        network[start], waiting = number, [start]
        while waiting:
            for tile, direction in _ends(factory.entities[waiting.pop()]):
                other = facing.get((step(*tile, direction), opposite(direction)))
                if other is not None and other not in network:
                    network[other] = number
                    waiting.append(other)
    return network


def _beside(first: Entity, second: Entity) -> bool:
    """Whether two reactors touch along a whole side."""
    (width, height), across, down = first.size, abs(first.x - second.x), abs(first.y - second.y)
    return first.size == second.size and (across, down) in ((width, 0), (0, height))


def heat_up(factory: Factory, machines: Sequence[int]) -> Heat:
    """Heat networks of a laid-out factory; `machines` is the entity of each machine by number."""
    entities = factory.entities
    warm = [index for index, entity in enumerate(entities) if entity.prototype.heat is not None]
    warm.sort(key=lambda index: (entities[index].y, entities[index].x))
    network = _joined(factory, warm)
    heat = Heat([HeatSpec() for _ in range(max(network.values(), default=-1) + 1)])
    for index in warm:
        data, spec = entities[index].prototype.heat, heat.networks[network[index]]
        assert data is not None
        spec.joules_per_degree += round(data.specific_heat_j)
        spec.degrees = min(spec.degrees, data.max_temperature)
    reactors = {number: i for number, i in enumerate(machines) if entities[i].prototype.reactor is not None}
    for number, index in enumerate(machines if warm else ()):
        if index not in network:
            continue
        entity = entities[index]
        reactor, boiler = entity.prototype.reactor, entity.prototype.boiler
        if reactor is not None:
            beside = [other for other, i in reactors.items() if other != number and _beside(entity, entities[i])]
            same = [other for other in beside if entities[machines[other]].name == entity.name][:NEIGHBOURS]
            bonus = round(100 * reactor.neighbour_bonus)
            heat.heaters.append(
                HeaterSpec(number, network[index], round(reactor.power_w), False, bonus, same if bonus else [])
            )
        elif boiler is not None:
            heat.heaters.append(HeaterSpec(number, network[index], round(boiler.power_w), True))
    return heat
