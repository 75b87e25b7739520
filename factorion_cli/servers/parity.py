"""Whether a server and the simulator agree: the same factories built in the game and measured, sink by sink.

Beside the sinks every crafting machine is counted, so that where two sinks differ it can be said which machines do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from factorion_cli.factory import Factory, Sink
from factorion_cli.servers.live import FASTEST, LiveServer
from factorion_cli.servers.measuring import measure
from factorion_cli.simulation import throughput
from factorion_cli.simulation.known_cases import judge
from factorion_cli.simulation.result import SimulationResult

TOGETHER = 32
"""Factories that stand on a server at a time: each has a surface and a force, and a game has 64 forces at most."""
RELATIVE, ABSOLUTE = 0.01, 0.01
"""Two rates agree when they differ by no more than this share, or by no more than so many items a second."""
COUNTED = frozenset({"assembling-machine", "furnace"})
"""Types of entities whose products the mod can count."""

ESTIMATE = "peer"
"""Status of known cases whose figures another project has estimated: they are told, and not held against a server."""

Verdict = Literal["agrees", "differs", "unexpected", "not-built", "not-simulated"]
WRONG: tuple[Verdict, ...] = ("differs", "unexpected")


@dataclass(frozen=True, slots=True)
class Difference:
    """A rate that is not the same: items per second on the server and in the simulator."""

    what: str
    item: str
    server: float
    simulator: float

    def __str__(self) -> str:
        return f"{self.what} {self.item}: {self.server:.4g}/s on the server, {self.simulator:.4g}/s simulated"


@dataclass(frozen=True, slots=True)
class Parity:
    """What came of one factory.

    Attributes:
        id: the factory's.
        verdict: "agrees"; "differs", server and simulator; "unexpected", both agree but a known case says otherwise;
            "not-built" and "not-simulated", nothing could be compared.
        reasons: why nothing could be, or what was expected instead.
        sinks: rates that differ.
        machines: rates of machines that differ, where sinks do.
        rate: items per second into all sinks, on the server.
    """

    id: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    sinks: tuple[Difference, ...] = ()
    machines: tuple[Difference, ...] = ()
    rate: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of this factory in JSON reports."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "rate": self.rate,
            "reasons": list(self.reasons),
            "sinks": [_to_json(difference) for difference in self.sinks],
            "machines": [_to_json(difference) for difference in self.machines],
        }


def compare(
    live: LiveServer,
    factories: Sequence[Factory],
    warmup_ticks: int = 3600,
    measure_ticks: int = 7200,
) -> Iterator[Parity]:
    """Build, measure and compare each factory, in order; what stands on the server's labs is cleared away.

    Args:
        live: nobody else's meanwhile.
        factories: with endpoints.
        warmup_ticks: ticks before anything is counted.
        measure_ticks: ticks that are counted, at least.
    """
    for first in range(0, len(factories), TOGETHER):
        yield from _compare_group(live, factories[first : first + TOGETHER], warmup_ticks, measure_ticks)


def _compare_group(live: LiveServer, group: Sequence[Factory], warmup: int, ticks: int) -> list[Parity]:
    live.clean()
    live.pause(FASTEST)
    probed = {f"parity-{number}": probing(factory) for number, factory in enumerate(group)}
    failed = {
        surface: _build(live, surface, factory, probed[surface]) for surface, factory in zip(probed, group, strict=True)
    }
    built = {surface: factory for surface, factory in probed.items() if not failed[surface]}
    measured = measure(live, built, warmup, ticks)
    simulated = throughput(list(probed.values()), warmup_ticks=warmup, measure_ticks=ticks)
    live.clean()
    return [
        Parity(factory.id, "not-built", failed[surface])
        if failed[surface]
        else compared(factory, measured[surface], result)
        for (surface, factory), result in zip(zip(probed, group, strict=True), simulated, strict=True)
    ]


def _build(live: LiveServer, surface: str, factory: Factory, probed: Factory) -> tuple[str, ...]:
    """Why a factory cannot be built; nothing when it stands, with its probes."""
    if not factory.sinks:
        return ("it has no sinks, so there is nothing to compare",)
    probes = {f"sink {sink.id}" for sink in probed.sinks[len(factory.sinks) :]}
    return tuple(f"{part['what']}: {part['msg']}" for part in live.build(probed, surface) if part["what"] not in probes)


def probing(factory: Factory) -> Factory:
    """The factory with a sink more for each crafting machine, which counts what it makes."""
    watched = {sink.of for sink in factory.sinks if sink.kind == "output"}
    probes = [
        Sink(f"{entity.name} at {entity.x},{entity.y}", "output", of=(entity.x, entity.y))
        for entity in factory.entities
        if entity.prototype.type in COUNTED and (entity.x, entity.y) not in watched
    ]
    return replace(factory, sinks=(*factory.sinks, *probes))


def compared(factory: Factory, server: SimulationResult, simulator: SimulationResult) -> Parity:
    """What two results of a factory with its probes say about it."""
    if simulator.error is not None:
        return Parity(factory.id, "not-simulated", (simulator.error,))
    own = [sink.id for sink in factory.sinks]
    differing = [*_differences(own, server, simulator)]
    rate = sum(server.rate(sink) for sink in own)
    if differing:
        others = [sink for sink in simulator.sinks if sink not in own]
        machines = tuple(_differences(others, server, simulator))
        return Parity(factory.id, "differs", (), tuple(differing), machines, rate)
    wrong = judge(factory, replace(server, sinks={sink: server.sinks.get(sink, {}) for sink in own}), metrics=False)
    is_wrong = wrong and factory.metadata.get("status") != ESTIMATE
    return Parity(factory.id, "unexpected" if is_wrong else "agrees", tuple(wrong), rate=rate)


def _differences(sinks: Sequence[str], server: SimulationResult, simulator: SimulationResult) -> Iterator[Difference]:
    for sink in sinks:
        for item in sorted({*server.sinks.get(sink, {}), *simulator.sinks.get(sink, {})}):
            here, there = server.rate(sink, item), simulator.rate(sink, item)
            if abs(here - there) > max(RELATIVE * max(here, there), ABSOLUTE):
                yield Difference(sink, item, here, there)


def _to_json(difference: Difference) -> dict[str, Any]:
    return {
        "what": difference.what,
        "item": difference.item,
        "server": difference.server,
        "simulator": difference.simulator,
    }
