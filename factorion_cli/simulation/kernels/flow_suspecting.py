"""Whether moments may decide anything in a factory, coarsely: `doubts.py` looks closely at those of which it is said.

What it has no word against is in no doubt: each line here lets more through than its namesake there.
"""

from factorion_cli.simulation.batch import ARM
from factorion_cli.simulation.flow_layout import (
    COULD,
    ELEMENTS,
    HANDS,
    INFLOW,
    LIVE,
    OFFERS,
    PASSED,
    STORE,
    STRETCH,
    SUPPLY,
    SWITCH,
    TAKES,
    UNEVEN,
    WORKER,
)
from factorion_cli.simulation.kernels.compiled import called


@called
def _is_mixed(s, name, place, other, first, end):
    """Whether several items flow at two places of a name together; they are counted from `first` up to `end`."""
    count = 0
    for k in range(first, end):
        count += int(s.flows[name, place + k] + s.flows[name, other + k] > LIVE)
    return count > 1


@called
def _works(s, h, n):
    """Whether an arm takes anything."""
    total = 0.0
    for p in range(2 * h * n, 2 * (h + 1) * n):
        total += s.flows[TAKES, p]
    return total > LIVE


@called
def _meets_others(s, h, n):
    """Whether anything comes to where an arm lays from elsewhere."""
    others = 0.0
    for k in range(n):
        others += s.flows[INFLOW, s.hands[h].to * n + k] - s.flows[PASSED, (s.counts[ELEMENTS] + h) * n + k]
    return others > LIVE


@called
def _arm_suspected(plans, s, h, n):
    """By what an arm takes from, lays onto and holds, at work or not."""
    hand = s.hands[h]
    near, to, place = s.elements[hand.near], s.elements[hand.to], (s.counts[ELEMENTS] + h) * n
    if near.kind == STRETCH:
        if near.loops > 0 or (hand.far >= 0 and s.elements[hand.far].loops > 0):
            return True
        if hand.holds > 1 and (near.gives >= 0 or (hand.far >= 0 and s.elements[hand.far].gives >= 0)):
            return True
        if (hand.holds > 1 or to.kind == STRETCH) and hand.passing[0] + hand.passing[1] > LIVE:
            return True
    if near.kind != WORKER and to.kind == STRETCH and _meets_others(s, h, n):
        return True
    several = hand.holds > 1 if near.kind != WORKER else near.plan >= 0 and plans[near.plan].outputs > 1
    if several and _is_mixed(s, COULD, 2 * h * n, (2 * h + 1) * n, 0, n):
        return True
    return to.kind == STORE and (to.sink < 0 or _is_mixed(s, OFFERS, place, place, 0, n))


@called
def suspected(rows, plans, s, n):
    """Whether anything of the factory that was just solved may be in doubt."""
    for e in range(s.counts[ELEMENTS]):
        element = s.elements[e]
        if element.kind == STRETCH:
            if element.burst > UNEVEN or _is_mixed(s, SUPPLY, e * n, e * n, element.first, element.end):
                return True
        elif element.kind == SWITCH and _is_mixed(s, SUPPLY, element.in_left * n, element.in_right * n, 0, n):
            return True
    for h in range(s.counts[HANDS]):
        row = s.hands[h].row
        if row >= 0 and rows[row].kind == ARM and _arm_suspected(plans, s, h, n) and _works(s, h, n):
            return True
    return False
