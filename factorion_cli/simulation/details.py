"""From what was observed to reports of arms and belt tiles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace

from factorion_cli.simulation.arming import NOWHERE, ON_BELT
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.decisions import PICK_TICKS, SPACING
from factorion_cli.simulation.lines import output_part_id, part_id
from factorion_cli.simulation.observing import SAMPLES, Counts, Observation
from factorion_cli.simulation.result import ArmReport, BeltReport, LaneReport, SimulationResult
from factorion_cli.simulation.wiring import BeltNode

_WAITED = 0.005
"""Share of the ticks below which an arm counts as never waiting."""

Shares = Mapping[str, float]


def with_details(result: SimulationResult, seen: Observation) -> SimulationResult:
    """The result with its arms and belts."""
    arms = _arm_reports(seen)
    return replace(result, arms=arms, belts=_BeltReports(seen).all())


def _shares(counts: Counts, items: list[str]) -> dict[int, dict[str, float]]:
    """For each number, the share of each item in what was seen of it."""
    found: dict[int, dict[str, float]] = {}
    for (number, item), count in counts.items():
        found.setdefault(number, {})[items[item]] = count
    return {
        number: {item: count / sum(of.values()) for item, count in sorted(of.items())} for number, of in found.items()
    }


def _arm_reports(seen: Observation) -> tuple[ArmReport, ...]:
    shares = _shares(seen.held, seen.compiled.items)
    reports = [_arm_report(seen, number, shares.get(number, {})) for number in range(len(seen.compiled.arms))]
    return tuple(sorted(reports, key=lambda report: report.entity))


def _arm_report(seen: Observation, number: int, shares: Shares) -> ArmReport:
    spec = seen.compiled.arms[number]
    entity = seen.compiled.factory.entities[spec.entity]
    moved = int(seen.moved[number])
    starved = (int(seen.starved[number]) + _waiting_with_part_of_a_hand(seen, number)) / seen.ticks
    stuck = int(seen.stuck[number]) / seen.ticks
    swings = int(seen.swung[number]) / (spec.out_ticks + spec.back_ticks)
    waits_for: str | None = None
    connected = NOWHERE not in (spec.source_kind, spec.target_kind)
    if not spec.powered:
        waits_for = "power"
    elif connected and seen.unfuelled[number]:
        waits_for = "fuel"
    elif connected and max(starved, stuck) >= _WAITED:
        waits_for = "room" if stuck > starved else "items"
    return ArmReport(
        entity=spec.entity,
        name=entity.name,
        x=entity.x,
        y=entity.y,
        rates={item: share * moved / seen.seconds for item, share in shares.items()} if moved else {},
        busy=max(0.0, 1 - starved - stuck) if spec.powered and connected else 0.0,
        fill=min(1.0, moved / (swings * spec.hand)) if swings else 0.0,
        waits_for=waits_for,
    )


def _waiting_with_part_of_a_hand(seen: Observation, number: int) -> int:
    """Ticks over a belt beyond those that picking (and dropping one by one) takes: something is there, but too little.

    The counters only know empty hands that wait.
    """
    if seen.compiled.arms[number].source_kind != ON_BELT:
        return 0
    standing = seen.ticks - int(seen.swung[number]) - int(seen.starved[number]) - int(seen.stuck[number])
    return max(0, standing - int(seen.picked[number].sum()) * PICK_TICKS - int(seen.moved[number]))


class _Flow:
    """Items that pass each place of one line during the window, counted back from its end."""

    def __init__(self, passed: int, events: list[tuple[int, int]]) -> None:
        self._places = [place for place, _ in sorted(events)]
        self._behind = [passed]
        for _, change in sorted(events, reverse=True):
            self._behind.append(self._behind[-1] + change)
        self._behind.reverse()

    def into(self, position: int) -> int:
        """Items that cross a place on the line."""
        return max(0, self._behind[bisect_left(self._places, position)])


class _BeltReports:
    """Every belt-like tile of a factory."""

    def __init__(self, seen: Observation) -> None:
        self.seen, self.compiled = seen, seen.compiled
        self.parts = self.compiled.line_set.parts
        order = [part for line in self.compiled.line_set.lines for part in line.parts]
        self.number = {part: number for number, part in enumerate(order)}
        self.shares = _shares(seen.lying, self.compiled.items)
        self.lying: dict[int, int] = {}
        for (number, _), count in seen.lying.items():
            self.lying[number] = self.lying.get(number, 0) + count
        self.flows = self._line_flows()

    def all(self) -> tuple[BeltReport, ...]:
        """One report per node of the wiring, row by row."""
        return tuple(self._report(index, node) for index, node in enumerate(self.compiled.wiring.nodes))

    def _line_flows(self) -> list[_Flow]:
        # Counted back from the end: what arms took passed before them, what they dropped or what joined did not.
        events: list[list[tuple[int, int]]] = [[] for _ in self.compiled.line_set.lines]
        for number, arm in enumerate(self.compiled.arms):
            for side, window in enumerate(arm.windows):
                picked = int(self.seen.picked[number, side])
                events[window.line].append(((window.low + window.high) // 2, picked))
            if arm.target_kind == ON_BELT:
                events[arm.drop_line].append((arm.drop_position, -int(self.seen.moved[number])))
        for number, drill in enumerate(self.compiled.drills):
            if drill.target_kind == ON_BELT:
                events[drill.drop_line].append((drill.drop_position, -int(self.seen.mined[number])))
        for number, line in enumerate(self.compiled.line_set.lines):
            if line.next_line >= 0 and line.entry > 0:
                events[line.next_line].append((line.entry, -int(self.seen.passed[number])))
        return [_Flow(int(passed), of) for passed, of in zip(self.seen.passed, events, strict=True)]

    def _report(self, index: int, node: BeltNode) -> BeltReport:
        factory = self.compiled.factory
        if node.entity >= 0:
            name = factory.entities[node.entity].name
        elif node.kind == "sink":
            name = factory.sinks[node.sink].belt
        else:
            name = factory.sources[max(node.sources)].belt
        left, right = self._lane(index, node, LEFT), self._lane(index, node, RIGHT)
        return BeltReport(node.entity, name, node.x, node.y, node.direction, left, right)

    def _lane(self, index: int, node: BeltNode, lane: int) -> LaneReport:
        """A lane's busier end, since arms and side-loads change the flow half way; a splitter's is what leaves it."""
        ids = {part_id(index, lane), output_part_id(node, index, lane)}
        last = self.parts[output_part_id(node, index, lane)]
        flow = self.flows[last.line]
        passing = max(flow.into(last.offset), flow.into(last.offset + last.length))
        lying = sum(self.lying.get(self.number[part], 0) for part in ids)
        room = SAMPLES * sum(self.parts[part].length for part in ids) / SPACING
        shares = self.shares.get(self.number[output_part_id(node, index, lane)], {})
        rate = passing / self.seen.seconds
        rates = {item: share * rate for item, share in shares.items()} if passing else {}
        return LaneReport(rates, min(1.0, lying / room), tuple(shares))
