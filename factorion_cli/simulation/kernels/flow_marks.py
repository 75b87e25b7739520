"""What has to be looked at again: each change of a flow marks the elements whose answer depends on it."""

from factorion_cli.simulation.flow_layout import (
    BEYOND,
    CALM,
    ELEMENTS,
    FREE,
    ROOM,
)
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.kernels.flow_order import is_input

TINY = 1e-9
CLOSE_ENOUGH = 1e-4
"""Items per second: smaller changes are of no consequence."""


@helper
def put(s, which, place, value):
    """Write a flow; True when it matters to others."""
    changed = abs(s.flows[which, place] - value) > CLOSE_ENOUGH
    s.flows[which, place] = value
    return changed


@helper
def total(s, which, base, first, end):
    """Sum of a vector over the items from `first` up to `end`."""
    sum_ = 0.0
    for k in range(first, end):
        sum_ += s.flows[which, base + k]
    return sum_


@helper
def mark(s, e):
    """What e gets, gives or accepts may be different now."""
    if e >= 0 and s.elements[e].live == 1:
        s.elements[e].down = 1
        s.elements[e].up = 1


@helper
def mark_down(s, e):
    """What comes to e may be different now; if e then lets in something else, it marks itself."""
    if e >= 0 and s.elements[e].live == 1:
        s.elements[e].down = 1


@helper
def mark_up(s, e):
    """What e may pass on may be different now; if e then accepts something else, it marks itself."""
    if s.elements[e].live == 1:
        s.elements[e].up = 1


@helper
def enters_switch(s, e):
    """Whether a stretch ends in a splitter."""
    w = s.elements[e].switch
    return w >= 0 and is_input(s, w, e)


@helper
def leaves_switch(s, e):
    """Whether a stretch begins in a splitter."""
    w = s.elements[e].switch
    return w >= 0 and not is_input(s, w, e)


@helper
def mark_hand(s, h):
    """Both elements that a hand takes from have to look at what lies beyond it."""
    mark(s, s.hands[h].near)
    mark(s, s.hands[h].far)


@helper
def _calmly(s, which, place, value):
    """Where answers go to and fro, half way is nearer to where they meet."""
    old = s.flows[which, place]
    if s.counts[CALM] == 1 and old < FREE and value < FREE:
        return 0.5 * (old + value)
    return value


@helper
def tell(s, feeder, k, n, accepts):
    """Tell an element or hand (after all elements) how much of an item it may still pass on."""
    if put(s, BEYOND, feeder * n + k, _calmly(s, BEYOND, feeder * n + k, accepts)):
        if feeder < s.counts[ELEMENTS]:
            mark_up(s, feeder)
        else:
            mark_hand(s, feeder - s.counts[ELEMENTS])


@helper
def tell_room(s, feeder, room):
    """Tell an element or hand how much it may still pass on in all."""
    if put(s, ROOM, feeder, _calmly(s, ROOM, feeder, room)):
        if feeder < s.counts[ELEMENTS]:
            mark_up(s, feeder)
            if s.elements[feeder].picks >= 0 or s.elements[feeder].gives >= 0:
                # Arms take what cannot go on, and a source gives only what can.
                mark_down(s, feeder)
        else:
            mark_hand(s, feeder - s.counts[ELEMENTS])


@helper
def allows(rows, hand, item):
    """Whether a hand passes an item (by number); `only` is ANY (-1), one item, or SEVERAL (-2) as its row lists."""
    if hand.only >= -1:
        return hand.only == -1 or hand.only == item
    filters = rows[hand.row].filters
    found = False
    for k in range(filters.shape[0]):
        found = found or filters[k] == item
    return found
