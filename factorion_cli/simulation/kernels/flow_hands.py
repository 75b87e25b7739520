"""What arms, pipes and outlets take out of an element, and how fast they can."""

import math

from factorion_cli.simulation.decisions import (
    PICK_PATIENCE,
    PICK_REACH,
    PICK_TICKS,
    SPACING,
)
from factorion_cli.simulation.flow_layout import (
    BEYOND,
    CALM,
    COULD,
    ELEMENTS,
    FREE,
    INFLOW,
    LEAVES,
    MAY,
    NOW,
    OFFERS,
    ROOM,
    SHARE,
    STORE,
    STRETCH,
    SUPPLY,
    TAKES,
    WORKER,
)
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.kernels.flow_marks import TINY, allows, mark, mark_down, put, total
from factorion_cli.simulation.kernels.flow_traffic import set_pace


@helper
def _within_reach(length, rests):
    """Items of a full lane of so many subtiles that an arm reaches: moving, or at rest against the end of its belt.

    Of a lane at rest it is the first within reach and the part of its way that the next ones are on.
    """
    first = min(length, length // 2 + PICK_REACH)
    last = max(0, length // 2 - PICK_REACH)
    if not rests:
        return (first - last) / SPACING
    front = length - 1
    while front >= first:
        front -= SPACING
    return 1.0 + (front - last) / SPACING


@helper
def _set_rate(rows, names, s, e, hand, side):
    """Pace of an arm that takes several items off full lanes: those within reach at once, the others as they arrive."""
    flow = 0.0
    element = s.elements[e]
    for k in range(element.first, element.end):
        if allows(rows, hand, names[k]):
            flow += s.flows[MAY, k]
    rests = s.flows[ROOM, e] <= TINY
    hand.reached[side] = _within_reach(element.length, rests) if flow > TINY else 0.0
    hand.arriving[side] = element.most / 60.0 if flow > TINY else 0.0
    if rests and element.gives >= 0 and flow > TINY:
        hand.arriving[side] = FREE
    wait = (hand.holds - 1.0) * PICK_TICKS
    arriving = hand.arriving[0] + hand.arriving[1]
    if arriving > TINY:
        wait = max(wait, (hand.holds - hand.reached[0] - hand.reached[1]) / arriving)
    if wait != hand.wait:
        set_pace(hand, wait)
        s.elements[hand.near].up = 1
        s.elements[hand.far].up = 1


@helper
def _catches(s, hand, patient, flow, speed, length):
    """Items per second that an arm catches of a flow that passes it by: a full swing later it takes what comes next.

    A hand for several waits PICK_PATIENCE ticks for the next item, or until it is full if it is `patient`.
    """
    apart = 60.0 / flow
    within = min(2.0 * PICK_REACH, length) / speed
    held, ticks = 1.0, hand.ticks + hand.delay
    if hand.holds > 1:
        if apart > PICK_PATIENCE and not patient:
            ticks += PICK_PATIENCE
        else:
            # Items come evenly: the next one that is there after a swing, and then those that the hand has room for.
            held, missed = hand.holds, max(0.0, (ticks - within) / apart)
            come = (missed if s.counts[CALM] == 1 else math.ceil(missed - TINY)) + hand.holds - 1.0
            ticks = max(ticks + (hand.holds - 1.0) * PICK_TICKS, come * apart)
    if held > 1.0 or apart <= within:
        return 60.0 * held / ticks
    missed = (ticks - within) / apart
    # On a ring the steps of this figure may leave no flow that agrees with itself; its mean does.
    return flow / max(1.0, missed + 0.5 if s.counts[CALM] == 1 else math.ceil(missed - TINY))


@helper
def _claim(rows, names, s, e, n, h):
    """What a hand would take of what is at a machine or chest, had it that to itself."""
    hand, place = s.hands[h], s.counts[ELEMENTS] + h
    wants = 0.0
    for k in range(s.elements[e].first, s.elements[e].end):
        if s.flows[INFLOW, e * n + k] > 0.0 and allows(rows, hand, names[k]):
            wants += s.flows[BEYOND, place * n + k]
    return min(wants, min(hand.rate, s.flows[ROOM, place]))


@helper
def _fair(rows, names, s, e, n, rate, h):
    """The most that one of several hands at a machine or chest gets: its part by pace, or what the others leave.

    While pieces come one by one and more rarely than the first of them swings, it is always there first.
    """
    first = s.elements[e].picks // 2
    if h == first and s.hands[h].next_near < 0:
        return rate
    here = total(s, INFLOW, e * n, s.elements[e].first, s.elements[e].end)
    if here >= FREE or here <= s.hands[first].rate / s.hands[first].holds:
        return rate
    paces = 0.0
    entry = s.elements[e].picks
    while entry >= 0:
        paces += s.hands[entry // 2].rate
        entry = s.hands[entry // 2].next_near
    others = 0.0
    entry = s.elements[e].picks
    while entry >= 0:
        if entry // 2 != h:
            others += min(here * s.hands[entry // 2].rate / paces, _claim(rows, names, s, e, n, entry // 2))
        entry = s.hands[entry // 2].next_near
    return min(rate, max(here * s.hands[h].rate / paces, here - others))


@helper
def _most_now(rows, names, s, e, n, hand, h, far):
    """Most that a hand may take from this side of what it takes from."""
    first, end = s.elements[e].first, s.elements[e].end
    rate = min(hand.rate, s.flows[ROOM, s.counts[ELEMENTS] + h])
    near = total(s, TAKES, 2 * h * n, hand.first, hand.end) if far == 1 else 0.0
    rate -= near
    if s.elements[e].kind != STRETCH:
        return _fair(rows, names, s, e, n, rate, h) if s.elements[e].kind == STORE else rate
    hand.passing[far] = 0.0
    if s.flows[ROOM, e] > 0.0 and hand.row >= 0 and s.elements[e].loops == 0:
        flow = 0.0
        for k in range(first, end):
            if allows(rows, hand, names[k]):
                flow += s.flows[NOW, k]
        hand.passing[far] = flow
        if flow > TINY:
            # What goes on beyond this stretch is not taken here unless the arm catches it.
            speed = s.elements[e].most * SPACING / 60.0
            patient, passing = rows[hand.row].full_hand == 1, hand.passing[0] + hand.passing[1]
            caught = _catches(s, hand, patient, passing, speed, s.elements[e].length) - near
            rate = min(rate, max(caught, total(s, NOW, 0, first, end) - s.flows[ROOM, e]))
    return rate


@helper
def _lights(rows, fuels, names, s, e, hand, side):
    """Note whether an arm that burns finds something to burn on this side of where it picks up."""
    if hand.row >= 0 and rows[hand.row].fuel >= 0:
        found = 0
        for k in range(s.elements[e].first, s.elements[e].end):
            if s.flows[MAY, k] > 0.0 and fuels[rows[hand.row].fuel, names[k]] > 0.0:
                found = 1
        hand.lit[side] = found


@helper
def _take(rows, fuels, names, s, e, n, h, far):
    """Let one hand take from what is left (NOW, MAY) of element e; True when that changed."""
    hand = s.hands[h]
    place, mine, near = (s.counts[ELEMENTS] + h) * n, (2 * h + far) * n, 2 * h * n
    if hand.far >= 0 and hand.holds > 1:
        _set_rate(rows, names, s, e, hand, far)
    _lights(rows, fuels, names, s, e, hand, far)
    works = hand.lit[0] + hand.lit[1] > 0
    rate = _most_now(rows, names, s, e, n, hand, h, far)
    made_here = s.elements[e].kind == WORKER
    changed = False
    for k in range(s.elements[e].first, s.elements[e].end):
        take, could = 0.0, 0.0
        if works and s.flows[MAY, k] > 0.0 and allows(rows, hand, names[k]):
            wanted = s.flows[BEYOND, place + k] - (s.flows[TAKES, near + k] if far == 1 else 0.0)
            most = s.flows[SHARE, place + k] if made_here else FREE
            take = max(0.0, min(min(s.flows[NOW, k], wanted), min(rate, most)))
            could = min(s.flows[MAY, k], hand.rate)
            rate -= take
            s.flows[NOW, k] -= take
            s.flows[MAY, k] -= take
        changed |= put(s, TAKES, mine + k, take)
        changed |= put(s, COULD, mine + k, could)
    if changed:
        offers = 0.0
        for k in range(hand.first, hand.end):
            offers += min(hand.rate, s.flows[COULD, near + k] + s.flows[COULD, near + n + k])
        scale = hand.rate / offers if offers > hand.rate else 1.0
        for k in range(hand.first, hand.end):
            could = min(hand.rate, s.flows[COULD, near + k] + s.flows[COULD, near + n + k])
            take = s.flows[TAKES, near + k] + s.flows[TAKES, near + n + k]
            s.flows[LEAVES, place + k] = take
            # Of several items that it could take, it does bring those that it takes.
            s.flows[OFFERS, place + k] = max(take, scale * could)
    return changed


@helper
def taken_here(s, e, n):
    """What arms take off a stretch in all."""
    taken = 0.0
    first, end = s.elements[e].first, s.elements[e].end
    entry = s.elements[e].picks
    while entry >= 0:
        taken += total(s, TAKES, entry * n, first, end)
        entry = s.hands[entry // 2].next_far if entry % 2 == 1 else s.hands[entry // 2].next_near
    return taken


@helper
def pick(rows, fuels, names, s, e, n):
    """Let the hands at an element take from what came in, one after the other; True when what then leaves changed."""
    base, first, end = e * n, s.elements[e].first, s.elements[e].end
    for k in range(first, end):
        s.flows[NOW, k] = s.flows[INFLOW, base + k]
        s.flows[MAY, k] = s.flows[SUPPLY, base + k]
    entry = s.elements[e].picks
    while entry >= 0:
        h, far = entry // 2, entry % 2
        hand = s.hands[h]
        if _take(rows, fuels, names, s, e, n, h, far):
            if s.elements[hand.to].kind == STRETCH:
                mark_down(s, hand.to)
            else:
                mark(s, hand.to)
            if s.elements[e].late >= 0 or s.elements[e].drops >= 0:
                # There is more room here for what comes in behind the arm, or less for the other arms.
                mark(s, e)
            if hand.far >= 0:
                # Its other side may take what this one leaves to it.
                mark(s, hand.far if far == 0 else hand.near)
        entry = hand.next_far if far == 1 else hand.next_near
    changed = False
    for k in range(first, end):
        changed |= put(s, LEAVES, base + k, s.flows[NOW, k])
        changed |= put(s, OFFERS, base + k, s.flows[MAY, k])
    return changed


@helper
def wanted_by_hands(rows, names, s, e, n):
    """Add to what stretch e accepts what its arms take; return how much that is in all."""
    wants = 0.0
    first, end = s.elements[e].first, s.elements[e].end
    entry = s.elements[e].picks
    while entry >= 0:
        h, far = entry // 2, entry % 2
        hand = s.hands[h]
        place = s.counts[ELEMENTS] + h
        rate = min(hand.rate, s.flows[ROOM, place])
        mine = 0.0
        for k in range(first, end):
            if allows(rows, hand, names[k]):
                near = s.flows[TAKES, 2 * h * n + k] if far == 1 else 0.0
                want = max(0.0, min(rate, s.flows[BEYOND, place * n + k]) - near)
                s.flows[NOW, k] += want
                mine += want
        wants += min(rate, mine)
        entry = hand.next_far if far == 1 else hand.next_near
    return wants
