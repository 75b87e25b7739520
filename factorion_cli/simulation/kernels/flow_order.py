"""The order in which the flow engine looks at elements: upstream before downstream, rings cut where they are met."""

from factorion_cli.simulation.flow_layout import ELEMENTS, HANDS, STRETCH, SWITCH
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
    """Put upstream elements before downstream ones."""
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
    done = 0
    while done < count:
        if done == ready:
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
    return count


@called
def enliven(s):
    """Find the elements that anything can ever reach: the others need no look."""
    changed = True
    while changed:
        changed = False
        for i in range(s.counts[ELEMENTS]):
            element = s.elements[s.order[i]]
            live = element.kind != STRETCH or element.gives >= 0 or element.drops >= 0
            if element.kind == SWITCH:
                live = s.elements[element.in_left].live + s.elements[element.in_right].live > 0
            elif not live:
                for feeder in (element.straight, element.early, element.late):
                    live = live or (feeder >= 0 and s.elements[feeder].live == 1)
                if element.switch >= 0 and not is_input(s, element.switch, s.order[i]):
                    live = live or s.elements[element.switch].live == 1
            if live and element.live == 0:
                element.live = 1
                changed = True


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
