"""The order in which the flow engine looks at elements: upstream before downstream, rings cut where they are met."""

from factorion_cli.simulation.flow_layout import ELEMENTS, HANDS, STRETCH, SWITCH, WORKER
from factorion_cli.simulation.kernels.compiled import called, helper


@helper
def is_input(s, w, e):
    """Whether a stretch is an input of a splitter's lane, not an output."""
    return s.elements[w].in_left == e or s.elements[w].in_right == e


@helper
def _count_into(s, e):
    if e >= 0:
        s.elements[e].waiting += 1


@helper
def _release(s, e, ready):
    """One of the elements before e is in order; e follows when all are."""
    if e < 0:
        return ready
    s.elements[e].waiting -= 1
    s.elements[e].down = 1
    if s.elements[e].waiting == 0:
        s.order[ready] = e
        ready += 1
    return ready


@called
def _way_into_loop(s, count):
    """Where to go on when all that is left waits for itself: the first that is led to, or the first of all."""
    first = -1
    for e in range(count):
        if s.elements[e].waiting > 0:
            if s.elements[e].down == 1:
                return e
            first = e if first < 0 else first
    return first


@helper
def put_in_order(s):
    """Put upstream elements before downstream ones; True when rings were cut."""
    count = s.counts[ELEMENTS]
    for e in range(count):
        element = s.elements[e]
        _count_into(s, element.next)
        if element.kind == SWITCH:
            s.elements[e].waiting += 2
            _count_into(s, element.out_left)
            _count_into(s, element.out_right)
    for h in range(s.counts[HANDS]):
        s.elements[s.hands[h].to].waiting += 1 if s.hands[h].far < 0 else 2
    ready = 0
    for e in range(count):
        if s.elements[e].waiting == 0:
            s.order[ready] = e
            ready += 1
    done, rings = 0, False
    while done < count:
        if done == ready:
            rings = True
            start = _way_into_loop(s, count)
            s.elements[start].waiting = 0
            s.order[ready] = start
            ready += 1
        e = s.order[done]
        done += 1
        element = s.elements[e]
        if element.kind == SWITCH:
            ready = _release(s, element.out_left, ready)
            ready = _release(s, element.out_right, ready)
        elif element.switch >= 0 and element.next < 0 and is_input(s, element.switch, e):
            ready = _release(s, element.switch, ready)
        ready = _release(s, element.next, ready)
        pick = element.picks
        while pick >= 0:
            hand = s.hands[pick // 2]
            ready = _release(s, hand.to, ready)
            pick = hand.next_far if pick % 2 == 1 else hand.next_near
    return rings


@helper
def _widen(s, e, first, end):
    """Let items from `first` up to `end` come to element e (-1: to none); True when some of them are new."""
    if e < 0 or (s.elements[e].first <= first and s.elements[e].end >= end):
        return False
    s.elements[e].first = min(s.elements[e].first, first)
    s.elements[e].end = max(s.elements[e].end, end)
    return True


@helper
def _pass_on(s, e):
    """Widen what can come to where element e leads; True when something is new."""
    element = s.elements[e]
    first, end = element.first, element.end
    changed = _widen(s, element.next, first, end)
    if element.kind == SWITCH:
        changed |= _widen(s, element.out_left, first, end)
        changed |= _widen(s, element.out_right, first, end)
    elif element.switch >= 0 and is_input(s, element.switch, e):
        changed |= _widen(s, element.switch, first, end)
    pick = element.picks
    while pick >= 0:
        hand = s.hands[pick // 2]
        low, high = first, end
        if hand.only >= 0:
            low, high = max(low, s.local[hand.only]), min(high, s.local[hand.only] + 1)
        if low < high:
            hand.first, hand.end = min(hand.first, low), max(hand.end, high)
            # What comes to a machine is not what it has for arms.
            changed |= s.elements[hand.to].kind != WORKER and _widen(s, hand.to, low, high)
        pick = hand.next_far if pick % 2 == 1 else hand.next_near
    return changed


@helper
def _own_items(rows, plans, s, e, n):
    """What an element has without anything coming to it."""
    element = s.elements[e]
    element.first, element.end = n, 0
    if element.gives >= 0:
        element.first, element.end = element.gives, element.gives + 1
    elif element.kind == WORKER and element.plan >= 0:
        plan = plans[element.plan]
        for i in range(plan.outputs):
            if plan.out_fluid[i] == 0 or element.free_fluids == 0:
                element.first = min(element.first, s.local[plan.out_item[i]])
                element.end = max(element.end, s.local[plan.out_item[i]] + 1)
    elif element.kind == WORKER and element.powered == 1 and rows[element.row].choice >= 0:
        element.first, element.end = 0, n


@called
def enliven(rows, plans, s, n, rings):
    """Find which items can ever come to each element, and so the stretches and splitters that need a look."""
    count = s.counts[ELEMENTS]
    for e in range(count):
        _own_items(rows, plans, s, e, n)
    for h in range(s.counts[HANDS]):
        s.hands[h].first, s.hands[h].end = n, 0
    changed = True
    while changed:
        changed = False
        for i in range(count):
            if s.elements[s.order[i]].first < s.elements[s.order[i]].end:
                changed |= _pass_on(s, s.order[i])
        # In order, one look is enough but where rings were cut.
        changed &= rings
    for e in range(count):
        element = s.elements[e]
        element.live = int(element.first < element.end or (element.kind != STRETCH and element.kind != SWITCH))


@helper
def find_loops(s):
    """Find the stretches of closed rings of belts; `waiting` says from where a stretch was reached first."""
    for start in range(s.counts[ELEMENTS]):
        e = start
        while e >= 0 and s.elements[e].waiting == 0:
            s.elements[e].waiting = start + 1
            e = s.elements[e].next
        while e >= 0 and s.elements[e].waiting == start + 1 and s.elements[e].loops == 0:
            s.elements[e].loops = 1
            e = s.elements[e].next
    for e in range(s.counts[ELEMENTS]):
        s.elements[e].waiting = 0
