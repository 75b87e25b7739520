"""From the tiles of a factory to the elements and hands of the flow engine: what touches what, on the arrays."""

import math

from factorion_cli.simulation import belt_rules, precedence
from factorion_cli.simulation.batch import ARM, CHEST_SINK, CHEST_SOURCE, LOADER_TIER, MACHINE, POLE
from factorion_cli.simulation.belt_rules import FROM_LEFT, NOWHERE, SINK, SOURCE, SPLITTER, UNDER_IN, UNDER_OUT
from factorion_cli.simulation.decisions import (
    CURVE_INNER_LENGTH,
    CURVE_OUTER_LENGTH,
    HALF_TILE_LENGTH,
    SPLITTER_OUTPUT_LENGTH,
    STRAIGHT_LENGTH,
)
from factorion_cli.simulation.flow_layout import (
    ELEMENTS,
    FREE,
    HANDS,
    MARGIN,
    NODES,
    POLES,
    POOL,
    STORE,
    STRETCH,
    SWITCH,
    WORKER,
)
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_order import enliven, find_loops, put_in_order
from factorion_cli.simulation.kernels.flow_tiles import clear, forward, join, lights, stamp, straight_feeder, way_out
from factorion_cli.simulation.kernels.flow_traffic import laying_ticks, set_pace
from factorion_cli.simulation.precedence import PRECEDENCE_BITS

SEVERAL = -2
"""In place of the only item that a hand passes: those that its row lists."""

OUTLET_RATE = 1e9
"""Items per second through a drill's outlet: as many as it mines."""

NO_TURN = 1 << PRECEDENCE_BITS
"""Of what is no arm: it comes after all of them."""

turn_to_act = helper(precedence.turn_to_act)
belt_end = helper(precedence.belt_end)
late_lane = helper(belt_rules.late_lane)
side_entry = helper(belt_rules.side_entry)
drop_lane = helper(belt_rules.drop_lane)
first_lane = helper(belt_rules.first_lane)
outlet_lane = helper(belt_rules.outlet_lane)


@helper
def _marks(rows, span, s, w):
    """Mark the lanes of nodes where something happens (bit 0 left, bit 1 right): between two of them is one stretch."""
    stride = span.width + 2 * MARGIN
    for n in range(s.counts[NODES]):
        node = w.nodes[n]
        feeder = straight_feeder(node)
        if node.kind == SPLITTER or node.kind >= SOURCE or feeder < 0 or w.nodes[feeder].speed != node.speed:
            node.marked = 3
        elif node.turn == NOWHERE:
            node.marked = int(node.left >= 0) + 2 * int(node.right >= 0)
    for r in range(span.first, span.end):
        row = rows[r]
        if row.kind == ARM:
            cell = (row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN
            reach = row.reach * forward(row.direction, stride)
            if w.grid[cell + reach] > 0:
                w.nodes[w.grid[cell + reach] - 1].marked = 3
            if w.grid[cell - reach] > 0:
                node = w.nodes[w.grid[cell - reach] - 1]
                node.marked |= 1 << drop_lane(node.direction, node.turn, (row.direction + 8) % 16)
        elif row.kind == MACHINE and row.reach == 1:
            x, y = math.floor(row.outlet_x) - span.x, math.floor(row.outlet_y) - span.y
            if -MARGIN <= x < span.width + MARGIN and -MARGIN <= y < span.height + MARGIN:
                found = w.grid[(y + MARGIN) * stride + x + MARGIN]
                if found > 0:
                    w.nodes[found - 1].marked = 3
        elif row.kind <= UNDER_OUT and row.tier == LOADER_TIER:
            w.nodes[w.grid[(row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN] - 1].marked = 3


@helper
def _new_element(s, kind, row):
    e = s.counts[ELEMENTS]
    s.counts[ELEMENTS] = e + 1
    element = s.elements[e]
    element.kind, element.row, element.lane, element.gives, element.sink, element.plan = kind, row, 0, -1, -1, -1
    element.straight, element.early, element.late, element.next, element.switch = -1, -1, -1, -1, -1
    element.picks, element.drops, element.waiting, element.down = -1, -1, 0, 0
    element.live, element.loops = 0, 0
    element.most, element.limit, element.rate, element.burst = FREE, FREE, 0.0, 1.0
    return e


@helper
def _open_length(node, lane):
    """Subtiles of a lane of a node on which arms reach items; as `lines` has it."""
    if node.kind == UNDER_IN or node.kind == UNDER_OUT:
        return HALF_TILE_LENGTH
    if node.turn == NOWHERE:
        return STRAIGHT_LENGTH
    return CURVE_INNER_LENGTH if lane == node.turn - FROM_LEFT else CURVE_OUTER_LENGTH


@helper
def _stretches(rows, s, w):
    """Elements for all marked lanes and for the switches of splitters."""
    for n in range(s.counts[NODES]):
        node = w.nodes[n]
        for lane in range(2):
            w.stretches[4 * n + lane] = -1
            w.stretches[4 * n + 2 + lane] = -1
            if node.marked & (1 << lane) == 0:
                continue
            e = _new_element(s, STRETCH, node.row)
            w.stretches[4 * n + lane] = e
            element = s.elements[e]
            element.lane = lane
            element.most = node.speed * 60.0 / 64.0
            element.length = _open_length(node, lane)
            row = rows[node.row]
            if node.kind == SOURCE:
                item = row.left if lane == 0 else row.right
                element.gives = s.local[item] if item >= 0 else -1
            elif node.kind == SINK:
                # A sink moves as fast as the fastest belt that feeds it.
                for feeder in (node.behind, node.left, node.right):
                    if feeder >= 0:
                        element.most = max(element.most, w.nodes[feeder].speed * 60.0 / 64.0)
                element.sink = 2 * row.index + lane
            elif node.kind == SPLITTER:
                out = _new_element(s, STRETCH, node.row)
                w.stretches[4 * n + 2 + lane] = out
                s.elements[out].lane = lane
                s.elements[out].most = node.speed * 60.0 / 64.0
                s.elements[out].length = SPLITTER_OUTPUT_LENGTH
                if node.side == 1:
                    _switch(rows, s, w, n, lane)


@helper
def _switch(rows, s, w, n, lane):
    """The element of one lane of a splitter, once both halves have their stretches."""
    e = _new_element(s, SWITCH, w.nodes[n].row)
    row = rows[w.nodes[n].row]
    left = w.nodes[n].partner
    element = s.elements[e]
    element.in_left, element.in_right = w.stretches[4 * left + lane], w.stretches[4 * n + lane]
    element.out_left, element.out_right = w.stretches[4 * left + 2 + lane], w.stretches[4 * n + 2 + lane]
    element.in_side, element.out_side = row.input_side, row.output_side
    element.filter = row.filters[0]
    if row.filters[0] >= 0:
        element.filter = s.local[row.filters[0]] if s.local[row.filters[0]] >= 0 else -2
    for half in (element.in_left, element.in_right, element.out_left, element.out_right):
        s.elements[half].switch = e


@helper
def _follow(s, w, vertex, kind, e):
    """Let the stretch that ends in a vertex lead to element e; unmarked nodes in between are walked back over."""
    v = vertex
    while w.stretches[v] < 0:
        v = way_out(w.nodes, straight_feeder(w.nodes[v // 4]), v % 2)
        if v == vertex:
            return
    if w.nodes[v // 4].kind == SINK:
        # What a sink swallows goes nowhere, though the belt before it bends as if something came.
        return
    feeder = w.stretches[v]
    s.elements[feeder].next = e
    if kind == 0:
        s.elements[e].straight = feeder
    elif kind == 1:
        s.elements[e].early = feeder
    else:
        s.elements[e].late = feeder


@helper
def _lead(s, w):
    """Connect the stretches."""
    for n in range(s.counts[NODES]):
        node = w.nodes[n]
        if node.marked == 0:
            continue
        feeder = straight_feeder(node)
        for lane in range(2):
            if feeder >= 0 and w.stretches[4 * n + lane] >= 0:
                _follow(s, w, way_out(w.nodes, feeder, lane), 0, w.stretches[4 * n + lane])
        if node.turn == NOWHERE:
            for side in (FROM_LEFT, FROM_LEFT + 1):
                feeder = node.left if side == FROM_LEFT else node.right
                if feeder < 0:
                    continue
                near = w.stretches[4 * n + (0 if side == FROM_LEFT else 1)]
                for lane in range(2):
                    late = lane == late_lane(side)
                    if side_entry(node.kind, late) >= 0:
                        _follow(s, w, way_out(w.nodes, feeder, lane), 2 if late else 1, near)


@helper
def _find_poles(rows, span, s, w):
    """List the poles, where they decide who has power."""
    count = 0
    if span.poles == 1:
        for r in range(span.first, span.end):
            if rows[r].kind == POLE:
                w.poles[count] = r
                count += 1
    s.counts[POLES] = count


@helper
def _powered(rows, span, s, w, row):
    """Whether an electric row touches the supply area of a pole, in a factory where that matters."""
    if span.poles == 0 or row.electric == 0:
        return True
    for p in range(s.counts[POLES]):
        pole = rows[w.poles[p]]
        if lights(pole, pole.x, pole.y, row):
            return True
    return False


@helper
def _others(rows, span, s, w):
    """Elements for machines and chests."""
    for r in range(span.first, span.end):
        row = rows[r]
        if row.kind < MACHINE or row.kind > CHEST_SINK:
            continue
        e = _new_element(s, WORKER if row.kind == MACHINE else STORE, r)
        w.row_elements[r - span.first] = e
        element = s.elements[e]
        if row.kind == MACHINE:
            element.free_fluids, element.burns, element.burnt = row.free_fluids, -1, 0.0
            element.powered = int(_powered(rows, span, s, w, row))
            element.plan = row.plan if element.powered == 1 else -1
        elif row.kind == CHEST_SOURCE:
            element.gives = s.local[row.left] if row.left >= 0 else -1
        elif row.kind == CHEST_SINK:
            element.sink = 2 * row.index


@helper
def _link_hand(s, h):
    """Enter a hand into the lists of the elements that it takes from and gives to."""
    hand = s.hands[h]
    hand.next_near, hand.next_far = -1, -1
    _link_pick(s, hand.near, 2 * h)
    if hand.far >= 0:
        _link_pick(s, hand.far, 2 * h + 1)
    hand.next_drop = s.elements[hand.to].drops
    s.elements[hand.to].drops = h


@helper
def _set_next(s, entry, following):
    if entry % 2 == 1:
        s.hands[entry // 2].next_far = following
    else:
        s.hands[entry // 2].next_near = following


@helper
def _link_pick(s, e, entry):
    """Enter one side of a hand among those that take from an element, in the order in which arms act."""
    before, after = -1, s.elements[e].picks
    while after >= 0 and s.hands[after // 2].turn < s.hands[entry // 2].turn:
        before = after
        after = s.hands[after // 2].next_far if after % 2 == 1 else s.hands[after // 2].next_near
    _set_next(s, entry, after)
    if before < 0:
        s.elements[e].picks = entry
    else:
        _set_next(s, before, entry)


@helper
def _set_pace(hand, row, from_belt, to_belt, speed):
    """Items and ticks of a cycle of an arm that never waits (docs/simulator.md, Arms)."""
    hand.holds, hand.wait, hand.delay, hand.delays = row.hand, 0.0, 0.0, 0
    for side in range(2):
        hand.reached[side], hand.arriving[side], hand.passing[side] = 0.0, 0.0, 0.0
    hand.ticks = 2.0 * row.half_ticks
    if from_belt:
        hand.ticks = 2.0 * max(1, row.half_ticks - row.catch_ticks)
    if to_belt:
        hand.ticks += laying_ticks(row.hand, 64.0 / speed)
    set_pace(hand, 0.0)


@helper
def _only(row):
    """ANY (-1) without filters, the item of a single one, SEVERAL (-2) for more."""
    if row.filters[1] != -1:
        return SEVERAL
    # An item that cannot turn up is no wildcard.
    return row.filters[0] if row.filters[0] >= -1 else SEVERAL


@helper
def _end(rows, w, found, direction):
    """What stands at an end of an arm, as `precedence` counts it."""
    if found < 0:
        return rows[-1 - found].trait
    node = w.nodes[found - 1]
    return belt_end(node.kind, node.speed, node.turn, (node.direction - direction) % 16, rows[node.row].trait)


@helper
def _arms(rows, span, s, w):
    """Hands of all inserters that have two ends and power; in reverse, so that equal turns go in the order of rows."""
    stride = span.width + 2 * MARGIN
    for back in range(span.end - span.first):
        r = span.end - 1 - back
        row = rows[r]
        if row.kind != ARM:
            continue
        cell = (row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN
        reach = row.reach * forward(row.direction, stride)
        source, target = w.grid[cell + reach], w.grid[cell - reach]
        if source == 0 or target == 0 or row.half_ticks == 0 or not _powered(rows, span, s, w, row):
            continue
        h = s.counts[HANDS]
        hand = s.hands[h]
        hand.row, hand.far, hand.only = r, -1, _only(row)
        hand.lit[0], hand.lit[1] = int(row.fuel < 0), 0
        speed = 8
        if source > 0:
            node = w.nodes[source - 1]
            first = first_lane(node.direction, node.turn, row.direction)
            hand.near = w.stretches[way_out(w.nodes, source - 1, first)]
            hand.far = w.stretches[way_out(w.nodes, source - 1, 1 - first)]
        else:
            if rows[-1 - source].kind == CHEST_SINK:
                continue
            hand.near = w.row_elements[-1 - source - span.first]
        if target > 0:
            node = w.nodes[target - 1]
            lane = drop_lane(node.direction, node.turn, (row.direction + 8) % 16)
            hand.to = w.stretches[4 * (target - 1) + lane]
            speed = node.speed
        else:
            if rows[-1 - target].kind == CHEST_SOURCE:
                continue
            hand.to = w.row_elements[-1 - target - span.first]
        _set_pace(hand, row, source > 0, target > 0, speed)
        hand.turn = turn_to_act(row.trait, _end(rows, w, source, row.direction), _end(rows, w, target, row.direction))
        s.counts[HANDS] = h + 1
        _link_hand(s, h)


@helper
def _add_hand(s, near, to, only, rate):
    """A pipe or outlet: what passes between two elements without an arm."""
    h = s.counts[HANDS]
    hand = s.hands[h]
    hand.row, hand.far, hand.only, hand.near, hand.to, hand.rate, hand.holds = -1, -1, only, near, to, rate, 1
    hand.lit[0], hand.lit[1], hand.turn = 1, 0, NO_TURN
    hand.ticks, hand.wait, hand.delay = 0.0, 0.0, 0.0
    s.counts[HANDS] = h + 1
    _link_hand(s, h)


@helper
def _outlets(rows, span, s, w):
    """What drills put on belts, into chests and into machines."""
    stride = span.width + 2 * MARGIN
    for r in range(span.first, span.end):
        row = rows[r]
        if row.kind != MACHINE or row.reach == 0:
            continue
        x, y = math.floor(row.outlet_x), math.floor(row.outlet_y)
        if not (-MARGIN <= x - span.x < span.width + MARGIN and -MARGIN <= y - span.y < span.height + MARGIN):
            continue
        found = w.grid[(y - span.y + MARGIN) * stride + x - span.x + MARGIN]
        if found > 0:
            node = w.nodes[found - 1]
            lane = outlet_lane(node.direction, node.turn, row.outlet_x - x - 0.5, row.outlet_y - y - 0.5)
            _add_hand(s, w.row_elements[r - span.first], w.stretches[4 * (found - 1) + lane], -1, OUTLET_RATE)
        elif found < 0 and rows[-1 - found].kind != CHEST_SOURCE:
            to = w.row_elements[-1 - found - span.first]
            _add_hand(s, w.row_elements[r - span.first], to, -1, OUTLET_RATE)


@helper
def _pipes(links, span, s, w):
    """Pools of fluid, and what machines and pumps move between them."""
    for p in range(span.pools):
        w.pools[p] = _new_element(s, POOL, -1)
    for i in range(span.first_link, span.end_link):
        link = links[i]
        if link.machine >= 0:
            if link.pool < 0:
                continue
            machine, pool = w.row_elements[link.machine - span.first], w.pools[link.pool]
            if link.out == 1:
                _add_hand(s, machine, pool, link.item, link.rate)
            else:
                _add_hand(s, pool, machine, link.item, link.rate)
            continue
        source = w.pools[link.pool] if link.pool >= 0 else _new_element(s, STORE, -1)
        if link.pool < 0:
            s.elements[source].gives = s.local[link.item]
        target = w.pools[link.target] if link.target >= 0 else _new_element(s, STORE, -1)
        _add_hand(s, source, target, link.item, link.rate)


@helper
def _loaders(rows, span, s, w):
    """Both lanes of each loader into its chest or machine, or out of it, at the belt's speed."""
    stride = span.width + 2 * MARGIN
    for r in range(span.first, span.end):
        row = rows[r]
        if row.kind > UNDER_OUT or row.tier != LOADER_TIER:
            continue
        x, y = int(row.outlet_x) - span.x, int(row.outlet_y) - span.y
        found = w.grid[(y + MARGIN) * stride + x + MARGIN]
        node = w.grid[(row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN] - 1
        if found >= 0 or rows[-1 - found].kind == (CHEST_SINK if row.kind == UNDER_OUT else CHEST_SOURCE):
            continue
        other = rows[-1 - found]
        if row.kind == UNDER_OUT and other.kind == MACHINE and other.reach == 1:
            continue
        for lane in range(2):
            belt, container = w.stretches[4 * node + lane], w.row_elements[-1 - found - span.first]
            h = s.counts[HANDS]
            if row.kind == UNDER_OUT:
                _add_hand(s, container, belt, _only(row), row.speed * 60.0 / 64.0)
            else:
                _add_hand(s, belt, container, _only(row), row.speed * 60.0 / 64.0)
            s.hands[h].row = r


@called
def wire(rows, plans, links, span, s, w):
    """Make the elements, hands and order of one factory; the grid is left as it was found, empty."""
    s.counts[ELEMENTS] = 0
    s.counts[HANDS] = 0
    stamp(rows, span, s, w)
    join(rows, span, s, w)
    _marks(rows, span, s, w)
    _find_poles(rows, span, s, w)
    _stretches(rows, s, w)
    _lead(s, w)
    find_loops(s)
    _others(rows, span, s, w)
    _pipes(links, span, s, w)
    _outlets(rows, span, s, w)
    _loaders(rows, span, s, w)
    _arms(rows, span, s, w)
    enliven(rows, plans, s, span.items, put_in_order(s))
    clear(rows, span, s, w)
