"""From a design to its tasks. The simulator is real here, and runs for half a minute of game time at most."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, SOUTH
from factorion_cli.simulation import throughput
from factorion_cli.tasks import MinedDesign, MiningSettings, Provenance, mine
from factorion_cli.tasks.task import LEVEL_KEEP
from tests.tasks import designs

SETTINGS = MiningSettings(warmup_ticks=900, measure_ticks=900)
ORIGIN = Provenance("mall.txt#0", "Gears", "MIT", "1.1.110")


@pytest.fixture(scope="module")
def gears() -> MinedDesign:
    return mine(designs.gear_cell(), ORIGIN, SETTINGS)


def test_a_working_cell_gives_tasks_with_what_their_absence_costs(gears: MinedDesign):
    assert gears.working == gears.windows == 1
    assert gears.tasks
    for task in gears.tasks:
        assert task.kind == "throughput"
        assert task.missing == tuple(sorted(task.missing))
        whole = task.redundant or task.level == LEVEL_KEEP
        assert (task.throughput_start == task.throughput_reference) if whole else (task.throughput_left < 0.99)


def test_the_rates_of_a_task_are_what_the_simulator_says(gears: MinedDesign):
    task = gears.tasks[1]
    results = throughput([task.reference, task.start], warmup_ticks=900, measure_ticks=900)
    assert [result.throughput for result in results] == [task.throughput_reference, task.throughput_start]


def test_tasks_say_where_they_come_from(gears: MinedDesign):
    task = gears.tasks[0]
    assert task.provenance == ORIGIN
    assert task.reference.metadata["label"] == "Gears"
    assert {mark["id"] for mark in task.reference.metadata["endpoints"]} == {"source-0", "sink-0"}
    assert task.design == task.family == gears.design
    assert len({task.id for task in gears.tasks}) == len(gears.tasks)


def test_levels_say_what_is_to_be_done(gears: MinedDesign):
    by_level = {task.level: task for task in gears.tasks}
    assert set(by_level) == {1, 3, 4, 5}
    assert all((len(task.missing) == 1) == (task.level == 3) for task in gears.tasks)
    assert by_level[1].missing == ()
    assert by_level[1].hand == by_level[1].spare != ()
    assert by_level[5].start.entities == ()
    assert by_level[5].throughput_start == 0


def test_a_part_that_a_factory_works_without_is_to_improve_it():
    column = mine(designs.smelter_column(), ORIGIN, replace(SETTINGS, removals={"cluster": 12}))
    levels = {task.level: task for task in column.tasks}
    assert levels[2].throughput_left >= 0.25 > levels[4].throughput_left


def test_what_nobody_misses_is_marked_and_kept_few():
    cell = designs.gear_cell()
    mined = mine(cell, ORIGIN, replace(SETTINGS, removals={"one": 100}))
    marked = [task for task in mined.tasks if task.redundant]
    assert len(marked) == SETTINGS.redundant_per_window
    assert mined.skipped["redundant"] > 0
    assert all(task.throughput_left < 0.99 for task in mined.tasks if not task.redundant)


def test_placements_that_do_as_well_are_counted_where_one_is_missing(gears: MinedDesign):
    for task in gears.tasks:
        assert (task.equivalents >= 1) == (task.level == 3)


def test_same_seed_same_tasks_whatever_the_order_of_entities(gears: MinedDesign):
    assert mine(designs.gear_cell(), ORIGIN, SETTINGS) == gears
    assert mine(designs.gear_cell(), ORIGIN, replace(SETTINGS, seed=1)).tasks != gears.tasks


def test_a_design_without_throughput_becomes_structural_tasks_with_the_reason():
    idle = designs.design(Entity("assembling-machine-1", 0, 0), Entity("inserter", 3, 1, EAST))
    mined = mine(idle, ORIGIN, SETTINGS)
    assert mined.working == 0
    assert {task.kind for task in mined.tasks} == {"structural"}
    assert {task.reference.metadata["structural"] for task in mined.tasks} <= set(mined.skipped)


def test_endpoints_that_a_design_brings_along_are_kept():
    line = Factory(
        5,
        1,
        tuple(designs.line(1, 0, EAST, 3)),
        (Source("in", "belt", 0, 0, "coal", EAST),),
        (Sink("out", "belt", 4, 0, "coal", EAST),),
    )
    mined = mine(line, ORIGIN, SETTINGS)
    assert mined.tasks[0].reference.sources == line.sources
    assert mined.tasks[0].throughput_reference == pytest.approx(15, rel=0.01)


def test_crowded_windows_are_skipped_and_counted():
    mined = mine(designs.gear_cell(), ORIGIN, replace(SETTINGS, max_entities=3))
    assert (mined.windows, mined.tasks, mined.skipped) == (0, (), {"too many entities": 1})


def test_a_line_that_passes_by_a_dead_machine_makes_no_throughput_task():
    dead = designs.design(*designs.line(0, 0, EAST, 6), Entity("assembling-machine-1", 0, 2))
    dead = dead.adding(Entity("inserter", 1, 1, 0))
    mined = mine(dead, ORIGIN, SETTINGS)
    assert (mined.working, mined.skipped) == (0, {"recipe missing": 1})


def test_a_drill_on_ore_needs_no_source():
    mine_head = designs.design(Entity("electric-mining-drill", 0, 0, EAST), *designs.line(3, 0, SOUTH, 4))
    mined = mine(mine_head, ORIGIN, SETTINGS)
    assert mined.working == 1
    assert {task.category for task in mined.tasks} == {"mining"}


@pytest.mark.parametrize(("tile", "kind"), [([2, 3], "structural"), ([40, 3], "throughput")])
def test_pieces_with_something_of_mods_in_them_are_structural(tile: list[int], kind: str):
    cell = designs.gear_cell()
    mined = mine(replace(cell, metadata={"modded_at": [["ultra-fast-belt", *tile]]}), ORIGIN, SETTINGS)
    assert {task.kind for task in mined.tasks} == {kind}
