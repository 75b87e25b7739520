"""How far what the sources give could come in many states at once, compiled, if all that stands there lets it pass.

Belts lead on by the rules of `belt_rules`; arms and loaders lead from what lies at one end to what takes at the other;
machines and chests are left by whatever picks there. Recipes, filters, power and fuel are not looked at.
"""

from factorion_cli.factory.tensor import (
    BELT_SINK,
    CHEST_SINK,
    CHEST_SOURCE,
    DIRECTION,
    ENDPOINT,
    ENTITY,
    PART,
    TWO_SOURCES,
    VARIANT,
)
from factorion_cli.simulation import belt_rules
from factorion_cli.simulation.belt_rules import BELT, NOWHERE, SINK, SOURCE, SPLITTER, UNDER_IN, UNDER_OUT
from factorion_cli.simulation.kernels.compiled import entry, helper

ELSE, LINE, UNDERGROUND, SPLITS, ARM, HOLDER, LOADER = range(7)
"""What an entity is to items, see `rules.Carrying`."""

REACHED, QUEUE, HEAD, NEXT = range(4)
"""Rows of the working memory, a place per tile: whether it is reached, the tiles to go on from, and by tile the first
arm that picks there; by arm the next one."""

CONNECTED, DISTANCE = range(2)
"""Columns of what is found."""

meets = helper(belt_rules.meets)


@helper
def _step(tile, turn, far, height, width):
    """The tile so far away in a direction, -1 outside."""
    y, x = tile // width, tile % width
    if turn == 0:
        y -= far
    elif turn == 1:
        x += far
    elif turn == 2:
        y += far
    else:
        x -= far
    return y * width + x if 0 <= y < height and 0 <= x < width else -1


@helper
def _turn(grid, tile):
    return grid[DIRECTION, tile] - 1


@helper
def _belt_kind(grid, tile, kinds):
    """What a tile is to belts, one of `belt_rules`; -1: nothing."""
    code, kind = grid[ENDPOINT, tile], kinds[grid[ENTITY, tile]]
    if code > 0:
        return SINK if code == BELT_SINK else SOURCE if code <= TWO_SOURCES else -1
    if kind == LINE:
        return BELT
    if kind in (UNDERGROUND, LOADER):
        return UNDER_IN if grid[VARIANT, tile] == 1 else UNDER_OUT
    return SPLITTER if kind == SPLITS else -1


@helper
def _takes(grid, tile, kinds):
    """Whether an arm could lay something down there."""
    code = grid[ENDPOINT, tile]
    if code > 0:
        return code in (BELT_SINK, CHEST_SINK)
    kind = kinds[grid[ENTITY, tile]]
    return kind != ELSE and kind != ARM


@helper
def _enter(grid, tile, sizes, width, room, count):
    """Reach all tiles of what stands on a tile; the new length of the queue."""
    part, top_left, wide, tall = grid[PART, tile] - 1, tile, 1, 1
    if grid[ENDPOINT, tile] == 0:
        turn = _turn(grid, tile) % 2
        wide, tall = sizes[grid[ENTITY, tile], turn], sizes[grid[ENTITY, tile], 1 - turn]
        top_left = tile - part // wide * width - part % wide
    for row in range(tall):
        for column in range(wide):
            place = top_left + row * width + column
            if room[REACHED, place] == 0:
                room[REACHED, place] = 1
                room[QUEUE, count] = place
                count += 1
    return count


@helper
def _exit(grid, tile, carrying, height, width):
    """Where what enters an underground comes out, -1: nowhere; another end of its kind and axis takes its place."""
    kinds, reach, _ = carrying
    entity, turn = grid[ENTITY, tile], _turn(grid, tile)
    for far in range(1, reach[entity] + 1):
        other = _step(tile, turn, far, height, width)
        if other < 0:
            return -1
        if grid[ENDPOINT, other] == 0 and grid[ENTITY, other] == entity and _turn(grid, other) % 2 == turn % 2:
            leads = grid[VARIANT, other] == 2 and _turn(grid, other) == turn
            return other if leads and kinds[entity] == UNDERGROUND else -1
    return -1


@helper
def _list_arms(grid, carrying, height, width, room):
    """Enter what picks up somewhere into the list of that tile: arms, and loaders that unload."""
    kinds, reach, sizes = carrying
    for tile in range(height * width):
        room[REACHED, tile], room[HEAD, tile] = 0, -1
    for tile in range(height * width):
        if grid[PART, tile] != 1 or grid[ENDPOINT, tile] > 0:
            continue
        entity, turn = grid[ENTITY, tile], _turn(grid, tile)
        picks = -1
        if kinds[entity] == ARM:
            picks = _step(tile, turn, reach[entity], height, width)
        elif kinds[entity] == LOADER and grid[VARIANT, tile] == 2:
            # Its top-left tile is the hindmost one facing east or south.
            long = max(sizes[entity, 0], sizes[entity, 1])
            picks = _step(tile, (turn + 2) % 4, 1 if turn == 1 or turn == 2 else long, height, width)
        if picks >= 0:
            room[NEXT, tile] = room[HEAD, picks]
            room[HEAD, picks] = tile


@helper
def _go_on(grid, tile, carrying, height, width, room, count):
    """Reach what takes over from a tile; the new length of the queue."""
    kinds, reach, sizes = carrying
    arm = room[HEAD, tile]
    while arm >= 0:
        entity = grid[ENTITY, arm]
        drops = arm
        if kinds[entity] == ARM:
            drops = _step(arm, (_turn(grid, arm) + 2) % 4, reach[entity], height, width)
        if drops >= 0 and (drops == arm or _takes(grid, drops, kinds)):
            count = _enter(grid, drops, sizes, width, room, count)
        arm = room[NEXT, arm]
    kind = _belt_kind(grid, tile, kinds)
    if kind < 0 or kind == SINK:
        return count
    ahead = _step(tile, _turn(grid, tile), 1, height, width)
    if kind == UNDER_IN and kinds[grid[ENTITY, tile]] == UNDERGROUND:
        ahead = _exit(grid, tile, carrying, height, width)
    elif ahead >= 0 and kind == UNDER_IN:
        ahead = ahead if kinds[grid[ENTITY, ahead]] == HOLDER else -1
    elif ahead >= 0:
        other = _belt_kind(grid, ahead, kinds)
        if other < 0 or meets(kind, 4 * _turn(grid, tile), other, 4 * _turn(grid, ahead)) == NOWHERE:
            ahead = -1
    return _enter(grid, ahead, sizes, width, room, count) if ahead >= 0 else count


@helper
def _nearest(grid, tile, width, room, only_sources):
    """Tiles between a tile and the nearest one that is reached, or that is a source."""
    least = 1 << 30
    for other in range(room.shape[1]):
        if room[REACHED, other] and (not only_sources or 0 < grid[ENDPOINT, other] <= CHEST_SOURCE):
            away = abs(other // width - tile // width) + abs(other % width - tile % width)
            least = min(least, away)
    return least


@entry
def reach(cells, carrying, height, width, which, room, found, first, end):
    """(M, 2): the share of sinks that are reached in the states `which`, and the share of the ways there that is.

    `cells` (N, C, H x W); `carrying` as in `rules`; `room` (4, H x W) is for one thread alone. Without sources or sinks
    both are 0.
    """
    for j in range(first, end):
        grid = cells[which[j]]
        _list_arms(grid, carrying, height, width, room)
        count = 0
        for tile in range(height * width):
            if 0 < grid[ENDPOINT, tile] <= CHEST_SOURCE:
                count = _enter(grid, tile, carrying[2], width, room, count)
        at = 0
        while at < count:
            count = _go_on(grid, room[QUEUE, at], carrying, height, width, room, count)
            at += 1
        sinks, connected, ways = 0, 0, 0.0
        for tile in range(height * width if count > 0 else 0):
            if grid[ENDPOINT, tile] == BELT_SINK or grid[ENDPOINT, tile] == CHEST_SINK:
                sinks += 1
                connected += room[REACHED, tile]
                ways += 1.0 - _nearest(grid, tile, width, room, False) / _nearest(grid, tile, width, room, True)
        found[j, CONNECTED] = connected / sinks if sinks else 0.0
        found[j, DISTANCE] = ways / sinks if sinks else 0.0
