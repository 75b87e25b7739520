"""Loaders: both lanes of a belt run into a chest or machine, or out of one, at the belt's full speed."""

from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.kernels.chests import CHEST_SOURCE, chest_change, put_into_chest
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.lines import position_of, put, remove
from factorion_cli.simulation.kernels.machines import deliver, wants
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK

IN_CHEST = 2


@helper
def _passes(world, d, item):
    """Whether the loader's filters let an item through."""
    loader = world.loaders[d]
    if loader.filters[0] == -1:
        return True
    found = False
    for k in range(loader.filters.shape[0]):
        found = found or loader.filters[k] == item
    return found


@helper
def _put_in(world, d, item, weight):
    """Hand one item over to the chest or machine; whether it took it."""
    loader = world.loaders[d]
    if loader.kind == IN_CHEST:
        return put_into_chest(world, loader.index, item, 1, weight) > 0
    slot = wants(world, loader.index, item, 0)
    if slot >= 0:
        deliver(world, loader.index, slot, item, 1)
    return slot >= 0


@helper
def _on_offer(world, d):
    """The item that the chest or machine would give next, or -1."""
    loader = world.loaders[d]
    if loader.kind == IN_CHEST:
        chest = world.chests[loader.index]
        if chest.kind == CHEST_SOURCE:
            return chest.item if _passes(world, d, chest.item) else -1
        if chest.used > 0:
            for k in range(chest.n_items):
                item = world.by_name[chest.stack_base + k]
                if world.content[chest.content_base + item] > 0 and _passes(world, d, item):
                    return item
        return -1
    machine = world.machines[loader.index]
    if machine.plan >= 0:
        plan = world.plans[machine.plan]
        for k in range(plan.n_outputs):
            if plan.out_fluid[k] == 0 and machine.ready[k] > 0 and _passes(world, d, plan.out_item[k]):
                return plan.out_item[k]
    return -1


@helper
def _take_out(world, d, item):
    """One item less where it came from."""
    loader = world.loaders[d]
    if loader.kind == IN_CHEST:
        chest = world.chests[loader.index]
        if chest.kind == CHEST_SOURCE:
            chest.given += 1
        else:
            chest_change(world, loader.index, item, -1)
        return
    machine = world.machines[loader.index]
    plan = world.plans[machine.plan]
    for k in range(plan.n_outputs):
        if plan.out_item[k] == item:
            machine.ready[k] -= 1
            return


@called
def tick_loader(world, d, weight):
    """One tick of one loader, before the belts move: what would leave its belt in this tick goes in."""
    loader, lines, slots = world.loaders[d], world.lines, world.slots
    for lane in range(2):
        n = loader.lines[lane]
        line = lines[n]
        if loader.unloads_belt == 1:
            if line.count > 0 and position_of(lines, slots, n, 0) + line.speed >= line.length:
                code = slots[line.head].item
                item, pieces = code & ITEM_MASK, (code >> ITEM_BITS) + 1
                taken = 0
                while taken < pieces and _passes(world, d, item) and _put_in(world, d, item, weight):
                    taken += 1
                line.passed += taken
                if taken == pieces:
                    remove(lines, slots, n, 0)
                else:
                    slots[line.head].item = code - (taken << ITEM_BITS)
            continue
        place = SPACING if line.count == 0 else position_of(lines, slots, n, line.count - 1) - SPACING
        if place >= 0:
            item = _on_offer(world, d)
            if item >= 0 and put(lines, slots, n, place, item):
                _take_out(world, d, item)
                line.made += 1
