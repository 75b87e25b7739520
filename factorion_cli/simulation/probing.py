"""Figures of schematic factories that no steady window shows: each is a run of the tick loop of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from factorion_cli.simulation import decisions
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import CompiledFactory
from factorion_cli.simulation.grids import ConsumerSpec, Grid
from factorion_cli.simulation.layout import WorldArrays
from factorion_cli.simulation.piping import MILLI
from factorion_cli.simulation.running import Runner, run, start
from factorion_cli.simulation.schematic import ENDLESS_W, load

LONGEST_CHARGE_TICKS = 100_000
"""Ticks after which a charge is given up."""

Metrics = dict[str, float]


def probe(compiled: CompiledFactory) -> Metrics:
    """What accumulators do, how much load a day of sun carries, and how fast a pump starts."""
    figures: Metrics = {}
    pumps = [pump for pump in compiled.pipes.pumps if pump.slows]
    if pumps:
        figures["flow_initial"] = _initial_flow(compiled)
    if compiled.grid.networks and compiled.grid.networks[0].capacity_j:
        figures["seconds_to_charge"] = _charge_seconds(compiled)
        figures["max_discharge"] = _discharge_watts(compiled)
        if compiled.grid.networks[0].solar_w:
            figures["constant_load_supported"] = float(_constant_load(compiled))
    return figures


def _world(compiled: CompiledFactory, consumers: list[ConsumerSpec], steady_w: int, charged: bool) -> WorldArrays:
    """The factory with these consumers only and so much supply beside its panels; no generators."""
    network = compiled.grid.networks[0]
    grid = Grid([replace(network, steady_w=network.steady_w + steady_w)], consumers)
    world, _ = build_world([replace(compiled, grid=grid)])
    start(world)
    if charged:
        world.networks["stored"] = world.networks["capacity"]
    return world


def _initial_flow(compiled: CompiledFactory) -> float:
    """Units per second through the last pump in the first second."""
    world, places = build_world([compiled])
    start(world)
    run(world, 60)
    return int(world.pumps["moved"][places[0].pump + len(compiled.pipes.pumps) - 1]) / MILLI


def _charge_seconds(compiled: CompiledFactory) -> float:
    """Seconds from empty to full on a supply without end."""
    world = _world(compiled, [], ENDLESS_W, charged=False)
    runner, ticks = Runner(world), 0
    while world.networks["stored"][0] < world.networks["capacity"][0] and ticks < LONGEST_CHARGE_TICKS:
        runner.run(1)
        ticks += 1
    return ticks / 60


def _discharge_watts(compiled: CompiledFactory) -> float:
    """Watts that full accumulators give to a load without end, in the first tick of the night."""
    world = _world(compiled, [load(ENDLESS_W)], 0, charged=True)
    world.networks["clock"] = decisions.NIGHT_TICK
    before = int(world.networks["stored"][0])
    run(world, 1)
    return float(before - int(world.networks["stored"][0]))


def _constant_load(compiled: CompiledFactory) -> int:
    """Most watts that are served in every tick of a day, after a day to come to a rhythm."""

    def holds(watts: int) -> bool:
        world = _world(compiled, [load(watts)], 0, charged=True)
        run(world, decisions.DAY_TICKS)
        short = int(world.networks["short"][0])
        run(world, decisions.DAY_TICKS)
        return int(world.networks["short"][0]) == short

    return _highest(holds, compiled.grid.networks[0].solar_w)


def _highest(holds: Callable[[int], bool], limit: int) -> int:
    """The highest whole number up to `limit` that holds, if all below it do."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
