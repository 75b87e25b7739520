"""Annealing over states, from random ones or from ones in which machines stand in rows."""

from math import log

from factorion_cli.design.kernels.building import build
from factorion_cli.design.kernels.chances import chance, draw
from factorion_cli.design.kernels.changing import DEAREST_DIVE, change
from factorion_cli.design.kernels.compiled import called, entry
from factorion_cli.design.kernels.standing import mirror, pitch_gap, put, repeat
from factorion_cli.design.layout import CHEST_SPEED, MOST_BLOCKS, NO_ROOM, REQUIREMENTS

LEAST_CHANCE = 1e-12
"""So that its logarithm is a number."""


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
    # Undergrounds wherever they can be take the least room, and the least time to find.
    s.dive = 0
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
    b.dive = a.dive


@called
def _rows(p, s, seed):
    """Repeat machines of a random state: in rows to both sides, and rows in mirrors; all tiles cost the same."""
    machines = p.groups - p.chests
    if machines == 0:
        return
    for tile in range(p.tiles):
        s.price[tile] = 10
    s.dive = DEAREST_DIVE // 2 + draw(seed, DEAREST_DIVE // 2)
    for _ in range(1 + draw(seed, machines)):
        b, side = p.chests + draw(seed, machines), draw(seed, 4)
        gap = pitch_gap(seed)
        repeat(p, s, b, side, gap)
        repeat(p, s, b, (side + 2) % 4, gap)
    for _ in range(draw(seed, 3)):
        mirror(p, s, p.chests + draw(seed, machines), seed)


@called
def _begin_in_rows(p, s, trial, board, w, seed, starts):
    """The best of so many random states with machines in rows; how bad it is."""
    least = NO_ROOM
    for _ in range(starts):
        if not begin(p, trial, seed):
            continue
        _rows(p, trial, seed)
        badness = build(p, trial, board, w, least)
        if badness < least:
            least = badness
            copy(p, trial, s)
    return least


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
    badness = build(p, current, board, w, NO_ROOM)
    copy(p, current, best)
    least = badness
    cooling = (cold / hot) ** (1.0 / max(1, rounds))
    heat = hot
    for _ in range(rounds):
        heat *= cooling
        copy(p, current, trial)
        if not change(p, trial, board, seed, grow and badness < 1.0):
            continue
        # What may still be accepted is drawn first, so that building can end as soon as it is too bad.
        limit = badness - heat * log(max(chance(seed), LEAST_CHANCE))
        found = build(p, trial, board, w, limit)
        if found <= limit:
            copy(p, trial, current)
            badness = found
            if found < least:
                copy(p, trial, best)
                least = found
    return least, badness
