"""Inserters: wait and pick, swing, wait and drop, swing back. They take only what their target can use."""

from numba import njit

from factorion_cli.simulation.decisions import PICK_PATIENCE, PICK_TICKS
from factorion_cli.simulation.kernels.lines import first_behind, insert, position_of, remove, room_for_drop
from factorion_cli.simulation.kernels.machines import deliver, wants

NOWHERE, ON_BELT, IN_CHEST, IN_MACHINE = 0, 1, 2, 3
CHEST_FINITE, CHEST_SOURCE, CHEST_SINK = 0, 1, 2
PICKING, SWINGING_OUT, DROPPING, SWINGING_BACK = 0, 1, 2, 3


@njit(cache=True)
def _chest_takes(chests, stack, c, item):
    """How many of an item fit into a chest."""
    if chests.kind[c] == CHEST_SINK:
        return 1 << 30
    if chests.kind[c] == CHEST_SOURCE:
        return 0
    size = stack[chests.items_base[c] + item]
    held = chests.content[chests.base[c] + item]
    return (chests.slots[c] - chests.used[c]) * size + (size - held % size) % size


@njit(cache=True)
def _chest_change(chests, stack, c, item, amount):
    """Add (or take) items of a finite chest and keep count of its slots."""
    size = stack[chests.items_base[c] + item]
    place = chests.base[c] + item
    before = (chests.content[place] + size - 1) // size
    chests.content[place] += amount
    chests.used[c] += (chests.content[place] + size - 1) // size - before


@njit(cache=True)
def _allowed(world, a, item):
    """Whether filters, hand and target let the arm take an item."""
    arms = world.arms
    if arms.held[a] > 0 and arms.held_item[a] != item:
        return False
    if arms.filters[a, 0] != -1:
        found = False
        for k in range(arms.filters.shape[1]):
            found = found or arms.filters[a, k] == item
        if not found:
            return False
    kind, target = arms.target_kind[a], arms.target[a]
    if kind == IN_MACHINE:
        return wants(world.plans, world.machines, target, item) >= 0
    if kind == IN_CHEST:
        return _chest_takes(world.chests, world.stack, target, item) > 0
    return True


@njit(cache=True)
def _grab(arms, a, item, amount):
    arms.held_item[a] = item
    arms.held[a] += amount


@njit(cache=True)
def _pick_from_chest(world, a):
    arms, chests = world.arms, world.chests
    c = arms.source[a]
    free = arms.hand[a] - arms.held[a]
    if chests.kind[c] == CHEST_SOURCE:
        if _allowed(world, a, chests.item[c]):
            _grab(arms, a, chests.item[c], free)
            chests.given[c] += free
        return
    if chests.used[c] == 0:
        return
    for item in range(chests.n_items[c]):
        content = chests.content[chests.base[c] + item]
        if content > 0 and _allowed(world, a, item):
            amount = min(free, content)
            _chest_change(chests, world.stack, c, item, -amount)
            _grab(arms, a, item, amount)
            return


@njit(cache=True)
def _pick_from_machine(world, a):
    arms, machines, plans = world.arms, world.machines, world.plans
    m = arms.source[a]
    plan = machines.plan[m]
    if plan < 0:
        return
    for k in range(plans.n_outputs[plan]):
        if machines.ready[m, k] > 0 and _allowed(world, a, plans.out_item[plan, k]):
            amount = min(arms.hand[a] - arms.held[a], machines.ready[m, k])
            machines.ready[m, k] -= amount
            _grab(arms, a, plans.out_item[plan, k], amount)
            return


@njit(cache=True)
def _pick_from_belt(world, a):
    """Take one item within reach, from the preferred lane if it has any that is allowed."""
    arms, lines = world.arms, world.lines
    if arms.timer[a] > 0:
        arms.timer[a] -= 1
        return
    for side in range(2):
        n = arms.window_line[a, side]
        if lines.count[n] == 0:
            continue
        for index in range(first_behind(lines, n, arms.window_high[a, side]), lines.count[n]):
            if position_of(lines, n, index) < arms.window_low[a, side]:
                break
            item = lines.item[lines.head[n] + index]
            if _allowed(world, a, item):
                remove(lines, n, index)
                _grab(arms, a, item, 1)
                arms.timer[a] = PICK_TICKS - 1
                arms.patience[a] = 0
                return
    arms.patience[a] += 1


@njit(cache=True)
def _pick(world, a):
    arms = world.arms
    kind = arms.source_kind[a]
    if kind == ON_BELT:
        _pick_from_belt(world, a)
    elif kind == IN_CHEST:
        _pick_from_chest(world, a)
    elif kind == IN_MACHINE:
        _pick_from_machine(world, a)
    held = arms.held[a]
    if held == 0:
        arms.starved[a] += 1
        return
    full = held >= arms.hand[a]
    gone_on = kind != ON_BELT or arms.patience[a] >= PICK_PATIENCE
    if full or (gone_on and arms.waits_for_full[a] == 0):
        arms.state[a] = SWINGING_OUT
        arms.timer[a] = arms.out_ticks[a]
        arms.patience[a] = 0


@njit(cache=True)
def _drop(world, a):
    """Let go of what the target takes in this tick: one item on a belt, all that fits elsewhere."""
    arms = world.arms
    kind, target, item = arms.target_kind[a], arms.target[a], arms.held_item[a]
    amount = 0
    if kind == ON_BELT:
        n = arms.drop_line[a]
        place = room_for_drop(world.lines, n, arms.drop_position[a])
        if place >= 0 and insert(world.lines, n, place, item):
            amount = 1
    elif kind == IN_CHEST:
        chests = world.chests
        amount = min(arms.held[a], _chest_takes(chests, world.stack, target, item))
        if amount > 0 and chests.kind[target] == CHEST_SINK:
            world.counters.taken[world.counters.base[chests.sink_row[target]] + item] += amount
        elif amount > 0:
            _chest_change(chests, world.stack, target, item, amount)
    elif kind == IN_MACHINE:
        slot = wants(world.plans, world.machines, target, item)
        if slot >= 0:
            amount = arms.held[a]
            deliver(world.machines, target, slot, item, amount)
    arms.held[a] -= amount
    arms.moved[a] += amount
    if amount == 0:
        arms.blocked[a] += 1
    if arms.held[a] == 0:
        arms.state[a] = SWINGING_BACK
        arms.timer[a] = arms.back_ticks[a]


@njit(cache=True)
def tick_arm(world, a):
    """One tick of one arm; the tick in which a swing ends is also the tick of the first pick or drop."""
    arms = world.arms
    if arms.powered[a] == 0 or arms.target_kind[a] == NOWHERE or arms.source_kind[a] == NOWHERE:
        return
    state = arms.state[a]
    if state == SWINGING_OUT or state == SWINGING_BACK:
        arms.busy[a] += 1
        arms.timer[a] -= 1
        if arms.timer[a] > 0:
            return
        state = DROPPING if state == SWINGING_OUT else PICKING
        arms.state[a] = state
    if state == PICKING:
        _pick(world, a)
    else:
        _drop(world, a)
