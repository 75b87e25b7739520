"""Inserters: wait and pick, swing, wait and drop, swing back. They take only what their target can use."""

from factorion_cli.simulation.decisions import OVERFILL_HANDS, OVERFILL_LEAST_HAND, PICK_PATIENCE, PICK_TICKS
from factorion_cli.simulation.kernels.chests import CHEST_SOURCE, chest_change, chest_room, put_into_chest
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.lines import first_behind, insert, position_of, remove, room_for_drop
from factorion_cli.simulation.kernels.machines import deliver, wants, wants_anything
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK

NOWHERE, ON_BELT, IN_CHEST, IN_MACHINE = 0, 1, 2, 3
PICKING, SWINGING_OUT, DROPPING, SWINGING_BACK = 0, 1, 2, 3


@helper
def _allowed(world, a, item):
    """Whether filters, hand and target let the arm take an item."""
    arm = world.arms[a]
    if arm.held > 0 and arm.held_item != item:
        return False
    if arm.filters[0] != -1:
        found = False
        for k in range(arm.filters.shape[0]):
            found = found or arm.filters[k] == item
        if not found:
            return False
    if arm.target_kind == IN_MACHINE:
        return wants(world, arm.target, item, 0) >= 0
    if arm.target_kind == IN_CHEST:
        return chest_room(world, arm.target, item) > 0
    return True


@helper
def _pick_from_chest(world, a):
    arm, chest = world.arms[a], world.chests[world.arms[a].source]
    free = arm.hand - arm.held
    if chest.kind == CHEST_SOURCE:
        if _allowed(world, a, chest.item):
            arm.held_item = chest.item
            arm.held += free
            chest.given += free
        return
    if chest.used == 0:
        return
    for k in range(chest.n_items):
        item = world.by_name[chest.stack_base + k]
        content = world.content[chest.content_base + item]
        if content > 0 and _allowed(world, a, item):
            amount = min(free, content)
            chest_change(world, arm.source, item, -amount)
            arm.held_item = item
            arm.held += amount
            return


@helper
def _pick_from_machine(world, a):
    arm, machine = world.arms[a], world.machines[world.arms[a].source]
    if machine.plan < 0:
        return
    plan = world.plans[machine.plan]
    for k in range(plan.n_outputs):
        if machine.ready[k] > 0 and plan.out_fluid[k] == 0 and _allowed(world, a, plan.out_item[k]):
            amount = min(arm.hand - arm.held, machine.ready[k])
            machine.ready[k] -= amount
            arm.held_item = plan.out_item[k]
            arm.held += amount
            return
    if machine.passes_on == 1 and arm.target_kind == IN_MACHINE and world.machines[arm.target].passes_on == 1:
        for k in range(plan.n_inputs):
            if machine.stock[k] > 0 and _allowed(world, a, plan.in_item[k]):
                amount = min(arm.hand - arm.held, machine.stock[k])
                machine.stock[k] -= amount
                arm.held_item = plan.in_item[k]
                arm.held += amount
                return


@helper
def _wait_for_item(arm):
    """One more tick of patience; it stops at its limit, so that an arm at rest stays in one state."""
    arm.patience = min(arm.patience + 1, PICK_PATIENCE)


@helper
def _take(lines, slots, n, index, most):
    """Take up to `most` pieces off one place of a line; how many."""
    code = slots[lines[n].head + index].item
    pieces = (code >> ITEM_BITS) + 1
    if most < pieces:
        slots[lines[n].head + index].item = code - (most << ITEM_BITS)
        return most
    remove(lines, slots, n, index)
    return pieces


@helper
def _pick_from_belt(world, a):
    """Take one item within reach, from the preferred lane if it has any that is allowed."""
    arm, lines, slots = world.arms[a], world.lines, world.slots
    if arm.timer > 0:
        arm.timer -= 1
        return
    if arm.target_kind == IN_MACHINE and not wants_anything(world, arm.target):
        _wait_for_item(arm)
        return
    for side in range(2):
        n = arm.window_line[side]
        line = lines[n]
        if line.count == 0:
            continue
        for index in range(first_behind(lines, slots, n, arm.window_high[side]), line.count):
            if position_of(lines, slots, n, index) < arm.window_low[side]:
                break
            item = slots[line.head + index].item & ITEM_MASK
            if _allowed(world, a, item):
                amount = _take(lines, slots, n, index, arm.hand - arm.held)
                arm.held_item = item
                arm.held += amount
                arm.picked[side] += amount
                arm.timer = PICK_TICKS - 1
                arm.patience = 0
                return
    _wait_for_item(arm)


@helper
def _fuel_at_source(world, a):
    """Energy of one piece of fuel taken from where the arm picks up, or 0."""
    arm, lines, slots = world.arms[a], world.lines, world.slots
    if arm.source_kind == ON_BELT:
        for side in range(2):
            n = arm.window_line[side]
            for index in range(first_behind(lines, slots, n, arm.window_high[side]), lines[n].count):
                value = world.fuel_value[arm.fuel_base + (slots[lines[n].head + index].item & ITEM_MASK)]
                if position_of(lines, slots, n, index) < arm.window_low[side]:
                    break
                if value > 0:
                    _take(lines, slots, n, index, 1)
                    return value
    elif arm.source_kind == IN_CHEST:
        chest = world.chests[arm.source]
        if chest.kind == CHEST_SOURCE:
            value = world.fuel_value[arm.fuel_base + chest.item]
            chest.given += 1 if value > 0 else 0
            return value
        for k in range(chest.n_items):
            item = world.by_name[chest.stack_base + k]
            if world.fuel_value[arm.fuel_base + item] > 0 and world.content[chest.content_base + item] > 0:
                chest_change(world, arm.source, item, -1)
                return world.fuel_value[arm.fuel_base + item]
    return 0


@called
def _refuel(world, a):
    """Burn a piece of what the arm holds or finds where it picks up."""
    arm = world.arms[a]
    value = 0
    if arm.held > 0:
        value = world.fuel_value[arm.fuel_base + arm.held_item]
        arm.held -= 1 if value > 0 else 0
    if value == 0:
        value = _fuel_at_source(world, a)
    arm.energy += value


@helper
def _pick(world, a):
    arm = world.arms[a]
    if arm.energy < arm.cycle_energy:
        _refuel(world, a)
        if arm.energy < arm.cycle_energy:
            arm.starved += 1
            return
    if arm.source_kind == ON_BELT:
        _pick_from_belt(world, a)
    elif arm.source_kind == IN_CHEST:
        _pick_from_chest(world, a)
    else:
        _pick_from_machine(world, a)
    if arm.held == 0:
        arm.starved += 1
        return
    done = arm.held >= arm.hand
    if not done and arm.waits_for_full == 0:
        done = arm.source_kind != ON_BELT or arm.patience >= PICK_PATIENCE
    if done:
        arm.energy -= arm.cycle_energy
        arm.state = SWINGING_OUT
        arm.timer = arm.out_ticks
        arm.patience = 0


@helper
def _drop(world, a, weight):
    """Let go of what the target takes in this tick: one item (or stack) on a belt, all that fits elsewhere."""
    arm = world.arms[a]
    amount = 0
    if arm.target_kind == ON_BELT:
        n = arm.drop_line
        place = room_for_drop(world.lines, world.slots, n, arm.drop_position)
        pieces = min(arm.held, arm.belt_stack)
        code = arm.held_item + ((pieces - 1) << ITEM_BITS)
        if place >= 0 and insert(world.lines, world.slots, n, place, code):
            amount = pieces
    elif arm.target_kind == IN_CHEST:
        amount = put_into_chest(world, arm.target, arm.held_item, arm.held, weight)
    else:
        slot = wants(world, arm.target, arm.held_item, OVERFILL_HANDS * max(arm.hand, OVERFILL_LEAST_HAND))
        if slot >= 0:
            amount = arm.held
            deliver(world, arm.target, slot, arm.held_item, amount)
    arm.held -= amount
    arm.moved += amount
    if amount == 0:
        arm.stuck += 1
    if arm.held == 0:
        arm.state = SWINGING_BACK
        arm.timer = arm.back_ticks


@helper
def tick_arm(world, a, weight):
    """One tick of one arm; the tick in which a swing ends is also the tick of the first pick or drop."""
    arm = world.arms[a]
    if arm.powered == 0 or arm.speed == 0 or arm.target_kind == NOWHERE or arm.source_kind == NOWHERE:
        return
    if arm.state == SWINGING_OUT or arm.state == SWINGING_BACK:
        arm.busy += 1
        arm.timer -= arm.speed
        if arm.timer > 0:
            return
        arm.timer = 0
        arm.state = DROPPING if arm.state == SWINGING_OUT else PICKING
    if arm.state == PICKING:
        _pick(world, a)
    else:
        _drop(world, a, weight)
