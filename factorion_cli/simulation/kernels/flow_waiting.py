"""Crafts gone through one by one, where it matters when pieces come and arms are there.

Where products have no room to wait in, each craft waits for arms to take the last one's away; and where several arms
want more than a machine makes, whoever is there first gets it.
"""

import math

from factorion_cli.simulation.flow_layout import BEYOND, CALM, ELEMENTS, FREE, LEFT, MOST_EXTRA, ROOM, SHARE
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_marks import CLOSE_ENOUGH, TINY, allows

CRAFTS, FIRST_CRAFTS = 60, 20
"""Crafts that are gone through, and how many of them first: chances of a twentieth come round in twenty."""

SHARED_CRAFTS = 120
"""The same, after the first ones, to see who gets how much: one piece in a hundred is close enough."""

CALM_ENOUGH = 0.01
"""The part by which claims may change without another count, once answers are to meet half way."""


@helper
def _next_piece(plan, s, hand):
    """The first product ready that an arm would take, or -1; one that fills its hand first takes only more of it."""
    for i in range(plan.outputs):
        ready = s.flows[MOST_EXTRA, i] > 0.0 and (hand.holding == -1 or hand.holding == i)
        if ready and hand.takes & (1 << i) != 0:
            return i
    return -1


@helper
def _first_arm(plan, s, e, now):
    """The arm that can take something soonest (-1: none), what and when; of those there, the first in their order."""
    best, piece, soonest = -1, -1, FREE
    pick = s.elements[e].picks
    while pick >= 0 and soonest > now:
        hand = s.hands[pick // 2]
        if hand.free < soonest and hand.takes != 0:
            i = _next_piece(plan, s, hand)
            if i >= 0:
                best, piece, soonest = pick // 2, i, max(now, hand.free)
        pick = hand.next_near
    return best, piece, soonest


@helper
def _carry(rows, s, h, i, when, most):
    """Let an arm take of product i, and be away until it could bring `most` per second; how many pieces."""
    hand = s.hands[h]
    amount = min(float(hand.holds) - hand.held, s.flows[MOST_EXTRA, i])
    s.flows[MOST_EXTRA, i] -= amount
    hand.held += amount
    hand.holding = i
    if rows[hand.row].full_hand == 0 or hand.held >= hand.holds:
        hand.free = when + 60.0 * max(hand.holds / hand.rate, hand.held / most)
        hand.held, hand.holding = 0.0, -1
    return amount


@helper
def _yield(plan, s, craft):
    """One craft's products, and those of the bars that are full by then."""
    bars = math.floor((craft + 1) * plan.bonus + TINY) - math.floor(craft * plan.bonus + TINY)
    for i in range(plan.outputs):
        if plan.out_fluid[i] == 0:
            s.flows[LEFT, i] += plan.out_amount[i] + (bars - plan.bonus) * plan.out_bonus[i]
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
def _begin(rows, plan, s, e, n):
    """Nothing made, all arms there; note which products each of them would take."""
    for i in range(plan.outputs):
        s.flows[LEFT, i] = 0.0
        s.flows[MOST_EXTRA, i] = 0.0
    pick = s.elements[e].picks
    while pick >= 0:
        hand = s.hands[pick // 2]
        hand.free, hand.away, hand.held, hand.holding, hand.takes = 0.0, 0.0, 0.0, -1, 0
        for i in range(plan.outputs):
            wanted = s.flows[BEYOND, (s.counts[ELEMENTS] + pick // 2) * n + s.local[plan.out_item[i]]]
            if wanted > TINY and allows(rows, hand, plan.out_item[i]):
                hand.takes |= 1 << i
        pick = hand.next_near


@helper
def _as_noted(plan, s, e, crafts, then):
    """Whether all is as it was noted so many crafts ago when the next craft ends."""
    if abs(crafts * plan.bonus - round(crafts * plan.bonus)) > TINY:
        return False
    for i in range(plan.outputs):
        if s.flows[MOST_EXTRA, i] + s.flows[LEFT, i] > TINY:
            return False
    pick = s.elements[e].picks
    while pick >= 0:
        hand = s.hands[pick // 2]
        if abs(max(0.0, hand.free - then) - hand.away) > TINY or hand.held > 0.0:
            return False
        pick = hand.next_near
    return True


@helper
def _note(s, e, then):
    """How long each arm is still away when the next craft ends."""
    pick = s.elements[e].picks
    while pick >= 0:
        s.hands[pick // 2].away = max(0.0, s.hands[pick // 2].free - then)
        pick = s.hands[pick // 2].next_near


@helper
def _who_takes(plan, s, e, n):
    """Which arms at a machine take which of its products, as one number."""
    found, weight = 1.0 + plan.crafts, 2.0
    pick = s.elements[e].picks
    while pick >= 0:
        for i in range(plan.outputs):
            if s.flows[BEYOND, (s.counts[ELEMENTS] + pick // 2) * n + s.local[plan.out_item[i]]] > TINY:
                found += weight
            weight *= 2.0
        pick = s.hands[pick // 2].next_near
    return found


@called
def held_up(rows, plan, s, e, n):
    """Crafts per second of a machine that is never short of anything but arms at its products."""
    element = s.elements[e]
    takers = _who_takes(plan, s, e, n)
    if element.takers != takers:
        element.takers = takers
        element.held_up = _held_up(rows, plan, s, e, n)
    return element.held_up


@helper
def _held_up(rows, plan, s, e, n):
    """The same, gone through."""
    _begin(rows, plan, s, e, n)
    ticks = 60.0 / plan.crafts
    now, since = 0.0, 0.0
    for craft in range(CRAFTS):
        if craft == FIRST_CRAFTS:
            since = now
        now += ticks
        _yield(plan, s, craft)
        while True:
            h, i, when = _first_arm(plan, s, e, now)
            blocked = _blocked(plan, s)
            if h < 0:
                if blocked:
                    return 0.0
                break
            if not blocked and when > now + ticks:
                break
            if blocked:
                now = when
            _carry(rows, s, h, i, when, FREE)
        if _as_noted(plan, s, e, craft + 1, now + ticks):
            return 60.0 * (craft + 1) / now
    return 60.0 * (CRAFTS - FIRST_CRAFTS) / (now - since)


@helper
def _claims(rows, plan, s, e, n, crafts):
    """What several arms want of what a machine makes, as one number; 0 if all of them can have what they want."""
    arms, wanted, found = 0, 0.0, crafts
    for i in range(plan.outputs):
        wanted -= crafts * plan.out_amount[i] if plan.out_fluid[i] == 0 else 0.0
    pick = s.elements[e].picks
    while pick >= 0:
        h = pick // 2
        if s.hands[h].row >= 0:
            place = s.counts[ELEMENTS] + h
            wants = 0.0
            for i in range(plan.outputs):
                if allows(rows, s.hands[h], plan.out_item[i]):
                    wants += s.flows[BEYOND, place * n + s.local[plan.out_item[i]]]
            wants = min(wants, min(s.hands[h].rate, s.flows[ROOM, place]))
            arms += int(wants > TINY)
            wanted += wants
            found = 1.1 * found + wants
        pick = s.hands[h].next_near
    return found if arms > 1 and crafts > TINY and wanted > TINY else 0.0


@helper
def _set_shares(plan, s, e, n, value):
    """What each arm at a machine may have of each product."""
    pick = s.elements[e].picks
    while pick >= 0:
        h = pick // 2
        if s.hands[h].row >= 0:
            for i in range(plan.outputs):
                s.flows[SHARE, (s.counts[ELEMENTS] + h) * n + s.local[plan.out_item[i]]] = value
        pick = s.hands[h].next_near


@helper
def _scale_shares(plan, s, e, n, crafts, counted):
    """From pieces in so many crafts to pieces per second; what was counted short or over is spread out."""
    for i in range(plan.outputs):
        k = s.local[plan.out_item[i]]
        taken = 0.0
        pick = s.elements[e].picks
        while pick >= 0:
            if s.hands[pick // 2].row >= 0:
                taken += s.flows[SHARE, (s.counts[ELEMENTS] + pick // 2) * n + k]
            pick = s.hands[pick // 2].next_near
        scale = crafts / counted
        if s.flows[MOST_EXTRA, i] <= plan.out_amount[i] + plan.out_bonus[i] + TINY:
            scale = crafts * plan.out_amount[i] / max(taken, TINY)
        pick = s.elements[e].picks
        while pick >= 0:
            if s.hands[pick // 2].row >= 0:
                s.flows[SHARE, (s.counts[ELEMENTS] + pick // 2) * n + k] *= scale
            pick = s.hands[pick // 2].next_near


@called
def share_out(rows, plan, s, e, n, crafts):
    """Find what each of several arms at a machine gets of its products at so many crafts per second."""
    claims = _claims(rows, plan, s, e, n, crafts)
    # Pieces are counted whole: where answers go to and fro, the steps of this count are not what settles them.
    if abs(claims - s.elements[e].claims) <= (CALM_ENOUGH * claims if s.counts[CALM] == 1 else CLOSE_ENOUGH):
        return
    s.elements[e].claims = claims
    if claims == 0.0:
        _set_shares(plan, s, e, n, FREE)
        return
    _begin(rows, plan, s, e, n)
    _set_shares(plan, s, e, n, 0.0)
    ticks, now, counted = 60.0 / crafts, 0.0, 0
    for craft in range(FIRST_CRAFTS + SHARED_CRAFTS):
        if craft > 1 and craft <= FIRST_CRAFTS and craft & (craft - 1) == 0:
            _note(s, e, now + ticks)
            _set_shares(plan, s, e, n, 0.0)
            counted = 0
        now += ticks
        counted += 1
        _yield(plan, s, craft)
        while True:
            h, i, when = _first_arm(plan, s, e, now)
            if when >= now + ticks:
                break
            place = s.counts[ELEMENTS] + h
            wanted = place * n + s.local[plan.out_item[i]]
            most = min(s.flows[BEYOND, wanted], s.flows[ROOM, place])
            s.flows[SHARE, wanted] += _carry(rows, s, h, i, when, most)
        if _as_noted(plan, s, e, counted, now + ticks):
            break
    _scale_shares(plan, s, e, n, crafts, counted)
