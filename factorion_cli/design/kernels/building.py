"""From a state to a board: connect what needs connecting, lay poles, add arms where they are what limits."""

from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.kernels.lanes import UNKNOWN, lane_at_sink
from factorion_cli.design.kernels.powering import lay_poles
from factorion_cli.design.kernels.reaching import ahead, bring, places, reach, send
from factorion_cli.design.kernels.routing import TO_BLOCK, TO_LINE, TO_SINK, route
from factorion_cli.design.layout import (
    ARM_FROM_BLOCK,
    ARM_ITEM,
    ARM_KIND,
    ARM_SIDE,
    ARM_TILE,
    ARM_TO_LINE,
    ARMS,
    BELTS,
    BLOCK,
    CHEST_SPEED,
    DARK,
    FAILED,
    FORCED,
    FREE,
    LINES,
    MOST_BLOCKS,
    MOST_INPUTS,
    NOBODY,
    OUT,
    REQUIREMENTS,
    SINK,
    SOURCE,
    WALL,
)

SPARE = 1e6
"""Added to the urgency of machines that are not the first of their group: they come after those that must be."""

LATER = 1e9
"""Added to that of products: what uses them has mostly fetched them already."""


@called
def clear(p, s, board):
    """Ground, endpoints and blocks; no arms, no belts."""
    for tile in range(p.tiles):
        board.kind[tile], board.covered[tile] = p.ground[tile], p.covered[tile]
        board.span[0, tile], board.span[1, tile] = p.span[0, tile], p.span[1, tile]
        board.owner[tile], board.side[tile], board.kept[tile] = -1, 0, 0
    for number in range(len(board.counts)):
        board.counts[number] = 0
    for b in range(MOST_BLOCKS):
        board.out_rate[b] = 0.0
        for k in range(MOST_INPUTS):
            board.in_rate[b, k] = 0.0
    for number in range(p.sinks):
        tile = p.sink_tile[number]
        _endpoint(board, number, tile, p.sink_side[number], 1 << p.sink_item[number], SINK)
    for number in range(p.sources):
        tile, line = p.source_tile[number], p.sinks + number
        _endpoint(board, line, tile, p.source_side[number], p.source_items[number], SOURCE)
        board.line_way[line] = FORCED + p.source_side[number]
        front = ahead(p.width, p.height, tile, p.source_side[number], 1)
        if front >= 0:
            board.kept[front] = line + 1 if board.kept[front] == 0 else NOBODY
    board.counts[LINES] = p.sinks + p.sources
    for b in range(MOST_BLOCKS):
        g = s.group[b]
        if g < 0:
            continue
        for y in range(s.y[b], s.y[b] + p.group_size[g, 1]):
            for x in range(s.x[b], s.x[b] + p.group_size[g, 0]):
                board.kind[y * p.width + x] = BLOCK
                board.owner[y * p.width + x] = b


@helper
def _endpoint(board, line, tile, side, items, kind):
    board.kind[tile], board.owner[tile], board.side[tile] = kind, line, side
    board.line_items[line], board.line_end[line], board.line_kind[line] = items, tile, kind
    board.line_open[line] = 1 if kind == SOURCE else 0
    board.line_way[line] = 0


@helper
def is_first(s, b):
    """Whether a block is the first of its group, without which nothing works."""
    first = True
    for other in range(b):
        if s.group[other] == s.group[b]:
            first = False
    return first


@called
def _order(p, s, w):
    """Requirements, the most urgent first; how many."""
    count = 0
    for b in range(MOST_BLOCKS):
        g = s.group[b]
        if g < 0:
            continue
        late = 0.0 if is_first(s, b) else SPARE
        for k in range(MOST_INPUTS):
            if p.group_inputs[g, k] >= 0:
                count = _insert(s, w, count, b * REQUIREMENTS + k, late)
        # A chest that nobody empties is no failure.
        if p.group_item[g] >= 0 and p.group_speed[g] < CHEST_SPEED:
            count = _insert(s, w, count, b * REQUIREMENTS + OUT, LATER + late)
    for number in range(p.sinks):
        count = _insert(s, w, count, MOST_BLOCKS * REQUIREMENTS + number, 0.0)
    for place in range(count):
        w.order[place] = w.order[place] % (1 << 20)
    return count


@helper
def _insert(s, w, count, requirement, late):
    # The class (late) goes before the urgency, which is between 0 and 1; both are packed above the number.
    rank = 0 if late == 0.0 else (1 if late < LATER else 2)
    key = ((rank * 500 + int(s.urgency[requirement] * 499.0)) << 20) | requirement
    place = count
    while place > 0 and w.order[place - 1] > key:
        w.order[place] = w.order[place - 1]
        place -= 1
    w.order[place] = key
    return count + 1


@helper
def _sent(board, b):
    return board.out_rate[b] > 0


@called
def _meet(p, s, board, w, requirement):
    """Connect what a requirement asks for; whether that was possible."""
    b, k = requirement // REQUIREMENTS, requirement % REQUIREMENTS
    if b >= MOST_BLOCKS:
        number = requirement - MOST_BLOCKS * REQUIREMENTS
        item = p.sink_item[number]
        if p.sink_from_belt[number] == 0:
            for other in range(MOST_BLOCKS):
                if s.group[other] >= 0 and p.group_item[s.group[other]] == item and _onto(p, s, board, other, number):
                    return True
        return route(p, s, board, w, TO_SINK, number, -1, item, -1, False)
    if k == OUT:
        if _sent(board, b):
            return True
        item = p.group_item[s.group[b]]
        return send(p, s, board, b, False) or route(p, s, board, w, TO_LINE, -1, -1, item, b, False)
    if board.in_rate[b, k] > 0:
        return True
    item = p.group_inputs[s.group[b], k]
    return bring(p, s, board, b, k, False) or route(p, s, board, w, TO_BLOCK, b, k, item, -1, False)


@called
def _onto(p, s, board, b, sink):
    """Whether block b can be connected to a sink by an arm alone, which it then is."""
    for number in range(places(p, s, b)):
        tile, far, _side, _kind = reach(p, s, b, number)
        if tile >= 0 and far == p.sink_tile[sink] and board.kind[tile] == FREE:
            return send(p, s, board, b, False)
    return False


@called
def _distance(p, s, requirement):
    """Tiles between a requirement that failed and the nearest place that has its item."""
    b, k = requirement // REQUIREMENTS, requirement % REQUIREMENTS
    best = 2 * (p.width + p.height)
    if b >= MOST_BLOCKS:
        number = requirement - MOST_BLOCKS * REQUIREMENTS
        x, y, item = p.sink_tile[number] % p.width, p.sink_tile[number] // p.width, p.sink_item[number]
    else:
        g = s.group[b]
        x, y = s.x[b] + p.group_size[g, 0] // 2, s.y[b] + p.group_size[g, 1] // 2
        item = p.group_item[g] if k == OUT else p.group_inputs[g, k]
    for other in range(MOST_BLOCKS):
        if other != b and s.group[other] >= 0 and p.group_item[s.group[other]] == item:
            best = min(best, abs(s.x[other] + 1 - x) + abs(s.y[other] + 1 - y))
    for number in range(p.sources):
        if p.source_items[number] & (1 << item) != 0:
            tile = p.source_tile[number]
            best = min(best, abs(tile % p.width - x) + abs(tile // p.width - y))
    return best


@called
def _limit(p, s, board, b):
    """Crafts per second of a block by its speed and its arms, and what limits it: an ingredient, OUT, or -1."""
    g = s.group[b]
    best, what = p.group_speed[g], -1
    for k in range(MOST_INPUTS):
        if p.group_inputs[g, k] >= 0 and board.in_rate[b, k] < best * p.group_amounts[g, k]:
            best, what = board.in_rate[b, k] / p.group_amounts[g, k], k
    if p.group_item[g] >= 0 and board.out_rate[b] < best * p.group_yield[g]:
        best, what = board.out_rate[b] / p.group_yield[g], OUT
    return best, what


@called
def _lanes_allow(p, s, board):
    """Items per second that the lanes of a single sink take of what is laid on them."""
    if p.sinks != 1 or p.most_rate <= p.lane_rate:
        return p.most_rate
    lanes = (0.0, 0.0)
    for number in range(board.counts[ARMS]):
        b, line = board.arms[number, ARM_FROM_BLOCK], board.arms[number, ARM_TO_LINE]
        if b < 0 or line < 0 or board.arms[number, ARM_ITEM] != p.sink_item[0]:
            continue
        heading, reach_of = (board.arms[number, ARM_SIDE] + 2) % 4, 1 + board.arms[number, ARM_KIND]
        tile = ahead(p.width, p.height, board.arms[number, ARM_TILE], heading, reach_of)
        lane = lane_at_sink(p, board, tile, heading)
        if lane == UNKNOWN:
            return p.most_rate
        crafts, _what = _limit(p, s, board, b)
        share = crafts * p.group_yield[s.group[b]] * p.arm_rate[board.arms[number, ARM_KIND]] / board.out_rate[b]
        lanes = (lanes[0] + share, lanes[1]) if lane == 0 else (lanes[0], lanes[1] + share)
    if lanes[0] + lanes[1] <= p.lane_rate:
        return p.most_rate
    return min(p.lane_rate, lanes[0]) + min(p.lane_rate, lanes[1])


@called
def rate(p, s, board, w):
    """Items per second into every sink, and the group that limits them (-1: none)."""
    for g in range(p.groups):
        w.rate[g] = 0.0
    for b in range(MOST_BLOCKS):
        if s.group[b] >= 0:
            found, _what = _limit(p, s, board, b)
            w.rate[s.group[b]] += found
    best, what = min(p.most_rate, _lanes_allow(p, s, board)), -1
    for g in range(p.groups):
        if p.group_need[g] > 0 and w.rate[g] < best * p.group_need[g]:
            best, what = w.rate[g] / p.group_need[g], g
    return best, what


@called
def _add_arms(p, s, board, w, lit):
    """Add arms at what limits, as long as that is arms and there is room."""
    enough = p.enough * p.unit_rate
    while True:
        found, group = rate(p, s, board, w)
        if group < 0 or found >= enough:
            return
        added = False
        for b in range(MOST_BLOCKS):
            if s.group[b] != group:
                continue
            _found, what = _limit(p, s, board, b)
            if what == OUT:
                added |= send(p, s, board, b, lit)
            elif what >= 0:
                item = p.group_inputs[group, what]
                added |= bring(p, s, board, b, what, lit) or route(p, s, board, w, TO_BLOCK, b, what, item, -1, lit)
        if not added:
            return


@called
def build(p, s, board, w, limit):
    """Build what a state describes.

    Args:
        p: the problem.
        s: the state.
        board: room for a board.
        w: working memory.
        limit: how bad it may be; a board that is worse is left unfinished.

    Returns:
        How bad it is: at least 1 where something essential is missing; else less, the more items per second the lower.
    """
    clear(p, s, board)
    count = _order(p, s, w)
    penalty = 0.0
    for place in range(count):
        requirement = w.order[place]
        if _meet(p, s, board, w, requirement):
            continue
        b = requirement // REQUIREMENTS
        if b >= MOST_BLOCKS or is_first(s, b):
            board.failed[board.counts[FAILED]] = requirement
            board.counts[FAILED] += 1
            penalty += 1.0 + 0.02 * _distance(p, s, requirement)
            if 1.0 + penalty > limit:
                return 1.0 + penalty
        else:
            penalty += 0.02
    if p.powered == 1:
        board.counts[DARK] = lay_poles(p, s, board, w)
        penalty += 0.5 * board.counts[DARK]
    if board.counts[FAILED] + board.counts[DARK] > 0:
        return 1.0 + penalty
    _add_arms(p, s, board, w, p.powered == 1)
    found, _group = rate(p, s, board, w)
    return -min(found / p.unit_rate, p.enough) + 0.2 * penalty + p.cost_weight * _cost(p, board)


@called
def _cost(p, board):
    """Tiles used."""
    used = 0
    for tile in range(p.tiles):
        if board.kind[tile] != FREE and board.kind[tile] != WALL:
            used += 1
    board.counts[BELTS] = used
    return used
