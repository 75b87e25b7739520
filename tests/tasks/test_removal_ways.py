"""The ways to take entities out of a factory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import EAST, SOUTH
from factorion_cli.tasks.layout import analyse
from factorion_cli.tasks.removal import eligible, kind_of
from factorion_cli.tasks.removal_ways import CLUSTER_SIZES, PATH_LENGTHS, TakenOut, belt_runs, take_out
from factorion_cli.tasks.task import REMOVALS, Removal
from tests.tasks import designs


def taken(factory: Factory, way: Removal, count: int = 20, seed: int = 0) -> list[TakenOut]:
    return take_out(factory, {way: count}, np.random.default_rng(seed))


@pytest.mark.parametrize("way", REMOVALS)
def test_every_way_takes_what_actions_can_put_back_and_names_itself(way: Removal):
    column = designs.smelter_column()
    allowed = {index for indices in eligible(column).values() for index in indices}
    found = taken(column, way)
    assert found
    assert all(one.removal == way and allowed.issuperset(one.missing) for one in found)
    assert all(list(one.missing) == sorted(set(one.missing)) for one in found)


@pytest.mark.parametrize("way", REMOVALS)
def test_the_generator_alone_decides(way: Removal):
    column = designs.smelter_column()
    assert taken(column, way, seed=5) == taken(column, way, seed=5)


def test_nothing_is_drawn_twice_and_no_more_than_asked_for():
    counts: dict[Removal, int] = dict.fromkeys(REMOVALS, 3)
    found = take_out(designs.smelter_column(), counts, np.random.default_rng(0))
    assert len({(one.missing, one.spare) for one in found}) == len(found)
    assert all(sum(one.removal == way for one in found) <= 3 for way in REMOVALS)


def test_spare_entities_are_of_the_factory_s_own_kinds():
    cell = designs.gear_cell()
    names = {entity.name for entity in cell.entities}
    assert all(one.missing == () and one.spare and names.issuperset(one.spare) for one in taken(cell, "none"))


def _hangs_together(factory: Factory, members: Sequence[int]) -> bool:
    tiles = {index: set(factory.entities[index].tiles()) for index in members}
    reached, left = {members[0]}, set(members[1:])
    while near := {
        index
        for index in left
        if any((x + dx, y + dy) in tiles[index] for one in reached for x, y in tiles[one] for dx, dy in _SIDES)
    }:
        reached |= near
        left -= near
    return not left


_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))


def test_clusters_hang_together_and_leave_something():
    column = designs.smelter_column()
    for one in taken(column, "cluster"):
        assert CLUSTER_SIZES[0] <= len(one.missing) <= CLUSTER_SIZES[1]
        assert len(one.missing) < len(column.entities)
        assert _hangs_together(column, one.missing)


def test_paths_are_runs_of_belts_one_after_the_other():
    bent = designs.design(*designs.line(0, 0, EAST, 4), *designs.line(4, 0, SOUTH, 4))
    assert belt_runs(analyse(bent)) == [tuple(range(8))]
    (path,) = taken(bent, "path")
    assert path.missing == tuple(range(8))


def test_long_paths_are_cut_to_what_an_episode_can_hold():
    (path,) = taken(designs.design(*designs.line(0, 0, EAST, 60)), "path")
    assert len(path.missing) == PATH_LENGTHS[1]


def test_a_run_ends_where_another_belt_joins():
    joined = designs.design(*designs.line(0, 2, EAST, 6), *designs.line(3, 0, SOUTH, 2))
    assert sorted(belt_runs(analyse(joined))) == [(0, 1, 2), (3, 4, 5), (6, 7)]


def test_by_kind_takes_all_of_one_kind():
    column = designs.smelter_column()
    found = taken(column, "kind")
    assert {kind_of(column.entities[one.missing[0]]) for one in found} == {"belt", "inserter", "machine"}
    assert all(one.missing in eligible(column).values() for one in found)


def test_all_needs_every_entity_to_be_one_that_an_action_can_put_back():
    cell = designs.gear_cell()
    assert taken(cell, "all") == [TakenOut("all", tuple(range(len(cell.entities))))]
    assert taken(cell.adding(Entity("small-lamp", 6, 0)), "all") == []
