"""Splitters: per lane two inputs, two outputs, a preference for each that flips when only one side could move.

When both inputs move in one tick they swap outputs with every such tick, and the preferences stay as they were: so each
input gives to both outputs in turn, and what moves alone is not thrown out of its own turn.
"""

from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.kernels.lines import FAR, nearest_ahead, position_of, put, remove
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK


@helper
def _output_room(lines, slots, n):
    """How far into an output line a new item may stand; below zero for no room."""
    ahead = nearest_ahead(lines, slots, n, 0)
    return FAR if ahead == FAR else ahead - SPACING


@helper
def _step_over(lines, slots, n):
    """How far the front item of an input would get past its end in this tick; below zero if it is not there yet."""
    line = lines[n]
    return -1 if line.count == 0 else position_of(lines, slots, n, 0) + line.speed - line.length


@helper
def _give(lines, slots, source, target, place):
    """Move the front item of an input to a place in an output; False when the output's list is full."""
    item = slots[lines[source].head].item
    if not put(lines, slots, target, place, item):
        return False
    remove(lines, slots, source, 0)
    lines[source].passed += (item >> ITEM_BITS) + 1
    return True


@helper
def _pass_both(splitters, lines, slots, s, lane):
    """Move both inputs, if both are there and both outputs take what comes; False leaves all as it was."""
    splitter = splitters[s]
    if splitter.output_priority >= 0 or splitter.filter_item != -1:
        return False
    left, right = splitter.lines[lane, 0], splitter.lines[lane, 1]
    over_left, over_right = _step_over(lines, slots, left), _step_over(lines, slots, right)
    if over_left < 0 or over_right < 0:
        return False
    swap = splitter.swap[lane]
    to_left, to_right = splitter.lines[lane, 2 + swap], splitter.lines[lane, 3 - swap]
    room_left, room_right = _output_room(lines, slots, to_left), _output_room(lines, slots, to_right)
    if room_left < 0 or room_right < 0 or lines[to_right].count >= lines[to_right].room:
        return False
    if _give(lines, slots, left, to_left, min(over_left, room_left)):
        _give(lines, slots, right, to_right, min(over_right, room_right))
        splitter.swap[lane] = 1 - swap
        return True
    return False


@helper
def _pass_one(splitters, lines, slots, s, lane, side):
    """Move the front item of one input over, if it is there and an output takes it."""
    splitter = splitters[s]
    source = splitter.lines[lane, side]
    over = _step_over(lines, slots, source)
    if over < 0:
        return
    item = slots[lines[source].head].item & ITEM_MASK
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
        if room >= 0 and _give(lines, slots, source, target, min(over, room)):
            splitter.prefer_out[lane] = 1 - out
            splitter.prefer_in[lane] = 1 - side
            return


@helper
def move_splitter(splitters, lines, slots, s):
    """One tick of one splitter: the two lanes are independent."""
    for lane in range(2):
        if _pass_both(splitters, lines, slots, s, lane):
            continue
        first = splitters[s].input_priority
        if first < 0:
            first = splitters[s].prefer_in[lane]
        _pass_one(splitters, lines, slots, s, lane, first)
        _pass_one(splitters, lines, slots, s, lane, 1 - first)
