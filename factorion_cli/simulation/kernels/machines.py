"""Crafting machines: exact progress, productivity bar, fuel, insertion limits and output blocking."""

from numba import njit

from factorion_cli.simulation.layout import (
    REASON_FLUID,
    REASON_FUEL,
    REASON_OUTPUT,
    REASON_POWER,
    REASON_RECIPE,
)

MICRO = 1_000_000
FUEL_LIMIT = 5


@njit(cache=True)
def wants(plans, machines, m, item):
    """Which slot of a machine takes an item now: 0 to 7 an ingredient, 8 fuel, -1 none."""
    if machines.burns[m] == 1 and machines.fuel_value[machines.fuel_base[m] + item] > 0:
        held = machines.fuel_item[m]
        if (held == item or machines.fuel_count[m] == 0) and machines.fuel_count[m] < FUEL_LIMIT:
            return 8
    if machines.blocked[m] == 1 or machines.drains[m] == 1:
        return -1
    plan = machines.plan[m]
    if plan < 0:
        if machines.choice[m] < 0:
            return -1
        plan = machines.choices[machines.choice[m] + item]
        if plan < 0:
            return -1
    for k in range(plans.n_inputs[plan]):
        if plans.in_item[plan, k] == item and plans.in_fluid[plan, k] == 0:
            return k if machines.stock[m, k] < plans.in_limit[plan, k] else -1
    return -1


@njit(cache=True)
def deliver(machines, m, slot, item, amount):
    """Put items into the slot that `wants` named."""
    if slot == 8:
        machines.fuel_item[m] = item
        machines.fuel_count[m] += amount
        return
    if machines.plan[m] < 0:
        machines.plan[m] = machines.choices[machines.choice[m] + item]
    machines.stock[m, slot] += amount


@njit(cache=True)
def _reason_to_wait(plans, machines, m, plan):
    """Why the next craft cannot start, or -1."""
    if machines.drains[m] == 1:
        return -1
    for k in range(plans.n_outputs[plan]):
        if plans.out_fluid[plan, k] == 1:
            if machines.fluid_free[m] == 0:
                return REASON_FLUID
        elif machines.ready[m, k] + (plans.out_micro[plan, k] + MICRO - 1) // MICRO > plans.out_capacity[plan, k]:
            return REASON_OUTPUT
    for k in range(plans.n_inputs[plan]):
        if plans.in_fluid[plan, k] == 1:
            if machines.fluid_free[m] == 0:
                return REASON_FLUID
        elif machines.stock[m, k] < plans.in_amount[plan, k]:
            return k
    return -1


@njit(cache=True)
def _start(plans, machines, m, plan):
    """Take the ingredients of one craft; the reason why not, or -1."""
    reason = _reason_to_wait(plans, machines, m, plan)
    machines.blocked[m] = 1 if reason == REASON_OUTPUT else 0
    if reason >= 0:
        return reason
    machines.crafting[m] = 1
    if machines.drains[m] == 0:
        for k in range(plans.n_inputs[plan]):
            if plans.in_fluid[plan, k] == 0:
                machines.stock[m, k] -= plans.in_amount[plan, k]
    return -1


@njit(cache=True)
def _yield(plans, machines, m, plan, k, micro):
    """Add millionths of a product; whole pieces become ready."""
    machines.made[machines.made_base[m] + plans.out_item[plan, k]] += micro
    if machines.drains[m] == 1 or plans.out_fluid[plan, k] == 1:
        return
    total = machines.micro[m, k] + micro
    machines.ready[m, k] += total // MICRO
    machines.micro[m, k] = total % MICRO


@njit(cache=True)
def _finish(plans, machines, m, plan):
    """One craft is done: its products, and those of a full productivity bar."""
    machines.crafts[m] += 1
    for k in range(plans.n_outputs[plan]):
        _yield(plans, machines, m, plan, k, plans.out_micro[plan, k])
    machines.bar[m] += plans.bonus[plan]
    while plans.bonus[plan] > 0 and machines.bar[m] >= plans.bonus_full[plan]:
        machines.bar[m] -= plans.bonus_full[plan]
        for k in range(plans.n_outputs[plan]):
            _yield(plans, machines, m, plan, k, plans.out_bonus[plan, k])


@njit(cache=True)
def _burn(machines, m):
    """Draw one tick's energy; False when no fuel is left."""
    if machines.burns[m] == 0:
        return True
    while machines.energy[m] < machines.draw[m]:
        if machines.fuel_count[m] == 0:
            return False
        machines.fuel_count[m] -= 1
        machines.energy[m] += machines.fuel_value[machines.fuel_base[m] + machines.fuel_item[m]]
    machines.energy[m] -= machines.draw[m]
    return True


@njit(cache=True)
def _forget(plans, machines, m, plan):
    """An empty furnace is free to take another ingredient."""
    if machines.choice[m] < 0 or machines.stock[m, 0] > 0:
        return
    for k in range(plans.n_outputs[plan]):
        if machines.ready[m, k] > 0:
            return
    machines.plan[m] = -1


@njit(cache=True)
def tick_machine(plans, machines, m):
    """One tick of one machine."""
    plan = machines.plan[m]
    if machines.powered[m] == 0:
        machines.waits[m, REASON_POWER] += 1
        return
    if plan < 0:
        machines.waits[m, REASON_RECIPE] += 1
        return
    if machines.crafting[m] == 0:
        reason = _start(plans, machines, m, plan)
        if reason >= 0:
            machines.waits[m, reason] += 1
            _forget(plans, machines, m, plan)
            return
    if not _burn(machines, m):
        machines.waits[m, REASON_FUEL] += 1
        return
    machines.busy[m] += 1
    machines.progress[m] += plans.rate[plan]
    while machines.progress[m] >= plans.work[plan]:
        machines.progress[m] -= plans.work[plan]
        _finish(plans, machines, m, plan)
        if _start(plans, machines, m, plan) >= 0:
            # What was left over is lost when the machine stops; it only counts towards a craft that follows at once.
            machines.crafting[m] = 0
            machines.progress[m] = 0
            return
