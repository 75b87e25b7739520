"""Rules of placement over many states at once, compiled; `masks` states the same rules for one state."""

from factorion_cli.factory.tensor import BOUNDS, DIRECTION, ENTITY, FILTER, PART, RECIPE, VARIANT
from factorion_cli.simulation.kernels.compiled import entry, helper

HELD_ENTITY, HELD_X, HELD_Y, HELD_RECIPE, HELD_FILTER, HELD_VARIANT, HELD_KEEPS = range(7)
"""Columns of what is held: see `task_table.TaskTable.held`."""
N_HELD = 7

SLOT, X, Y, TURN, KIND, CONTENT = range(6)
"""Columns of the record of what was put down: which of the held, and the action."""
N_PLACED = 6


@helper
def _free(grid, y, x):
    """Whether nothing stands on a tile of the (C, H, W) grid, and it is inside the factory."""
    return grid[PART, y, x] == 0 and grid[BOUNDS, y, x] > 0


@helper
def _fits(grid, sizes, entity, turn, x, y):
    """Whether the entity's footprint, facing so, is free and inside, with its top-left corner there."""
    height, width = grid.shape[1], grid.shape[2]
    wide, tall = sizes[entity, turn % 2], sizes[entity, 1 - turn % 2]
    if x < 0 or y < 0 or x + wide > width or y + tall > height:
        return False
    for row in range(y, y + tall):
        for column in range(x, x + wide):
            if not _free(grid, row, column):
                return False
    return True


@helper
def _fits_facing(grid, sizes, directions, entity, x, y):
    """Whether it fits there facing any way that it can face."""
    fits = False
    for turn in range(4):
        fits = fits or (directions[entity, turn] and _fits(grid, sizes, entity, turn, x, y))
    return fits


@helper
def _fits_somewhere(grid, sizes, directions, entity):
    for y in range(grid.shape[1]):
        for x in range(grid.shape[2]):
            if _fits_facing(grid, sizes, directions, entity, x, y):
                return True
    return False


@helper
def _is_legal(grid, hand, action, rules):
    sizes, directions, variants, contents = rules
    entity, tile, turn, kind, content = action
    width = grid.shape[2]
    if entity < 1 or entity >= len(hand) or hand[entity] <= 0 or tile < 0:
        return False
    if turn < 0 or turn > 3 or kind < 0 or kind > 2 or content < 0 or content >= contents.shape[1]:
        return False
    if not (directions[entity, turn] and variants[entity, kind] and contents[entity, content]):
        return False
    return _fits(grid, sizes, entity, turn, tile % width, tile // width)


@helper
def _nearest(held, gone, entity, x, y):
    """The held entity of that name that stood nearest to the tile, the first of several."""
    best, least = -1, 1 << 30
    for slot in range(len(held)):
        if not gone[slot] and held[slot, HELD_ENTITY] == entity:
            away = abs(held[slot, HELD_X] - x) + abs(held[slot, HELD_Y] - y)
            if away < least:
                best, least = slot, away
    return best


@helper
def _draw(grid, sizes, held, action, n_recipes):
    """Put one entity into the grid, with what the action says of it and what comes along from the hand."""
    entity, tile, turn, kind, content = action
    x, y = tile % grid.shape[2], tile // grid.shape[2]
    wide, tall = sizes[entity, turn % 2], sizes[entity, 1 - turn % 2]
    recipe, item = 0, held[HELD_FILTER]
    if held[HELD_KEEPS]:
        recipe = held[HELD_RECIPE]
    elif content >= n_recipes:
        item = content - n_recipes + 1
    else:
        recipe = content
    for row in range(tall):
        for column in range(wide):
            at = y + row, x + column
            grid[ENTITY, at[0], at[1]] = entity
            grid[PART, at[0], at[1]] = 1 + row * wide + column
            grid[DIRECTION, at[0], at[1]] = 1 + turn
            grid[RECIPE, at[0], at[1]] = recipe
            grid[FILTER, at[0], at[1]] = item
            grid[VARIANT, at[0], at[1]] = held[HELD_VARIANT] if held[HELD_VARIANT] else kind


@entry
def apply(actions, grids, hands, table, rules, n_recipes, task, gone, placed, n_placed, invalid, first, end):
    """Do one action in each of the states `first` to `end`; "done" and what is not legal change nothing.

    `actions` (N, 5), `grids` (N, C, H, W), `hands` (N, n_entities); `table` is (held, first_held) of the tasks, `task`
    (N,) their numbers, `gone` (N, K) what was put down already, `placed` (N, K, N_PLACED) with `n_placed` (N,) the
    record of it, `invalid` (N,) the count of illegal actions.
    """
    held, first_held = table
    for i in range(first, end):
        action = actions[i, 0], actions[i, 1], actions[i, 2], actions[i, 3], actions[i, 4]
        if action[0] == 0:
            continue
        if not _is_legal(grids[i], hands[i], action, rules):
            invalid[i] += 1
            continue
        x, y = action[1] % grids.shape[3], action[1] // grids.shape[3]
        own = held[first_held[task[i]] : first_held[task[i] + 1]]
        slot = _nearest(own, gone[i], action[0], x, y)
        gone[i, slot] = True
        hands[i, action[0]] -= 1
        row = placed[i, n_placed[i]]
        row[SLOT], row[X], row[Y], row[TURN], row[KIND], row[CONTENT] = slot, x, y, action[2], action[3], action[4]
        n_placed[i] += 1
        _draw(grids[i], rules[0], own[slot], action, n_recipes)


@entry
def entity_masks(grids, hands, rules, masks, first, end):
    """(N, n_entities): what is in the hand and fits somewhere; "done" is always legal."""
    for i in range(first, end):
        masks[i, 0] = True
        for entity in range(1, hands.shape[1]):
            masks[i, entity] = hands[i, entity] > 0 and _fits_somewhere(grids[i], rules[0], rules[1], entity)


@entry
def tile_masks(grids, entities, rules, masks, first, end):
    """(N, H * W): top-left tiles at which the entity chosen in each state fits; the first one for "done"."""
    height, width = grids.shape[2], grids.shape[3]
    for i in range(first, end):
        for tile in range(height * width):
            masks[i, tile] = (
                tile == 0
                if entities[i] == 0
                else _fits_facing(grids[i], rules[0], rules[1], entities[i], tile % width, tile // width)
            )


@entry
def direction_masks(grids, entities, tiles, rules, masks, first, end):
    """(N, 4): quarter turns in which the entity fits at the tile chosen in each state; north for "done"."""
    width = grids.shape[3]
    for i in range(first, end):
        for turn in range(4):
            masks[i, turn] = (
                turn == 0
                if entities[i] == 0
                else rules[1][entities[i], turn]
                and _fits(grids[i], rules[0], entities[i], turn, tiles[i] % width, tiles[i] // width)
            )


@entry
def matches(held, first_held, task, placed, n_placed, wanted, found, first, end):
    """(N,): whether what was put down is what was taken out, in any order, as far as actions can say.

    `wanted` (sum of K, N_PLACED) are the actions that put back each of what was taken out, its first column the
    entity; -1 there for what was never out.
    """
    for i in range(first, end):
        base, beyond = first_held[task[i]], first_held[task[i] + 1]
        missing = 0
        for row in range(base, beyond):
            missing += wanted[row, 0] >= 0
        found[i] = missing == n_placed[i]
        for row in range(base, beyond):
            if not found[i]:
                break
            if wanted[row, 0] < 0:
                continue
            asked = answered = 0
            for other in range(base, beyond):
                same = True
                for column in range(N_PLACED):
                    same = same and wanted[other, column] == wanted[row, column]
                asked += same
            for put in range(n_placed[i]):
                same = held[base + placed[i, put, SLOT], HELD_ENTITY] == wanted[row, 0]
                for column in range(1, N_PLACED):
                    same = same and placed[i, put, column] == wanted[row, column]
                answered += same
            found[i] = asked == answered


@entry
def draw(masks, chances, chosen):
    """(N,): the column set in each row of `masks` (N, K) at that share of them, `chances` (N,) in [0, 1)."""
    for i in range(len(masks)):
        count = 0
        for column in range(masks.shape[1]):
            count += masks[i, column]
        place = int(chances[i] * count)
        for column in range(masks.shape[1]):
            if masks[i, column]:
                if place == 0:
                    chosen[i] = column
                    break
                place -= 1
