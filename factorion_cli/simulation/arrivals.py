"""Whether anything at all can come to the sinks of a factory once some of its entities are gone.

Items spread from sources, drills and machines along all that connects, at no matter which rate: sets that only grow.
Where none of them holds what a sink counts, no simulation has to say so. The answer errs to one side alone: what a
simulation finds at a sink always can come there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from factorion_cli.factory import Factory
from factorion_cli.simulation import powering
from factorion_cli.simulation.compiling import MachineSpec, machine_specs
from factorion_cli.simulation.schematic import is_schematic
from factorion_cli.simulation.wiring import BeltNode, Spot, Wiring, underground_exit, wire

Stop = tuple[str, int]
"""Where items may be: kind and index of a `Spot`, or ("counter", a sink of kind "output")."""

Items = frozenset[str]

NOTHING: Items = frozenset()


class Way(NamedTuple):
    """Items go on to `target`, moved by the entity `by` (-1: none); all of them or, if it names any, `only`."""

    target: Stop
    by: int
    only: Items


Ways = dict[Stop, list[Way]]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How items may go through a factory (`arrivals_of`).

    Attributes:
        factory: can be simulated.
        nodes: its belts.
        machines: by entity.
        powered: which of its entities have power.
        ways: from each stop.
        starts: what sources give.
        ends: where sinks count, and the item that counts there (None: everything).
    """

    factory: Factory
    nodes: Sequence[BeltNode]
    machines: Mapping[int, MachineSpec]
    powered: Sequence[bool]
    ways: Ways
    starts: Sequence[tuple[Stop, Items]]
    ends: Sequence[tuple[Stop, str | None]]

    def possible(self, missing: Collection[int]) -> bool:
        """Whether a sink may get something that it counts when these entities are gone."""
        gone = frozenset(missing)
        found = self._spread(gone, self._idle(gone))
        return any(
            found.get(stop, NOTHING) if item is None else item in found.get(stop, NOTHING) for stop, item in self.ends
        )

    def _idle(self, gone: frozenset[int]) -> frozenset[int]:
        """What moves and makes nothing: what is gone or has no power."""
        entities = self.factory.entities
        if not any(entities[index].prototype.pole is not None for index in gone):
            return gone.union(index for index, powered in enumerate(self.powered) if not powered)
        left = [index for index in range(len(entities)) if index not in gone]
        powered = powering.powered(self.factory.without(gone))
        return gone.union(index for index, works in zip(left, powered, strict=True) if not works)

    def _spread(self, gone: frozenset[int], idle: frozenset[int]) -> dict[Stop, Items]:
        """What may be at each stop; at a machine, of its ingredients."""
        found: dict[Stop, Items] = {}
        rerouted = dict(self._rerouted(gone))
        waiting = list(self.starts)

        def go_on(stop: Stop, items: Items) -> None:
            open_ways = (way for way in self.ways.get(stop, ()) if way.by not in idle)
            waiting.extend((way.target, items & way.only if way.only else items) for way in open_ways)

        for entity, machine in self.machines.items():
            if entity not in idle:
                go_on(("machine", entity), _made(machine, NOTHING))
        while waiting:
            stop, items = waiting.pop()
            kind, index = stop
            before = found.get(stop, NOTHING)
            if items <= before or self._entity_at(stop) in gone:
                continue
            found[stop] = before | items
            if kind != "machine":
                go_on(stop, items)
            elif index not in idle:
                go_on(stop, _made(self.machines[index], found[stop]))
            if stop in rerouted:
                waiting.append((rerouted[stop], items))
        return found

    def _entity_at(self, stop: Stop) -> int:
        """The entity that a stop is, -1 for an endpoint."""
        kind, index = stop
        if kind == "belt":
            return self.nodes[index].entity
        return index if kind in ("machine", "chest") else -1

    def _rerouted(self, gone: frozenset[int]) -> Iterator[tuple[Stop, Stop]]:
        """Ends of undergrounds that find another exit where something is gone, and that exit."""
        if not any(self.factory.entities[index].prototype.type == "underground-belt" for index in gone):
            return
        at = {(node.x, node.y): index for index, node in enumerate(self.nodes) if node.entity not in gone}
        for index, node in enumerate(self.nodes):
            if node.kind == "under-in" and node.entity not in gone:
                way_out = underground_exit(self.nodes, self.factory.entities, at, node)
                if way_out is not None and way_out != node.partner:
                    yield ("belt", index), ("belt", way_out)


def arrivals_of(factory: Factory) -> Arrivals | None:
    """How items may go through a factory that can be simulated; None where more decides than this knows of.

    That is the case with labs, heat, networks of power, and schematic factories.
    """
    prototypes = [entity.prototype for entity in factory.entities]
    if is_schematic(factory) or factory.power.mode == "network":
        return None
    if any(prototype.heats or prototype.lab is not None for prototype in prototypes):
        return None
    wiring, powered = wire(factory), powering.powered(factory)
    machines, _, _ = machine_specs(factory, powered, powering.satisfaction(factory), wiring)
    return Arrivals(
        factory=factory,
        nodes=wiring.nodes,
        machines={machine.entity: machine for machine in machines},
        powered=powered,
        ways=_ways(factory, wiring, machines),
        starts=list(_starts(factory, wiring)),
        ends=list(_ends(factory, wiring)),
    )


def _made(machine: MachineSpec, ingredients: Items) -> Items:
    """What a machine may make of these; fluids and fuel count as there."""
    return frozenset(
        product.item
        for plan in machine.plans
        if machine.drains or all(part.fluid or part.item in ingredients for part in plan.inputs)
        for product in plan.outputs
    )


def _stop(spot: Spot) -> Stop:
    return spot.kind, spot.index


def _ways(factory: Factory, wiring: Wiring, machines: Sequence[MachineSpec]) -> Ways:
    ways: Ways = {}

    def lead(start: Stop, target: Stop, by: int = -1, only: Items = NOTHING) -> None:
        ways.setdefault(start, []).append(Way(target, by, only))

    for feed in wiring.feeds:
        lead(("belt", feed.node), ("belt", feed.to_node))
    for index, node in enumerate(wiring.nodes):
        if node.kind == "splitter":
            lead(("belt", index), ("belt", node.partner))
    for arm in (*wiring.arms, *wiring.loaders):
        if arm.pickup is not None and arm.drop is not None:
            lead(_stop(arm.pickup), _stop(arm.drop), arm.entity, frozenset(factory.entities[arm.entity].filters))
    for drill in wiring.drills:
        if drill.drop is not None:
            lead(("machine", drill.entity), _stop(drill.drop), drill.entity)
    at = {(factory.entities[part.entity].x, factory.entities[part.entity].y): part.entity for part in machines}
    for index, sink in enumerate(factory.sinks):
        if sink.kind == "output" and sink.of in at:
            lead(("machine", at[sink.of]), ("counter", index))
    return ways


def _starts(factory: Factory, wiring: Wiring) -> Iterator[tuple[Stop, Items]]:
    for index, node in enumerate(wiring.nodes):
        yield ("belt", index), frozenset(item for item in node.items if item is not None)
    for index, source in enumerate(factory.sources):
        if source.kind == "chest":
            yield ("chest-source", index), frozenset((source.item,))


def _ends(factory: Factory, wiring: Wiring) -> Iterator[tuple[Stop, str | None]]:
    for index, node in enumerate(wiring.nodes):
        if node.sink >= 0:
            yield ("belt", index), factory.sinks[node.sink].item
    for index, sink in enumerate(factory.sinks):
        if sink.kind != "belt":
            yield ("counter" if sink.kind == "output" else "chest-sink", index), sink.item
