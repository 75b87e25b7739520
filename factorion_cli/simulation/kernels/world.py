"""The tick loop: power, loaders, belts, arms, fluids, heat, machines, drills' outlets, each in canonical order."""

from factorion_cli.simulation.kernels.arms import tick_arm
from factorion_cli.simulation.kernels.compiled import entry
from factorion_cli.simulation.kernels.drills import tick_drill
from factorion_cli.simulation.kernels.fluids import tick_fluids
from factorion_cli.simulation.kernels.handing import Handing
from factorion_cli.simulation.kernels.heat import tick_heater
from factorion_cli.simulation.kernels.lines import move_line, refill
from factorion_cli.simulation.kernels.loaders import tick_loader
from factorion_cli.simulation.kernels.machines import tick_machine
from factorion_cli.simulation.kernels.power import tick_power
from factorion_cli.simulation.kernels.splitters import move_splitter
from factorion_cli.simulation.kernels.steady import differs_still, is_as_then
from factorion_cli.simulation.layout import EMPTY
from factorion_cli.simulation.watching import UNWATCHED

WORLD, WATCH = Handing(EMPTY), Handing(UNWATCHED)
_world_of, _watch_of = WORLD.taken, WATCH.taken

AT, STOP, WINDOW, FOUND = range(4)
"""Rows of a span, (4, F): ticks of the measured window that are over, the one to stop before, the window's length, by
which arrivals are weighted, and what the run sets: the tick after which the checkpoint's state was met, else -1."""


@entry
def run_range(world_table, watch_table, span, first, last):
    """Advance factory f through its span for f from `first` up to `last`; threads may share a world, each with its own.

    World and watch come as tables of WORLD and WATCH. A watched factory stops as soon as it is in the state of its
    checkpoint; the span's FOUND then says after which tick.
    One function, since whatever is compiled in a helper of its own first is compiled once more when it is inlined.
    """
    world, watch = _world_of(world_table), _watch_of(watch_table)
    for f in range(first, last):
        span[FOUND, f] = -1
        for tick in range(span[AT, f], span[STOP, f]):
            # Items that arrive in the middle of the window weigh most; see measurement.py.
            weight = (tick + 1) * (span[WINDOW, f] - tick)
            if world.first_network[f] < world.first_network[f + 1]:
                tick_power(world, f)
            for d in range(world.first_loader[f], world.first_loader[f + 1]):
                tick_loader(world, d, weight)
            for i in range(world.first_step[f], world.first_step[f + 1]):
                step = world.steps[i]
                if step >= 0:
                    move_line(world.lines, world.slots, world.tallies, step, weight)
                else:
                    move_splitter(world.splitters, world.lines, world.slots, -1 - step)
            for i in range(world.first_arm[f], world.first_arm[f + 1]):
                tick_arm(world, world.arm_order[i], weight)
            if world.first_segment[f] < world.first_segment[f + 1]:
                tick_fluids(world, f)
            for h in range(world.first_heater[f], world.first_heater[f + 1]):
                tick_heater(world, h)
            for m in range(world.first_machine[f], world.first_machine[f + 1]):
                tick_machine(world.machines, world.plans, world.fuel_value, world.made, m)
            for i in range(world.first_drill[f], world.first_drill[f + 1]):
                tick_drill(world, world.drill_order[i], weight)
            if watch.on and not differs_still(world, watch, f) and is_as_then(world.lines, watch, f):
                span[FOUND, f] = tick + 1
                break


@entry
def fill_sources(lines, slots):
    """Fill the first tile of every belt source."""
    for n in range(lines.shape[0]):
        if lines[n].source_item >= 0 and lines[n].length > 0:
            refill(lines, slots, n)
