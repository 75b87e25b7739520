"""The working memory of the flow engine: one factory's belts, elements and arms, overwritten by the next.

An element is what flows pass through: a stretch of one belt lane, one lane of a splitter, a machine, a chest or pipes.
Arms (and whatever else hands items on) lead from element to element. Vectors hold a rate per item, K items each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, LongArray
from factorion_cli.simulation.layout import RecordArray

STRETCH, SWITCH, WORKER, STORE, POOL = range(5)
"""Kinds of elements: part of a belt lane, one lane of a splitter, a machine, a chest, joined pipes."""

NODES, ELEMENTS, HANDS, POLES, CALM = range(5)
"""Places in `FlowState.counts`: how many of each, and whether answers are to meet half way."""

FREE = 1e18
"""More than anything carries."""

LIVE = 1e-4
"""Items per second from which something flows, to whoever reads what was solved."""

UNEVEN = 1.01
"""From so many items that come close together on, a lane carries hands and no single items."""

MARGIN = 2
"""Empty tiles around the grid: arms reach two tiles."""

NODE = np.dtype(
    [
        (name, np.int32)
        for name in (
            "kind", "cell", "direction", "row", "speed", "partner", "side", "turn", "behind", "left", "right", "marked"
        )
    ],
    align=True,
)  # fmt: skip
"""A belt-like tile: `cell` in the grid, the nodes that feed it, `turn` the side that feeds a curve (`belt_rules`)."""

ELEMENT = np.dtype(
    [(name, np.float64) for name in ("most", "limit", "rate", "burnt", "takers", "held_up", "claims", "burst")]
    + [
        (name, np.int32)
        for name in (
            "kind", "row", "lane", "straight", "early", "late", "next", "switch", "picks", "drops", "gives", "sink",
            "plan", "powered", "free_fluids", "loops", "burns", "settled", "live", "down", "up", "waiting",
            "in_left", "in_right", "out_left", "out_right", "in_side", "out_side", "filter", "first", "end", "length",
        )
    ],
    align=True,
)  # fmt: skip
"""An element.

`most` items per second that it carries, `limit` of what may come in or of a machine's crafts (from downstream), `rate`
crafts per second of a machine, which burns `burnt` of the item `burns` per craft (-1: none yet). `straight`, `early`
and `late` feed a stretch, in this order of precedence; it goes on to `next` or into a `switch`. `picks` and `drops`
begin the lists of arms at it; what leaves it comes back if it `loops`. `live`: something can reach it, and nothing but
items from `first` up to `end`; `down` and `up`: it has to be looked at again; `settled`: for which plan and fuel its
arms were told what it wants. `takers` and `claims`: what its arms take and claim, when `flow_waiting` last went through
its crafts; `held_up`: most of them per second. `length`: subtiles of the lane in reach of arms where the stretch
begins. `burst`: how many items come close together where there is room between others.
"""

HAND = np.dtype(
    [
        ("rate", np.float64),
        ("ticks", np.float64),
        ("wait", np.float64),
        ("delay", np.float64),
        ("free", np.float64),
        ("held", np.float64),
        ("away", np.float64),
        ("reached", np.float64, (2,)),
        ("arriving", np.float64, (2,)),
        ("passing", np.float64, (2,)),
    ]
    + [("lit", np.int32, (2,))]
    + [
        (name, np.int32)
        for name in (
            "holds", "holding", "takes", "row", "only", "near", "far", "to", "next_near", "next_far", "next_drop",
            "first", "end", "turn", "delays",
        )
    ],
    align=True,
)  # fmt: skip
"""An arm (`row`), or a pipe or outlet (-1) for the item number `only` (-1: any).

It moves `rate` items per second at most, `holds` of them in `ticks`, the `delay` by traffic where it lays them down
(found `delays` times), and the `wait` over a belt for what it takes (`reached` items at once, `arriving` ones per
tick, by side; `passing` ones per second go on if it does not catch them). It leads
from the elements `near` and then `far` to the element `to`; `next_*` are the next entries of the lists it is in;
an entry of a list of picks is 2 x hand, + 1 for its far side. Items from `first` up to `end` can come to it. `lit`: by
side, whether it needs no fuel or finds some. Lists of picks are in the order of `turn` (`precedence`).
In `flow_waiting` it is `free` from a tick on, has `held` pieces of the product `holding` in hand and `takes` product i
if its bit i is set.
"""


(
    INFLOW, SUPPLY, LEAVES, OFFERS, PASSED, BEYOND, ACCEPTS, TAKES, COULD, ROOM, SHARE, LEFT, MOST_EXTRA, NOW, MAY
) = range(15)  # fmt: skip
"""Rows of `FlowState.flows`: items per second.

Of each element: what comes in and what could (INFLOW, SUPPLY), what its arms leave of that (LEAVES, OFFERS), how much
of it the next one takes (PASSED), how much could go on (BEYOND, in all: ROOM) and may come in (ACCEPTS). Its K items
lie from K x e on; hands have LEAVES, OFFERS, PASSED, BEYOND and ROOM after all elements. In TAKES and COULD (what a
hand takes and could take) its near and far side are entries 2 h and 2 h + 1; SHARE, after all elements, is the most
that a hand at a machine gets of what others want, too. The last four rows serve one element at a time.
"""


class Plumbing(NamedTuple):
    """What is needed to find the elements and hands of a factory."""

    grid: IntArray
    nodes: RecordArray
    stretches: IntArray
    row_elements: IntArray
    poles: IntArray
    pools: IntArray


class FlowState(NamedTuple):
    """What is needed to find the rates of a factory; kernels call it `s`, and the plumbing `w`."""

    elements: RecordArray
    hands: RecordArray
    local: IntArray
    order: IntArray
    counts: IntArray
    flows: NDArray[np.float64]


class Needs(NamedTuple):
    """How large the working memory has to be."""

    cells: int
    rows: int
    nodes: int
    elements: int
    hands: int
    flows: int
    pools: int


def needs_of(spans: RecordArray) -> Needs:
    """What any of these factories (of SPAN) takes."""

    def most(sizes: LongArray) -> int:
        return max(1, int(sizes.max(initial=0)))

    items, elements, hands = (spans[name].astype(np.int64) for name in ("items", "elements", "hands"))
    return Needs(
        cells=most((spans["width"] + 2 * MARGIN) * (spans["height"] + 2 * MARGIN)),
        rows=most(spans["end"] - spans["first"]),
        nodes=most(spans["nodes"]),
        elements=most(elements),
        hands=most(hands),
        flows=most((elements + 2 * hands + 1) * np.maximum(items, 1)),
        pools=most(spans["pools"]),
    )


def make_scratch(needs: Needs, item_numbers: int) -> tuple[FlowState, Plumbing]:
    """Working memory of this size, for items numbered below `item_numbers`."""

    def ints(size: int, filler: int = 0) -> IntArray:
        return np.full(size, filler, np.int32)

    state = FlowState(
        elements=np.empty(needs.elements, ELEMENT),
        hands=np.empty(needs.hands, HAND),
        local=ints(item_numbers, -1),
        order=ints(needs.elements),
        counts=ints(5),
        flows=np.empty((15, needs.flows)),
    )
    plumbing = Plumbing(
        grid=ints(needs.cells),
        nodes=np.empty(needs.nodes, NODE),
        stretches=ints(4 * needs.nodes),
        row_elements=ints(needs.rows),
        poles=ints(needs.rows),
        pools=ints(needs.pools),
    )
    return state, plumbing
