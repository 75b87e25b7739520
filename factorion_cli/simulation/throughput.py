"""The one question to the simulator: what does each sink receive, and what limits it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.factory import Factory
from factorion_cli.simulation.result import SimulationResult

ENGINES = ("ticks",)
MOST_TICKS = 1_000_000
"""Longest window: the weighted counts of a full turbo belt stay within 64 bits (see report.py)."""

BATCH = 256
"""Factories per world: bounds the memory of a long list and keeps both warm-up and measuring in the cache."""


def throughput(
    factories: Sequence[Factory],
    engine: str = "ticks",
    warmup_ticks: int = 3600,
    measure_ticks: int = 7200,
    threads: int | None = None,
    details: bool = False,
) -> list[SimulationResult]:
    """Steady-state rates of each factory, in input order.

    Args:
        factories: what to simulate; results do not depend on the batch around a factory.
        engine: "ticks", the tick simulator.
        warmup_ticks: ticks before anything is counted.
        measure_ticks: ticks over which sinks and machines are counted, at least: sinks that receive few items in
            them are counted again over up to eight times as many (`metrics["measured_ticks"]`).
        threads: how many threads share the factories; default: one per core. It changes no result.
        details: whether to fill `arms` and `belts`, for which the factories run on and are watched for as long again.

    Returns:
        One result per factory; one that cannot be simulated has `error` set.

    Raises:
        UsageError: an unknown engine or a window that measures nothing.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine is called {engine!r}; expected one of {', '.join(ENGINES)}")
    if warmup_ticks < 0 or not 1 <= measure_ticks <= MOST_TICKS:
        raise UsageError(
            f"warm-up is {warmup_ticks} and measuring {measure_ticks} ticks; expected at least 0, and 1 to {MOST_TICKS}"
        )
    results: list[SimulationResult] = []
    for first in range(0, len(factories), BATCH):
        results += _simulate(factories[first : first + BATCH], warmup_ticks, measure_ticks, threads, details)
    return results


def _simulate(
    factories: Sequence[Factory], warmup_ticks: int, measure_ticks: int, threads: int | None, details: bool
) -> list[SimulationResult]:
    # numba is heavy: whoever only imports the room must not pay for it.
    import numpy as np

    from factorion_cli.simulation.building import build_world
    from factorion_cli.simulation.compiling import CompiledFactory, compile_factory
    from factorion_cli.simulation.measurement import Measurement, snapshot
    from factorion_cli.simulation.probing import probe
    from factorion_cli.simulation.report import report
    from factorion_cli.simulation.running import run, start
    from factorion_cli.simulation.schematic import compile_schematic, is_schematic

    compiled: list[CompiledFactory] = []
    outcomes: list[SimulationResult | int] = []
    for factory in factories:
        try:
            compiled.append(compile_schematic(factory) if is_schematic(factory) else compile_factory(factory))
            outcomes.append(len(compiled) - 1)
        except FactorionError as error:
            outcomes.append(SimulationResult(factory.id, error=str(error)))
    if not compiled:
        return [outcome for outcome in outcomes if isinstance(outcome, SimulationResult)]
    world, places = build_world(compiled)
    start(world)
    run(world, warmup_ticks, threads)
    before = snapshot(world)
    run(world, measure_ticks, threads)
    measured = [
        Measurement(world, place, part, before, measure_ticks) for place, part in zip(places, compiled, strict=True)
    ]
    reports = [report(measurement) for measurement in measured]
    again = [measurement.windows_needed() for measurement in measured]
    if max(again) > 1:
        # Rare products are measured afresh over a longer window, which also gives their buffers time to fill.
        longer = np.asarray([measure_ticks * windows if windows > 1 else 0 for windows in again], np.int64)
        before = snapshot(world)
        run(world, longer, threads)
        for index in np.flatnonzero(longer):
            measurement = Measurement(world, places[index], compiled[index], before, int(longer[index]))
            reports[index] = report(measurement)
    for number, part in enumerate(compiled):
        if is_schematic(part.factory):
            reports[number] = replace(reports[number], metrics={**reports[number].metrics, **probe(part)})
    if details:
        from factorion_cli.simulation.details import with_details
        from factorion_cli.simulation.observing import observe

        seen = observe(world, places, compiled, measure_ticks, threads)
        reports = [with_details(*pair) for pair in zip(reports, seen, strict=True)]
    return [outcome if isinstance(outcome, SimulationResult) else reports[outcome] for outcome in outcomes]
