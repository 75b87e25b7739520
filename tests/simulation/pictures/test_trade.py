"""Who makes what for whom, with totals that agree with the sinks."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.pictures.columns import columns_of
from factorion_cli.simulation.pictures.trade import STORE, Flow, Party, Trade
from factorion_cli.simulation.plant import Plant
from tests.simulation.judging import factory


def _trade(design: Factory) -> tuple[Trade, dict[tuple[str, str, str], float]]:
    (result,) = throughput([design], details=True)
    trade = Trade(Plant(design, result))
    return trade, {(flow.origin.name, flow.target.name, flow.item): flow.rate for flow in trade.flows}


def test_a_line_goes_from_its_source_through_its_machine_to_its_sink() -> None:
    _, flows = _trade(factory("line-gear-am1"))
    assert flows == {
        ("iron-plate", "iron-gear-wheel", "iron-plate"): pytest.approx(0.857, rel=0.02),
        ("iron-gear-wheel", "iron-gear-wheel", "iron-gear-wheel"): pytest.approx(0.4286, rel=0.02),
    }


@pytest.mark.parametrize("case_id", ["line-smelter-12-stone-furnace", "line-circuit-am2-3arms", "balancer-4-4-in014"])
def test_sinks_get_in_the_picture_what_they_get_in_the_result(case_id: str) -> None:
    design = factory(case_id)
    (result,) = throughput([design], details=True)
    trade = Trade(Plant(design, result))
    drawn = sum(flow.rate for flow in trade.flows if flow.target.role == "sink")
    assert drawn == pytest.approx(sum(result.rate(sink.id) for sink in design.sinks), rel=0.03)


def test_a_shared_belt_is_divided_in_proportion() -> None:
    belts = tuple(Entity("transport-belt", x, 2, 4) for x in range(1, 8))
    makers = (Entity("inserter", 1, 1, 0), Entity("inserter", 2, 1, 0), Entity("inserter", 3, 3, 8))
    takers = (Entity("fast-inserter", 6, 3, 0), Entity("fast-inserter", 7, 1, 8))
    sources = (
        Source("a", "chest", 1, 0, "coal"),
        Source("b", "chest", 2, 0, "coal"),
        Source("c", "chest", 3, 4, "stone"),
    )
    sinks = (Sink("x", "chest", 6, 4), Sink("y", "chest", 7, 0))
    _, flows = _trade(Factory(9, 6, (*belts, *makers, *takers), sources, sinks))
    coal = [rate for (origin, _, item), rate in flows.items() if item == "coal" and origin == "coal"]
    assert sum(coal) == pytest.approx(2 * 60 / 70, rel=0.05)


def test_products_that_nobody_takes_pile_up() -> None:
    chest = (Entity("inserter", 1, 0, 12), Entity("steel-chest", 2, 0))
    trade, _ = _trade(Factory(3, 1, chest, (Source("S", "chest", 0, 0, "coal"),)))
    (flow,) = trade.flows
    assert (flow.origin, flow.target) == (Party("source", "coal"), STORE)
    assert flow.rate == pytest.approx(60 / 70, rel=0.02)


def test_columns_run_from_sources_to_sinks_even_round_a_circle() -> None:
    source, first, second, sink = (
        Party("source", "ore"), Party("machine", "a"), Party("machine", "b"), Party("sink", "out"),
    )  # fmt: skip
    flows = [
        Flow(source, first, "ore", 5.0),
        Flow(first, second, "a", 4.0),
        Flow(second, first, "b", 1.0),
        Flow(second, sink, "b", 3.0),
    ]
    assert columns_of(flows) == [[source], [first], [second], [sink]]
    assert columns_of([]) == []
