"""The one question to the simulator: what does each sink receive, and what limits it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.factory import Factory
from factorion_cli.simulation.decisions import DAY_TICKS
from factorion_cli.simulation.result import SimulationResult

if TYPE_CHECKING:
    from factorion_cli.simulation.batch import FactoryBatch
    from factorion_cli.simulation.compiling import CompiledFactory

ENGINES = ("ticks", "flow", "rates")
MOST_TICKS = 1_000_000
"""Longest window: the weighted counts of a full turbo belt stay within 64 bits (see report.py)."""

BATCH = 256
"""Factories per world: bounds the memory of a long list and keeps both warm-up and measuring in the cache."""


def throughput(
    factories: Sequence[Factory] | FactoryBatch,
    engine: str = "ticks",
    warmup_ticks: int = 3600,
    measure_ticks: int = 7200,
    threads: int | None = None,
    details: bool = False,
    steady: bool = True,
    max_ticks: int | None = None,
    sinks_only: bool = False,
) -> list[SimulationResult]:
    """Steady-state rates of each factory, in input order.

    Args:
        factories: what to simulate; results do not depend on the batch around a factory.
        engine: "ticks", the tick simulator; "rates", which finds steady rates without ticks; or "flow", which finds
            rates and asks the tick simulator about those parts of a factory that moments decide (`doubts` of the
            result says which and why). `threads` is all of the following that means anything to the last two.
        warmup_ticks: ticks before anything is counted. A factory that repeats itself is measured over exactly one of
            its periods as soon as that is found (`period_ticks`), be it before the warm-up is over; what follows is
            for the others.
        measure_ticks: ticks over which sinks and machines are counted, at least: sinks that receive few items in
            them are counted again over up to eight times as many (`metrics["measured_ticks"]`).
        threads: how many threads share the factories; default: one per core. It changes no result.
        steady: whether to look for periods; if not, every factory is measured over its window.
        max_ticks: how long to look for a period, if longer than warm-up and measuring: a longer warm-up.
        details: whether to fill `arms` and `belts`, for which the factories run on and are watched for as long again,
            in whole periods.
        sinks_only: whether only `sinks` and `wanted`, and so `throughput`, count: "ticks" leaves out the rest.

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
    if engine != "ticks":
        from factorion_cli.simulation.flow_report import flow_throughput

        return flow_throughput(factories, threads, doubting=engine == "flow")
    if not isinstance(factories, Sequence):
        factories = factories.factories
    warmup_ticks = max(warmup_ticks, (max_ticks or 0) - measure_ticks)
    results: list[SimulationResult] = []
    for first in range(0, len(factories), BATCH):
        batch = factories[first : first + BATCH]
        results += _simulate(batch, warmup_ticks, measure_ticks, threads, details, steady, sinks_only)
    return results


def _simulate(
    factories: Sequence[Factory],
    warmup_ticks: int,
    measure_ticks: int,
    threads: int | None,
    details: bool,
    steady: bool,
    sinks_only: bool,
) -> list[SimulationResult]:
    # numba is heavy: whoever only imports the room must not pay for it.
    from factorion_cli.simulation.compiling import compile_factory
    from factorion_cli.simulation.schematic import compile_schematic, is_schematic

    compiled: list[CompiledFactory] = []
    outcomes: list[SimulationResult | int] = []
    for factory in factories:
        try:
            compiled.append(compile_schematic(factory) if is_schematic(factory) else compile_factory(factory))
            outcomes.append(len(compiled) - 1)
        except FactorionError as error:
            outcomes.append(SimulationResult(factory.id, error=str(error)))
    reports: dict[int, SimulationResult] = {}
    for days in (False, True):
        chosen = [number for number, part in enumerate(compiled) if part.has_days is days]
        # By daylight nothing shorter than whole days is typical, and the first one starts with empty accumulators.
        warmup = max(warmup_ticks, DAY_TICKS) if days else warmup_ticks
        window = -(-measure_ticks // DAY_TICKS) * DAY_TICKS if days else measure_ticks
        parts = [compiled[number] for number in chosen]
        reports.update(zip(chosen, _measured(parts, warmup, window, threads, details, steady, sinks_only), strict=True))
    return [outcome if isinstance(outcome, SimulationResult) else reports[outcome] for outcome in outcomes]


def _measured(
    compiled: Sequence[CompiledFactory],
    warmup_ticks: int,
    measure_ticks: int,
    threads: int | None,
    details: bool,
    steady: bool,
    sinks_only: bool,
) -> list[SimulationResult]:
    """One report per compiled factory."""
    from factorion_cli.simulation.building import build_world
    from factorion_cli.simulation.probing import probe
    from factorion_cli.simulation.report import report, report_sinks
    from factorion_cli.simulation.running import start
    from factorion_cli.simulation.schematic import is_schematic
    from factorion_cli.simulation.steady import Search, measure

    if not compiled:
        return []
    world, places = build_world(compiled)
    start(world)
    search = Search(world, threads, steady, warmup_ticks + measure_ticks)
    measured = measure(search, places, compiled, warmup_ticks, measure_ticks)
    if sinks_only:
        return [report_sinks(part) for part in measured]
    reports = [report(part) for part in measured]
    for number, part in enumerate(compiled):
        if is_schematic(part.factory):
            reports[number] = replace(reports[number], metrics={**reports[number].metrics, **probe(part)})
    if details:
        import numpy as np

        from factorion_cli.simulation.details import with_details
        from factorion_cli.simulation.observing import observe

        # Whole periods, so that what is observed is what happens for ever.
        periods = [result.period_ticks or measure_ticks for result in reports]
        whole = np.asarray([-(-measure_ticks // period) * period for period in periods], np.int64)
        seen = observe(world, places, compiled, whole, threads)
        reports = [with_details(*pair) for pair in zip(reports, seen, strict=True)]
    return reports
