"""Who makes what for whom: the flows of a simulated factory between sources, kinds of machines and sinks.

Machines of one kind with one recipe are one party. What goes over shared belts and chests is divided in proportion:
every taker of an item gets it from all who put it on, as much as each of them puts on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from factorion_cli.simulation.plant import ArmLink, Plant, is_fluid
from factorion_cli.simulation.result import MachineReport
from factorion_cli.simulation.wiring import Spot

Role = Literal["source", "machine", "store", "sink"]

LEAST_LEFTOVER = 0.03
"""Share of an item's flow below which what is taken more or less than put on counts as noise of the window."""

LEAST_KEPT = 0.1
"""The same for what a machine makes and what is taken out of it: a slow machine's crafts are few in a window."""


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """One end of flows: all sources or sinks of an item, all machines of a kind with one recipe, or what piles up."""

    role: Role
    name: str
    detail: str = ""


STORE = Party("store", "what piles up")


@dataclass(frozen=True, slots=True)
class Flow:
    """Items (or units of a fluid) per second from one party to another."""

    origin: Party
    target: Party
    item: str
    rate: float


@dataclass(slots=True)
class _Market:
    """What is put on and taken off one connected stretch of belts and chests, by item."""

    put: dict[str, dict[Party, float]] = field(default_factory=dict)
    taken: dict[str, dict[Party, float]] = field(default_factory=dict)

    def add(self, side: dict[str, dict[Party, float]], party: Party, item: str, rate: float) -> None:
        of = side.setdefault(item, {})
        of[party] = of.get(party, 0.0) + rate


class Trade:
    """All flows of a factory; `flows` is sorted, `busy` says how much of their time machines work."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._rates: dict[tuple[Party, Party, str], float] = {}
        self._markets: dict[tuple[str, int], _Market] = {}
        self._owner: dict[tuple[str, int], tuple[str, int]] = {}
        self._join()
        self._belt_ends()
        for arm in plant.arms:
            for item, rate in arm.report.rates.items():
                self._carry(arm, item, rate)
        self._beyond_arms()
        self._kept_in_machines()
        for market in self._markets.values():
            self._settle(market)
        self.flows = [Flow(*key, rate) for key, rate in sorted(self._rates.items()) if rate > 0]

    # Belts and chests that hand things on to each other are one market.

    def _find(self, place: tuple[str, int]) -> tuple[str, int]:
        while self._owner.get(place, place) != place:
            self._owner[place] = self._owner.get(self._owner[place], self._owner[place])
            place = self._owner[place]
        return place

    def _join(self) -> None:
        pairs: list[tuple[tuple[str, int], tuple[str, int]]] = []
        for node in range(len(self.plant.nodes)):
            pairs += [(("belt", node), ("belt", after)) for after in self.plant.nodes_after(node)]
        for arm in self.plant.arms:
            if arm.pickup is not None and arm.drop is not None and _shared(arm.pickup) and _shared(arm.drop):
                pairs.append(((arm.pickup.kind, arm.pickup.index), (arm.drop.kind, arm.drop.index)))
        for one, other in pairs:
            first, second = sorted((self._find(one), self._find(other)))
            self._owner[second] = first

    def _market(self, place: tuple[str, int]) -> _Market:
        return self._markets.setdefault(self._find(place), _Market())

    # What enters and leaves.

    def machine_party(self, machine: MachineReport) -> Party:
        """The party of a machine."""
        return Party("machine", machine.recipe or machine.name, machine.name)

    def sink_party(self, index: int) -> Party:
        """The party of a sink: all that want the same."""
        sink = self.plant.factory.sinks[index]
        items = sorted(self.plant.result.sinks.get(sink.id, {}))
        wanted = sink.item or (items[0] if len(items) == 1 else "")
        return Party("sink", wanted or sink.id)

    def _party(self, spot: Spot) -> Party | None:
        """The party at an end of an arm; None for belts and chests, which are markets."""
        if spot.kind == "machine":
            machine = self.plant.machines.get(spot.index)
            name = self.plant.factory.entities[spot.index].name
            return self.machine_party(machine) if machine is not None else Party("machine", name, name)
        if spot.kind == "chest-source":
            return Party("source", self.plant.factory.sources[spot.index].item)
        return self.sink_party(spot.index) if spot.kind == "chest-sink" else None

    def _flow(self, origin: Party, target: Party, item: str, rate: float) -> None:
        key = (origin, target, item)
        self._rates[key] = self._rates.get(key, 0.0) + rate

    def _belt_ends(self) -> None:
        for index, node in enumerate(self.plant.nodes):
            belt = self.plant.belts[index]
            if node.kind == "sink":
                sink = self.plant.factory.sinks[node.sink]
                market = self._market(("belt", index))
                for item in self.plant.result.sinks.get(sink.id, {}):
                    rate = self.plant.result.rate(sink.id, item)
                    market.add(market.taken, self.sink_party(node.sink), item, rate)
            if node.kind == "source" and belt is not None:
                market = self._market(("belt", index))
                for lane in (belt.left, belt.right):
                    for item, rate in lane.rates.items():
                        market.add(market.put, Party("source", item), item, rate)

    def _carry(self, arm: ArmLink, item: str, rate: float) -> None:
        if arm.pickup is None or arm.drop is None:
            return
        origin, target = self._party(arm.pickup), self._party(arm.drop)
        if origin is not None and target is not None:
            self._flow(origin, target, item, rate)
        elif origin is not None:
            market = self._market((arm.drop.kind, arm.drop.index))
            market.add(market.put, origin, item, rate)
        elif target is not None:
            market = self._market((arm.pickup.kind, arm.pickup.index))
            market.add(market.taken, target, item, rate)

    def _beyond_arms(self) -> None:
        """Fluids, endless supplies, and counters of products."""
        entities = self.plant.factory.entities
        counted = {sink.of: index for index, sink in enumerate(self.plant.factory.sinks) if sink.kind == "output"}
        for machine in self.plant.result.machines:
            party, entity = self.machine_party(machine), entities[machine.entity]
            for item, rate in machine.uses.items():
                if entity.unlimited_io or (entity.fluid == "unlimited" and is_fluid(item)):
                    self._flow(Party("source", item), party, item, rate)
                elif is_fluid(item):
                    market = self._market(("pipe", 0))
                    market.add(market.taken, party, item, rate)
            for item, rate in machine.rates.items():
                if (entity.x, entity.y) in counted:
                    self._flow(party, self.sink_party(counted[entity.x, entity.y]), item, rate)
                elif is_fluid(item) and entity.fluid != "unlimited":
                    market = self._market(("pipe", 0))
                    market.add(market.put, party, item, rate)

    def _kept_in_machines(self) -> None:
        """Products that pile up inside the machines that make them."""
        for machine in self.plant.result.machines:
            entity = self.plant.factory.entities[machine.entity]
            if entity.unlimited_io or any(sink.of == (entity.x, entity.y) for sink in self.plant.factory.sinks):
                continue
            arms = self.plant.taking("machine", machine.entity)
            for item, made in machine.rates.items():
                left = made - sum(arm.report.rates.get(item, 0.0) for arm in arms)
                if not is_fluid(item) and left > LEAST_KEPT * made:
                    self._flow(self.machine_party(machine), STORE, item, left)

    def _settle(self, market: _Market) -> None:
        """Divide what was put on among those who took it; what is left piles up, what was missing was there before."""
        for item in sorted({*market.put, *market.taken}):
            put, taken = market.put.get(item, {}), market.taken.get(item, {})
            in_all, out_all = sum(put.values()), sum(taken.values())
            most = max(in_all, out_all)
            if most <= 0:
                continue
            for origin, into in put.items():
                for target, out in taken.items():
                    self._flow(origin, target, item, into * out / most)
            left = in_all - out_all
            if abs(left) < LEAST_LEFTOVER * most:
                continue
            for party, rate in (put if left > 0 else taken).items():
                share = rate * abs(left) / most
                pair = (party, STORE) if left > 0 else (Party("source", "what was there"), party)
                self._flow(*pair, item, share)


def _shared(spot: Spot) -> bool:
    return spot.kind in ("belt", "chest")


def busy(machines: Iterable[MachineReport]) -> float:
    """Mean share of the time in which machines work."""
    shares = [machine.utilisation for machine in machines]
    return sum(shares) / len(shares) if shares else 0.0
