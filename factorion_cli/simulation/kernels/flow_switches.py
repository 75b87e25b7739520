"""One lane of a splitter: two inputs and two outputs that share as fairly as priorities and filters let them."""

from factorion_cli.simulation.flow_layout import ACCEPTS, INFLOW, LEAVES, OFFERS, PASSED, SUPPLY
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_marks import TINY, mark_down, put, tell, tell_room, total


@helper
def _side_room(s, w, side):
    out = s.elements[s.elements[w].out_left if side == 0 else s.elements[w].out_right]
    return max(0.0, min(out.most, out.limit))


@helper
def _goes(element, side, k):
    """Whether an item may leave on a side at all: the filter's goes to its side, all others to the other."""
    return element.filter == -1 or (k == element.filter) == (side == element.out_side)


@helper
def _side_accepts(s, w, side, k, n):
    """What one output accepts of an item."""
    element = s.elements[w]
    if not _goes(element, side, k):
        return 0.0
    out = element.out_left if side == 0 else element.out_right
    return min(s.flows[ACCEPTS, out * n + k], _side_room(s, w, side))


@helper
def _half(whole, mine, others):
    """The part of a fair half that falls to one of two: the rest of it goes to who has more."""
    return max(0.0, min(mine, max(0.5 * whole, whole - others)))


@helper
def _take_in(s, w, n):
    """How much of what its inputs bring a splitter's lane takes in; True when that changed."""
    element = s.elements[w]
    left, right, first, end = element.in_left * n, element.in_right * n, element.first, element.end
    offers_left, offers_right = total(s, LEAVES, left, first, end), total(s, LEAVES, right, first, end)
    room = _side_room(s, w, 0) + _side_room(s, w, 1)
    enters_left, enters_right = _half(room, offers_left, offers_right), _half(room, offers_right, offers_left)
    if element.in_side == 0:
        enters_left = min(offers_left, room)
        enters_right = min(offers_right, room - enters_left)
    elif element.in_side == 1:
        enters_right = min(offers_right, room)
        enters_left = min(offers_left, room - enters_right)
    share_left = enters_left / offers_left if offers_left > TINY else 0.0
    share_right = enters_right / offers_right if offers_right > TINY else 0.0
    slow_left, slow_right = 1.0, 1.0
    if element.filter != -1:
        # A filter sends each input's items to sides that may be full on their own.
        for side in range(2):
            flow = 0.0
            for k in range(first, end):
                if _goes(element, side, k):
                    flow += s.flows[LEAVES, left + k] * share_left + s.flows[LEAVES, right + k] * share_right
            slow = min(1.0, _side_room(s, w, side) / max(flow, TINY))
            for k in range(first, end):
                if _goes(element, side, k):
                    slow_left = min(slow_left, slow) if s.flows[LEAVES, left + k] > TINY else slow_left
                    slow_right = min(slow_right, slow) if s.flows[LEAVES, right + k] > TINY else slow_right
    for k in range(first, end):
        flow = s.flows[LEAVES, left + k] * share_left + s.flows[LEAVES, right + k] * share_right
        if flow > TINY:
            slow = (_side_accepts(s, w, 0, k, n) + _side_accepts(s, w, 1, k, n)) / flow
            slow_left = min(slow_left, slow) if s.flows[LEAVES, left + k] > TINY else slow_left
            slow_right = min(slow_right, slow) if s.flows[LEAVES, right + k] > TINY else slow_right
    changed = False
    for k in range(first, end):
        changed |= put(s, PASSED, left + k, s.flows[LEAVES, left + k] * share_left * slow_left)
        changed |= put(s, PASSED, right + k, s.flows[LEAVES, right + k] * share_right * slow_right)
    return changed


@helper
def _most_share(s, w, side, n, flow_in):
    """The share of what came in that one output can take by itself."""
    element = s.elements[w]
    first, end = element.first, element.end
    share = min(1.0, _side_room(s, w, side) / flow_in)
    for k in range(first, end):
        flow = s.flows[PASSED, element.in_left * n + k] + s.flows[PASSED, element.in_right * n + k]
        if flow > TINY * flow_in:
            share = min(share, _side_accepts(s, w, side, k, n) / flow)
    return share


@helper
def _to_left(s, w, n, flow_in):
    """The share of what came in that leaves on the left."""
    element = s.elements[w]
    if flow_in <= TINY or element.filter != -1:
        return 0.5
    most_left, most_right = _most_share(s, w, 0, n, flow_in), _most_share(s, w, 1, n, flow_in)
    if element.out_side == 0:
        return most_left
    if element.out_side == 1:
        return 1.0 - most_right
    return min(most_left, max(0.5, 1.0 - most_right))


@called
def switch_down(s, w, n):
    """Take in, and share out between the outputs."""
    element = s.elements[w]
    if _take_in(s, w, n):
        element.up = 1
    left, right, first, end = element.in_left * n, element.in_right * n, element.first, element.end
    flow_in = total(s, PASSED, left, first, end) + total(s, PASSED, right, first, end)
    offers = max(TINY, total(s, OFFERS, left, first, end) + total(s, OFFERS, right, first, end))
    to_left = _to_left(s, w, n, flow_in)
    bursts = total(s, PASSED, left, first, end) * s.elements[element.in_left].burst
    bursts += total(s, PASSED, right, first, end) * s.elements[element.in_right].burst
    for side in range(2):
        out = element.out_left if side == 0 else element.out_right
        share = to_left if side == 0 else 1.0 - to_left
        # It could have all that the other does not take, and its half at least.
        could = max(0.5, 1.0 - (1.0 - share) * flow_in / offers)
        if element.out_side >= 0:
            could = 1.0 if element.out_side == side else 1.0 - (1.0 - share) * flow_in / offers
        spare, more = s.elements[out].most, 0.0
        changed = False
        for k in range(first, end):
            if element.filter != -1:
                share = could = 1.0 if _goes(element, side, k) else 0.0
            flow = (s.flows[PASSED, left + k] + s.flows[PASSED, right + k]) * share
            changed |= put(s, INFLOW, out * n + k, flow)
            spare -= flow
            more += max(0.0, (s.flows[OFFERS, left + k] + s.flows[OFFERS, right + k]) * could - flow)
        # Items that touch are sent to both sides in turn.
        s.elements[out].burst = max(
            1.0, bursts / max(flow_in, TINY) * (s.elements[out].most - spare) / max(flow_in, TINY)
        )
        scale = max(0.0, spare) / more if more > spare else 1.0
        for k in range(first, end):
            if element.filter != -1:
                could = 1.0 if _goes(element, side, k) else 0.0
            flow = s.flows[INFLOW, out * n + k]
            extra = max(0.0, (s.flows[OFFERS, left + k] + s.flows[OFFERS, right + k]) * could - flow)
            changed |= put(s, SUPPLY, out * n + k, flow + scale * extra)
        if changed:
            mark_down(s, out)


@called
def switch_up(s, w, n):
    """What each input may send: all that the outputs take, less what the other input sends."""
    element = s.elements[w]
    first, end = element.first, element.end
    room = _side_room(s, w, 0) + _side_room(s, w, 1)
    for side in range(2):
        mine, other = (element.in_left, element.in_right) if side == 0 else (element.in_right, element.in_left)
        least = 0.5
        if element.in_side >= 0:
            least = 1.0 if element.in_side == side else 0.0
        tell_room(s, mine, max(least * room, room - total(s, PASSED, other * n, first, end)))
        for k in range(first, end):
            accepts = _side_accepts(s, w, 0, k, n) + _side_accepts(s, w, 1, k, n)
            tell(s, mine, k, n, max(least * accepts, accepts - s.flows[PASSED, other * n + k]))
