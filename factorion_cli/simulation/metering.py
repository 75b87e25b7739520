"""Figures of pipes and power: what `SimulationResult.metrics` says about a measured window.

Laid-out factories of power mode "network" and schematic ones get `electric_demand`, `electric_output` (watts),
`satisfaction` (share of what was wanted), and where there are such entities `steam_per_second`, `water_per_second`,
`fuel_items_per_second` and `flow` (units per second through the last pump).
"""

from __future__ import annotations

from factorion_cli.prototypes import load_table
from factorion_cli.simulation.measurement import Measurement
from factorion_cli.simulation.piping import MILLI

Metrics = dict[str, float]


def meter(measured: Measurement) -> Metrics:
    """All figures that apply to a factory."""
    compiled = measured.compiled
    figures: Metrics = {}
    if compiled.grid.networks:
        figures |= _power(measured)
    if compiled.boilers:
        figures |= _boilers(measured)
    if compiled.pipes.pumps:
        last = measured.place.pump + len(compiled.pipes.pumps) - 1
        moved = measured.world.pumps["moved"][last] - measured.before.pumps["moved"][last]
        figures["flow"] = int(moved) / MILLI / measured.seconds
    return figures


def _power(measured: Measurement) -> Metrics:
    place, grid = measured.place, measured.compiled.grid
    networks = slice(place.network, place.network + len(grid.networks))
    generators = slice(place.generator, place.generator + len(grid.generators))

    def counted(array: str, field: str, part: slice) -> int:
        after, before = getattr(measured.world, array)[field], getattr(measured.before, array)[field]
        return int((after[part] - before[part]).sum())

    wanted, served = counted("networks", "wanted", networks), counted("networks", "served", networks)
    made = counted("networks", "sun", networks) + counted("generators", "made", generators)
    figures = {
        "electric_demand": wanted / measured.ticks,
        "electric_output": made / measured.ticks,
        "satisfaction": served / wanted if wanted else 1.0,
    }
    if grid.generators:
        figures["steam_per_second"] = counted("generators", "used", generators) / MILLI / measured.seconds
    return figures


def _boilers(measured: Measurement) -> Metrics:
    """Water taken in and fuel burnt by all boilers; fuel by the energy that they drew."""
    water = fuel = 0.0
    entities = measured.compiled.factory.entities
    for number in measured.compiled.boilers:
        machine = measured.compiled.machines[number]
        water += measured.machine_uses(number).get("water", 0.0)
        named = entities[machine.entity].fuel
        burnt = int(measured.world.machines["fuel_item"][measured.place.machine + number])
        item = load_table().items.get(named or (measured.compiled.items[burnt] if burnt >= 0 else ""))
        if item is not None and item.fuel_j:
            fuel += measured.utilisation(number) * machine.power_w / item.fuel_j
    return {"water_per_second": water} | ({"fuel_items_per_second": fuel} if fuel else {})
