"""Heat: reactors warm what they are joined to, exchangers take from it. Energy is in watt-ticks above 15 degrees."""

from factorion_cli.simulation.kernels.compiled import helper


@helper
def _burns(machine):
    """Whether a reactor has been burning in the last tick and has something to go on with."""
    return machine.crafting == 1 and (machine.burns == 0 or machine.fuel_count > 0 or machine.energy >= machine.draw)


@helper
def tick_heater(world, h):
    """One tick of a reactor or heat exchanger, before its machine's."""
    heater = world.heaters[h]
    heat, machine = world.heats[heater.network], world.machines[heater.machine]
    if heater.takes == 1:
        if machine.energy < machine.draw and heat.energy >= heat.least + machine.draw:
            heat.energy -= machine.draw
            machine.energy += machine.draw
    elif _burns(machine):
        percent = 100
        for k in range(heater.neighbours.shape[0]):
            other = heater.neighbours[k]
            if other >= 0 and _burns(world.machines[other]):
                percent += heater.bonus
        # What would heat it beyond the highest temperature is lost.
        heat.energy = min(heat.most, heat.energy + heater.power * percent // 100)
