"""Splitters: per lane two inputs, two outputs, a preference for each that flips when only one side could move."""

from numba import njit

from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.kernels.lines import insert, position_of, remove


@njit(cache=True)
def _output_room(lines, n):
    """Room at the start of an output line: how far in a new item may stand, -1 for none."""
    count = lines.count[n]
    if count == 0:
        return lines.length[n]
    return position_of(lines, n, count - 1) - SPACING


@njit(cache=True)
def _pass_one(splitters, lines, s, lane, side):
    """Move the front item of one input over, if it is there and an output takes it."""
    source = splitters.lines[s, lane, side]
    if lines.count[source] == 0:
        return
    over = position_of(lines, source, 0) + lines.speed[source] - lines.length[source]
    if over < 0:
        return
    item = lines.item[lines.head[source]]
    priority, wanted = splitters.output_priority[s], splitters.filter_item[s]
    first = splitters.prefer_out[s, lane] if priority < 0 else priority
    tries = 2
    if wanted != -1:
        first = priority if item == wanted else 1 - priority
        tries = 1
    for attempt in range(tries):
        out = first if attempt == 0 else 1 - first
        target = splitters.lines[s, lane, 2 + out]
        room = _output_room(lines, target)
        if room >= 0 and insert(lines, target, min(over, room), item):
            remove(lines, source, 0)
            splitters.prefer_out[s, lane] = 1 - out
            splitters.prefer_in[s, lane] = 1 - side
            return


@njit(cache=True)
def move_splitter(splitters, lines, s):
    """One tick of one splitter: the two lanes are independent."""
    for lane in range(2):
        first = splitters.input_priority[s]
        if first < 0:
            first = splitters.prefer_in[s, lane]
        _pass_one(splitters, lines, s, lane, first)
        _pass_one(splitters, lines, s, lane, 1 - first)
