"""Why a machine is idle: from what it waits for, upstream (or downstream, when its output is full), to the root."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from factorion_cli.factory import Factory
from factorion_cli.simulation.plant import SATURATED, ArmLink, Plant, is_fluid
from factorion_cli.simulation.result import LaneReport, MachineReport, SimulationResult

CROWDED = 0.9
"""Density from which a lane counts as standing full."""

FARTHEST = 3000
"""Belt tiles that one step of a walk looks at: what lies further away is not what a machine waits for."""

MOST_STEPS = 60
"""Machines and arms on one walk: a longer story is told to nobody."""

_AND_SO_ON = "and so on, each for the next"
_WORKS = "works all the time"
_FILLED_BY_ROBOTS = frozenset({"requester-chest", "buffer-chest"})
_WAITS = {
    "output": "is full of its products",
    "power": "has no power",
    "fuel": "has no fuel",
    "recipe": "has no recipe",
    "fluid": "lacks a fluid",
}
_ROOTS = {
    "power": "no power reaches it",
    "fuel": "no arm brings fuel to it",
    "recipe": "none is set that it can make",
    "fluid": "no pipe brings its fluids or takes them away",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one machine is idle.

    Attributes:
        entity: index into the factory's entities.
        machine: prototype name, place and what it waits for, in words.
        idle: share of the time in which it did not craft, 0 to 1.
        waits_for: what it waits for most, as in its report.
        steps: causes, each of the one before it; the last is the root.
    """

    entity: int
    machine: str
    idle: float
    waits_for: str
    steps: tuple[str, ...]

    @property
    def text(self) -> str:
        """One sentence."""
        return f"{self.machine} ({self.idle:.0%} of the time): ".replace("%", " %") + "; ".join(self.steps)


def explain(factory: Factory, result: SimulationResult) -> tuple[Explanation, ...]:
    """An explanation for every machine that is idle for more than a fiftieth of the time, in entity order.

    Args:
        factory: what was simulated.
        result: its result with details.

    Raises:
        UsageError: the result has no details.
    """
    plant = Plant(factory, result)
    return tuple(
        Explanation(
            machine.entity,
            _waiting(plant, machine),
            1 - machine.utilisation,
            machine.waits_for,
            tuple(_Walk(plant).from_machine(machine)),
        )
        for machine in result.machines
        if machine.waits_for is not None and machine.utilisation < SATURATED
    )


def _name(thing: MachineReport | ArmLink) -> str:
    report = thing.report if isinstance(thing, ArmLink) else thing
    return f"{report.name} at ({report.x},{report.y})"


def _smelts(plant: Plant, entity: int) -> bool:
    """Whether a machine takes its recipe from what is brought to it."""
    data = plant.factory.entities[entity].prototype.machine
    return data is not None and data.furnace


def _waiting(plant: Plant, machine: MachineReport) -> str:
    """A machine and what it waits for."""
    wait = machine.waits_for or ""
    lacks = _WAITS.get(wait, f"waits for {wait}")
    if wait == "recipe" and _smelts(plant, machine.entity):
        lacks = "has nothing to smelt"
    return f"{_name(machine)} {lacks}"


def _rate(value: float) -> str:
    return f"{value:.3g}/s"


class _Walk:
    """One walk to a root; what was visited is not visited again."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.seen: set[int] = set()

    def _comes_again(self, entity: int) -> bool:
        """Whether the walk has been at a machine (or, as -1 - entity, an arm or outlet) before, or is too long."""
        again = entity in self.seen or len(self.seen) >= MOST_STEPS
        self.seen.add(entity)
        return again

    def from_machine(self, machine: MachineReport) -> list[str]:
        """Why a machine is idle."""
        wait = machine.waits_for
        if wait is None or machine.utilisation >= SATURATED:
            return [f"{_name(machine)} {_WORKS}"]
        if self._comes_again(machine.entity):
            return [_AND_SO_ON]
        if wait == "output":
            return self._full(machine)
        if wait == "recipe" and _smelts(self.plant, machine.entity):
            return self._nothing_to_smelt(machine.entity)
        if wait in _ROOTS:
            return [_ROOTS[wait]]
        return self._fluid_lacking(wait) if is_fluid(wait) else self._lacking("machine", machine.entity, wait)

    def _other_machine(self, entity: int) -> list[str]:
        """The same for a machine further on the way, introduced by its name."""
        machine = self.plant.machines.get(entity)
        if machine is None:
            return [f"{self.plant.factory.entities[entity].name} there is not simulated"]
        if machine.waits_for is None or machine.utilisation >= SATURATED:
            return [f"{_name(machine)} {_WORKS}"]
        return [_waiting(self.plant, machine), *self.from_machine(machine)]

    # Upstream: something is lacking.

    def _lacking(self, kind: str, index: int, item: str) -> list[str]:
        """Why not enough of an item is brought to a machine or chest."""
        arms = [arm for arm in self.plant.bringing(kind, index) if arm.may_carry(item)]
        if not arms:
            return [f"no arm brings {item}"]
        known = [arm for arm in arms if item in arm.report.rates] or [arm for arm in arms if self._can_come(arm, item)]
        if not known:
            return [self._by_robots(arms) or f"nothing that an arm there reaches holds {item}"]
        # The arm that could do more is the one to follow; when none could, they all are the limit.
        arm = min(known, key=lambda arm: (arm.at_limit, -arm.report.rates.get(item, 0.0)))
        return self._starved(arm, item)

    def _by_robots(self, arms: list[ArmLink]) -> str | None:
        for arm in arms:
            if arm.pickup is not None and arm.pickup.kind == "chest":
                chest = self.plant.factory.entities[arm.pickup.index]
                if chest.name in _FILLED_BY_ROBOTS:
                    return f"robots fill the {chest.name} at ({chest.x},{chest.y}), and they are not simulated"
        return None

    def _nothing_to_smelt(self, entity: int) -> list[str]:
        arms = self.plant.bringing("machine", entity)
        moving = [arm for arm in arms if arm.report.rates]
        if not moving:
            return ["no arm brings anything that it can smelt" if arms else "no arm brings anything"]
        arm = max(moving, key=lambda arm: arm.rate)
        return self._starved(arm, max(arm.report.rates, key=lambda item: arm.report.rates[item]))

    def _can_come(self, arm: ArmLink, item: str) -> bool:
        """Whether an item could reach what an arm picks up from."""
        spot = arm.pickup
        if spot is None:
            return False
        if spot.kind == "chest-source":
            return self.plant.factory.sources[spot.index].item == item
        if spot.kind == "machine":
            machine = self.plant.machines.get(spot.index)
            return machine is not None and (item in machine.rates or machine.recipe == item)
        if spot.kind == "chest":
            return any(brought.may_carry(item) for brought in self.plant.bringing("chest", spot.index))
        return any(self._origins(spot.index, item))

    def _starved(self, arm: ArmLink, item: str) -> list[str]:
        if self._comes_again(-1 - arm.report.entity):
            return [_AND_SO_ON]
        if arm.report.waits_for in ("power", "fuel"):
            return [f"{_name(arm)} has no {arm.report.waits_for}"]
        if arm.at_limit:
            return [f"{_name(arm)} moves all it can ({_rate(arm.rate)})"]
        spot = arm.pickup
        if spot is None:
            return [f"{_name(arm)} finds nothing to take from"]
        few = "too little" if arm.report.rates.get(item) else "none"
        if spot.kind == "belt":
            node = self.plant.nodes[spot.index]
            return [f"{_name(arm)} finds {few} on the belt at ({node.x},{node.y})", *self._thin_belt(spot.index, item)]
        if spot.kind == "chest":
            chest = self.plant.factory.entities[spot.index]
            found = f"{_name(arm)} finds {few} in the {chest.name} at ({chest.x},{chest.y})"
            return [found, *self._lacking("chest", spot.index, item)]
        if spot.kind == "machine":
            return self._other_machine(spot.index)
        return [f"{_name(arm)} brings {_rate(arm.report.rates.get(item, 0.0))} of it, more than it can use at times"]

    def _origins(self, start: int, item: str) -> tuple[list[int], list[ArmLink]]:
        """Sources (by index) and arms that put an item on the belts before a node, nearest first."""
        sources: list[int] = []
        arms: list[ArmLink] = []
        for node in self._belts(start, self.plant.nodes_before):
            sources += self.plant.sources_at(node, item)
            arms += [
                arm
                for arm in self.plant.bringing("belt", node)
                if item in arm.report.rates or (arm.may_carry(item) and self._makes(arm, item))
            ]
        return sources, arms

    def _makes(self, arm: ArmLink, item: str) -> bool:
        return arm.pickup is not None and arm.pickup.kind != "belt" and self._can_come(arm, item)

    def _belts(self, start: int, onwards: Callable[[int], list[int]]) -> list[int]:
        """Belt nodes from one on in one sense, nearest first."""
        found, waiting = {start: None}, deque([start])
        while waiting and len(found) < FARTHEST:
            for node in onwards(waiting.popleft()):
                if node not in found:
                    found[node] = None
                    waiting.append(node)
        return list(found)

    def _thin_belt(self, start: int, item: str) -> list[str]:
        """Why a belt does not bring enough of an item."""
        origins, arms = self._origins(start, item)
        if not origins and not arms:
            return [f"nothing puts {item} on that belt"]
        full: int | None = None
        for node in self._belts(start, self.plant.nodes_before):
            sources = self.plant.sources_at(node, item)
            # A source that a full belt does not keep from giving more is the limit, and the belt is not.
            if sources and self._at_limit(node, item) and (full is None or self._carry_alike(full, node)):
                source = self.plant.factory.sources[sources[0]]
                return [f"source {source.id} delivers all it can ({_rate(self._item_rate(node, item))})"]
            blocked = self._blocked_by(node, item)
            if blocked is not None and full is None:
                return [blocked]
            if full is None and not sources and self._full_lane(node, item) is not None:
                full = node
        if full is not None:
            return [self._full_lane(full, item) or ""]
        idle = [arm for arm in arms if not arm.at_limit] or arms
        if idle:
            return self._starved(max(idle, key=lambda arm: arm.report.rates.get(item, 0.0)), item)
        source = self.plant.factory.sources[origins[0]]
        return [f"source {source.id} has more, but others on the way take it or the belt does not pass it on"]

    def _lanes(self, node: int) -> list[tuple[str, LaneReport]]:
        belt = self.plant.belts[node]
        return [] if belt is None else [("left", belt.left), ("right", belt.right)]

    def _item_rate(self, node: int, item: str) -> float:
        return sum(lane.rates.get(item, 0.0) for _, lane in self._lanes(node))

    def _at_limit(self, node: int, item: str) -> bool:
        """Whether the lanes on which a source puts an item move as fast as they can."""
        fed = [side for side, name in enumerate(self.plant.nodes[node].items) if name == item]
        lanes = self._lanes(node)
        return bool(lanes) and all(lanes[side][1].rate >= SATURATED * self.plant.most(node) for side in fed)

    def _carry_alike(self, node: int, other: int) -> bool:
        rates = [sum(lane.rate for _, lane in self._lanes(each)) for each in (node, other)]
        return rates[1] <= rates[0] / SATURATED

    def _full_lane(self, node: int, item: str) -> str | None:
        belt = self.plant.nodes[node]
        for side, lane in self._lanes(node):
            if item in lane.rates and lane.rate >= SATURATED * self.plant.most(node):
                return f"the belt at ({belt.x},{belt.y}) is full ({_rate(lane.rate)} on its {side} lane)"
        return None

    def _blocked_by(self, node: int, item: str) -> str | None:
        """What stands on a belt and keeps an item back, when nothing moves there."""
        belt = self.plant.belts[node]
        if belt is None or self._item_rate(node, item) > 0 or max(belt.left.density, belt.right.density) < CROWDED:
            return None
        others = self.plant.standing(node) - {item}
        if not others or item in self.plant.standing(node):
            return None
        return f"the belt at ({belt.x},{belt.y}) stands still, full of {' and '.join(sorted(others))}"

    def _fluid_lacking(self, fluid: str) -> list[str]:
        makers = [machine for machine in self.plant.result.machines if fluid in machine.rates]
        if not makers:
            return [f"nothing brings {fluid}"]
        return self._other_machine(min(makers, key=lambda machine: (-machine.utilisation, machine.entity)).entity)

    # Downstream: something is full.

    def _full(self, machine: MachineReport) -> list[str]:
        arms = self.plant.taking("machine", machine.entity)
        arms = [arm for arm in arms if not machine.rates or any(arm.may_carry(item) for item in machine.rates)]
        if not arms:
            fluids = [item for item in machine.rates if is_fluid(item)]
            return [f"nothing takes its {fluids[0]} away" if fluids else "no arm takes its products away"]
        return self._unloading(max(arms, key=lambda arm: arm.rate))

    def _unloading(self, arm: ArmLink) -> list[str]:
        """Why an arm does not take more out of what is full."""
        if self._comes_again(-1 - arm.report.entity):
            return [_AND_SO_ON]
        if arm.report.waits_for in ("power", "fuel"):
            return [f"{_name(arm)} has no {arm.report.waits_for}"]
        spot = arm.drop
        if spot is None:
            return [f"{_name(arm)} has nothing to drop into"]
        if arm.report.waits_for is None or arm.report.busy >= SATURATED:
            return [f"{_name(arm)} moves all it can ({_rate(arm.rate)})"]
        if spot.kind == "belt":
            node = self.plant.nodes[spot.index]
            return [f"{_name(arm)} finds no room on the belt at ({node.x},{node.y})", *self._jam(spot.index)]
        if spot.kind == "chest":
            chest = self.plant.factory.entities[spot.index]
            return [f"the {chest.name} at ({chest.x},{chest.y}) is full", *self._full_chest(spot.index)]
        if spot.kind == "machine":
            return self._sated(spot.index)
        return [f"{_name(arm)} takes {_rate(arm.rate)} of them away"]

    def _sated(self, entity: int) -> list[str]:
        """Why a machine takes no more of what is brought to it."""
        machine = self.plant.machines.get(entity)
        if machine is not None and machine.utilisation < SATURATED and machine.waits_for is not None:
            return self._other_machine(entity)
        name = _name(machine) if machine is not None else self.plant.factory.entities[entity].name
        return [f"{name} takes no more: it {_WORKS}"]

    def _full_chest(self, entity: int) -> list[str]:
        arms = self.plant.taking("chest", entity)
        return self._unloading(max(arms, key=lambda arm: arm.rate)) if arms else ["no arm empties it"]

    def _jam(self, start: int) -> list[str]:
        """Where a crowded belt is held up."""
        last = start
        for node in self._belts(start, self.plant.nodes_after):
            lanes = self._lanes(node)
            full = next((side for side, lane in lanes if lane.rate >= SATURATED * self.plant.most(node)), None)
            if full is not None:
                belt = self.plant.nodes[node]
                rate = _rate(max(lane.rate for _, lane in lanes))
                return [f"the belt at ({belt.x},{belt.y}) is full ({rate} on its {full} lane)"]
            if any(lane.density >= CROWDED for _, lane in lanes):
                last = node
        belt = self.plant.nodes[last]
        takers = self.plant.taking("belt", last)
        if takers:
            arm = max(takers, key=lambda arm: arm.rate)
            return [f"all that waits at ({belt.x},{belt.y}) is taken by {_name(arm)}", *self._unloading(arm)]
        if not self.plant.nodes_after(last):
            return [f"the belt ends at ({belt.x},{belt.y})"]
        return [f"the belt is held up at ({belt.x},{belt.y})"]
