import numpy as np
import pytest

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.prospects import Prospects

PROSPECTS = Prospects.of(default_vocabulary())
IRON, WANTED = Source("S0", "belt", 0, 1, "iron-plate", 4), Sink("K0", "belt", 11, 1, "iron-plate", 4)
BEFORE_THE_WALL = [Entity("transport-belt", x, 1, 4) for x in (1, 2)]


def _grids(*of_entities, sources=(IRON,), sinks=(WANTED,)):
    return np.stack(
        [observe(Factory(12, 3, entities, sources=sources, sinks=sinks), [])["grid"] for entities in of_entities]
    )


def _wall(*columns):
    return [Entity("stone-wall", x, y) for x in columns for y in range(3)]


@pytest.mark.parametrize(
    ("wall", "lost"), [((), 0), ((4,), 0), ((4, 5, 6, 7), 0), ((4, 5, 6, 7, 8), 1)], ids=["none", "1", "4", "5 tiles"]
)
def test_a_need_is_lost_behind_what_no_belt_can_pass_under(wall, lost):
    assert PROSPECTS.lost(_grids((*BEFORE_THE_WALL, *_wall(*wall)))).tolist() == [lost]


def test_the_end_of_a_belt_against_a_wall_has_lost_its_way():
    ahead, beside = Entity("stone-wall", 3, 1), [Entity("stone-wall", 3, y) for y in (0, 2)]
    assert PROSPECTS.lost(_grids((*BEFORE_THE_WALL, *beside), (*BEFORE_THE_WALL, ahead))).tolist() == [0, 1]


def test_a_machine_needs_each_ingredient_through_any_of_its_arms():
    gears = Entity("assembling-machine-1", 4, 0, recipe="iron-gear-wheel")
    sinks = (Sink("K0", "belt", 11, 1, "iron-gear-wheel", 4),)
    served = gears, Entity("inserter", 3, 1, 12), Entity("inserter", 7, 1, 12)
    walled = *served[:2], Entity("inserter", 7, 1, 12), *_wall(9, 10)
    far = *served, Entity("stone-wall", 2, 1), *(Entity("stone-wall", x, y) for x in (0, 1, 2, 3) for y in (0, 2))
    assert PROSPECTS.lost(_grids((gears,), served, walled, sinks=sinks)).tolist() == [2, 0, 0]
    assert PROSPECTS.lost(_grids((*far, Entity("stone-wall", 1, 1)), sinks=sinks)).tolist() == [1]


def test_belts_are_counted_with_those_of_the_ends():
    assert PROSPECTS.belts(_grids((), tuple(BEFORE_THE_WALL))).tolist() == [2, 4]
