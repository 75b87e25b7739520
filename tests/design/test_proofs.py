"""What no design can solve, told apart from what is only hard."""

from dataclasses import replace

import pytest

from factorion_cli.design.proofs import impossible
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.tasks.marker_suites import suite
from factorion_cli.tasks.markers import marker_task

GEARS = Factory(
    11,
    5,
    sources=(Source("plates", "belt", 0, 2, "iron-plate", 4),),
    sinks=(Sink("gears", "belt", 10, 2, "iron-gear-wheel", 4),),
    power=Power("poles"),
    metadata={"task": {"allowed": "basic"}},
)


def _why(blocked=(), allowed="basic", **changes) -> str:
    factory = replace(GEARS, metadata={"task": {"allowed": allowed, "blocked": list(blocked)}}, **changes)
    return impossible(marker_task(factory))


def test_nothing_is_proved_of_what_can_be_done():
    assert _why() == ""
    for name in ("markers:depth-1?count=5&seed=4", "markers:depth-3?count=2&seed=4"):
        assert {impossible(task) for task in suite(name)} == {""}


@pytest.mark.parametrize(
    ("blocked", "reason"),
    [
        ([[5, 0, 3, 5]], ""),  # four tiles apart: a tunnel goes below
        ([[5, 0, 5, 5]], "nothing brings iron-gear-wheel to its sink"),
        ([[1, 0, 5, 5]], "no machine that makes iron-gear-wheel can be reached by all that it needs"),
        ([[1, 1, 9, 1], [1, 3, 9, 1]], "no room for a machine that makes iron-gear-wheel"),
    ],
)
def test_ground_that_is_blocked_is_a_reason_where_nothing_reaches_across(blocked, reason):
    assert _why(blocked) == reason


def test_arms_reach_where_belts_do_not():
    long = ["assembling-machine-1", "medium-electric-pole", "transport-belt", "long-handed-inserter"]
    assert _why([[1, 0, 1, 5]], long) == ""
    assert _why([[1, 0, 1, 5]], [*long[:3], "inserter"]) != ""


def test_machines_without_a_pole_are_a_reason():
    dark = ["assembling-machine-1", "inserter", "transport-belt"]
    assert _why((), dark) == "nothing that gives power may be built"
    assert _why((), dark, power=Power("unlimited")) == ""
    assert _why((), dark, entities=(Entity("small-electric-pole", 5, 0),)) == ""


def test_nothing_is_proved_where_something_unknown_may_be_built():
    assert _why([[5, 0, 5, 5]], ["roboport", "inserter", "assembling-machine-1"]) == ""
