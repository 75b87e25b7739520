"""Fluids: segments with one level each, pumps between them, ports of machines. Amounts are thousandths of a unit.

A tick has two rounds. In the first everyone says what they would give and take at the level of the tick's start; in the
second that happens, in proportion where a segment has too little or too little room. So no order is preferred.
"""

from factorion_cli.simulation.decisions import CONNECTION_RATE, PUMP_SLOW_SHARE
from factorion_cli.simulation.kernels.compiled import called, helper

MOST = CONNECTION_RATE * 1000


@helper
def _open(segments, first, last):
    """Begin a tick: nothing is wished yet."""
    for s in range(first, last):
        segment = segments[s]
        segment.start = segment.amount
        segment.giving = 0
        segment.taking = 0
        if segment.amount == 0:
            segment.fluid = -1


@helper
def _accepts(segment, fluid):
    """Whether a fluid may come in; the first that wants into an empty segment has it."""
    if segment.fluid == -1:
        segment.fluid = fluid
    return segment.blocked == 0 and segment.fluid == fluid and segment.start < segment.capacity


@helper
def _given(segment, wish):
    """What of a wish to give has room."""
    room = segment.capacity - segment.start
    return wish if segment.giving <= room else wish * room // segment.giving


@helper
def _taken(segment, wish):
    """What of a wish to take is there."""
    return wish if segment.taking <= segment.start else wish * segment.start // segment.taking


@helper
def _come_in(segment, degrees, amount):
    """Fluid comes into a segment; temperatures mix."""
    if segment.temperature != degrees:
        total = segment.temperature * segment.amount + degrees * amount
        segment.temperature = total // max(1, segment.amount + amount)
    segment.amount += amount


@helper
def _through(given, given_room, room, taken_room):
    """What passes one connection in a tick: 100 units, scaled by how full the giver and how empty the taker is."""
    # As much as a thousandth always passes, so that nothing is left over for ever.
    rate = MOST * ((given << 16) // given_room) * ((room << 16) // taken_room) >> 32
    return min(given, room, max(1, rate))


@helper
def _port_wish(world, p):
    """What a port would take out of its segment, or put into it."""
    port = world.ports[p]
    machine, segment = world.machines[port.machine], world.segments[port.segment]
    if machine.plan < 0 or segment.blocked == 1:
        return 0
    plan, slot = world.plans[machine.plan], port.slot
    if port.out == 1:
        ready = machine.ready[slot]
        if plan.out_fluid[slot] == 0 or ready == 0 or not _accepts(segment, plan.out_item[slot]):
            return 0
        most = max(plan.out_capacity[slot], ready)
        return _through(ready, most, segment.capacity - segment.start, segment.capacity)
    room = plan.in_limit[slot] - machine.stock[slot]
    if plan.in_fluid[slot] == 0 or room <= 0 or segment.start == 0 or segment.fluid != plan.in_item[slot]:
        return 0
    if port.within == 1:
        return room
    return _through(segment.start, segment.capacity, room, plan.in_limit[slot])


@helper
def _pump_wish(world, p):
    """What a pump, offshore pump or endless pipe would move."""
    pump = world.pumps[p]
    flow, fluid = (pump.rate * pump.speed) >> 16, pump.fluid
    if pump.source >= 0:
        source = world.segments[pump.source]
        if source.blocked == 1 or source.start == 0 or (fluid != -1 and source.fluid != fluid):
            return 0
        fluid = source.fluid
        level = (source.start << 16) // source.capacity
        if pump.slows == 1 and level < PUMP_SLOW_SHARE:
            flow = flow * level // PUMP_SLOW_SHARE
    if pump.target >= 0:
        target = world.segments[pump.target]
        if not _accepts(target, fluid):
            return 0
        empty = ((target.capacity - target.start) << 16) // target.capacity
        if pump.slows == 1 and empty < PUMP_SLOW_SHARE:
            flow = flow * empty // PUMP_SLOW_SHARE
    return flow


@helper
def _move_pump(world, p, second):
    """One round of one pump."""
    pump, wish = world.pumps[p], _pump_wish(world, p)
    if second == 0:
        if pump.source >= 0:
            world.segments[pump.source].taking += wish
        if pump.target >= 0:
            world.segments[pump.target].giving += wish
        return
    degrees = pump.temperature
    if pump.source >= 0:
        wish = _taken(world.segments[pump.source], wish)
        degrees = world.segments[pump.source].temperature
    if pump.target >= 0:
        wish = _given(world.segments[pump.target], wish)
        _come_in(world.segments[pump.target], degrees, wish)
    if pump.source >= 0:
        world.segments[pump.source].amount -= wish
    pump.flowing = 1 if wish > 0 else 0
    pump.moved += wish


@helper
def _move_port(world, p, second):
    """One round of one fluid of one machine."""
    port, wish = world.ports[p], _port_wish(world, p)
    segment, machine = world.segments[port.segment], world.machines[port.machine]
    if port.out == 1:
        if second == 0:
            segment.giving += wish
        else:
            wish = _given(segment, wish)
            machine.ready[port.slot] -= wish
            _come_in(segment, port.temperature, wish)
    elif second == 0:
        segment.taking += wish
    else:
        wish = _taken(segment, wish)
        machine.stock[port.slot] += wish
        segment.amount -= wish


@called
def tick_fluids(world, f):
    """One tick of all fluids of a factory; those without any do not pay for the call."""
    _open(world.segments, world.first_segment[f], world.first_segment[f + 1])
    for second in range(2):
        for p in range(world.first_pump[f], world.first_pump[f + 1]):
            _move_pump(world, p, second)
        for p in range(world.first_port[f], world.first_port[f + 1]):
            _move_port(world, p, second)
