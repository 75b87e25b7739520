"""The whole search on small tasks."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from factorion_cli.design import Design, design
from factorion_cli.design.checking import faults
from factorion_cli.design.solve import length, luby
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.factory import Power
from factorion_cli.tasks.marker_cells import cell
from factorion_cli.tasks.markers import MarkerTask, marker_task

GEARS = Factory(
    11,
    11,
    sources=(Source("plates", "belt", 0, 3, "iron-plate", 4),),
    sinks=(Sink("gears", "belt", 10, 7, "iron-gear-wheel", 4),),
    power=Power("poles"),
    metadata={"task": {"allowed": "basic"}},
)
BELTS = ("transport-belt", "underground-belt", "splitter")
CIRCUITS = Factory(
    11,
    11,
    sources=(Source("iron", "belt", 0, 3, "iron-plate", 4), Source("copper", "belt", 4, 10, "copper-plate", 0)),
    sinks=(Sink("circuits", "belt", 10, 7, "electronic-circuit", 4),),
    power=Power("poles"),
    metadata={"task": {"allowed": "basic"}},
)


def _design(factory: Factory, looks: int = 6, **options: object) -> Design:
    """A design by a number of looks at the clock (500 tries each), so that a slow machine finds it, too."""
    return design(marker_task(factory), seconds=3600, stop=count_down(looks), **options)  # type: ignore[arg-type]


def count_down(looks: int) -> Callable[[], bool]:
    """Whether it has been asked so often."""
    left = iter(range(looks - 1))
    return lambda: next(left, None) is None


def _task(factory: Factory, **changes: object) -> Factory:
    return replace(factory, **changes)  # type: ignore[arg-type]


def test_gears_are_made_of_plates_faster_than_one_machine_can():
    found = _design(GEARS)
    assert found.solved
    assert found.reason == ""
    assert found.throughput > 1.0
    assert faults(found.task, found.factory) == []
    assert found.cost == len(found.factory.entities)


def test_two_steps_are_chained():
    found = _design(CIRCUITS, 18)
    assert found.solved
    assert {entity.recipe for entity in found.factory.entities} >= {"copper-cable", "electronic-circuit"}
    assert faults(found.task, found.factory) == []


def test_a_full_belt_is_smelted_by_rows_of_furnaces():
    task = cell("smelting")
    found = design(task, seconds=3600, stop=count_down(40))
    assert found.throughput > 0.9 * 15
    assert faults(task, found.factory) == []


def test_the_same_seed_finds_the_same_design():
    one, other = (_design(GEARS, seed=5) for _ in range(2))
    assert one.factory == other.factory
    assert one.factory != _design(GEARS, seed=6).factory


def test_cost_asks_for_fewer_tiles():
    assert _design(GEARS, objective="cost").footprint < _design(GEARS).footprint


def test_no_more_is_built_than_what_is_enough():
    found = _design(GEARS, 12, objective="balanced", enough=1.0)
    assert [entity.recipe for entity in found.factory.entities if entity.recipe] == ["iron-gear-wheel"]
    assert found.throughput == pytest.approx(1.0, rel=0.02)


def test_what_stands_there_stays_and_blocked_tiles_stay_free():
    furnace = Entity("stone-furnace", 5, 5)
    factory = _task(GEARS, entities=(furnace,), metadata={"task": {"allowed": "basic", "blocked": [[2, 0, 1, 9]]}})
    found = _design(factory, 12)
    assert found.solved
    assert found.factory.entities[0] == furnace
    assert faults(found.task, found.factory) == []


def test_belts_alone_cross():
    factory = Factory(
        9,
        9,
        sources=(Source("a", "belt", 0, 4, "coal", 4), Source("b", "belt", 4, 0, "stone", 8)),
        sinks=(Sink("c", "belt", 8, 4, "coal", 4), Sink("d", "belt", 4, 8, "stone", 8)),
        metadata={"task": {"allowed": "basic"}},
    )
    found = _design(factory, 3)
    assert found.throughput == pytest.approx(30.0)


def test_of_two_sources_that_face_one_tile_both_are_emptied():
    factory = Factory(
        7,
        7,
        sources=(Source("a", "belt", 1, 0, "coal", 8), Source("b", "belt", 0, 1, "stone", 4)),
        sinks=(Sink("c", "belt", 6, 4, "coal", 4), Sink("d", "belt", 4, 6, "stone", 8)),
        metadata={"task": {"allowed": "basic"}},
    )
    found = _design(factory, 3)
    assert found.solved
    assert {entity.name for entity in found.factory.entities} & {"inserter", "long-handed-inserter"}


def test_chests_are_emptied_and_filled_by_arms():
    factory = Factory(
        9,
        5,
        sources=(Source("plates", "chest", 0, 2, "iron-plate"),),
        sinks=(Sink("gears", "chest", 8, 2, "iron-gear-wheel"),),
        metadata={"task": {"allowed": "basic"}},
    )
    assert _design(factory, 3).solved


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sources": (Source("a", "belt", 0, 3, "coal", 4),)}, "no source gives iron-plate"),
        ({"metadata": {"task": {"allowed": ["inserter", "transport-belt"]}}}, "no allowed machine makes it"),
        ({"metadata": {"task": {"allowed": "basic", "blocked": [[1, 0, 8, 11]]}}}, "no room"),
        ({"metadata": {"task": {"allowed": "basic", "blocked": [[4, 0, 6, 11]]}}}, "cannot be solved: nothing brings"),
        ({"metadata": {"task": {"allowed": ["assembling-machine-1", "inserter", "transport-belt"]}}}, "power"),
    ],
)
def test_a_task_without_a_design_says_why(changes, reason):
    found = _design(_task(GEARS, **changes), 3)
    assert not found.solved
    assert reason in found.reason


def test_in_the_window_of_datasets_the_first_layout_that_is_too_slow_ends_the_search():
    slow = _task(
        GEARS,
        sources=tuple(
            Source(item, "belt", 0, 1 + 2 * row, item, 4)
            for row, item in enumerate(("concrete", "steel-plate", "pipe", "processing-unit", "electric-engine-unit"))
        ),
        sinks=(Sink("silo", "belt", 10, 7, "rocket-silo", 4),),
        # 2,500 pieces by at most eleven plain arms take 270 s.
        metadata={"task": {"allowed": ["assembling-machine-1", "inserter", "medium-electric-pole", *BELTS]}},
    )
    found = _design(slow, 50, in_window=True)
    assert found.reason == "not found in time: complete layouts delivered nothing within four minutes of game time"
    quick = _design(GEARS, 2, in_window=True)
    assert quick.result is not None
    assert quick.throughput == pytest.approx(quick.result.throughput)


def test_the_search_ends_when_it_is_told_to_and_reports_on_the_way():
    seen: list[Design] = []
    found = design(marker_task(GEARS), seconds=60, stop=lambda: bool(seen), report=seen.append)
    assert seen[-1].factory == found.factory


def test_runs_get_longer_without_one_that_dominates():
    assert [luby(number) for number in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]


def test_what_is_crowded_gets_long_runs_until_something_works():
    assert [length(run, works=False) for run in range(1, 6)] == [1, 1, 4, 16, 16]
    assert [length(run, works=True) for run in range(1, 6)] == [1, 1, 2, 1, 1]


def test_a_task_is_what_designs_are_for():
    assert isinstance(_design(GEARS, 3).task, MarkerTask)


def test_a_proposal_that_works_is_a_design_before_anything_is_searched():
    made = _design(CIRCUITS)
    found = _design(CIRCUITS, looks=1, proposals=[made.factory])
    assert found.tries == 0
    assert found.throughput == pytest.approx(made.throughput, rel=0.01)
    taken = {tile for entity in made.factory.entities for tile in entity.tiles()}
    free = next((x, y) for y in range(1, 10) for x in range(1, 10) if (x, y) not in taken)
    littered = made.factory.adding(Entity("small-electric-pole", *free))
    assert _design(CIRCUITS, looks=1, proposals=[littered]).cost <= made.cost


def test_the_search_goes_on_from_the_machines_of_a_proposal():
    made = _design(CIRCUITS)
    machines = [entity for entity in made.factory.entities if entity.recipe]
    proposal = CIRCUITS.with_entities(machines)
    found = _design(CIRCUITS, looks=5, proposals=[proposal])
    assert found.solved
    assert not faults(marker_task(CIRCUITS), found.factory)


def test_a_proposal_of_no_use_costs_no_design():
    found = _design(GEARS, looks=8, proposals=[GEARS, CIRCUITS])
    assert found.solved
