"""Belt lanes: what comes into a stretch from its feeders in their order, and what it accepts from each."""

from factorion_cli.simulation.flow_layout import (
    ACCEPTS,
    BEYOND,
    ELEMENTS,
    FREE,
    INFLOW,
    LEAVES,
    LEFT,
    MOST_EXTRA,
    NOW,
    OFFERS,
    PASSED,
    ROOM,
    SUPPLY,
)
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_hands import taken_here, wanted_by_hands
from factorion_cli.simulation.kernels.flow_marks import (
    TINY,
    enters_switch,
    leaves_switch,
    mark,
    mark_down,
    put,
    tell,
    tell_room,
)
from factorion_cli.simulation.kernels.flow_traffic import MOST_DELAYS, brought_at_once, wait_for_gaps


@helper
def _feeder(s, e, stage, drop):
    """Where the vectors of a feeder of element e begin, in items: its three belts in order, then hand `drop`."""
    element = s.elements[e]
    if stage == 0:
        return element.straight
    if stage == 1:
        return element.early
    return element.late if stage == 2 else s.counts[ELEMENTS] + drop


@helper
def _gather(s, e, n):
    """What comes into a stretch, and what could; True when a feeder may pass on more or less than before."""
    element = s.elements[e]
    base, first, end = e * n, element.first, element.end
    free = element.most
    for k in range(first, end):
        s.flows[LEFT, k] = s.flows[ACCEPTS, base + k]
        s.flows[MOST_EXTRA, k] = 0.0
        s.flows[INFLOW, base + k] = 0.0
        s.flows[SUPPLY, base + k] = 0.0
    shut, jam, changed = False, False, False
    stage, drop = 0, element.drops
    taken, limit = taken_here(s, e, n), element.limit
    carried, bursts = 0.0, 0.0
    while stage < 3 or drop >= 0:
        if stage == 2:
            # What arms take off this tile is gone where the late lane and other arms' items come in.
            free += taken
        feeder = _feeder(s, e, stage, drop)
        burst = 1.0
        if stage < 3:
            stage += 1
            if feeder >= 0 and s.elements[feeder].most >= element.most:
                burst = s.elements[feeder].burst
        else:
            hand = s.hands[drop]
            # A single item finds room between others that do not touch.
            if (hand.holds > 1 or bursts > 1.5 * carried) and hand.delays < MOST_DELAYS and element.loops == 0:
                wait_for_gaps(s, drop, n, element.most, carried, bursts / max(carried, TINY))
            if hand.holds > 1:
                burst = brought_at_once(s, drop, n)
            drop = hand.next_drop
        if feeder < 0:
            continue
        place = feeder * n
        offers = 0.0
        for k in range(first, end):
            offers += s.flows[OFFERS, place + k]
        before = free
        enters = could = slow = next_slow = 1.0
        slowest = -1
        if offers > TINY:
            for k in range(first, end):
                offer = s.flows[OFFERS, place + k]
                if offer > TINY * offers:
                    share = max(0.0, s.flows[LEFT, k]) / offer
                    if share < slow:
                        next_slow = slow
                        slow = share
                        slowest = k
                    elif share < next_slow:
                        next_slow = share
            enters = min(slow, max(0.0, min(free, limit)) / offers)
            could = max(0.0, free) / offers
        if shut:
            enters = could = 0.0
        elif slowest >= 0 and s.flows[ACCEPTS, base + slowest] <= TINY:
            jam = True
        for k in range(first, end):
            offer = s.flows[OFFERS, place + k]
            flow = min(s.flows[LEAVES, place + k], offer * enters)
            # Wanted more, the slowest item could come faster; the others cannot pass it.
            extra = offer * min(could, next_slow if k == slowest else slow) - flow
            if feeder < s.counts[ELEMENTS]:
                s.flows[SUPPLY, base + k] += extra
            else:
                # Arms at one machine could each bring all that it makes, but not together.
                s.flows[MOST_EXTRA, k] = max(s.flows[MOST_EXTRA, k], extra)
            changed |= put(s, PASSED, place + k, flow)
            s.flows[INFLOW, base + k] += flow
            s.flows[LEFT, k] -= flow
            free -= flow
            limit -= flow
        carried += before - free
        bursts += (before - free) * burst
        shut = shut or enters < 1.0 - TINY
    element.burst = bursts / carried if bursts > carried + TINY else 1.0
    for k in range(first, end):
        s.flows[SUPPLY, base + k] += s.flows[INFLOW, base + k] + s.flows[MOST_EXTRA, k]
    if jam:
        _jam(s, e, n)
    return changed


@called
def _jam(s, e, n):
    """Something at the end of a lane is wanted by nobody: nothing moves."""
    base, first, end = e * n, s.elements[e].first, s.elements[e].end
    for k in range(first, end):
        s.flows[INFLOW, base + k] = 0.0
        if s.flows[ACCEPTS, base + k] > TINY:
            s.flows[SUPPLY, base + k] = 0.0
    stage, drop = 0, s.elements[e].drops
    while stage < 3 or drop >= 0:
        feeder = _feeder(s, e, stage, drop)
        if stage < 3:
            stage += 1
        else:
            drop = s.hands[drop].next_drop
        for k in range(first, end):
            if feeder >= 0:
                s.flows[PASSED, feeder * n + k] = 0.0


@helper
def _give(s, e, n):
    """A source gives what its belt carries; a tile that nothing leaves fills as fast as arms take from it."""
    element = s.elements[e]
    most = element.most if s.flows[ROOM, e] > TINY else FREE
    s.flows[SUPPLY, e * n + element.gives] = most
    s.flows[INFLOW, e * n + element.gives] = min(most, element.limit, s.flows[ACCEPTS, e * n + element.gives])


@helper
def _is_shared(s, e):
    """Whether several feeders share a stretch: what one brings leaves less room to the others."""
    element = s.elements[e]
    belts = int(element.straight >= 0) + int(element.early >= 0) + int(element.late >= 0)
    return (element.drops >= 0 and (belts > 0 or s.hands[element.drops].next_drop >= 0)) or belts > 1


@helper
def stretch_in(s, e, n):
    """What comes into a stretch."""
    element = s.elements[e]
    if element.gives >= 0:
        _give(s, e, n)
    elif not leaves_switch(s, e) and _gather(s, e, n) and _is_shared(s, e):
        element.up = 1


@helper
def stretch_out(s, e, n, changed):
    """What leaves a stretch after its arms, and who has to know if that changed."""
    element = s.elements[e]
    if changed:
        mark_down(s, element.next if element.next >= 0 else element.switch if enters_switch(s, e) else -1)
    if element.gives >= 0:
        s.flows[OFFERS, e * n + element.gives] = element.most


@helper
def stretch_up(rows, names, s, e, n):
    """What may come into a stretch: what goes on beyond it and what its arms take; told to its feeders in order."""
    element = s.elements[e]
    base, first, end = e * n, element.first, element.end
    for k in range(first, end):
        s.flows[NOW, k] = s.flows[BEYOND, base + k]
    limit = s.flows[ROOM, e] + wanted_by_hands(rows, names, s, e, n)
    changed = abs(limit - element.limit) > TINY
    element.limit = limit
    for k in range(first, end):
        changed |= put(s, ACCEPTS, base + k, s.flows[NOW, k])
    if changed:
        element.down = 1
    if leaves_switch(s, e):
        if changed:
            mark(s, element.switch)
        return
    if element.gives >= 0:
        return
    free = element.most
    taken = taken_here(s, e, n)
    stage, drop = 0, element.drops
    while stage < 3 or drop >= 0:
        if stage == 2:
            free += taken
        feeder = _feeder(s, e, stage, drop)
        if stage < 3:
            stage += 1
        else:
            drop = s.hands[drop].next_drop
        if feeder < 0:
            continue
        tell_room(s, feeder, max(0.0, min(free, limit)))
        for k in range(first, end):
            tell(s, feeder, k, n, max(0.0, s.flows[NOW, k]))
            s.flows[NOW, k] -= s.flows[PASSED, feeder * n + k]
            free -= s.flows[PASSED, feeder * n + k]
            limit -= s.flows[PASSED, feeder * n + k]
