"""Machines whose products have no room to wait in: each craft waits for arms to take the last one's away."""

import math

from factorion_cli.simulation.flow_layout import LEFT, MOST_EXTRA
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_marks import TINY, allows

CRAFTS, FIRST_CRAFTS = 60, 20
"""Crafts that are gone through, and how many of them first: chances of a twentieth come round in twenty."""


@helper
def _next_piece(rows, plan, s, hand):
    """The first product ready that an arm would take, or -1; one that fills its hand first takes only more of it."""
    found = -1
    for i in range(plan.outputs):
        fits = hand.holding == -1 or hand.holding == i
        if found < 0 and fits and s.flows[MOST_EXTRA, i] > 0.0 and allows(rows, hand, plan.out_item[i]):
            found = i
    return found


@helper
def _first_arm(rows, plan, s, e):
    """The arm that can take something soonest, or -1."""
    best = -1
    pick = s.elements[e].picks
    while pick >= 0:
        h = pick // 2
        if _next_piece(rows, plan, s, s.hands[h]) >= 0 and (best < 0 or s.hands[h].free < s.hands[best].free):
            best = h
        pick = s.hands[h].next_near
    return best


@helper
def _carry(rows, hand, i, pieces, when):
    """Let an arm take pieces of product i; how many."""
    amount = min(float(hand.holds) - hand.held, pieces)
    hand.held += amount
    hand.holding = i
    if rows[hand.row].full_hand == 0 or hand.held >= hand.holds:
        half = rows[hand.row].half_ticks
        hand.free = when + (2.0 * half if half > 0 else 60.0 / hand.rate)
        hand.held, hand.holding = 0.0, -1
    return amount


@helper
def _yield(plan, s):
    """One craft's products."""
    for i in range(plan.outputs):
        s.flows[LEFT, i] += plan.out_amount[i] if plan.out_fluid[i] == 0 else 0.0
        whole = math.floor(s.flows[LEFT, i] + TINY)
        s.flows[LEFT, i] -= whole
        s.flows[MOST_EXTRA, i] += whole


@helper
def _blocked(plan, s):
    found = False
    for i in range(plan.outputs):
        found = found or (plan.out_fluid[i] == 0 and s.flows[MOST_EXTRA, i] > plan.out_spare[i] + TINY)
    return found


@helper
def _reset(plan, s, e):
    """Nothing made, all arms there."""
    for i in range(plan.outputs):
        s.flows[LEFT, i] = 0.0
        s.flows[MOST_EXTRA, i] = 0.0
    pick = s.elements[e].picks
    while pick >= 0:
        hand = s.hands[pick // 2]
        hand.free, hand.held, hand.holding = 0.0, 0.0, -1
        pick = hand.next_near


@called
def held_up(rows, plan, s, e):
    """Crafts per second of a machine that is never short of anything but arms at its products."""
    _reset(plan, s, e)
    ticks = 60.0 / plan.crafts
    now, since = 0.0, 0.0
    for craft in range(CRAFTS):
        if craft == FIRST_CRAFTS:
            since = now
        now += ticks
        _yield(plan, s)
        while True:
            h = _first_arm(rows, plan, s, e)
            blocked = _blocked(plan, s)
            if h < 0:
                if blocked:
                    return 0.0
                break
            when = max(now, s.hands[h].free)
            if not blocked and when > now + ticks:
                break
            if blocked:
                now = when
            i = _next_piece(rows, plan, s, s.hands[h])
            s.flows[MOST_EXTRA, i] -= _carry(rows, s.hands[h], i, s.flows[MOST_EXTRA, i], when)
    return 60.0 * (CRAFTS - FIRST_CRAFTS) / (now - since)
