"""From the rates of the flow engine to SimulationResults."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Factory
from factorion_cli.factory.entity import SinkKind
from factorion_cli.factory.geometry import opposite, step
from factorion_cli.simulation import decisions
from factorion_cli.simulation.batch import MACHINE, FactoryBatch, item_names
from factorion_cli.simulation.batch_building import BatchBuilder
from factorion_cli.simulation.batch_moves import Move, batch_of_moves, moved
from factorion_cli.simulation.compiling import not_simulated
from factorion_cli.simulation.doubt_measuring import with_doubts_measured
from factorion_cli.simulation.flowing import FlowRates, flow_rates
from factorion_cli.simulation.research import belt_stack_of
from factorion_cli.simulation.result import LaneRates, MachineReport, SimulationResult


def flow_throughput(
    factories: Sequence[Factory] | FactoryBatch, threads: int | None, doubting: bool = False
) -> list[SimulationResult]:
    """One result per factory; one that cannot be scored has `error` set.

    `doubting`: whether the tick engine measures what is in doubt; otherwise what does not settle has `error` set, too.
    """
    if isinstance(factories, FactoryBatch):
        return _reports(factories, threads, doubting)
    builder, known = BatchBuilder(), list[Factory]()
    outcomes: list[SimulationResult | None] = []
    for factory in factories:
        try:
            builder.add(factory)
        except FactorionError as error:
            outcomes.append(SimulationResult(factory.id, error=str(error)))
        else:
            known.append(factory)
            outcomes.append(None)
    found = iter(_reports(builder.batch(tuple(known)), threads, doubting) if known else [])
    return [next(found) if outcome is None else outcome for outcome in outcomes]


def _reports(batch: FactoryBatch, threads: int | None, doubting: bool) -> list[SimulationResult]:
    flow = flow_rates(batch, threads, doubting)
    return with_doubts_measured(flow, reports(flow), threads) if doubting else reports(flow)


def _not_simulated(factory: Factory) -> tuple[str, ...]:
    """What only stands there or has no effect in the flow engine."""
    left_out: set[str] = set()
    if belt_stack_of("stack-inserter", factory.research) > 1 and any(
        entity.name in decisions.STACKING for entity in factory.entities
    ):
        left_out.add("stacks on belts")
    if _hands_packs_on(factory):
        left_out.add("packs from lab to lab")
    return tuple(sorted({*not_simulated(factory), *left_out}))


def _hands_packs_on(factory: Factory) -> bool:
    """Whether an arm leads from one lab to another."""
    labs = {tile for entity in factory.entities if entity.prototype.lab is not None for tile in entity.tiles()}
    if not labs:
        return False
    return any(
        step(entity.x, entity.y, entity.direction, data.reach) in labs
        and step(entity.x, entity.y, opposite(entity.direction), data.reach) in labs
        for entity in factory.entities
        if (data := entity.prototype.inserter) is not None
    )


def reports(flow: FlowRates) -> list[SimulationResult]:
    """One result per factory of the batch."""
    return [_report(flow, number, factory) for number, factory in enumerate(flow.batch.factories)]


def rates_of_moves(factory: Factory, moves: Sequence[Move]) -> list[float | None]:
    """Items per second into all sinks: of the factory, then after each of the moves, all legal, done to it alone.

    None stands for what cannot be scored or does not settle. Most copies cost a tenth of what `flow_throughput` takes.
    """
    try:
        batch = batch_of_moves(factory, moves)
    except FactorionError:
        return [None] * (1 + len(moves))
    if batch is None:
        results = flow_throughput([factory, *(moved(factory, move) for move in moves)], threads=1)
        return [None if result.error is not None else result.throughput for result in results]
    flow, wanted = flow_rates(batch), _wanted(factory)
    return [
        # The sinks stay, so that nothing of the moved factories themselves is needed.
        SimulationResult(factory.id, _sinks(flow, number, factory), wanted=wanted).throughput
        if flow.rounds[number]
        else None
        for number in range(len(batch))
    ]


def _wanted(factory: Factory) -> dict[str, str]:
    return {sink.id: sink.item for sink in factory.sinks if sink.item is not None}


def _report(flow: FlowRates, number: int, factory: Factory) -> SimulationResult:
    if flow.rounds[number] == 0:
        return SimulationResult(
            factory.id, error="the flow engine found no steady state; ask the tick simulator (--engine ticks)"
        )
    balance = flow.balances.get(number)
    return SimulationResult(
        id=factory.id,
        sinks=_sinks(flow, number, factory),
        machines=_machines(flow, number, factory),
        not_simulated=_not_simulated(factory),
        metrics={"rounds": float(flow.rounds[number])} | (balance.figures if balance is not None else {}),
        wanted=_wanted(factory),
    )


def _sinks(flow: FlowRates, number: int, factory: Factory) -> dict[str, dict[str, float | LaneRates]]:
    names = flow.item_names(number)
    return {
        sink.id: _sink_rates(flow.sink_rates(number, index), sink.kind, names)
        for index, sink in enumerate(factory.sinks)
    }


def _sink_rates(rates: NDArray[np.float64], kind: SinkKind, names: list[str]) -> dict[str, float | LaneRates]:
    """By item; belt sinks by lane, of which others have one."""
    left, right = rates
    if kind != "belt":
        return {names[k]: float(left[k]) for k in np.flatnonzero(left)}
    return {names[k]: {"left": float(left[k]), "right": float(right[k])} for k in np.flatnonzero(left + right)}


def _machines(flow: FlowRates, number: int, factory: Factory) -> tuple[MachineReport, ...]:
    """What each machine makes; `waits_for` is the tick simulator's to say."""
    batch = flow.batch
    span, balance = batch.spans[number], flow.balances.get(number)
    reports = []
    for row_number in range(int(span["first"]), int(span["end"])):
        row = batch.rows[row_number]
        # Generators are rows of no entity.
        if row["kind"] != MACHINE or row["index"] < 0:
            continue
        entity = factory.entities[row["index"]]
        crafts, plan_number = float(flow.crafts[row_number]), int(flow.plans[row_number])
        rates, uses, busy = dict[str, float](), dict[str, float](), 0.0
        if plan_number >= 0:
            plan = batch.plans[plan_number]
            # At less than full power a machine that is never idle makes less than its plan says.
            most = float(plan["crafts"])
            busy = crafts / most if balance is None else float(balance.busy[row_number - int(span["first"])])
            rates = _parts(plan["out_item"][: plan["outputs"]], plan["out_amount"] * crafts)
            uses = _parts(plan["in_item"][: plan["inputs"]], plan["in_amount"] * crafts)
        reports.append(
            MachineReport(
                entity=int(row["index"]),
                name=entity.name,
                x=entity.x,
                y=entity.y,
                recipe=entity.recipe,
                utilisation=busy,
                rates=rates,
                waits_for=None,
                uses=uses,
            )
        )
    return tuple(sorted(reports, key=lambda report: report.entity))


def _parts(items: IntArray, amounts: NDArray[np.float64]) -> dict[str, float]:
    """Items per second by name."""
    return {item_names()[item]: float(amount) for item, amount in zip(items, amounts, strict=False) if amount}
