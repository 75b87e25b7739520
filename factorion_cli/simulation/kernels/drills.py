"""Mining drills: which tile comes next, and putting what was mined on a belt, into a chest or into a machine."""

from factorion_cli.simulation.kernels.chests import put_into_chest
from factorion_cli.simulation.kernels.compiled import helper
from factorion_cli.simulation.kernels.lines import insert, room_for_drop
from factorion_cli.simulation.kernels.machines import deliver, wants
from factorion_cli.simulation.layout import ITEM_BITS

ON_BELT, IN_CHEST, IN_MACHINE = 1, 2, 3


@helper
def _choose_tile(world, d):
    """Go to the next tile that has something left and take from it what the next mining will yield."""
    drill = world.drills[d]
    machine = world.machines[drill.machine]
    machine.plan = -1
    for ahead in range(1, drill.tiles + 1):
        turn = (drill.turn + ahead) % drill.tiles
        deposit = world.drill_tiles[drill.first + turn]
        left = world.deposits[deposit]
        if left != 0:
            if left > 0:
                world.deposits[deposit] = max(0, left - drill.drain)
            drill.turn = turn
            machine.plan = world.drill_plans[drill.first + turn]
            return


@helper
def _put_out(world, d, item, most, weight):
    """How many of up to `most` pieces found room: one (or a whole stack) a tick on a belt, what fits elsewhere."""
    drill = world.drills[d]
    if drill.target_kind == ON_BELT:
        # What is left when there is nothing more to mine goes out as it is.
        pieces = drill.belt_stack if world.machines[drill.machine].plan >= 0 else min(most, drill.belt_stack)
        if most < pieces:
            return 0
        place = room_for_drop(world.lines, world.slots, drill.drop_line, drill.drop_position)
        code = item + ((pieces - 1) << ITEM_BITS)
        return pieces if place >= 0 and insert(world.lines, world.slots, drill.drop_line, place, code) else 0
    if drill.target_kind == IN_CHEST:
        return put_into_chest(world, drill.target, item, most, weight)
    if drill.target_kind == IN_MACHINE:
        slot = wants(world, drill.target, item, 0)
        if slot >= 0:
            deliver(world, drill.target, slot, item, 1)
            return 1
    return 0


@helper
def tick_drill(world, d, weight):
    """One tick of what a drill does beside its machine's work; after that work, so a piece leaves when it is done."""
    drill = world.drills[d]
    if drill.tiles == 0:
        return
    machine = world.machines[drill.machine]
    while drill.seen < machine.crafts:
        drill.seen += 1
        _choose_tile(world, d)
    plan = world.plans[drill.plan]
    for k in range(plan.n_outputs):
        if machine.ready[k] > 0 and plan.out_fluid[k] == 0:
            machine.ready[k] -= _put_out(world, d, plan.out_item[k], machine.ready[k], weight)
