"""Splitters: per lane two inputs, two outputs, a preference for each that flips when only one side could move."""

from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.kernels.lines import FAR, insert, position_of, remove


@helper
def _output_room(lines, slots, n):
    """How far into an output line a new item may stand; below zero for no room."""
    count = lines[n].count
    return FAR if count == 0 else position_of(lines, slots, n, count - 1) - SPACING


@helper
def _pass_one(splitters, lines, slots, s, lane, side):
    """Move the front item of one input over, if it is there and an output takes it."""
    splitter = splitters[s]
    source = splitter.lines[lane, side]
    line = lines[source]
    if line.count == 0:
        return
    over = position_of(lines, slots, source, 0) + line.speed - line.length
    if over < 0:
        return
    item = slots[line.head].item
    priority = splitter.output_priority
    first = splitter.prefer_out[lane] if priority < 0 else priority
    tries = 2
    if splitter.filter_item != -1:
        first = priority if item == splitter.filter_item else 1 - priority
        tries = 1
    for attempt in range(tries):
        out = first if attempt == 0 else 1 - first
        target = splitter.lines[lane, 2 + out]
        room = _output_room(lines, slots, target)
        if room >= 0 and insert(lines, slots, target, min(over, room), item):
            remove(lines, slots, source, 0)
            line.passed += 1
            splitter.prefer_out[lane] = 1 - out
            splitter.prefer_in[lane] = 1 - side
            return


@helper
def move_splitter(splitters, lines, slots, s):
    """One tick of one splitter: the two lanes are independent."""
    for lane in range(2):
        first = splitters[s].input_priority
        if first < 0:
            first = splitters[s].prefer_in[lane]
        _pass_one(splitters, lines, slots, s, lane, first)
        _pass_one(splitters, lines, slots, s, lane, 1 - first)
