"""What the energy of a factory is balanced over in the flow engine: electric networks and joined heat.

Who is connected to what is found as for the tick engine (`powering.py`, `grids.py`, `heating.py`); here it is only put
beside the rows and links of a batch. Factories without a network or a heat exchanger have none of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.factory import Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import decisions, powering
from factorion_cli.simulation.batch import ARM, MACHINE, item_numbers
from factorion_cli.simulation.compiling import MachineSpec, beacons_on
from factorion_cli.simulation.grids import WHOLE, ConsumerSpec, Draw, Grid, NetworkSpec, make_grid
from factorion_cli.simulation.heating import HEAT, HeaterSpec, heat_up
from factorion_cli.simulation.piping import MILLI, Pipes

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Consumers:
    """Who draws power, C of them.

    Attributes:
        kind: (C,) `grids.Draw`.
        place: (C,) the row of a machine or arm, the link of a pump (-1: it never moves anything).
        network: (C,) number of its network.
        power_w: (C,) watts while it works.
        drain_w: (C,) watts always.
        urgent: (C,) whether it is served first.
        beacon_share: (C,) part of its speed that it owes to beacons.
    """

    kind: LongArray
    place: LongArray
    network: LongArray
    power_w: NDArray[np.float64]
    drain_w: NDArray[np.float64]
    urgent: MaskArray
    beacon_share: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Generator:
    """A steam engine or turbine: `row` takes up to `most` units of `item` a second; hotter than `degrees` is no use."""

    row: int
    network: int
    pool: int
    item: int
    most: float
    joules_per_degree: float
    degrees: float

    def watts(self, degrees: float) -> float:
        """Watts that a unit per second of this temperature gives."""
        return max(0.0, min(degrees, self.degrees) - decisions.BASE_DEGREES) * self.joules_per_degree


@dataclass(frozen=True, slots=True)
class Inflow:
    """Link number `link` brings fluid of this temperature into a pool, or (None) what the pool `source` holds."""

    link: int
    pool: int
    degrees: float | None
    source: int = -1


@dataclass(frozen=True, slots=True)
class Heater:
    """A reactor, or an exchanger (`takes`), in `row`; each of the reactors `beside` it that works adds `bonus`."""

    row: int
    network: int
    power_w: float
    takes: bool
    bonus: float
    beside: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Energy:
    """All that is balanced in one factory; rows and links are counted from its first."""

    networks: tuple[NetworkSpec, ...]
    consumers: Consumers
    generators: tuple[Generator, ...]
    inflows: tuple[Inflow, ...]
    heaters: tuple[Heater, ...]


@dataclass(frozen=True, slots=True)
class EnergyPlan:
    """Networks and heat of a factory whose rows are not numbered yet: everything goes by entity."""

    grid: Grid
    heaters: tuple[HeaterSpec, ...]

    @property
    def fluids(self) -> set[str]:
        """What generators take in."""
        return {one.fluid for one in self.grid.generators}

    def rows(self, factory: Factory) -> Iterator[Row]:
        """A row for each generator: a machine that only takes in, and that nothing touches."""
        for number, one in enumerate(self.grid.generators):
            entity = factory.entities[one.entity]
            place = {"x": entity.x, "y": entity.y, "width": 0, "height": 0}
            nothing = {"index": -1, "plan": -1, "choice": -1, "fuel": -1}
            yield {"kind": MACHINE, "generator": number, **place, **nothing}

    def links(self, rows: Sequence[Row], first: int, rate: float) -> Iterator[Row]:
        """The pipe connection of each generator; `first` is the number of the first row."""
        for place, number in _generators(rows):
            one = self.grid.generators[number]
            item = item_numbers()[one.fluid]
            yield {"machine": first + place, "pool": one.segment, "item": item, "out": 0, "rate": rate}

    def placed(self, rows: Sequence[Row], links: Sequence[Row]) -> Energy:
        """All of it by numbers of these rows and links of the factory."""
        by_entity = {row["index"]: place for place, row in enumerate(rows) if row["kind"] in (ARM, MACHINE)}
        pumps = {link["pump"]: place for place, link in enumerate(links) if "pump" in link}
        return Energy(
            networks=tuple(self.grid.networks),
            consumers=_consumers(self.grid.consumers, by_entity, pumps),
            generators=tuple(self._generator(place, number) for place, number in _generators(rows)),
            inflows=tuple(_inflows(links)) if self.grid.generators else (),
            heaters=tuple(_heater(heater, by_entity) for heater in self.heaters),
        )

    def _generator(self, place: int, number: int) -> Generator:
        one = self.grid.generators[number]
        return Generator(
            row=place,
            network=one.network,
            pool=one.segment,
            item=item_numbers()[one.fluid],
            most=one.rate * 60 / MILLI,
            joules_per_degree=load_table().fluids[one.fluid].heat_capacity_j,
            degrees=one.degrees,
        )


def plan_energy(
    factory: Factory, machines: Sequence[MachineSpec], pipes: Pipes, works: list[bool]
) -> EnergyPlan | None:
    """Networks and heat of a factory; None where nothing depends on how much power or heat there is."""
    networked = factory.power.mode == "network"
    heated = any(spec.fuel == HEAT for spec in machines)
    if not networked and not heated:
        return None
    entities = [spec.entity for spec in machines]
    heaters = heat_up(factory, entities).heaters if heated else []
    return EnergyPlan(
        grid=_grid(factory, entities, pipes, works) if networked else Grid(),
        heaters=tuple(
            replace(heater, machine=entities[heater.machine], neighbours=[entities[n] for n in heater.neighbours])
            for heater in heaters
        ),
    )


def _grid(factory: Factory, machines: list[int], pipes: Pipes, works: list[bool]) -> Grid:
    """The electric networks; the index of a machine or arm that draws is that of its entity."""
    arms = [index for index, entity in enumerate(factory.entities) if entity.prototype.inserter is not None]
    grid = make_grid(factory, powering.networks(factory), pipes, machines, arms, beacons_on(factory, works))
    entity_of = {Draw.MACHINE: machines, Draw.ARM: arms}
    grid.consumers = [
        replace(one, index=entity_of[one.kind][one.index]) if one.kind in entity_of else one for one in grid.consumers
    ]
    return grid


def _generators(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """(place of the row, number of the generator)."""
    return ((place, row["generator"]) for place, row in enumerate(rows) if "generator" in row)


def _inflows(links: Sequence[Row]) -> Iterator[Inflow]:
    for place, link in enumerate(links):
        if "pump" in link and link["target"] >= 0:
            degrees = link["degrees"] if link["pool"] < 0 else None
            yield Inflow(place, link["target"], degrees, link["pool"])
        elif link.get("out") == 1 and link["pool"] >= 0:
            yield Inflow(place, link["pool"], link["degrees"])


def _heater(heater: HeaterSpec, rows: dict[int, int]) -> Heater:
    return Heater(
        row=rows[heater.machine],
        network=heater.network,
        power_w=float(heater.power_w),
        takes=heater.takes,
        bonus=heater.bonus_percent / 100,
        beside=tuple(rows[other] for other in heater.neighbours),
    )


def _consumers(specs: Sequence[ConsumerSpec], rows: dict[int, int], pumps: dict[int, int]) -> Consumers:
    def place(one: ConsumerSpec) -> int:
        if one.kind == Draw.ALWAYS:
            return -1
        return pumps.get(one.index, -1) if one.kind == Draw.PUMP else rows[one.index]

    return Consumers(
        kind=np.array([int(one.kind) for one in specs], np.int64),
        place=np.array([place(one) for one in specs], np.int64),
        network=np.array([one.network for one in specs], np.int64),
        power_w=np.array([one.power_w for one in specs], np.float64),
        drain_w=np.array([one.drain_w for one in specs], np.float64),
        urgent=np.array([one.urgent for one in specs], np.bool_),
        beacon_share=np.array([one.beacon_share / WHOLE for one in specs], np.float64),
    )
