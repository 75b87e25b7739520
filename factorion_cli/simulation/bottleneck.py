"""What limits a factory, in one sentence: the first thing that does all it can on the way upstream from a sink."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from factorion_cli.simulation.arming import IN_CHEST, IN_MACHINE, ON_BELT
from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.measurement import Measurement
from factorion_cli.simulation.result import MachineReport

SATURATED = 0.98
"""Share of what it could do at most from which a part counts as the limit."""

MOST_SENTENCES = 3

Element = tuple[str, int]

LIMITS = {
    "delivers all it can": "source",
    "gets a full": "belt",
    "is full": "belt",
    "moves all it can": "arm",
    "of the time on": "machine",
    "no power": "power",
    "no fuel": "fuel",
    "waits for": "ingredient",
    "nothing reaches": "supply",
}
"""The sort of each limit, by what its sentence says."""


def kind_of_limit(sentence: str) -> str:
    """The sort of a limit, one of the values of `LIMITS`.

    >>> kind_of_limit("inserter at (3,4) moves all it can (0.83/s)")
    'arm'
    """
    return next(kind for words, kind in LIMITS.items() if words in sentence)


def limits_of_sinks(measured: Measurement, machines: list[MachineReport]) -> dict[str, str]:
    """What limits each sink, by its id; sinks that nothing limits are left out."""
    search = _Search(measured, machines)
    found = {sink.id: search.limit_of_sink(index) for index, sink in enumerate(measured.compiled.factory.sinks)}
    return {sink: sentence for sink, sentence in found.items() if sentence is not None}


def in_one_sentence(limits: Mapping[str, str]) -> str | None:
    """All limits, each named once; None when everything flows and nothing is at its limit."""
    sentences = list(dict.fromkeys(limits.values()))
    if len(sentences) > MOST_SENTENCES:
        sentences[MOST_SENTENCES:] = [f"and {len(sentences) - MOST_SENTENCES} more"]
    return "; ".join(sentences) or None


class _Search:
    """The factory's parts as a graph that is walked against the flow."""

    def __init__(self, measured: Measurement, machines: list[MachineReport]) -> None:
        self.measured, self.machines, self.compiled = measured, machines, measured.compiled
        self.into: dict[Element, list[Element]] = {}
        for number, arm in enumerate(self.compiled.arms):
            target = {ON_BELT: ("line", arm.drop_line), IN_CHEST: ("chest", arm.target)}.get(
                arm.target_kind, ("machine", arm.target)
            )
            self._link(target, ("arm", number))
            if arm.source_kind == ON_BELT:
                for window in arm.windows:
                    self._link(("arm", number), ("line", window.line))
            else:
                kind = "machine" if arm.source_kind == IN_MACHINE else "chest"
                self._link(("arm", number), (kind, arm.source))
        self._link_lines()

    def _link(self, target: Element, origin: Element) -> None:
        self.into.setdefault(target, []).append(origin)

    def _link_lines(self) -> None:
        for number, line in enumerate(self.compiled.line_set.lines):
            if line.next_line >= 0:
                self._link(("line", line.next_line), ("line", number))
        for splitter in self.compiled.line_set.splitters:
            for lane in splitter.lines:
                for target in lane[2:]:
                    self.into.setdefault(("line", target), []).extend(("line", source) for source in lane[:2])

    def limit_of_sink(self, index: int) -> str | None:
        """What limits one sink."""
        upstream = self._upstream(self._sink_elements(index))
        dead = not self.measured.sink_rates(index)
        machines = [self.machines[number] for kind, number in upstream if kind == "machine"]
        # What is busy further up does not explain a sink that gets nothing: a machine that never works does.
        idle = [machine for machine in machines if dead and machine.utilisation == 0 and machine.waits_for != "output"]
        for element in upstream if not idle else [element for element in upstream if element[0] != "line"]:
            sentence = self._verdict(element)
            if sentence is not None and (not idle or sentence.endswith(("no power", "no fuel"))):
                return sentence
        starving = [machine for machine in (idle[-1:] or machines) if machine.waits_for is not None]
        if starving:
            return f"{_name(starving[0])} waits for {starving[0].waits_for}"
        return f"nothing reaches sink {self.compiled.factory.sinks[index].id}" if dead else None

    def _upstream(self, start: list[Element]) -> list[Element]:
        """Everything that items may come from, nearest first."""
        found, waiting = dict.fromkeys(start), deque(start)
        while waiting:
            for origin in self.into.get(waiting.popleft(), []):
                if origin not in found:
                    found[origin] = None
                    waiting.append(origin)
        return list(found)

    def _sink_elements(self, index: int) -> list[Element]:
        sink = self.compiled.factory.sinks[index]
        if sink.kind == "output":
            number = self.measured.machine_at(sink.of)
            return [("machine", number)] if number >= 0 else []
        if sink.kind == "chest":
            return [
                ("chest", number)
                for number, chest in enumerate(self.compiled.chests)
                if chest.endpoint == index and chest.item is None
            ]
        return [("line", number) for number, line in enumerate(self.compiled.line_set.lines) if line.sink == index]

    def _verdict(self, element: Element) -> str | None:
        kind, number = element
        if kind == "machine":
            return self._machine_verdict(self.machines[number])
        if kind == "arm":
            return self._arm_verdict(number)
        return self._line_verdict(number) if kind == "line" else None

    def _machine_verdict(self, machine: MachineReport) -> str | None:
        if machine.waits_for in ("power", "fuel") and machine.utilisation == 0:
            return f"{_name(machine)} has no {machine.waits_for}"
        if machine.utilisation < SATURATED:
            return None
        alike = [other for other in self.machines if (other.name, other.recipe) == (machine.name, machine.recipe)]
        busy = [other for other in alike if other.utilisation >= SATURATED]
        work = f"{machine.utilisation:.0%} of the time on {machine.recipe}".replace("%", " %")
        if len(busy) == 1:
            return f"{_name(machine)} works {work}"
        return f"{len(busy)} of {len(alike)} {machine.name} work {work}"

    def _arm_verdict(self, number: int) -> str | None:
        spec = self.compiled.arms[number]
        entity = self.compiled.factory.entities[spec.entity]
        name = f"{entity.name} at ({entity.x},{entity.y})"
        if not spec.powered:
            return f"{name} has no power"
        row = self.measured.place.arm + number
        after, before = self.measured.world.arms[row], self.measured.before.arms[row]
        if after["energy"] < after["cycle_energy"]:
            return f"{name} has no fuel"
        idle = int(after["starved"] - before["starved"]) + int(after["stuck"] - before["stuck"])
        moved = int(after["moved"] - before["moved"])
        full_hands = int(after["busy"] - before["busy"]) / (spec.out_ticks + spec.back_ticks) * spec.hand
        # An arm that swings all the time but half empty could move more: what it takes from is the limit.
        if moved < SATURATED * full_hands or 1 - idle / self.measured.ticks < SATURATED or moved == 0:
            return None
        return f"{name} moves all it can ({moved / self.measured.seconds:.3g}/s)"

    def _passed(self, number: int) -> int:
        """Items that left a line at its end."""
        row = self.measured.place.line + number
        return int(self.measured.world.lines["passed"][row] - self.measured.before.lines["passed"][row])

    def _is_full(self, number: int) -> bool:
        most = self.measured.ticks * self.compiled.line_set.lines[number].speed / SPACING
        return self._passed(number) >= SATURATED * most

    def _line_verdict(self, number: int) -> str | None:
        if not self._is_full(number):
            return None
        line, passed = self.compiled.line_set.lines[number], self._passed(number)
        rate = f"{passed / self.measured.seconds:.3g}/s on its {('left', 'right')[line.lane]} lane"
        if line.source_node >= 0:
            node = self.compiled.wiring.nodes[line.source_node]
            first = self.compiled.line_set.parts[line.parts[0]]
            source = self.compiled.factory.sources[node.sources[first.lane]]
            both = len({index for index in node.sources if index >= 0}) == 1 and -1 not in node.sources
            rate = f"{2 * passed / self.measured.seconds:.3g}/s" if both else rate
            return f"source {source.id} delivers all it can ({rate})"
        last = self.compiled.wiring.nodes[self.compiled.line_set.parts[line.parts[-1]].node]
        if last.kind == "sink":
            lanes = [lane for _, lane in self._sink_elements(last.sink)]
            name = f"sink {self.compiled.factory.sinks[last.sink].id}"
            if all(self._is_full(lane) for lane in lanes):
                return f"{name} gets a full belt ({sum(map(self._passed, lanes)) / self.measured.seconds:.3g}/s)"
            return f"{name} gets a full lane ({rate})"
        name = self.compiled.factory.entities[last.entity].name
        return f"the {name} at ({last.x},{last.y}) is full ({rate})"


def _name(machine: MachineReport) -> str:
    return f"{machine.name} at ({machine.x},{machine.y})"
