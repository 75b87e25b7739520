"""Steady rates of one factory: supply goes downstream, acceptance comes back up, until neither changes.

Downstream every element learns what it gets (`INFLOW`) and what it could get if only it were wanted (`SUPPLY`);
upstream it learns what it may still take in (`ACCEPTS`) and what lies `BEYOND` it. A lane is first in, first out, so a
mixture passes only as fast as its least wanted item. Who goes straight on comes before side-loads, those before arms.
After the first round only what a change has marked is looked at again.
"""

from factorion_cli.simulation.flow_layout import (
    ACCEPTS,
    BEYOND,
    CALM,
    COULD,
    ELEMENTS,
    FREE,
    HANDS,
    INFLOW,
    LEAVES,
    OFFERS,
    PASSED,
    POOL,
    ROOM,
    SHARE,
    STORE,
    STRETCH,
    SUPPLY,
    SWITCH,
    TAKES,
    WORKER,
)
from factorion_cli.simulation.kernels.compiled import called
from factorion_cli.simulation.kernels.flow_hands import pick
from factorion_cli.simulation.kernels.flow_lanes import stretch_in, stretch_out, stretch_up
from factorion_cli.simulation.kernels.flow_marks import enters_switch
from factorion_cli.simulation.kernels.flow_switches import switch_down, switch_up
from factorion_cli.simulation.kernels.flow_workers import expect, pool_up, store_in, worker_in, worker_up

MOST_ROUNDS = 400

LIVELY_ROUNDS = 20
"""Rounds after which what is told upstream goes only half of the way: answers that go to and fro then meet."""


@called
def _reset(rows, plans, s, n):
    """Nothing flows yet and everything is wanted."""
    count = s.counts[ELEMENTS]
    both = count + s.counts[HANDS]
    for p in range(both * n):
        s.flows[OFFERS, p] = 0.0
        s.flows[LEAVES, p] = 0.0
        s.flows[PASSED, p] = 0.0
        s.flows[BEYOND, p] = FREE
    for p in range(count * n, both * n):
        s.flows[SHARE, p] = FREE
    for p in range(count * n):
        s.flows[ACCEPTS, p] = FREE
        s.flows[INFLOW, p] = 0.0
        s.flows[SUPPLY, p] = 0.0
    for p in range(2 * s.counts[HANDS] * n):
        s.flows[TAKES, p] = 0.0
        s.flows[COULD, p] = 0.0
    for p in range(both):
        s.flows[ROOM, p] = FREE
    for e in range(count):
        element = s.elements[e]
        element.limit, element.settled, element.down, element.up = FREE, -1, element.live, element.live
        if element.kind == STRETCH and element.sink < 0 and element.next < 0 and not enters_switch(s, e):
            s.flows[ROOM, e] = 0.0
            for k in range(n):
                s.flows[BEYOND, e * n + k] = 0.0
        elif element.kind == WORKER:
            element.takers, element.claims = 0.0, 0.0
            expect(rows, plans, s, e, n)


@called
def solve(rows, plans, choices, fuels, names, s, n):
    """Find the flows of one wired factory (items `names`); the rounds it took, 0 for too many."""
    _reset(rows, plans, s, n)
    count = s.counts[ELEMENTS]
    for done in range(MOST_ROUNDS):
        busy = done == 0
        s.counts[CALM] = int(done >= LIVELY_ROUNDS)
        # What machines want is not known before something has come to them: only belts alone begin at the far end.
        for i in range(count if done > 0 or s.counts[HANDS] == 0 else 0):
            e = s.order[count - 1 - i]
            element = s.elements[e]
            if element.up == 0:
                continue
            element.up = 0
            busy = True
            if element.kind == STRETCH:
                stretch_up(rows, names, s, e, n)
            elif element.kind == SWITCH:
                switch_up(s, e, n)
            elif element.kind == POOL:
                pool_up(rows, names, s, e, n)
            elif element.kind != STORE:
                worker_up(rows, plans, choices, fuels, names, s, e, n)
        for i in range(count):
            e = s.order[i]
            element = s.elements[e]
            if element.down == 0:
                continue
            element.down = 0
            busy = True
            if element.kind == SWITCH:
                switch_down(s, e, n)
                continue
            if element.kind == STRETCH:
                stretch_in(s, e, n)
            elif element.kind == WORKER:
                worker_in(rows, plans, choices, fuels, names, s, e, n)
            else:
                store_in(s, e, n)
            changed = pick(rows, fuels, names, s, e, n)
            if element.kind == STRETCH:
                stretch_out(s, e, n, changed)
        if not busy:
            return done + 1
    return 0
