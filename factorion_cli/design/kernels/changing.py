"""How a state is changed at random: machines move, change places, come and go; urgencies and prices change."""

from factorion_cli.design.kernels.chances import chance, draw
from factorion_cli.design.kernels.compiled import called
from factorion_cli.design.kernels.standing import beside, mirror, pitch_gap, put, repeat, stands, unused
from factorion_cli.design.layout import (
    ADD,
    CHEST_SPEED,
    FAILED,
    MIRROR,
    MOST_BLOCKS,
    MOST_INPUTS,
    MOVE,
    NUDGE,
    REPRICE,
    REQUIREMENTS,
    ROW,
    SHIFT,
    SWAP,
    URGE,
)

DEAREST_DIVE = 16
"""What a tile between the ends of an underground costs is less than that; a belt there would cost ten or so."""


@called
def _machine(p, s, board, seed):
    """A machine to change: half the time one whose requirement failed."""
    if board.counts[FAILED] > 0 and draw(seed, 2) == 0:
        b = board.failed[draw(seed, board.counts[FAILED])] // REQUIREMENTS
        # The board may be that of a change that was not taken.
        if p.chests <= b < MOST_BLOCKS and s.group[b] >= 0:
            return b
    for _ in range(60):
        b = draw(seed, MOST_BLOCKS)
        if s.group[b] >= 0 and b >= p.chests:
            return b
    return -1


@called
def _spare(s, b):
    """Whether another machine of its group stands, so that this one may go."""
    found = False
    for other in range(MOST_BLOCKS):
        found |= other != b and s.group[other] == s.group[b]
    return found


@called
def _move(p, s, board, seed):
    b = _machine(p, s, board, seed)
    return b >= 0 and put(p, s, b, s.group[b], seed, 20)


@called
def _nudge(p, s, board, seed):
    b = _machine(p, s, board, seed)
    if b < 0:
        return False
    x, y = s.x[b] + draw(seed, 3) - 1, s.y[b] + draw(seed, 3) - 1
    if (x == s.x[b] and y == s.y[b]) or not stands(p, s, b, s.group[b], x, y):
        return False
    s.x[b], s.y[b] = x, y
    return True


@called
def _swap(p, s, board, seed):
    a, b = _machine(p, s, board, seed), _machine(p, s, board, seed)
    if a < 0 or b < 0 or s.group[a] == s.group[b]:
        return False
    s.x[a], s.x[b] = s.x[b], s.x[a]
    s.y[a], s.y[b] = s.y[b], s.y[a]
    return stands(p, s, a, s.group[a], s.x[a], s.y[a]) and stands(p, s, b, s.group[b], s.x[b], s.y[b])


@called
def _urge(p, s, board, seed):
    """Something that failed comes first, or something changes its turn."""
    if board.counts[FAILED] > 0 and draw(seed, 4) > 0:
        s.urgency[board.failed[draw(seed, board.counts[FAILED])]] = 0.3 * chance(seed)
        return True
    b = _machine(p, s, board, seed)
    if b < 0:
        s.urgency[draw(seed, MOST_BLOCKS * REQUIREMENTS + p.sinks)] = chance(seed)
        return True
    s.urgency[b * REQUIREMENTS + draw(seed, MOST_INPUTS + 1)] = chance(seed)
    for k in range(p.sinks):
        s.urgency[MOST_BLOCKS * REQUIREMENTS + k] = chance(seed)
    return True


@called
def _reprice(p, s, seed, grow):
    """A few neighbouring tiles get dear or cheap; once all works, now and then all tiles, and another price below."""
    if grow and draw(seed, 8) == 0:
        for tile in range(p.tiles):
            s.price[tile] = 10
        s.dive = draw(seed, DEAREST_DIVE)
        return True
    x, y = draw(seed, p.width), draw(seed, p.height)
    size = 1 + draw(seed, 3)
    price = 6 + draw(seed, 30)
    for row in range(y, min(p.height, y + size)):
        for column in range(x, min(p.width, x + size)):
            s.price[row * p.width + column] = price + draw(seed, 4)
    return True


@called
def _add(p, s, seed):
    """One machine more of a random group."""
    if p.groups == 0:
        return False
    g, b = draw(seed, p.groups), unused(s)
    if b < 0 or p.group_speed[g] >= CHEST_SPEED:
        return False
    return beside(p, s, b, g, seed) if draw(seed, 4) > 0 else put(p, s, b, g, seed, 20)


@called
def _shift(p, s, seed):
    """All machines beyond a line move one tile away from it, or towards it: belts between them get room, or lose it."""
    across, step = draw(seed, 2), 2 * draw(seed, 2) - 1
    line = draw(seed, p.width if across == 0 else p.height)
    for b in range(p.chests, MOST_BLOCKS):
        if s.group[b] >= 0 and (s.x[b] if across == 0 else s.y[b]) >= line:
            if across == 0:
                s.x[b] += step
            else:
                s.y[b] += step
    for b in range(p.chests, MOST_BLOCKS):
        if s.group[b] >= 0 and not stands(p, s, b, s.group[b], s.x[b], s.y[b]):
            return False
    return True


@called
def _drop(p, s, board, seed):
    b = _machine(p, s, board, seed)
    if b < 0 or not _spare(s, b):
        return False
    s.group[b] = -1
    return True


@called
def change(p, s, board, seed, grow):
    """Change a state at random; whether it could be changed that way."""
    total = 0
    for kind in range(ADD if not grow else len(p.mix)):
        total += p.mix[kind]
    left, kind = draw(seed, total), 0
    while left >= p.mix[kind]:
        left -= p.mix[kind]
        kind += 1
    if kind == MOVE:
        return _move(p, s, board, seed)
    if kind == NUDGE:
        return _nudge(p, s, board, seed)
    if kind == SWAP:
        return _swap(p, s, board, seed)
    if kind == SHIFT:
        return _shift(p, s, seed)
    if kind == URGE:
        return _urge(p, s, board, seed)
    if kind == REPRICE:
        return _reprice(p, s, seed, grow)
    if kind == ADD:
        return _add(p, s, seed)
    if kind in (ROW, MIRROR):
        b = _machine(p, s, board, seed)
        if b < 0:
            return False
        if kind == MIRROR:
            return mirror(p, s, b, seed) > 0
        return repeat(p, s, b, draw(seed, 4), pitch_gap(seed)) > 0
    return _drop(p, s, board, seed)
