"""From the rates of a measured window to a SimulationResult."""

from __future__ import annotations

from dataclasses import replace

from factorion_cli.simulation.bottleneck import in_one_sentence, limits_of_sinks
from factorion_cli.simulation.measurement import Measurement
from factorion_cli.simulation.metering import meter
from factorion_cli.simulation.result import MachineReport, SimulationResult


def _machine_report(measured: Measurement, number: int) -> MachineReport:
    spec = measured.compiled.machines[number]
    entity = measured.compiled.factory.entities[spec.entity]
    rates = measured.machine_rates(number)
    recipe = entity.recipe
    if recipe is None:
        plan = int(measured.world.machines["plan"][measured.place.machine + number])
        recipe = spec.plans[plan - spec.first_plan].recipe if plan >= 0 else None
    return MachineReport(
        entity=spec.entity,
        name=entity.name,
        x=entity.x,
        y=entity.y,
        recipe=recipe,
        utilisation=measured.utilisation(number),
        rates=rates,
        waits_for=measured.waits_for(number),
        uses=measured.machine_uses(number),
    )


def report_sinks(measured: Measurement) -> SimulationResult:
    """The part of a result that says what arrived."""
    factory = measured.compiled.factory
    return SimulationResult(
        id=factory.id,
        sinks={sink.id: measured.sink_rates(index) for index, sink in enumerate(factory.sinks)},
        wanted={sink.id: sink.item for sink in factory.sinks if sink.item is not None},
    )


def report(measured: Measurement) -> SimulationResult:
    """The result of one factory of a batch."""
    compiled, factory = measured.compiled, measured.compiled.factory
    machines = [_machine_report(measured, number) for number in range(len(compiled.machines))]
    limits = limits_of_sinks(measured, machines)
    return replace(
        report_sinks(measured),
        machines=tuple(sorted(machines, key=lambda machine: machine.entity)),
        bottleneck=in_one_sentence(limits),
        not_simulated=compiled.not_simulated,
        metrics={
            "measured_ticks": measured.ticks,
            "relative_error": measured.relative_error(),
            **meter(measured),
        },
        limits=limits,
        period_ticks=measured.period_ticks,
        counts={sink.id: measured.counts(index) for index, sink in enumerate(factory.sinks)},
        resting=tuple(sorted([*measured.idle_arms(), *(one.entity for one in machines if not one.rates)])),
    )
