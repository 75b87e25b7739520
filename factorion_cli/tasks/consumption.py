"""Electric power that a running factory draws, from what its machines and arms were measured to do."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.arming import half_turn_ticks
from factorion_cli.simulation.compiling import beacon_modules, beacon_reaches
from factorion_cli.simulation.grids import Draw, consumer
from factorion_cli.simulation.research import hand_of
from factorion_cli.simulation.result import MachineReport, SimulationResult

TICKS_PER_SECOND = 60


def electric_watts(factory: Factory, result: SimulationResult) -> float:
    """Watts on average: drain always, machines and drills while they work, beacons always, arms by what they move.

    A swing of an arm takes its full power from one drop to the next. How often arms swing is told by the items that
    machines took in and gave out: each item is moved by an arm in full hands of the arms of this factory.
    """
    reports = {report.entity: report for report in result.machines}
    beacons = [entity for entity in factory.entities if entity.prototype.beacon is not None]
    watts = _items_by_arms(factory, reports) * _joules_per_item(factory)
    for index, entity in enumerate(factory.entities):
        energy = entity.prototype.energy
        if energy is None or energy.source != "electric":
            continue
        report = reports.get(index)
        draw = consumer(entity, Draw.ALWAYS, index, 0, _reaching(beacons, entity) if report is not None else ())
        always = 1.0 if entity.prototype.beacon is not None else 0.0
        watts += draw.drain_w + draw.power_w * (report.utilisation if report is not None else always)
    return watts


def _reaching(beacons: list[Entity], machine: Entity) -> tuple[tuple[str, ...], ...]:
    return machine.beacons or tuple(beacon_modules(beacon) for beacon in beacons if beacon_reaches(beacon, machine))


def _items_by_arms(factory: Factory, reports: Mapping[int, MachineReport]) -> float:
    """Items per second that arms bring to machines and take from them; fluids come by pipe."""
    items = load_table().items
    moved = sum(
        rate
        for report in reports.values()
        for rates in (report.uses, report.rates)
        for name, rate in rates.items()
        if name in items
    )
    return moved - _handed_over(factory, reports)


def _handed_over(factory: Factory, reports: Mapping[int, MachineReport]) -> float:
    """Items per second that go from machine to machine in one swing."""
    at = {tile: index for index in reports for tile in factory.entities[index].tiles()}
    makers: dict[int, set[int]] = {}
    for entity in factory.entities:
        if entity.prototype.inserter is not None:
            reach = entity.prototype.inserter.reach
            maker = at.get(step(entity.x, entity.y, entity.direction, reach))
            taker = at.get(step(entity.x, entity.y, opposite(entity.direction), reach))
            if maker is not None and taker is not None:
                makers.setdefault(taker, set()).add(maker)
    return sum(
        min(rate, sum(reports[maker].rates.get(name, 0.0) for maker in found))
        for taker, found in makers.items()
        for name, rate in reports[taker].uses.items()
    )


def _joules_per_item(factory: Factory) -> float:
    """What an arm of the factory spends on an item, on average over its electric arms."""
    spent = []
    for entity in factory.entities:
        inserter, energy = entity.prototype.inserter, entity.prototype.energy
        if inserter is not None and energy is not None and energy.source == "electric":
            swing_ticks = 2 * half_turn_ticks(inserter, entity.quality, Fraction(1))
            joules = energy.power_w * swing_ticks / TICKS_PER_SECOND
            spent.append(joules / hand_of(entity, factory.research))
    return sum(spent) / len(spent) if spent else 0.0
