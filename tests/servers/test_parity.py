"""Server and simulator side by side: what agrees, what differs and which machines, and what cannot be built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Sink, Source, read_factories
from factorion_cli.factory.factory import Power
from factorion_cli.servers.addresses import connected
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.parity import compare, compared, probing
from factorion_cli.simulation import throughput
from factorion_cli.simulation.known_cases import golden_folder, judge
from tests.servers.test_live import LINE

MACHINE = Factory(
    7,
    3,
    (
        Entity("inserter", 1, 1, 12),
        Entity("assembling-machine-2", 2, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 5, 1, 12),
    ),
    sources=(Source("in", "chest", 0, 1, "iron-plate"),),
    sinks=(Sink("out", "chest", 6, 1),),
    id="gears",
)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    with connected("embedded") as server:
        yield server


@pytest.mark.parametrize("family", ["splitters", "inserters", "mining"])
def test_known_cases_agree_as_far_as_they_can_be_built(live: LiveServer, family: str):
    cases = list(read_factories(golden_folder() / f"{family}.yaml"))
    found = list(compare(live, cases))
    assert [each.id for each in found] == [case.id for case in cases]
    assert {each.verdict for each in found} <= {"agrees", "not-built"}
    assert sum(each.verdict == "agrees" for each in found) >= {"splitters": 18, "inserters": 50, "mining": 9}[family]


def test_what_cannot_be_built_or_compared_says_why(live: LiveServer):
    odd = [
        replace(MACHINE, power=Power("network"), id="grid"),
        replace(LINE, sinks=(), id="nothing to see"),
    ]
    grid, nothing = compare(live, odd, 60, 60)
    assert (grid.verdict, nothing.verdict) == ("not-built", "not-built")
    assert grid.reasons == ('power: power of mode "network" cannot be built; expected unlimited or poles',)
    assert "no sinks" in nothing.reasons[0]


def test_a_known_case_that_both_contradict_is_unexpected_unless_it_is_an_estimate(live: LiveServer):
    expect = [{"sink": "out", "item": "iron-plate", "rate": 14.0, "tol_rel": 0.01}]
    known = replace(LINE, metadata={"expect": expect, "status": "exact"})
    estimate = replace(LINE, metadata={"expect": expect, "status": "peer", "real_range": {"out": [13, 14]}})
    wrong, told = compare(live, [known, estimate], 600, 600)
    assert (wrong.verdict, told.verdict) == ("unexpected", "agrees")
    assert wrong.reasons[0].endswith(", expected 14.0")
    assert told.reasons[0].endswith(", expected 13 to 14")


def test_a_difference_names_the_sink_and_the_machine():
    probed = probing(MACHINE)
    whole = throughput([probed])[0]
    half = replace(whole, sinks={sink: {"iron-gear-wheel": 0.1} for sink in whole.sinks})
    found = compared(MACHINE, half, whole)
    assert (found.verdict, found.rate) == ("differs", 0.1)
    assert str(found.sinks[0]).startswith("out iron-gear-wheel: 0.1/s on the server, ")
    assert [machine.what for machine in found.machines] == ["assembling-machine-2 at 2,0"]


def test_expectations_that_make_no_sense_name_the_case():
    (result,) = throughput([LINE])
    with pytest.raises(FactoryError, match="gears: its key `expect`"):
        judge(replace(LINE, id="gears", metadata={"expect": [{"rate": "fast"}]}), result)
