"""Belts from where an item is to where it is wanted: the cheapest way over tiles, round corners and underground.

A state is a tile, the side towards which it was entered and whether it is the exit of an underground, which can only be
left straight on. What a belt ends at is kept for its line alone: any other belt there would be fed by it.
"""

from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.kernels.reaching import ahead, blocks_belts, places, reach, set_arm
from factorion_cli.design.layout import (
    ANY_WAY,
    BELT,
    ENTRY,
    EXIT,
    FORCED,
    FREE,
    LINES,
    MOST_BLOCKS,
    MOST_LINES,
    MOST_SPLITTERS,
    MOST_STARTS,
    NOBODY,
    SINK,
    SOURCE,
    SPLIT,
    SPLITTERS,
)

TO_BLOCK, TO_SINK, TO_LINE = range(3)
FROM_LINE, FROM_BLOCK, FROM_SPLITTER, FROM_SOURCE = range(4)
AIM_X, AIM_Y, AIM_PRICE, AIM_WIDTH = range(4)
STRAIGHT_PRICE, SURFACE_PRICE = 8, 10
"""What a tile on the way costs at a guess where undergrounds save something, and where they do not."""
ENTRY_PRICE, ARM_PRICE, SPLITTER_PRICE, EMPTYING_PRICE = 6, 6, 25, 30


@helper
def lies_free(board, tile, line):
    """Whether a belt of this line (-1: a new one) may lie there."""
    kept = board.kept[tile]
    return board.kind[tile] == FREE and (kept == 0 or kept == line + 1)


@helper
def _sift_up(heap, count, value):
    place = count
    while place > 0 and heap[(place - 1) // 2] > value:
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = value


@helper
def _sift_down(heap, count):
    """Take the least off a heap of `count`; the rest stays in order."""
    value = heap[count - 1]
    count -= 1
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = value


@helper
def _ahead_of(w, state):
    """What the rest of a way will cost at a guess: undergrounds may be cheaper, so not quite the cheapest is found."""
    tile = state // 8
    x, y = tile % w.aim[AIM_WIDTH], tile // w.aim[AIM_WIDTH]
    return (abs(x - w.aim[AIM_X]) + abs(y - w.aim[AIM_Y])) * w.aim[AIM_PRICE]


@called
def _set_aim(p, s, w, mode, target):
    """Note where a way is to lead to: a block, a sink, or anywhere."""
    w.aim[AIM_WIDTH], w.aim[AIM_PRICE] = p.width, STRAIGHT_PRICE if s.dive < STRAIGHT_PRICE else SURFACE_PRICE
    if mode == TO_BLOCK:
        g = s.group[target]
        w.aim[AIM_X] = s.x[target] + p.group_size[g, 0] // 2
        w.aim[AIM_Y] = s.y[target] + p.group_size[g, 1] // 2
    elif mode == TO_SINK:
        w.aim[AIM_X], w.aim[AIM_Y] = p.sink_tile[target] % p.width, p.sink_tile[target] // p.width
    else:
        w.aim[AIM_PRICE] = 0


@called
def _offer(w, count, state, cost, parent, origin):
    """Note a way to a state if it is the cheapest so far; how many wait then."""
    if w.seen[state] == w.stamp[0] and w.cost[state] <= cost:
        return count
    w.seen[state] = w.stamp[0]
    w.cost[state] = cost
    cost += _ahead_of(w, state)
    w.parent[state] = parent
    w.origin[state] = origin
    if count < len(w.heap) - 1:
        _sift_up(w.heap, count, (cost << 32) | state)
        count += 1
    return count


@called
def _start(w, starts, kind, what, candidate, tile):
    """Note a start; its number."""
    row = w.starts[starts]
    row[0], row[1], row[2], row[3] = kind, what, candidate, tile
    return starts + 1


@called
def _start_from_lines(board, w, item, exact, count, starts):
    """The open ends of lines that carry the item (and nothing else if `exact`)."""
    for line in range(board.counts[LINES]):
        items = board.line_items[line]
        if board.line_open[line] == 0 or items & (1 << item) == 0 or (exact and items != 1 << item):
            continue
        tile, way = board.line_end[line], board.line_way[line]
        first = starts
        starts = _start(w, starts, FROM_LINE, line, 0, tile)
        if way >= FORCED:
            count = _offer(w, count, tile * 8 + (way - FORCED) * 2 + 1, 0, -1, first)
        elif way == ANY_WAY:
            count = _offer(w, count, tile * 8, 0, -1, first)
            count = _offer(w, count, tile * 8 + 4, 0, -1, first)
        else:
            count = _offer(w, count, tile * 8 + way * 2, 0, -1, first)
    return count, starts


@called
def _start_from_splitters(p, s, board, w, item, exact, count, starts):
    """Straight pieces of lines where a splitter finds room."""
    for tile in range(p.tiles):
        if board.kind[tile] != BELT or starts >= MOST_STARTS:
            continue
        line, side = board.owner[tile], board.side[tile]
        items = board.line_items[line]
        if items & (1 << item) == 0 or (exact and items != 1 << item) or tile == board.line_end[line]:
            continue
        behind = ahead(p.width, p.height, tile, side, -1)
        if behind < 0 or not blocks_belts(board, behind) or board.side[behind] != side:
            continue
        if board.kind[behind] == ENTRY or board.kind[behind] == SINK or board.owner[behind] != line:
            continue
        for turn in (1, 3):
            other = ahead(p.width, p.height, tile, (side + turn) % 4, 1)
            if other < 0 or board.kind[other] != FREE or board.kept[other] != 0:
                continue
            across = ahead(p.width, p.height, tile, (side + turn) % 4, -1)
            if across >= 0 and blocks_belts(board, across) and board.side[across] == (side + turn) % 4:
                continue
            beyond = ahead(p.width, p.height, other, side, 1)
            if beyond < 0 or not lies_free(board, beyond, -1):
                continue
            number = starts
            starts = _start(w, starts, FROM_SPLITTER, line, other, tile)
            cost = SPLITTER_PRICE + s.price[other] + s.price[beyond]
            count = _offer(w, count, beyond * 8 + side * 2, cost, -1, number)
    return count, starts


@called
def _start_from_block(p, s, board, w, b, lit, count, starts):
    """Tiles on which arms could lay what block b makes."""
    for number in range(places(p, s, b)):
        tile, far, _side, kind = reach(p, s, b, number)
        if tile < 0 or board.kind[tile] != FREE or not lies_free(board, far, -1) or starts >= MOST_STARTS:
            continue
        if lit and board.covered[tile] == 0:
            continue
        cost = ARM_PRICE + s.price[tile] + s.price[far] + kind
        first = starts
        starts = _start(w, starts, FROM_BLOCK, b, number, tile)
        # Nothing feeds the first tile, so it may lead anywhere: two states, since none can turn back.
        count = _offer(w, count, far * 8, cost, -1, first)
        count = _offer(w, count, far * 8 + 4, cost, -1, first)
    return count, starts


@called
def _start_from_sources(p, s, board, w, item, lit, count, starts):
    """Tiles onto which an arm could lay what it takes from a source whose own way out is not free."""
    for number in range(p.sources):
        line, tile = p.sinks + number, p.source_tile[number]
        # An arm takes from both lanes, so a source of two items would mix them.
        if board.line_items[line] != 1 << item or board.line_end[line] != tile:
            continue
        front = ahead(p.width, p.height, tile, p.source_side[number], 1)
        if front >= 0 and lies_free(board, front, line):
            continue
        for candidate in range(8):
            side, kind = candidate // 2, candidate % 2
            arm = ahead(p.width, p.height, tile, side, 1 + kind)
            far = ahead(p.width, p.height, tile, side, 2 + 2 * kind)
            if far < 0 or p.arm_rate[kind] <= 0 or board.kind[arm] != FREE or not lies_free(board, far, -1):
                continue
            if (lit and board.covered[arm] == 0) or starts >= MOST_STARTS:
                continue
            first = starts
            starts = _start(w, starts, FROM_SOURCE, line, candidate, arm)
            cost = EMPTYING_PRICE + s.price[arm] + s.price[far]
            count = _offer(w, count, far * 8, cost, -1, first)
            count = _offer(w, count, far * 8 + 4, cost, -1, first)
    return count, starts


@called
def _mark_goals(p, s, board, w, b, lit):
    """Note from which tiles arms could feed block b."""
    for number in range(places(p, s, b)):
        tile, far, _side, _kind = reach(p, s, b, number)
        if tile >= 0 and board.kind[tile] == FREE and (not lit or board.covered[tile] == 1):
            w.goal[far] = number
            w.goal_seen[far] = w.stamp[0]


@called
def _end_side(p, board, w, tile, entered):
    """Where the last tile of a line should lead: nowhere, and best where nothing is lost by that; -1: it cannot."""
    best, best_cost = -1, 3
    for side in range(4):
        if entered >= FORCED and side != entered - FORCED:
            continue
        if entered != ANY_WAY and entered < FORCED and side == (entered + 2) % 4:
            continue
        front = ahead(p.width, p.height, tile, side, 1)
        cost = 0
        if front >= 0:
            # The way here is not laid yet; its tiles are marked.
            if blocks_belts(board, front) or w.mark[front] == w.stamp[1]:
                continue
            cost = 1 if board.kind[front] == FREE else 0
        if cost < best_cost:
            best, best_cost = side, cost
    return best


@called
def _trace(p, w, goal):
    """Write the way to a state into `path` and mark its tiles; its length, 0 if it meets itself."""
    w.stamp[1] += 1
    length, state = 0, goal
    while True:
        tile = state // 8
        if w.mark[tile] == w.stamp[1]:
            return 0
        w.mark[tile] = w.stamp[1]
        w.path[length] = state
        length += 1
        before = w.parent[state]
        if before < 0:
            break
        if state % 2 == 1:
            entry = ahead(p.width, p.height, before // 8, (state % 8) // 2, 1)
            if w.mark[entry] == w.stamp[1]:
                return 0
            w.mark[entry] = w.stamp[1]
        state = before
    for place in range(length // 2):
        w.path[place], w.path[length - 1 - place] = w.path[length - 1 - place], w.path[place]
    return length


@called
def _spans_free(p, w, length):
    """Whether the undergrounds of a way are clear of each other."""
    for place in range(1, length):
        if w.path[place] % 2 == 0:
            continue
        side = (w.path[place] % 8) // 2
        for other in range(1, place):
            if w.path[other] % 2 == 0 or ((w.path[other] % 8) // 2) % 2 != side % 2:
                continue
            a, b = w.path[place - 1] // 8, w.path[place] // 8
            c, d = w.path[other - 1] // 8, w.path[other] // 8
            if side % 2 == 0:
                if a % p.width == c % p.width and max(min(a, b), min(c, d)) < min(max(a, b), max(c, d)):
                    return False
            elif a // p.width == c // p.width and max(min(a, b), min(c, d)) < min(max(a, b), max(c, d)):
                return False
    return True


@called
def _new_line(board, items):
    line = board.counts[LINES]
    board.counts[LINES] = line + 1
    board.line_items[line] = items
    board.line_open[line] = 1
    board.line_kind[line] = BELT
    return line


@called
def _lay(p, board, w, length, line):
    """Lay the traced way; its first tile may lie already."""
    for place in range(length):
        state = w.path[place]
        tile, side = state // 8, (state % 8) // 2
        if place > 0:
            before = w.path[place - 1] // 8
            if board.kind[before] != SOURCE:
                board.side[before] = side
            if state % 2 == 1:
                entry = ahead(p.width, p.height, before, side, 1)
                board.kind[entry], board.owner[entry], board.side[entry] = ENTRY, line, side
                under = entry
                while True:
                    board.span[side % 2, under] = 1
                    if under == tile:
                        break
                    under = ahead(p.width, p.height, under, side, 1)
        if board.kind[tile] == FREE:
            board.kind[tile] = EXIT if place > 0 and state % 2 == 1 else BELT
            board.owner[tile], board.side[tile] = line, side


@called
def _finish_block(p, s, board, w, goal, b, k, item):
    """Lay the way to `goal` and set the arms at its ends; whether that was possible."""
    tile = goal // 8
    number = w.goal[tile]
    arm, _far, side, kind = reach(p, s, b, number)
    length = _trace(p, w, goal)
    if length == 0 or w.mark[arm] == w.stamp[1] or not _spans_free(p, w, length):
        return False
    start = w.starts[w.origin[goal]]
    if start[0] == FROM_BLOCK or start[0] == FROM_SOURCE:
        if start[3] == arm or w.mark[start[3]] == w.stamp[1]:
            return False
    elif start[0] == FROM_SPLITTER and (w.mark[start[2]] == w.stamp[1] or start[2] == arm):
        return False
    if start[0] == FROM_LINE and length == 1:
        return False
    way = (goal % 8) // 2
    if goal % 2 == 1:
        way += FORCED
    elif length == 1:
        way = FORCED + way if start[0] == FROM_SPLITTER else ANY_WAY
    end = _end_side(p, board, w, tile, way)
    if end < 0 or board.counts[LINES] >= MOST_LINES:
        return False
    line = _begin(p, s, board, start, item, -1)
    _lay(p, board, w, length, line)
    board.side[tile] = end
    front = ahead(p.width, p.height, tile, end, 1)
    if front >= 0:
        board.kept[front] = line + 1 if board.kept[front] == 0 or board.kept[front] == line + 1 else NOBODY
    board.line_end[line], board.line_way[line] = tile, way
    return set_arm(p, board, arm, side, kind, -1, line, b, -1, item, k)


@called
def _begin(p, s, board, start, item, into):
    """What has to stand before a way can be laid: the arm or splitter at its start; its line (`into`: one there)."""
    if start[0] == FROM_LINE:
        line = start[1]
        front = ahead(p.width, p.height, board.line_end[line], board.side[board.line_end[line]], 1)
        if front >= 0 and board.kept[front] == line + 1:
            board.kept[front] = 0
        return line
    if start[0] == FROM_SPLITTER:
        line = start[1] if into < 0 else into
        if into < 0:
            line = _new_line(board, board.line_items[start[1]])
        number = board.counts[SPLITTERS]
        board.counts[SPLITTERS] = number + 1
        row = board.splitters[number]
        row[0], row[1], row[2] = start[3], start[2], board.side[start[3]]
        board.kind[start[3]] = SPLIT
        board.kind[start[2]] = SPLIT
        board.owner[start[2]] = start[1]
        board.side[start[2]] = board.side[start[3]]
        return line
    line = into
    if into < 0:
        line = _new_line(board, 1 << item)
    if start[0] == FROM_SOURCE:
        side, kind = start[2] // 2, start[2] % 2
        set_arm(p, board, start[3], (side + 2) % 4, kind, -1, start[1], -1, line, item, -1)
        return line
    tile, _far, side, kind = reach(p, s, start[1], start[2])
    set_arm(p, board, tile, (side + 2) % 4, kind, start[1], -1, -1, line, item, -1)
    return line


@called
def _finish_line(p, s, board, w, last, side, into, item):
    """Lay the way whose last state is `last`, which leaves towards `side` into line `into`."""
    length = _trace(p, w, last)
    if length == 0 or not _spans_free(p, w, length):
        return False
    start = w.starts[w.origin[last]]
    if (start[0] == FROM_BLOCK or start[0] == FROM_SOURCE) and w.mark[start[3]] == w.stamp[1]:
        return False
    if start[0] == FROM_SPLITTER and w.mark[start[2]] == w.stamp[1]:
        return False
    if start[0] == FROM_LINE and start[1] == into:
        return False
    line = _begin(p, s, board, start, item, into)
    _lay(p, board, w, length, line)
    if board.kind[last // 8] != SOURCE:
        board.side[last // 8] = side
    if start[0] == FROM_LINE:
        board.line_open[line] = 0
    return True


@called
def _joins(p, board, tile, side, item, mode, sink):
    """The line that a belt would go into if it led to `tile` towards `side`; -1: none that it should."""
    if board.kind[tile] == SINK:
        line = board.owner[tile]
        if board.line_items[line] != 1 << item or board.side[tile] == (side + 2) % 4:
            return -1
        return line if mode == TO_LINE or tile == p.sink_tile[sink] else -1
    if board.kind[tile] != BELT or mode == TO_BLOCK or board.side[tile] == (side + 2) % 4:
        return -1
    line = board.owner[tile]
    if board.line_items[line] != 1 << item or board.line_kind[line] == SOURCE:
        return -1
    if mode == TO_SINK:
        return line if line == board.owner[p.sink_tile[sink]] else -1
    return line


@called
def route(p, s, board, w, mode, target, k, item, producer, lit):
    """Lay the cheapest way for an item.

    Args:
        p: the problem.
        s: the state.
        board: the board.
        w: working memory.
        mode: TO_BLOCK (a block's ingredient), TO_SINK, or TO_LINE (any line of the item).
        target: the block or the sink.
        k: the ingredient.
        item: the item.
        producer: the only block to start from, -1: whatever has the item.
        lit: whether new arms must stand where there is power.

    Returns:
        Whether there was one.
    """
    if p.belts == 0 or board.counts[SPLITTERS] >= MOST_SPLITTERS:
        return False
    w.stamp[0] += 1
    _set_aim(p, s, w, mode, target)
    count, starts = 0, 0
    exact = mode != TO_BLOCK
    if producer >= 0:
        count, starts = _start_from_block(p, s, board, w, producer, lit, count, starts)
    else:
        count, starts = _start_from_lines(board, w, item, exact, count, starts)
        if p.splitters == 1:
            count, starts = _start_from_splitters(p, s, board, w, item, exact, count, starts)
        count, starts = _start_from_sources(p, s, board, w, item, lit, count, starts)
        for b in range(MOST_BLOCKS):
            if s.group[b] >= 0 and p.group_item[s.group[b]] == item:
                count, starts = _start_from_block(p, s, board, w, b, lit, count, starts)
    if mode == TO_BLOCK:
        _mark_goals(p, s, board, w, target, lit)
    while count > 0:
        top = w.heap[0]
        _sift_down(w.heap, count)
        count -= 1
        state = top & 0xFFFFFFFF
        cost = w.cost[state]
        if (top >> 32) > cost + _ahead_of(w, state):
            continue
        tile, entered, forced = state // 8, (state % 8) // 2, state % 2
        at_goal = mode == TO_BLOCK and w.goal_seen[tile] == w.stamp[0] and board.kind[tile] == FREE
        if at_goal and _finish_block(p, s, board, w, state, target, k, item):
            return True
        start = w.starts[w.origin[state]]
        line = start[1] if start[0] == FROM_LINE else -1
        for turn in range(4):
            if turn == 2 or (forced == 1 and turn != 0):
                continue
            side = (entered + turn) % 4
            front = ahead(p.width, p.height, tile, side, 1)
            if front < 0:
                continue
            if mode != TO_BLOCK:
                into = _joins(p, board, front, side, item, mode, target)
                if into >= 0 and _finish_line(p, s, board, w, state, side, into, item):
                    return True
            if not lies_free(board, front, line):
                continue
            there = cost + s.price[front]
            count = _offer(w, count, front * 8 + side * 2, there, state, w.origin[state])
            if p.underground == 0 or board.span[side % 2, front] == 1:
                continue
            for steps in range(2, p.underground + 2):
                exit_tile = ahead(p.width, p.height, tile, side, steps)
                if exit_tile < 0 or board.span[side % 2, exit_tile] == 1:
                    break
                if steps > 2 and lies_free(board, exit_tile, line):
                    beyond = there + s.price[exit_tile] + ENTRY_PRICE + s.dive * (steps - 1)
                    count = _offer(w, count, exit_tile * 8 + side * 2 + 1, beyond, state, w.origin[state])
    return False
