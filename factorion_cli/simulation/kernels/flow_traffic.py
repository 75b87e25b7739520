"""Arms that lay items onto a lane with traffic: how long they wait for gaps, by laying a few hands in turn.

Items that come as one hand laid them lie close together, and an arm cannot lay anything between two that touch. What
it pushes back then touches its own item, too, so the next one of its hand waits for all of that to pass.
"""

import math

from factorion_cli.simulation.flow_layout import ELEMENTS, LEAVES
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_marks import TINY, mark_hand, total

HANDS_LAID, FIRST_HANDS = 16, 8
"""Hands that are laid, and how many of them first, before what is left from the start is gone."""

SAME_DELAY = 0.05
"""Ticks by which a delay may change and nobody has to be told."""

MOST_DELAYS = 6
"""How often the delay of an arm is found anew: where arms wait for each other's items it might go to and fro."""


@helper
def set_pace(hand, wait):
    """Items per second of an arm that waits so many ticks a turn over what it picks from, and for gaps to lay into."""
    hand.wait = wait
    hand.rate = 60.0 * hand.holds / (hand.ticks + wait + hand.delay)


@helper
def laying_ticks(holds, apart):
    """Ticks from the first item of a hand that is laid onto an empty lane to its last; `apart` from item to item.

    The second comes to lie a spacing behind the first at once, each further one when there is room for it.
    """
    return max(holds - 1.0, apart * (holds - 2)) if holds > 1 else 0.0


@called
def _turn_ticks(away, holds, apart, burst, period):
    """Ticks of a turn of an arm that is `away` from the lane between hands; `burst` items come in every `period`."""
    come, now, last, since = 0, 0.0, -1e9, 0.0
    for laid in range(HANDS_LAID):
        held = holds
        while held > 0:
            while True:
                arrives = max(come // burst * period + come % burst * apart, last + apart)
                if arrives >= max(now, last + apart) and arrives > last + apart + TINY:
                    break
                last = arrives
                come += 1
            place = max(now, last + apart)
            if place > now + apart + 1.0:
                now = math.ceil(place - apart - 1.0 + TINY)
                continue
            last = place
            held -= 1
            now += 1.0
        if laid == FIRST_HANDS - 1:
            since = now
        now += away - 1.0
    return (now - away + 1.0 - since) / (HANDS_LAID - FIRST_HANDS)


@called
def wait_for_gaps(s, h, n, most, traffic, burst):
    """Set the pace of a hand that lays onto a lane which carries `most`, `traffic` of it already, in such bursts."""
    hand = s.hands[h]
    if hand.ticks == 0.0 or (traffic <= TINY and hand.delay == 0.0):
        return
    items = max(1, round(burst))
    apart, busy = 60.0 / most, traffic / most
    turn = 60.0 * hand.holds / hand.rate - hand.delay
    delay = 0.0
    # One that has time for even the longest wait is held up by nothing.
    longest = (turn + (burst + 1.0) * apart) / max(TINY, 1.0 - busy) + apart
    if traffic > TINY and busy < 1.0 - TINY:
        brings = total(s, LEAVES, (s.counts[ELEMENTS] + h) * n, hand.first, hand.end) / 60.0
        if brings * longest >= hand.holds:
            away = turn - laying_ticks(hand.holds, apart)
            delay = max(0.0, _turn_ticks(away, hand.holds, apart, items, 60.0 * items / traffic) - turn)
    if abs(delay - hand.delay) > SAME_DELAY:
        hand.delay = delay
        hand.delays += 1
        set_pace(hand, hand.wait)
        mark_hand(s, h)


@called
def brought_at_once(s, h, n):
    """Items that a hand lays in one turn: as many as it brings in that time, or is full of."""
    hand = s.hands[h]
    brings = total(s, LEAVES, (s.counts[ELEMENTS] + h) * n, hand.first, hand.end)
    return min(float(hand.holds), max(1.0, brings * hand.holds / hand.rate))
