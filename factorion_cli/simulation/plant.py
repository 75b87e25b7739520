"""A simulated factory as a graph: who hands items to whom, with what each part did. Explanations and pictures walk it.

It is made from a Factory and a SimulationResult with details, so it does not matter which engine answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from factorion_cli.errors import UsageError
from factorion_cli.factory import Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.result import ArmReport, BeltReport, MachineReport, SimulationResult
from factorion_cli.simulation.wiring import Arm, BeltNode, Feed, Spot, wire

SATURATED = 0.98
"""Share of what it could do at most from which a part counts as being at its limit."""

LANE_RATE_PER_SPEED = 60 / 64
"""Items per second of a full lane for each subtile per tick: 60 ticks, one item every 64 subtiles."""


@dataclass(frozen=True, slots=True)
class ArmLink:
    """An inserter with its report and the things at its two ends (None: nothing that handles items).

    The outlet of a drill is one, too: it takes from the drill and never waits for anything but it and for room.
    """

    report: ArmReport
    pickup: Spot | None
    drop: Spot | None
    filters: tuple[str, ...]

    def may_carry(self, item: str) -> bool:
        """Whether its filters let it take an item."""
        return not self.filters or item in self.filters

    @property
    def rate(self) -> float:
        """Items per second."""
        return sum(self.report.rates.values())

    @property
    def at_limit(self) -> bool:
        """Whether it never waits and always has a full hand."""
        return self.report.busy >= SATURATED and self.report.fill >= SATURATED and self.rate > 0


def _outlet(machine: MachineReport, drill: Arm) -> ArmLink:
    entity, name, x, y = machine.entity, machine.name, machine.x, machine.y
    rates = {item: rate for item, rate in machine.rates.items() if not is_fluid(item)}
    waits_for = {"output": "room", "power": "power"}.get(
        machine.waits_for or "", "items" if machine.waits_for else None
    )
    report = ArmReport(entity, name, x, y, rates, machine.utilisation, 1.0, waits_for)
    return ArmLink(report, Spot("machine", entity, (x, y)), drill.drop, ())


class Plant:
    """The graph; all lists are in canonical order, so that what is said about a factory is always the same."""

    def __init__(self, factory: Factory, result: SimulationResult) -> None:
        """Raises UsageError when the result has no details."""
        if result.arms is None or result.belts is None:
            raise UsageError(f"{factory.id}: simulate it with details=True, then it can be explained and drawn")
        wiring = wire(factory)
        self.factory, self.result = factory, result
        self.nodes: tuple[BeltNode, ...] = wiring.nodes
        belts = {(belt.x, belt.y): belt for belt in result.belts}
        self.belts: list[BeltReport | None] = [belts.get((node.x, node.y)) for node in wiring.nodes]
        self.feeds_into: dict[int, list[Feed]] = {}
        self.feeds_from: dict[int, list[Feed]] = {}
        for feed in wiring.feeds:
            self.feeds_into.setdefault(feed.to_node, []).append(feed)
            self.feeds_from.setdefault(feed.node, []).append(feed)
        reports = {report.entity: report for report in result.arms}
        self.arms = [
            ArmLink(reports[arm.entity], arm.pickup, arm.drop, factory.entities[arm.entity].filters)
            for arm in wiring.arms
            if arm.entity in reports
        ]
        self.machines: dict[int, MachineReport] = {machine.entity: machine for machine in result.machines}
        self.arms += [
            _outlet(self.machines[drill.entity], drill) for drill in wiring.drills if drill.entity in self.machines
        ]
        self._bringing: dict[tuple[str, int], list[ArmLink]] = {}
        self._taking: dict[tuple[str, int], list[ArmLink]] = {}
        for arm in self.arms:
            if arm.drop is not None:
                self._bringing.setdefault((arm.drop.kind, arm.drop.index), []).append(arm)
            if arm.pickup is not None:
                self._taking.setdefault((arm.pickup.kind, arm.pickup.index), []).append(arm)

    def bringing(self, kind: str, index: int) -> list[ArmLink]:
        """Arms that drop into a thing: a belt node, or the entity or endpoint of that index."""
        return self._bringing.get((kind, index), [])

    def taking(self, kind: str, index: int) -> list[ArmLink]:
        """Arms that pick up from a thing."""
        return self._taking.get((kind, index), [])

    def nodes_before(self, node: int) -> list[int]:
        """Belt nodes that feed a node; what comes out of one half of a splitter may have come into the other."""
        halves = [node]
        if self.nodes[node].kind == "splitter" and self.nodes[node].partner >= 0:
            halves.append(self.nodes[node].partner)
        return list(dict.fromkeys(feed.node for half in halves for feed in self.feeds_into.get(half, [])))

    def nodes_after(self, node: int) -> list[int]:
        """Belt nodes that a node feeds."""
        halves = [node]
        if self.nodes[node].kind == "splitter" and self.nodes[node].partner >= 0:
            halves.append(self.nodes[node].partner)
        return list(dict.fromkeys(feed.to_node for half in halves for feed in self.feeds_from.get(half, [])))

    def standing(self, node: int) -> set[str]:
        """Kinds of items that lie on a node."""
        belt = self.belts[node]
        return set() if belt is None else {*belt.left.items, *belt.right.items}

    def most(self, node: int) -> float:
        """Items per second of a full lane of a node."""
        return self.nodes[node].speed * LANE_RATE_PER_SPEED

    def sources_at(self, node: int, item: str) -> list[int]:
        """Indices of the sources that put an item on a node."""
        found = zip(self.nodes[node].items, self.nodes[node].sources, strict=True)
        return sorted({index for name, index in found if name == item and index >= 0})


def is_fluid(name: str) -> bool:
    """Whether a name is that of a fluid rather than of an item."""
    return name in load_table().fluids
