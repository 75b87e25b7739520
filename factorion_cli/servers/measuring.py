"""Rates of factories that stand on lab surfaces, reckoned and told as the simulator does."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from factorion_cli.factory import Factory
from factorion_cli.servers.live import LiveServer, Measured
from factorion_cli.simulation.measurement import ENOUGH_ITEMS, windows_needed
from factorion_cli.simulation.result import LaneRates, SimulationResult

SHORTEST_WARMUP = 1
"""Ticks: the least that the mod takes."""


def measure(
    live: LiveServer, built: Mapping[str, Factory], warmup_ticks: int, measure_ticks: int
) -> dict[str, SimulationResult]:
    """What the sinks of each factory receive; all run at the same time.

    Rare products are measured again over a longer window, as in the simulator.

    Args:
        live: where they stand, with its time stopped.
        built: factories as they were built, by surface.
        warmup_ticks: ticks before anything is counted.
        measure_ticks: ticks that are counted, at least.

    Returns:
        By surface: sinks, what they want and what they counted; nothing is known of machines.
    """
    if not built:
        return {}
    first = live.measure_together(dict.fromkeys(built, measure_ticks), max(warmup_ticks, SHORTEST_WARMUP))
    needed = {surface: windows_needed(_rarest(built[surface], sinks)) for surface, sinks in first.items()}
    windows = {surface: measure_ticks * times for surface, times in needed.items()}
    longer = {surface: ticks for surface, ticks in windows.items() if ticks > measure_ticks}
    again = live.measure_together(longer, SHORTEST_WARMUP) if longer else {}
    return {
        surface: _result(factory, {**first, **again}[surface], windows[surface]) for surface, factory in built.items()
    }


def _rarest(factory: Factory, sinks: Mapping[str, Measured]) -> int:
    """How many items of the rarest kind came to a sink's lane; what did not come at all is not rare.

    What machines make is looked at only where nothing else is counted.
    """
    kinds = {sink.kind for sink in factory.sinks}
    counted = [sink.id for sink in factory.sinks if sink.kind != "output" or kinds == {"output"}]
    lanes = (lane for sink in counted if sink in sinks for lane in sinks[sink].counts.values())
    return min((max(int(count), 1) for lane in lanes for count in lane.values() if count > 0), default=ENOUGH_ITEMS)


def _result(factory: Factory, sinks: Mapping[str, Measured], ticks: int) -> SimulationResult:
    return SimulationResult(
        id=factory.id,
        sinks={sink.id: _rates(sinks[sink.id], sink.kind == "belt") for sink in factory.sinks if sink.id in sinks},
        wanted={sink.id: sink.item for sink in factory.sinks if sink.item is not None},
        metrics={"measured_ticks": ticks},
        counts={sink: _counts(measured) for sink, measured in sinks.items()},
    )


def _rates(measured: Measured, by_lane: bool) -> dict[str, float | LaneRates]:
    if not by_lane:
        return dict(measured.rates)
    lanes = {lane: measured.by_lane.get(lane, {}) for lane in ("left", "right")}
    return {item: {lane: rates.get(item, 0.0) for lane, rates in lanes.items()} for item in sorted(measured.rates)}


def _counts(measured: Measured) -> dict[str, Fraction]:
    counts: dict[str, Fraction] = {}
    for lane in measured.counts.values():
        for item, count in lane.items():
            counts[item] = counts.get(item, Fraction()) + Fraction(count)
    return counts
