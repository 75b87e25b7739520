"""What actions do in many states at once, and how episodes begin, compiled."""

from factorion_cli.environments.kernels.ground import fits_at, take
from factorion_cli.factory.tensor import DIRECTION, ENTITY, FILTER, PART, RECIPE, VARIANT
from factorion_cli.simulation.kernels.compiled import entry, helper

HELD_ENTITY, HELD_X, HELD_Y, HELD_RECIPE, HELD_FILTER, HELD_VARIANT, HELD_KEEPS, HELD_PIECES = range(8)
"""Columns of what is held: see `task_table.TaskArrays.held`."""
N_HELD = 8

PIECE, X, Y, SLOT, TURN, KIND, CONTENT = range(7)
"""Columns of the record of what was put down: its piece (`simulation.sites`; UNREAD: to be found), which of the held,
and the action."""
N_PLACED = 7
UNREAD = -1


@helper
def _is_legal(s, i, action, width, rules):
    sizes, directions, variants, contents = rules
    entity, tile, turn, kind, content = action
    if entity < 1 or entity >= s.hands.shape[1] or s.hands[i, entity] <= 0 or tile < 0:
        return False
    if turn < 0 or turn > 3 or kind < 0 or kind > 2 or content < 0 or content >= contents.shape[1]:
        return False
    if not (directions[entity, turn] and variants[entity, kind] and contents[entity, content]):
        return False
    return fits_at(s.free[i], sizes, entity, turn, tile % width, tile // width)


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
def _draw(grid, wide, tall, held, action, n_recipes):
    """Put one entity into the grid, with what the action says of it and what comes along from the hand."""
    entity, tile, turn, kind, content = action
    x, y = tile % grid.shape[2], tile // grid.shape[2]
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


@helper
def _put_down(s, tasks, i, action, rules, options, pieces, n_recipes):
    """Do a legal action."""
    entity, tile, turn, kind, content = action
    task, width = s.tasks[i], s.grids.shape[3]
    x, y = tile % width, tile // width
    own = tasks.held[tasks.first_held[task] : tasks.first_held[task + 1]]
    slot = _nearest(own, s.gone[i], entity, x, y)
    if not tasks.endless[task]:
        s.gone[i, slot] = True
        s.hands[i, entity] -= 1
        s.in_hand[i] -= 1
    row = s.placed[i, s.n_placed[i]]
    option = (turn * 3 + kind) * (options.first[entity + 1] - options.first[entity]) + options.number[entity, content]
    row[PIECE], row[X], row[Y] = pieces[own[slot, HELD_PIECES] + option], x, y
    row[SLOT], row[TURN], row[KIND], row[CONTENT] = slot, turn, kind, content
    s.unread[i] = s.unread[i] or row[PIECE] == UNREAD
    s.n_placed[i] += 1
    s.cost[i] += tasks.costs[tasks.first_held[task] + slot]
    wide, tall = rules.sizes[entity, turn % 2], rules.sizes[entity, 1 - turn % 2]
    take(s.free[i], x, y, wide, tall)
    _draw(s.grids[i], wide, tall, own[slot], action, n_recipes)


@entry
def advance(actions, s, tasks, rules, options, pieces, n_recipes, first, end):
    """Do one action in each of the states `first` to `end`; "done" and what is not legal change nothing.

    `actions` (N, 5); `s` is `standing.Standing`, `tasks` `task_table.TaskArrays`, `rules` and `options` are as in
    `rules`, and `pieces` the piece of each way to put down each kind of held entity (`piece_book`).
    """
    for i in range(first, end):
        action = actions[i, 0], actions[i, 1], actions[i, 2], actions[i, 3], actions[i, 4]
        s.steps_left[i] -= 1
        s.unread[i] = False
        if action[0] != 0:
            if _is_legal(s, i, action, s.grids.shape[3], rules):
                _put_down(s, tasks, i, action, rules, options, pieces, n_recipes)
                s.changed[i] = True
            else:
                s.invalid[i] += 1
        s.terminated[i] = action[0] == 0 or s.in_hand[i] == 0


@entry
def begin(s, tasks, which, numbers, first, end):
    """Begin the tasks of these numbers (M,) in the states `which[first:end]`."""
    for j in range(first, end):
        i, task = which[j], numbers[j]
        s.tasks[i] = task
        s.steps_left[i], s.in_hand[i] = tasks.limits[task], tasks.first_held[task + 1] - tasks.first_held[task]
        s.n_placed[i], s.invalid[i], s.cost[i], s.changed[i] = 0, 0, 0.0, True
        for entity in range(s.hands.shape[1]):
            s.hands[i, entity] = 0
        for slot in range(s.in_hand[i]):
            s.gone[i, slot] = False
            s.hands[i, tasks.held[tasks.first_held[task] + slot, HELD_ENTITY]] += 1
        for pair in range(s.pairs.shape[1]):
            s.pairs[i, pair] = 0
        for k in range(tasks.first_pair[task], tasks.first_pair[task + 1]):
            s.pairs[i, tasks.pairs[k]] = tasks.values[k]
        for y in range(s.free.shape[1]):
            for k in range(s.free.shape[2]):
                s.free[i, y, k] = tasks.free[task, y, k]


@entry
def match(s, tasks, which, found, first, end):
    """(M,): whether in the states `which` what was put down is what was taken out, in any order."""
    for j in range(first, end):
        i = which[j]
        base, beyond = tasks.first_wanted[s.tasks[i]], tasks.first_wanted[s.tasks[i] + 1]
        found[j] = beyond - base == s.n_placed[i]
        for row in range(base, beyond):
            if not found[j]:
                break
            found[j] = _as_often(s, tasks, i, base, beyond, row)


@helper
def _as_often(s, tasks, i, base, beyond, row):
    """Whether the action `row` was done as often as it is wanted."""
    asked = answered = 0
    held = tasks.first_held[s.tasks[i]]
    for other in range(base, beyond):
        same = tasks.wanted[other, 0] == tasks.wanted[row, 0]
        for column in range(X, N_PLACED):
            same = same and tasks.wanted[other, column] == tasks.wanted[row, column]
        asked += same
    for put in range(s.n_placed[i]):
        same = tasks.held[held + s.placed[i, put, SLOT], HELD_ENTITY] == tasks.wanted[row, 0]
        for column in range(X, N_PLACED):
            same = same and (column == SLOT or s.placed[i, put, column] == tasks.wanted[row, column])
        answered += same
    return asked == answered
