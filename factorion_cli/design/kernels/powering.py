"""Poles: each new one within reach of those that stand, and where it gives power to most of what still has none."""

from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.layout import (
    ARM_TILE,
    ARMS,
    CHEST_SPEED,
    DARK,
    FREE,
    MOST_BLOCKS,
    MOST_POLES,
    POLE,
    POLES,
)


@helper
def _in_reach(p, tile, other):
    x = tile % p.width - other % p.width
    y = tile // p.width - other // p.width
    return x * x + y * y <= p.pole_reach * p.pole_reach


@called
def _connected(p, board, tile):
    """Whether a pole there would be wired to those that stand."""
    if board.counts[POLES] + p.poles == 0:
        return True
    for number in range(board.counts[POLES]):
        if _in_reach(p, tile, board.poles[number]):
            return True
    near = False
    for number in range(p.poles):
        near |= _in_reach(p, tile, p.pole_tile[number])
    return near


@called
def _lit(p, board, x, y, w, h):
    for row in range(y, y + h):
        for column in range(x, x + w):
            if board.covered[row * p.width + column] == 1:
                return True
    return False


@called
def _vote(p, board, votes, x, y, w, h):
    """One vote for every free tile whose pole would give power to this rectangle."""
    for row in range(max(0, y - p.pole_area), min(p.height, y + h + p.pole_area)):
        for column in range(max(0, x - p.pole_area), min(p.width, x + w + p.pole_area)):
            tile = row * p.width + column
            if board.kind[tile] == FREE:
                votes[tile] += 1


@called
def _count_votes(p, s, board, votes):
    """How many consumers have no power; each votes for the tiles that would help it."""
    dark = 0
    for tile in range(p.tiles):
        votes[tile] = 0
    for b in range(MOST_BLOCKS):
        g = s.group[b]
        if g < 0 or p.group_speed[g] >= CHEST_SPEED:
            continue
        if not _lit(p, board, s.x[b], s.y[b], p.group_size[g, 0], p.group_size[g, 1]):
            dark += 1
            _vote(p, board, votes, s.x[b], s.y[b], p.group_size[g, 0], p.group_size[g, 1])
    for number in range(board.counts[ARMS]):
        tile = board.arms[number, ARM_TILE]
        if board.covered[tile] == 0:
            dark += 1
            _vote(p, board, votes, tile % p.width, tile // p.width, 1, 1)
    return dark


@helper
def _apart(p, tile, other):
    return abs(tile % p.width - other % p.width) + abs(tile // p.width - other // p.width)


@called
def _nearest_step(p, s, board, votes):
    """The tile within reach of the poles that is nearest to the voted one that is nearest to them; -1: none."""
    target, nearest = -1, 1 << 30
    for tile in range(p.tiles):
        if votes[tile] == 0:
            continue
        for number in range(board.counts[POLES] + p.poles):
            pole = board.poles[number] if number < board.counts[POLES] else p.pole_tile[number - board.counts[POLES]]
            if _apart(p, tile, pole) < nearest:
                target, nearest = tile, _apart(p, tile, pole)
    best, least = -1, 1 << 30
    for tile in range(p.tiles):
        if target < 0 or board.kind[tile] != FREE or not _connected(p, board, tile):
            continue
        rank = _apart(p, tile, target) * 64 + s.price[tile]
        if rank < least:
            best, least = tile, rank
    return best


@called
def set_pole(p, board, tile):
    """Put a pole down."""
    board.poles[board.counts[POLES]] = tile
    board.counts[POLES] += 1
    board.kind[tile] = POLE
    x, y = tile % p.width, tile // p.width
    for row in range(max(0, y - p.pole_area), min(p.height, y + p.pole_area + 1)):
        for column in range(max(0, x - p.pole_area), min(p.width, x + p.pole_area + 1)):
            board.covered[row * p.width + column] = 1


@called
def lay_poles(p, s, board, w):
    """Poles until everything has power; how many consumers have none in the end."""
    last_step = -1
    while board.counts[POLES] < MOST_POLES:
        dark = _count_votes(p, s, board, w.votes)
        if dark == 0:
            return 0
        best, most = -1, 0
        for tile in range(p.tiles):
            if w.votes[tile] == 0:
                continue
            score = w.votes[tile] * 1024 - s.price[tile]
            if score > most and _connected(p, board, tile):
                best, most = tile, score
        if best < 0:
            best = _nearest_step(p, s, board, w.votes)
            if best < 0 or best == last_step:
                return dark
            last_step = best
        set_pole(p, board, best)
    board.counts[DARK] = _count_votes(p, s, board, w.votes)
    return board.counts[DARK]
