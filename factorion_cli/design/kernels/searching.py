"""Annealing over states: machines move, change places, come and go; urgencies and prices change."""

from factorion_cli.design.kernels.building import build
from factorion_cli.design.kernels.compiled import called, entry, helper
from factorion_cli.design.kernels.reaching import dx, dy
from factorion_cli.design.layout import (
    ADD,
    CHEST_SPEED,
    FAILED,
    FREE,
    MIRROR,
    MOST_BLOCKS,
    MOST_INPUTS,
    MOVE,
    NO_ROOM,
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


@helper
def draw(seed, bound):
    """A number from 0 up to (not including) `bound`; `seed` is one word of state (an xorshift generator)."""
    word = seed[0]
    word ^= (word << 13) & 0x7FFFFFFFFFFFFFFF
    word ^= word >> 7
    word ^= (word << 17) & 0x7FFFFFFFFFFFFFFF
    seed[0] = word
    return (word >> 11) % bound


@helper
def chance(seed):
    """A number from 0 to 1."""
    return draw(seed, 1 << 30) / (1 << 30)


@called
def stands(p, s, block, group, x, y):
    """Whether a block of this group finds room there, itself not counted."""
    w, h = p.group_size[group, 0], p.group_size[group, 1]
    if x < 0 or y < 0 or x + w > p.width or y + h > p.height:
        return False
    for other in range(MOST_BLOCKS):
        g = s.group[other]
        if g < 0 or other == block:
            continue
        aside = x >= s.x[other] + p.group_size[g, 0] or s.x[other] >= x + w
        if not aside and y < s.y[other] + p.group_size[g, 1] and s.y[other] < y + h:
            return False
    for row in range(y, y + h):
        for column in range(x, x + w):
            if p.ground[row * p.width + column] != FREE:
                return False
    return True


@called
def put(p, s, block, group, seed, tries):
    """Put a block where it finds room; whether it did."""
    for _ in range(tries):
        x = draw(seed, p.width - p.group_size[group, 0] + 1)
        y = draw(seed, p.height - p.group_size[group, 1] + 1)
        if stands(p, s, block, group, x, y):
            s.group[block], s.x[block], s.y[block] = group, x, y
            return True
    return False


@called
def begin(p, s, seed):
    """A random state with one machine per group; whether there was room."""
    for b in range(MOST_BLOCKS):
        s.group[b] = -1
    for number in range(p.chests):
        s.group[number], s.x[number], s.y[number] = p.fixed[number, 0], p.fixed[number, 1], p.fixed[number, 2]
    for requirement in range(MOST_BLOCKS * REQUIREMENTS + p.sinks):
        s.urgency[requirement] = chance(seed)
    for tile in range(p.tiles):
        s.price[tile] = 10 + draw(seed, 4)
    s.dive[0] = draw(seed, DEAREST_DIVE) if draw(seed, 2) == 0 else 0
    block = p.chests
    for g in range(p.groups):
        if p.group_speed[g] >= CHEST_SPEED:
            continue
        if not put(p, s, block, g, seed, 300):
            return False
        block += 1
    return True


@called
def copy(p, a, b):
    """State b becomes state a."""
    for block in range(MOST_BLOCKS):
        b.group[block], b.x[block], b.y[block] = a.group[block], a.x[block], a.y[block]
    for requirement in range(MOST_BLOCKS * REQUIREMENTS + p.sinks):
        b.urgency[requirement] = a.urgency[requirement]
    for tile in range(p.tiles):
        b.price[tile] = a.price[tile]
    b.dive[0] = a.dive[0]


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
def _reprice(p, s, seed):
    """A few neighbouring tiles get dear or cheap; now and then all cost the same, and the undergrounds something else."""
    if draw(seed, 8) == 0:
        for tile in range(p.tiles):
            s.price[tile] = 10
        s.dive[0] = draw(seed, DEAREST_DIVE)
        return True
    x, y = draw(seed, p.width), draw(seed, p.height)
    size = 1 + draw(seed, 3)
    price = 6 + draw(seed, 30)
    for row in range(y, min(p.height, y + size)):
        for column in range(x, min(p.width, x + size)):
            s.price[row * p.width + column] = price + draw(seed, 4)
    return True


@called
def _unused(s):
    """A block that is none yet, -1: there is no more."""
    for b in range(MOST_BLOCKS):
        if s.group[b] < 0:
            return b
    return -1


@called
def _add(p, s, seed):
    """One machine more of a random group."""
    if p.groups == 0:
        return False
    g, b = draw(seed, p.groups), _unused(s)
    if b < 0 or p.group_speed[g] >= CHEST_SPEED:
        return False
    return _beside(p, s, b, g, seed) if draw(seed, 4) > 0 else put(p, s, b, g, seed, 20)


@called
def _place_after(s, b, other, x, y):
    """Block b becomes one as `other` is, at this place, connected after that one."""
    s.group[b], s.x[b], s.y[b] = s.group[other], x, y
    for k in range(REQUIREMENTS):
        s.urgency[b * REQUIREMENTS + k] = min(0.99, s.urgency[other * REQUIREMENTS + k] + 0.004)


@called
def _repeat(p, s, other, side, gap):
    """A machine is repeated towards a side until something is in the way; how often."""
    g, x, y, count = s.group[other], s.x[other], s.y[other], 0
    while True:
        b = _unused(s)
        x += dx(side) * (p.group_size[g, 0] + gap)
        y += dy(side) * (p.group_size[g, 1] + gap)
        if b < 0 or not stands(p, s, b, g, x, y):
            return count
        _place_after(s, b, other, x, y)
        other = b
        count += 1


@called
def _mirror(p, s, near, seed):
    """Machines are repeated as in a mirror beside one of them: all of its row, or all there are; how many."""
    g, side, gap, only_row = s.group[near], draw(seed, 4), draw(seed, 7), draw(seed, 2)
    upright = side % 2 == 0
    place, size = (s.y[near], p.group_size[g, 1]) if upright else (s.x[near], p.group_size[g, 0])
    # Twice the mirror's coordinate.
    mirror = 2 * place + 2 * size + gap if side == 1 or side == 2 else 2 * place - gap
    count = 0
    for other in range(p.chests, MOST_BLOCKS):
        h = s.group[other]
        if h < 0 or (only_row == 1 and (h != g or (s.y[other] if upright else s.x[other]) != place)):
            continue
        x = s.x[other] if upright else mirror - s.x[other] - p.group_size[h, 0]
        y = mirror - s.y[other] - p.group_size[h, 1] if upright else s.y[other]
        b = _unused(s)
        if b >= 0 and stands(p, s, b, h, x, y):
            _place_after(s, b, other, x, y)
            count += 1
    return count


@called
def _rows(p, s, seed):
    """Repeat machines of a random state: in rows to both sides, and rows in mirrors; all tiles cost the same."""
    machines = p.groups - p.chests
    if machines == 0:
        return
    for tile in range(p.tiles):
        s.price[tile] = 10
    s.dive[0] = DEAREST_DIVE // 2 + draw(seed, DEAREST_DIVE // 2)
    for _ in range(1 + draw(seed, machines)):
        b, side = p.chests + draw(seed, machines), draw(seed, 4)
        gap = draw(seed, 4) if draw(seed, 3) == 0 else 0
        _repeat(p, s, b, side, gap)
        _repeat(p, s, b, (side + 2) % 4, gap)
    for _ in range(draw(seed, 3)):
        _mirror(p, s, p.chests + draw(seed, machines), seed)


@called
def _begin_in_rows(p, s, trial, board, w, seed, starts):
    """The best of so many random states with machines in rows; how bad it is."""
    least = NO_ROOM
    for _ in range(starts):
        if not begin(p, trial, seed):
            continue
        _rows(p, trial, seed)
        badness = build(p, trial, board, w)
        if badness < least:
            least = badness
            copy(p, trial, s)
    return least


@called
def _beside(p, s, b, g, seed):
    """Put block b in a row with another of its group, mostly next to it, and connect it after that one."""
    first = draw(seed, MOST_BLOCKS)
    for number in range(MOST_BLOCKS):
        other = (first + number) % MOST_BLOCKS
        if s.group[other] != g:
            continue
        gap = draw(seed, 8) if draw(seed, 3) == 0 else 0
        side = draw(seed, 4)
        x = s.x[other] + dx(side) * (p.group_size[g, 0] + gap)
        y = s.y[other] + dy(side) * (p.group_size[g, 1] + gap)
        if stands(p, s, b, g, x, y):
            _place_after(s, b, other, x, y)
            return True
    return False


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
        return _reprice(p, s, seed)
    if kind == ADD:
        return _add(p, s, seed)
    if kind == ROW or kind == MIRROR:
        b = _machine(p, s, board, seed)
        if b < 0:
            return False
        if kind == MIRROR:
            return _mirror(p, s, b, seed) > 0
        return _repeat(p, s, b, draw(seed, 4), draw(seed, 4) if draw(seed, 3) == 0 else 0) > 0
    return _drop(p, s, board, seed)


@entry
def search(p, current, trial, best, board, w, seed, starts, rounds, hot, cold, grow):
    """Change `current` step by step; `best` becomes the best state met, as good as what is returned first.

    Args:
        p: the problem.
        current: where to start, and in the end where the walk is.
        trial: room for a state.
        best: room for a state.
        board: room for a board; that of `current` if there are no rounds.
        w: working memory.
        seed: the random generator's word.
        starts: 0 to go on from `current`, 1 to start at a random state instead, more to start at the best of so many
            random ones in which machines stand in rows.
        rounds: how many changes.
        hot: temperature in the beginning; a change for the worse by that much is accepted in 37 of 100 cases.
        cold: temperature in the end.
        grow: whether machines may be added.

    Returns:
        How bad `best` is (see `build`; NO_ROOM where the machines find none), and how bad `current` is in the end.
    """
    if starts > 1 and _begin_in_rows(p, current, trial, board, w, seed, starts) >= NO_ROOM:
        return NO_ROOM, NO_ROOM
    if starts == 1 and not begin(p, current, seed):
        return NO_ROOM, NO_ROOM
    badness = build(p, current, board, w)
    copy(p, current, best)
    least = badness
    cooling = (cold / hot) ** (1.0 / max(1, rounds))
    heat = hot
    for _ in range(rounds):
        heat *= cooling
        copy(p, current, trial)
        if not change(p, trial, board, seed, grow and badness < 1.0):
            continue
        found = build(p, trial, board, w)
        worse = found - badness
        if worse <= 0 or chance(seed) < 2.718281828 ** (-worse / heat):
            copy(p, trial, current)
            badness = found
            if found < least:
                copy(p, trial, best)
                least = found
    return least, badness
