"""What the flow engine is in doubt about, measured by the tick engine: those parts of a factory, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from factorion_cli.factory import Factory
from factorion_cli.simulation.islands import Island, islands, whole
from factorion_cli.simulation.result import SimulationResult

if TYPE_CHECKING:
    from factorion_cli.simulation.flowing import FlowRates

WARMUP_TICKS, MEASURE_TICKS = 40_000, 20_000
"""What most buffers take to fill, and a window in which slow arms come round often enough.

A part that repeats itself is done with much earlier.
"""

UNSETTLED = "no steady state"
"""The doubt about everything in a factory whose rates go to and fro."""


class Question(NamedTuple):
    """A part of a factory, by number, and why its rates are in doubt."""

    number: int
    factory: Factory
    island: Island
    reasons: tuple[str, ...]


def with_doubts_measured(
    flow: FlowRates, results: Sequence[SimulationResult], threads: int | None
) -> list[SimulationResult]:
    """The results with what the tick engine says of all that is in doubt."""
    told = [replace(result, doubts={}, metrics={**result.metrics, "by_ticks": 0.0}) for result in results]
    for question, answer in measured_doubts(flow, threads):
        if answer.error is None:
            told[question.number] = _merged(told[question.number], question, answer)
    return told


def measured_doubts(flow: FlowRates, threads: int | None) -> Iterator[tuple[Question, SimulationResult]]:
    """Each part of the factories that is in doubt, and what the tick engine says of it."""
    # That module offers this one as an engine.
    from factorion_cli.simulation.throughput import throughput

    numbers = sorted({*np.flatnonzero(flow.rounds == 0).tolist(), *flow.doubts})
    asked = [question for number in numbers for question in _questions(flow, number)]
    if not asked:
        return iter(())
    answers = throughput(
        [question.island.factory for question in asked],
        warmup_ticks=WARMUP_TICKS,
        measure_ticks=MEASURE_TICKS,
        threads=threads,
    )
    return zip(asked, answers, strict=True)


def _questions(flow: FlowRates, number: int) -> Iterator[Question]:
    """The parts of one factory that have a sink in doubt."""
    factory: Factory = flow.batch.factories[number]
    if flow.rounds[number] == 0:
        yield Question(number, factory, whole(factory), (UNSETTLED,))
        return
    named = {factory.sinks[sink].id: names for sink, names in flow.doubts[number].items()}
    for island in islands(factory):
        reasons = sorted({name for sink in island.factory.sinks for name in named.get(sink.id, ())})
        if reasons:
            yield Question(number, factory, island, tuple(reasons))


def _merged(result: SimulationResult, question: Question, answer: SimulationResult) -> SimulationResult:
    """The result with what one of its parts was measured to do."""
    known = {"by_ticks": result.metrics["by_ticks"] + 1}
    doubts = {**(result.doubts or {}), **dict.fromkeys(answer.sinks, question.reasons)}
    if len(question.island.entities) == len(question.factory.entities):
        return replace(answer, id=result.id, metrics={**result.metrics, **answer.metrics, **known}, doubts=doubts)
    numbers = question.island.entities
    measured = {numbers[report.entity]: replace(report, entity=numbers[report.entity]) for report in answer.machines}
    return replace(
        result,
        sinks={**result.sinks, **answer.sinks},
        machines=tuple(measured.get(report.entity, report) for report in result.machines),
        limits={**result.limits, **answer.limits},
        metrics={**result.metrics, **known},
        doubts=doubts,
    )
