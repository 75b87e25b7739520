"""Fluids: segments with one level each, pumps between them, ports of machines. Amounts are thousandths of a unit."""

from factorion_cli.simulation.decisions import CONNECTION_RATE, PUMP_SLOW_SHARE
from factorion_cli.simulation.kernels.compiled import helper

MOST = CONNECTION_RATE * 1000
WHOLE = 1 << 16


@helper
def take_up(segments, s, fluid, degrees, amount):
    """Fluid comes into a segment; temperatures mix."""
    segment = segments[s]
    if segment.amount == 0:
        segment.fluid = fluid
        segment.temperature = degrees
    elif segment.temperature != degrees:
        total = segment.temperature * segment.amount + degrees * amount
        segment.temperature = total // (segment.amount + amount)
    segment.amount += amount


@helper
def room_for(segments, s, fluid):
    """How much of a fluid a segment takes: none if it holds another one."""
    segment = segments[s]
    if segment.blocked == 1 or (segment.amount > 0 and segment.fluid != fluid):
        return 0
    return segment.capacity - segment.amount


@helper
def _through(given, given_room, room, taken_room):
    """What passes one connection in a tick: 100 units, scaled by how full the giver and how empty the taker is."""
    # As much as a thousandth always passes, so that nothing is left over for ever.
    rate = MOST * ((given << 16) // given_room) * ((room << 16) // taken_room) >> 32
    return min(given, room, max(1, rate))


@helper
def tick_port(world, p):
    """One fluid of one machine: out of its segment, or into it."""
    port = world.ports[p]
    machine, segment = world.machines[port.machine], world.segments[port.segment]
    if machine.plan < 0 or segment.blocked == 1:
        return
    plan, slot = world.plans[machine.plan], port.slot
    if port.out == 0:
        room = plan.in_limit[slot] - machine.stock[slot]
        if plan.in_fluid[slot] == 1 and room > 0 and segment.amount > 0 and segment.fluid == plan.in_item[slot]:
            amount = min(segment.amount, room)
            if port.within == 0:
                amount = _through(segment.amount, segment.capacity, room, plan.in_limit[slot])
            segment.amount -= amount
            machine.stock[slot] += amount
    elif plan.out_fluid[slot] == 1 and machine.ready[slot] > 0:
        room = room_for(world.segments, port.segment, plan.out_item[slot])
        if room > 0:
            most = max(plan.out_capacity[slot], machine.ready[slot])
            amount = _through(machine.ready[slot], most, room, segment.capacity)
            take_up(world.segments, port.segment, plan.out_item[slot], port.temperature, amount)
            machine.ready[slot] -= amount


@helper
def tick_pump(world, p):
    """One pump, offshore pump or endless pipe."""
    pump, segments = world.pumps[p], world.segments
    flow, fluid, degrees = (pump.rate * pump.speed) >> 16, pump.fluid, pump.temperature
    if pump.source >= 0:
        source = segments[pump.source]
        if source.blocked == 1 or source.amount == 0 or (pump.fluid != -1 and source.fluid != pump.fluid):
            flow = 0
        fluid, degrees = source.fluid, source.temperature
        level = (source.amount << 16) // source.capacity
        if pump.slows == 1 and level < PUMP_SLOW_SHARE:
            flow = flow * level // PUMP_SLOW_SHARE
        flow = min(flow, source.amount)
    if pump.target >= 0 and flow > 0:
        room = room_for(segments, pump.target, fluid)
        empty = (room << 16) // segments[pump.target].capacity
        if pump.slows == 1 and empty < PUMP_SLOW_SHARE:
            flow = flow * empty // PUMP_SLOW_SHARE
        flow = min(flow, room)
    pump.flowing = 1 if flow > 0 else 0
    if flow <= 0:
        return
    if pump.source >= 0:
        segments[pump.source].amount -= flow
    if pump.target >= 0:
        take_up(segments, pump.target, fluid, degrees, flow)
    pump.moved += flow
