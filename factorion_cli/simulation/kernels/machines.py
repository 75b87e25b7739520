"""Crafting machines: exact progress, productivity bar, fuel, insertion limits and output blocking."""

from factorion_cli.simulation.decisions import FUEL_LIMIT
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.layout import (
    MAX_INPUTS,
    REASON_FLUID,
    REASON_FUEL,
    REASON_OUTPUT,
    REASON_POWER,
    REASON_RECIPE,
)

MICRO = 1_000_000
MICRO_PER_MILLI = 1000
NO_SLOT, FUEL_SLOT = -1, MAX_INPUTS


@helper
def wants(world, m, item, overfill):
    """Which slot of a machine takes an item now: an ingredient below MAX_INPUTS, FUEL_SLOT, or NO_SLOT.

    `overfill` is what the slot holds above the stock at which arms stop fetching; it is there for hands already on
    the way.
    """
    machine = world.machines[m]
    if machine.burns == 1 and world.fuel_value[machine.fuel_base + item] > 0:
        same = machine.fuel_item == item or machine.fuel_count == 0
        return FUEL_SLOT if same and machine.fuel_count < FUEL_LIMIT + overfill else NO_SLOT
    if machine.blocked == 1 or machine.drains == 1:
        return NO_SLOT
    p = machine.plan
    if p < 0 and machine.choice >= 0:
        p = world.choices[machine.choice + item]
    if p < 0:
        return NO_SLOT
    plan = world.plans[p]
    for k in range(plan.n_inputs):
        if plan.in_item[k] == item and plan.in_fluid[k] == 0:
            return k if machine.stock[k] < plan.in_limit[k] + overfill else NO_SLOT
    return NO_SLOT


@helper
def wants_anything(world, m):
    """Whether any slot of a machine is below its limit: a quick look before an arm goes through a belt's items."""
    machine = world.machines[m]
    if machine.burns == 1 and machine.fuel_count < FUEL_LIMIT:
        return True
    if machine.blocked == 1 or machine.drains == 1:
        return False
    if machine.plan < 0:
        return machine.choice >= 0
    plan = world.plans[machine.plan]
    found = False
    for k in range(plan.n_inputs):
        found = found or (plan.in_fluid[k] == 0 and machine.stock[k] < plan.in_limit[k])
    return found


@helper
def deliver(world, m, slot, item, amount):
    """Put items into the slot that `wants` named."""
    machine = world.machines[m]
    if slot == FUEL_SLOT:
        machine.fuel_item = item
        machine.fuel_count += amount
        return
    if machine.plan < 0:
        machine.plan = world.choices[machine.choice + item]
    machine.stock[slot] += amount


@helper
def _reason_to_wait(machines, plans, m, p):
    """Why the next craft cannot start, or -1."""
    machine, plan = machines[m], plans[p]
    if machine.drains == 1:
        return -1
    for k in range(plan.n_outputs):
        if plan.out_fluid[k] == 1:
            made = (plan.out_micro[k] + MICRO_PER_MILLI - 1) // MICRO_PER_MILLI
            if machine.fluid_free == 0 and machine.ready[k] + made > plan.out_capacity[k]:
                return REASON_FLUID
        elif machine.ready[k] + (plan.out_micro[k] + MICRO - 1) // MICRO > plan.out_capacity[k]:
            return REASON_OUTPUT
    for k in range(plan.n_inputs):
        if machine.stock[k] < plan.in_amount[k] and (plan.in_fluid[k] == 0 or machine.fluid_free == 0):
            return k
    return -1


@helper
def _start(machines, plans, m, p):
    """Take the ingredients of one craft; the reason why not, or -1."""
    machine, plan = machines[m], plans[p]
    reason = _reason_to_wait(machines, plans, m, p)
    machine.blocked = 1 if reason == REASON_OUTPUT else 0
    if reason >= 0:
        return reason
    machine.crafting = 1
    if machine.drains == 0:
        for k in range(plan.n_inputs):
            if plan.in_fluid[k] == 0 or machine.fluid_free == 0:
                machine.stock[k] -= plan.in_amount[k]
    return -1


@helper
def _yield(machines, plans, made, m, p, k, micro):
    """Add millionths of a product; whole pieces (thousandths of a unit of a fluid) become ready."""
    machine, plan = machines[m], plans[p]
    made[machine.made_base + plan.out_item[k]] += micro
    if machine.drains == 1 or (plan.out_fluid[k] == 1 and machine.fluid_free == 1):
        return
    piece = MICRO if plan.out_fluid[k] == 0 else MICRO_PER_MILLI
    total = machine.micro[k] + micro
    machine.ready[k] += total // piece
    machine.micro[k] = total % piece


@helper
def _finish(machines, plans, made, m, p):
    """One craft is done: its products, and those of a full productivity bar."""
    machine, plan = machines[m], plans[p]
    machine.crafts += 1
    for k in range(plan.n_outputs):
        _yield(machines, plans, made, m, p, k, plan.out_micro[k])
    machine.bar += plan.bonus
    while plan.bonus > 0 and machine.bar >= plan.bonus_full:
        machine.bar -= plan.bonus_full
        for k in range(plan.n_outputs):
            _yield(machines, plans, made, m, p, k, plan.out_bonus[k])


@helper
def _burn(machines, fuel_value, m):
    """Draw one tick's energy; False when no fuel is left."""
    machine = machines[m]
    if machine.burns == 0:
        return True
    while machine.energy < machine.draw:
        if machine.fuel_count == 0:
            return False
        machine.fuel_count -= 1
        machine.energy += fuel_value[machine.fuel_base + machine.fuel_item]
    machine.energy -= machine.draw
    return True


@helper
def _forget(machines, plans, m, p):
    """An empty furnace is free to take another ingredient."""
    machine = machines[m]
    if machine.choice < 0 or machine.stock[0] > 0:
        return
    for k in range(plans[p].n_outputs):
        if machine.ready[k] > 0:
            return
    machine.plan = -1


@helper
def tick_machine(machines, plans, fuel_value, made, m):
    """One tick of one machine."""
    machine = machines[m]
    p = machine.plan
    if machine.powered == 0 or machine.speed == 0:
        machine.waits[REASON_POWER] += 1
        return
    if p < 0:
        machine.waits[REASON_RECIPE] += 1
        return
    if machine.crafting == 0:
        reason = _start(machines, plans, m, p)
        if reason >= 0:
            machine.waits[reason] += 1
            _forget(machines, plans, m, p)
            return
    if not _burn(machines, fuel_value, m):
        machine.waits[REASON_FUEL] += 1
        return
    machine.busy += 1
    machine.progress += plans[p].rate * machine.speed
    while machine.progress >= plans[p].work:
        machine.progress -= plans[p].work
        _finish(machines, plans, made, m, p)
        if _start(machines, plans, m, p) >= 0:
            # What was left over is lost when the machine stops; it only counts towards a craft that follows at once.
            machine.crafting = 0
            machine.progress = 0
            return
