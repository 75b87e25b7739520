"""Where arms can stand around a block, and what they then reach."""

from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.layout import (
    ARM,
    ARM_FROM_BLOCK,
    ARM_FROM_LINE,
    ARM_ITEM,
    ARM_KIND,
    ARM_SIDE,
    ARM_TILE,
    ARM_TO_BLOCK,
    ARM_TO_LINE,
    ARMS,
    BELT,
    BLOCK,
    FREE,
    MOST_ARMS,
    MOST_INPUTS,
    SINK,
    SPLIT,
)


@helper
def dx(side):
    """Columns of one step towards a side."""
    return 1 if side == 1 else (-1 if side == 3 else 0)


@helper
def dy(side):
    """Rows of one step towards a side."""
    return 1 if side == 2 else (-1 if side == 0 else 0)


@helper
def ahead(width, height, tile, side, steps):
    """The tile so many steps away, -1 outside."""
    x = tile % width + dx(side) * steps
    y = tile // width + dy(side) * steps
    if x < 0 or y < 0 or x >= width or y >= height:
        return -1
    return y * width + x


@helper
def places(p, s, b):
    """How many numbers `reach` knows for a block."""
    g = s.group[b]
    return 6 * (p.group_size[g, 0] + p.group_size[g, 1])


@called
def reach(p, s, b, number):
    """An arm at block b: its tile, the tile beyond, the side outwards, its kind; tile -1 where there is none.

    A plain arm stands beside the block and reaches the next tile but one; a long-handed one stands there, too, and
    reaches a tile further, or stands a tile further off and reaches the fourth.
    """
    g = s.group[b]
    w, h = p.group_size[g, 0], p.group_size[g, 1]
    style, place = number % 3, number // 3
    kind = 0 if style == 0 else 1
    if p.arm_rate[kind] <= 0:
        return -1, -1, 0, 0
    if place < w:
        side, x, y = 0, s.x[b] + place, s.y[b]
    elif place < w + h:
        side, x, y = 1, s.x[b] + w - 1, s.y[b] + place - w
    elif place < 2 * w + h:
        side, x, y = 2, s.x[b] + place - w - h, s.y[b] + h - 1
    else:
        side, x, y = 3, s.x[b], s.y[b] + place - 2 * w - h
    if style == 1 and (h if side % 2 == 0 else w) < 2:
        return -1, -1, 0, 0
    edge = y * p.width + x
    far = ahead(p.width, p.height, edge, side, style + 2)
    if far < 0:
        return -1, -1, 0, 0
    return ahead(p.width, p.height, edge, side, 2 if style == 2 else 1), far, side, kind


@helper
def wants(p, s, b, item):
    """Which ingredient of block b an item is, -1: none."""
    g = s.group[b]
    found = -1
    for k in range(MOST_INPUTS):
        if p.group_inputs[g, k] == item:
            found = k
    return found


@helper
def carries(board, tile, item):
    """The line on a tile if it carries an item, else -1."""
    line = -1
    if BELT <= board.kind[tile] <= SINK and board.kind[tile] != SPLIT:
        line = board.owner[tile]
        if board.line_items[line] & (1 << item) == 0:
            line = -1
    return line


@called
def set_arm(p, board, tile, side, kind, from_block, from_line, to_block, to_line, item, place):
    """Put an arm down; `place` is the ingredient of `to_block` that it brings."""
    number = board.counts[ARMS]
    if number >= MOST_ARMS:
        return False
    board.counts[ARMS] = number + 1
    board.kind[tile] = ARM
    arm = board.arms[number]
    arm[ARM_TILE], arm[ARM_SIDE], arm[ARM_KIND], arm[ARM_ITEM] = tile, side, kind, item
    arm[ARM_FROM_BLOCK], arm[ARM_FROM_LINE] = from_block, from_line
    arm[ARM_TO_BLOCK], arm[ARM_TO_LINE] = to_block, to_line
    if from_block >= 0:
        board.out_rate[from_block] += p.arm_rate[kind]
    if to_block >= 0:
        board.in_rate[to_block, place] += p.arm_rate[kind]
    return True


@called
def bring(p, s, board, b, k, lit):
    """Set the cheapest arm that brings block b its ingredient k from what stands there already.

    Args:
        p: the problem.
        s: the state.
        board: the board.
        b: the block.
        k: its ingredient.
        lit: whether the arm must stand where there is power.
    """
    item = p.group_inputs[s.group[b], k]
    best, best_cost = -1, 1 << 30
    for number in range(places(p, s, b)):
        tile, far, _side, kind = reach(p, s, b, number)
        if tile < 0 or board.kind[tile] != FREE or (lit and board.covered[tile] == 0):
            continue
        good = carries(board, far, item) >= 0
        if board.kind[far] == BLOCK and board.owner[far] != b:
            good = p.group_item[s.group[board.owner[far]]] == item
        if good and s.price[tile] + kind < best_cost:
            best, best_cost = number, s.price[tile] + kind
    if best < 0:
        return False
    tile, far, side, kind = reach(p, s, b, best)
    if board.kind[far] == BLOCK:
        return set_arm(p, board, tile, side, kind, board.owner[far], -1, b, -1, item, k)
    return set_arm(p, board, tile, side, kind, -1, board.owner[far], b, -1, item, k)


@helper
def takes(board, tile, item):
    """The line on a tile if an arm may lay this item there, else -1."""
    line = -1
    if board.kind[tile] == BELT or board.kind[tile] == SINK:
        line = board.owner[tile]
        if board.line_items[line] != 1 << item:
            line = -1
    return line


@called
def send(p, s, board, b, lit):
    """Set the cheapest arm that takes the product of block b to what stands there already and wants it."""
    item = p.group_item[s.group[b]]
    best, best_cost = -1, 1 << 30
    for number in range(places(p, s, b)):
        tile, far, _side, kind = reach(p, s, b, number)
        if tile < 0 or board.kind[tile] != FREE or (lit and board.covered[tile] == 0):
            continue
        good = takes(board, far, item) >= 0
        if board.kind[far] == BLOCK and board.owner[far] != b:
            good = wants(p, s, board.owner[far], item) >= 0
        if good and s.price[tile] + kind < best_cost:
            best, best_cost = number, s.price[tile] + kind
    if best < 0:
        return False
    tile, far, side, kind = reach(p, s, b, best)
    inwards = (side + 2) % 4
    if board.kind[far] == BLOCK:
        c = board.owner[far]
        return set_arm(p, board, tile, inwards, kind, b, -1, c, -1, item, wants(p, s, c, item))
    return set_arm(p, board, tile, inwards, kind, b, -1, -1, board.owner[far], item, -1)


@helper
def blocks_belts(board, tile):
    """Whether items that leave a belt towards this tile would go on there."""
    return BELT <= board.kind[tile] <= SINK
