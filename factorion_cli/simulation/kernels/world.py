"""The tick loop: belts, then arms, then machines, in each factory's canonical order; factories run side by side."""

from numba import njit

from factorion_cli.simulation.kernels.arms import tick_arm
from factorion_cli.simulation.kernels.lines import move_line, refill
from factorion_cli.simulation.kernels.machines import tick_machine
from factorion_cli.simulation.kernels.splitters import move_splitter


@njit(cache=True)
def _run_one(world, f, ticks):
    factories = world.factories
    first_step, last_step = factories.first_step[f], factories.first_step[f + 1]
    first_arm, last_arm = factories.first_arm[f], factories.first_arm[f + 1]
    first_machine, last_machine = factories.first_machine[f], factories.first_machine[f + 1]
    for _ in range(ticks):
        for i in range(first_step, last_step):
            step = factories.steps[i]
            if step >= 0:
                move_line(world.lines, world.counters, step)
            else:
                move_splitter(world.splitters, world.lines, -1 - step)
        for a in range(first_arm, last_arm):
            tick_arm(world, a)
        for m in range(first_machine, last_machine):
            tick_machine(world.plans, world.machines, m)


@njit(cache=True, nogil=True)
def run(world, first, last, ticks):
    """Advance the factories from `first` up to `last` by `ticks`; each is on its own, so threads may share a batch."""
    for f in range(first, last):
        _run_one(world, f, ticks)


@njit(cache=True)
def fill_sources(lines):
    """Fill the first tile of every belt source."""
    for n in range(lines.length.shape[0]):
        if lines.source_item[n] >= 0 and lines.length[n] > 0:
            refill(lines, n)
