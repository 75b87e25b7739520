"""From-markers tasks: what a Factory file says, what is refused and what survives the way there and back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Power, Sink, Source, factory_from_json, factory_to_json
from factorion_cli.tasks.allowed import ALL, BASIC
from factorion_cli.tasks.markers import UNREACHABLE, marker_task
from tests.factory.test_schema import SCHEMA, valid


def gears(**changes: Any) -> Factory:
    """Iron plates on the left, gears wanted on the right of an 11x11 rectangle."""
    factory = Factory(
        11,
        11,
        sources=(Source("S0", "belt", 0, 3, "iron-plate", 4),),
        sinks=(Sink("K0", "belt", 10, 5, "iron-gear-wheel", 4),),
        id="gears",
        power=Power("poles"),
        metadata={"task": {"allowed": "basic"}},
    )
    return replace(factory, **changes)


def with_task(**task: Any) -> Factory:
    return gears(metadata={"task": task})


def test_a_factory_file_without_the_key_blocks_nothing_and_allows_all() -> None:
    task = marker_task(gears(metadata={}))
    assert (task.id, task.blocked, task.allowed) == ("gears", frozenset(), ALL)


def test_rectangles_become_tiles() -> None:
    task = marker_task(with_task(blocked=[[2, 2, 2, 1], [3, 2, 1, 2]], allowed="basic"))
    assert task.blocked == {(2, 2), (3, 2), (3, 3)}
    assert task.allowed == BASIC


def test_allowed_lists_may_name_sets() -> None:
    task = marker_task(with_task(allowed=["basic", "substation"]))
    assert set(task.allowed) == {*BASIC, "substation"}
    assert list(task.allowed) == sorted(task.allowed)


@pytest.mark.parametrize("allowed", ["basic", "all", ["transport-belt"], ["basic", "stone-furnace"]])
def test_a_task_comes_back_from_its_file(allowed: Any) -> None:
    task = marker_task(with_task(blocked=[[2, 2, 3, 4], [1, 9, 1, 1], [4, 5, 4, 1]], allowed=allowed))
    written = json.loads(json.dumps(factory_to_json(task.to_factory())))
    assert valid(written, SCHEMA)
    assert marker_task(factory_from_json(written)) == task


def test_other_metadata_stays() -> None:
    factory = gears(metadata={"title": "Gears", "task": {"allowed": "basic"}})
    assert marker_task(factory).to_factory().metadata["title"] == "Gears"


def test_depth_counts_the_steps_between_source_and_sink() -> None:
    sinks = {"iron-plate": 0, "iron-gear-wheel": 1, "transport-belt": 2, "underground-belt": 3}
    depths = {item: marker_task(gears(sinks=(Sink("K0", "belt", 10, 5, item, 4),))).depth for item in sinks}
    assert depths == sinks


def test_what_no_source_leads_to_is_unreachable() -> None:
    task = marker_task(gears(sinks=(Sink("K0", "belt", 10, 5, "electronic-circuit", 4),)))
    assert (task.depth, task.bound) == (UNREACHABLE, 0.0)


def test_machines_that_stand_there_make_what_allowed_ones_cannot() -> None:
    sources, sinks = (Source("S0", "belt", 0, 3, "iron-ore", 4),), (Sink("K0", "belt", 10, 5, "iron-plate", 4),)
    smelting = gears(sources=sources, sinks=sinks)
    assert marker_task(smelting).depth == UNREACHABLE
    assert marker_task(smelting.adding(Entity("electric-furnace", 4, 4))).depth == 1


IRON = Source("S0", "belt", 0, 3, "iron-plate", 4)


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (gears(metadata={"task": 3}), "task is 3, expected a mapping"),
        (with_task(budget=1), "unknown key 'budget'"),
        (with_task(blocked=[[1, 2, 3]]), r"blocks \[1, 2, 3\], expected \[x, y, width, height\]"),
        (with_task(blocked=[[9, 9, 3, 1]]), "not within 11 x 11"),
        (with_task(blocked=[[0, 0, 10**9, 10**9]]), "not within 11 x 11"),
        (with_task(blocked=[[0, 3, 1, 1]]), "endpoint S0 stands on the blocked tile 0,3"),
        (with_task(allowed="cheap"), "'cheap', which is neither"),
        (with_task(allowed=7), "allows 7, expected"),
        (gears(sources=()), "needs a source and a sink"),
        (gears(power=Power("network")), "power mode is network"),
        (gears(sinks=(Sink("K0", "belt", 10, 5, None, 4),)), "sink K0 has no item"),
        (gears(sinks=(Sink("K0", "output", of=(1, 1), item="pipe"),)), "kind output"),
        (gears(sources=(replace(IRON, x=11),)), "outside of the rectangle"),
        (gears(sources=(replace(IRON, belt="pipe"),)), "belt 'pipe'"),
        (gears(sources=(IRON, replace(IRON, y=4))), "two endpoints are called S0"),
        (gears(sources=(IRON, replace(IRON, id="S1"))), "S0 and S1 both stand at 0,3"),
        (gears().adding(Entity("assembling-machine-1", 0, 2)), "collides with endpoint S0"),
        (gears().adding(Entity("pipe", 5, 5), Entity("pipe", 5, 5)), "collides with pipe"),
        (gears().adding(Entity("hat", 5, 5)), "no vanilla entity is called 'hat'"),
        (with_task(blocked=[[5, 5, 1, 1]]).adding(Entity("pipe", 5, 5)), "pipe at 5,5 stands on the blocked tile"),
    ],
)
def test_what_is_wrong_is_named(factory: Factory, message: str) -> None:
    with pytest.raises(FactoryError, match=message):
        marker_task(factory)


def test_two_sources_may_share_a_tile_by_lanes() -> None:
    left = replace(IRON, lanes="left")
    right = replace(IRON, id="S1", lanes="right", item="copper-plate")
    assert marker_task(gears(sources=(left, right))).depth == 1
    with pytest.raises(FactoryError, match="both stand at"):
        marker_task(gears(sources=(left, replace(right, direction=8))))
