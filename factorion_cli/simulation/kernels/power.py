"""Electric networks: demand, then panels, engines in proportion, accumulators last; everyone gets the same share.

Energy is in watt-ticks. A share of 65536 is full power.
"""

from factorion_cli.simulation.decisions import BASE_DEGREES, DAWN_TICK, DAY_TICKS, DUSK_TICK, NIGHT_TICK, SUNRISE_TICK
from factorion_cli.simulation.kernels.compiled import called, helper

ALWAYS, MACHINE, ARM, PUMP = 0, 1, 2, 3
WHOLE = 1 << 16
COLD = BASE_DEGREES * 1000


@helper
def _light(clock):
    """Share of full daylight at a tick of the day, which begins at noon."""
    if clock < DUSK_TICK or clock >= DAWN_TICK:
        return WHOLE
    if clock < NIGHT_TICK:
        return (NIGHT_TICK - clock) * WHOLE // (NIGHT_TICK - DUSK_TICK)
    if clock < SUNRISE_TICK:
        return 0
    return (clock - SUNRISE_TICK) * WHOLE // (DAWN_TICK - SUNRISE_TICK)


@helper
def _works(world, c):
    """Whether a consumer draws its full power: it was at work at the end of the last tick."""
    consumer = world.consumers[c]
    if consumer.kind == MACHINE:
        return world.machines[consumer.index].crafting == 1
    if consumer.kind == ARM:
        return world.arms[consumer.index].state % 2 == 1
    if consumer.kind == PUMP:
        return world.pumps[consumer.index].flowing == 1
    return True


@helper
def _demand(world, f):
    for c in range(world.first_consumer[f], world.first_consumer[f + 1]):
        consumer = world.consumers[c]
        network = world.networks[consumer.network]
        power = consumer.drain + (consumer.power if _works(world, c) else 0)
        network.demand += power
        if consumer.urgent == 1:
            network.urgent += power


@helper
def _worth(world, g):
    """Energy of a thousandth of a unit of what a generator takes in, 0 if it is the wrong fluid."""
    generator = world.generators[g]
    segment = world.segments[generator.segment]
    if segment.blocked == 1 or segment.fluid != generator.fluid:
        return 0
    return max(0, min(segment.temperature, generator.top) - COLD) * generator.heat // 1000


@helper
def _offer(world, f):
    """What each generator could give in this tick."""
    for g in range(world.first_generator[f], world.first_generator[f + 1]):
        generator = world.generators[g]
        amount = min(generator.rate, world.segments[generator.segment].amount)
        generator.available = amount * _worth(world, g)
        world.networks[generator.network].available += generator.available


@helper
def _plan(world, n):
    """How much of the tick's demand (and of the accumulators' room) panels and generators have to cover."""
    network = world.networks[n]
    sun = network.steady + (network.solar * _light(network.clock) >> 16)
    wish = network.demand + min(network.flow, network.capacity - network.stored)
    network.given = min(sun, wish)
    network.sun += network.given
    network.target = min(wish - network.given, network.available)
    # Without the sun every hour is alike.
    if network.solar > 0:
        network.clock = (network.clock + 1) % DAY_TICKS


@helper
def _generate(world, f):
    for g in range(world.first_generator[f], world.first_generator[f + 1]):
        generator = world.generators[g]
        network, segment = world.networks[generator.network], world.segments[generator.segment]
        if network.target == 0 or generator.available == 0:
            continue
        share = (generator.available * network.target + network.available - 1) // network.available
        worth = _worth(world, g)
        # What a thousandth gives beyond this tick's share is kept.
        amount = min(segment.amount, (max(0, share - generator.energy) + worth - 1) // worth)
        segment.amount -= amount
        generator.used += amount
        made = min(share, generator.energy + amount * worth)
        generator.energy += amount * worth - made
        generator.made += made
        network.given += made


@helper
def _settle(world, n):
    """Charge or discharge the accumulators; True when a share changed."""
    network = world.networks[n]
    spare = network.given - network.demand
    if spare >= 0:
        network.stored += min(spare, network.flow, network.capacity - network.stored)
    else:
        taken = min(-spare, network.flow, network.stored)
        network.stored -= taken
        network.given += taken
    served = min(network.given, network.demand)
    network.wanted += network.demand
    network.served += served
    network.short += 1 if served < network.demand else 0
    first = min(served, network.urgent)
    urgent_share = WHOLE if first == network.urgent else (first << 16) // network.urgent
    rest = network.demand - network.urgent
    share = WHOLE if served - first == rest else ((served - first) << 16) // rest
    changed = share != network.share or urgent_share != network.urgent_share
    network.share, network.urgent_share = share, urgent_share
    return changed


@helper
def _hand_out(world, f):
    """Everyone runs at its network's share; beacons at that share speed up less."""
    for c in range(world.first_consumer[f], world.first_consumer[f + 1]):
        consumer = world.consumers[c]
        network = world.networks[consumer.network]
        share = network.urgent_share if consumer.urgent == 1 else network.share
        if consumer.kind == MACHINE:
            own = WHOLE - consumer.beacon_share + (consumer.beacon_share * network.share >> 16)
            world.machines[consumer.index].speed = share * own >> 16
        elif consumer.kind == ARM:
            world.arms[consumer.index].speed = share
        elif consumer.kind == PUMP:
            world.pumps[consumer.index].speed = share


@called
def tick_power(world, f):
    """One tick of all networks of a factory; those without any do not pay for the call."""
    first, last = world.first_network[f], world.first_network[f + 1]
    for n in range(first, last):
        network = world.networks[n]
        network.demand = 0
        network.urgent = 0
        network.available = 0
    _demand(world, f)
    _offer(world, f)
    for n in range(first, last):
        _plan(world, n)
    _generate(world, f)
    changed = False
    for n in range(first, last):
        changed = _settle(world, n) or changed
    if changed:
        _hand_out(world, f)
