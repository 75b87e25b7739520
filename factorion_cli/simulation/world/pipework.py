"""Pipes, heat and electric networks of an edited world: made anew as a whole when anything of theirs was edited.

Their cost therefore grows with the number of things that carry fluids (or, with `power: network`, with all of the
factory). A new segment takes over what its boxes held before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import powering
from factorion_cli.simulation.grids import Draw, Grid, make_grid
from factorion_cli.simulation.heating import NEIGHBOURS, Heat, heat_up
from factorion_cli.simulation.layout import CONSUMER, GENERATOR, HEAT, HEATER, NETWORK, PORT, PUMP, SEGMENT, RecordArray
from factorion_cli.simulation.piping import FLUID_TYPES, Box, Pipes, PortSpec, pipe_up, ports_of
from factorion_cli.simulation.rows import (
    consumer_row,
    generator_row,
    heat_row,
    heater_row,
    network_row,
    padded,
    port_row,
    pump_row,
    records,
    segment_row,
)
from factorion_cli.simulation.world.stations import Stations
from factorion_cli.simulation.world.tables import Tables

BeaconsOn = Callable[[Entity], tuple[tuple[str, ...], ...]]


def concerns_pipes(entity: Entity) -> bool:
    """Whether fluids or heat flow through an entity or into it: of machines, those whose recipe has a fluid."""
    prototype = entity.prototype
    if prototype.heat is not None:
        return True
    if prototype.type not in FLUID_TYPES or not prototype.fluid_boxes:
        return False
    if prototype.machine is None:
        return True
    recipe = load_table().recipes.get(entity.recipe or "")
    return recipe is not None and any(part.fluid for part in (*recipe.ingredients, *recipe.products))


class Pipework:
    """Segments, ports, pumps and electric networks.

    Attributes:
        stale: whether something was edited since they were made.
        segment_of: row of the segment of each box, by (id, number of the box).
        network_of: number of the electric network of each entity, by id.
        heat_of: number of the heat network of each reactor or exchanger, by id; `generators`: row of each.
    """

    def __init__(self) -> None:
        self.stale = False
        self.segment_of: dict[Box, int] = {}
        self.network_of: dict[int, int] = {}
        self.heat_of: dict[int, int] = {}
        self.generators: dict[int, int] = {}

    def copy(self) -> Pipework:
        """The same pipework."""
        copied = Pipework()
        copied.segment_of, copied.network_of = dict(self.segment_of), dict(self.network_of)
        copied.heat_of, copied.generators = dict(self.heat_of), dict(self.generators)
        return copied

    def rebuild(
        self,
        tables: Tables,
        stations: Stations,
        base: Factory,
        things: dict[int, Entity | Source | Sink],
        beacons_on: BeaconsOn,
    ) -> None:
        """Make everything anew from the things that stand there."""
        self.stale = False
        networked = base.power.mode == "network"
        numbers = [
            number
            for number, thing in things.items()
            if isinstance(thing, Entity) and (networked or concerns_pipes(thing) or thing.prototype.pole is not None)
        ]
        entities: dict[int, Entity] = {
            number: thing for number in numbers if isinstance(thing := things[number], Entity)
        }
        numbers.sort(key=lambda number: (entities[number].y, entities[number].x))
        factory = base.with_entities(entities[number] for number in numbers)
        works = powering.powered(factory)
        pipes = pipe_up(factory, works)
        for name in sorted(pipes.fluids):
            tables.number(name)
        machines = [index for index, number in enumerate(numbers) if number in stations.machines]
        ports: list[PortSpec] = []
        for place, index in enumerate(machines if pipes.segments else ()):
            spec = stations.specs[numbers[index]]
            if not spec.fluid_free:
                ports += ports_of(pipes, factory.entities, index, place, spec.plans)
        rows = [stations.machines[numbers[index]] for index in machines]
        port_rows = [{**port_row(port, 0, 0), "machine": rows[port.machine]} for port in ports]
        segments = records(SEGMENT, [segment_row(segment, tables.ids) for segment in pipes.segments])
        self._pour(segments, pipes, numbers, tables.arrays.segments)
        pumps = records(PUMP, [pump_row(pump, tables.ids, 0) for pump in pipes.pumps])
        self._install(tables, "first_segment", len(pipes.segments), segments=segments)
        self._install(tables, "first_port", len(port_rows), ports=records(PORT, port_rows))
        self._install(tables, "first_pump", len(pipes.pumps), pumps=pumps)
        self._warm(tables, heat_up(factory, machines), [numbers[index] for index in machines], rows)
        if networked:
            self._energise(tables, stations, factory, numbers, pipes, machines, beacons_on)

    @staticmethod
    def _install(tables: Tables, first: str, count: int, **arrays: RecordArray) -> None:
        tables.replace(**arrays)
        getattr(tables.arrays, first)[1] = count

    def _pour(self, segments: RecordArray, pipes: Pipes, numbers: list[int], before: RecordArray) -> None:
        """Fill the new segments with what their boxes held; a segment that is cut up is shared out by boxes."""
        boxes = Counter(self.segment_of.values())
        shared: Counter[tuple[int, int]] = Counter()
        segment_of: dict[Box, int] = {}
        for (index, number), row in sorted(pipes.of_box.items()):
            box = (numbers[index], number)
            segment_of[box] = row
            if box in self.segment_of:
                shared[row, self.segment_of[box]] += 1
        for row in {row for row, _ in shared}:
            segments["amount"][row] = 0
        for (row, old), count in sorted(shared.items()):
            amount = int(before["amount"][old]) * count // boxes[old]
            if segments["amount"][row] == 0:
                segments["fluid"][row], segments["temperature"][row] = before["fluid"][old], before["temperature"][old]
            segments["amount"][row] = min(int(segments["amount"][row]) + amount, int(segments["capacity"][row]))
        self.segment_of = segment_of

    def _warm(self, tables: Tables, heat: Heat, machines: list[int], rows: list[int]) -> None:
        """Make the heat networks; each stays as warm as the network that its first reactor or exchanger was in."""
        heats, before = records(HEAT, [heat_row(spec) for spec in heat.networks]), tables.arrays.heats
        heat_of = {machines[heater.machine]: heater.network for heater in heat.heaters}
        for number, network in sorted(heat_of.items(), reverse=True):
            old = self.heat_of.get(number)
            if old is not None:
                heats["energy"][network] = min(int(before["energy"][old]), int(heats["most"][network]))
        heaters = []
        for heater in heat.heaters:
            neighbours = [rows[other] for other in heater.neighbours]
            row = heater_row(heater, 0, 0)
            heaters.append({**row, "machine": rows[heater.machine], "neighbours": padded(neighbours, NEIGHBOURS, -1)})
        self.heat_of = heat_of
        self._install(tables, "first_heat", len(heats) if heat.networks else 0, heats=heats)
        self._install(tables, "first_heater", len(heaters), heaters=records(HEATER, heaters))

    def _energise(
        self,
        tables: Tables,
        stations: Stations,
        factory: Factory,
        numbers: list[int],
        pipes: Pipes,
        machines: list[int],
        beacons_on: BeaconsOn,
    ) -> None:
        """Make the electric networks; each keeps what its accumulators stored and the time of its day."""
        arms = [index for index, number in enumerate(numbers) if number in stations.arms]
        beacons = {index: beacons_on(factory.entities[index]) for index in machines}
        network_of = powering.networks(factory)
        grid: Grid = make_grid(factory, network_of, pipes, machines, arms, beacons)
        rows: dict[Draw, list[int]] = {
            Draw.MACHINE: [stations.machines[numbers[index]] for index in machines],
            Draw.ARM: [stations.arms[numbers[index]] for index in arms],
        }
        consumers: list[dict[str, Any]] = []
        for consumer in grid.consumers:
            row = consumer_row(consumer, 0, 0)
            if consumer.kind in rows:
                row["index"] = rows[consumer.kind][consumer.index]
            consumers.append(row)
        networks = records(NETWORK, [network_row(network) for network in grid.networks])
        before = tables.arrays.networks
        for index, new in enumerate(network_of):
            old = self.network_of.get(numbers[index], -1)
            if new >= 0 and old >= 0:
                for field in ("clock", "share", "urgent_share"):
                    networks[field][new] = before[field][old]
                networks["stored"][new] = min(int(before["stored"][old]), int(networks["capacity"][new]))
        self.network_of = {numbers[index]: new for index, new in enumerate(network_of)}
        for name in sorted({generator.fluid for generator in grid.generators}):
            tables.number(name)
        generators = [
            {**generator_row(generator, tables.ids, 0, 0), "energy": self._left_over(tables, numbers[generator.entity])}
            for generator in grid.generators
        ]
        self.generators = {numbers[generator.entity]: row for row, generator in enumerate(grid.generators)}
        self._install(tables, "first_network", len(grid.networks), networks=networks)
        self._install(tables, "first_consumer", len(consumers), consumers=records(CONSUMER, consumers))
        self._install(tables, "first_generator", len(generators), generators=records(GENERATOR, generators))

    def _left_over(self, tables: Tables, number: int) -> int:
        """Energy that a generator has left over from the last of its fluid."""
        row = self.generators.get(number)
        return 0 if row is None else int(tables.arrays.generators["energy"][row])
