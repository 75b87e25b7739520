import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.lookup import EntityLookup
from factorion_cli.policies.planes import N_PLANES, Planes

NORTH, EAST, SOUTH, WEST = range(4)
EMITS, ENTRANCE, EXIT, ARM, ARRIVES, WANT_EXIT, WANT_ENTRANCE = 0, 4, 8, 12, 16, 20, 24
PICKS, DROPS, ALONE_ENTRANCE, ALONE_EXIT, POWERED, UNPOWERED = 28, 32, 36, 37, 38, 39


def _planes(*entities, width=12, height=3):
    grid = torch.from_numpy(observe(Factory(width, height, entities), [])["grid"])[None].long()
    return Planes(EntityLookup.of(default_vocabulary()))(grid)[0]


def _tiles(plane):
    return [(x, y) for y, x in plane.nonzero().tolist()]


def test_items_arrive_on_the_tile_in_front_of_a_belt():
    planes = _planes(Entity("transport-belt", 3, 1, 4))
    assert planes.shape == (N_PLANES, 3, 12)
    assert _tiles(planes[EMITS + EAST]) == [(3, 1)]
    assert _tiles(planes[ARRIVES + EAST]) == [(4, 1)]


def test_a_lone_entrance_wants_an_exit_as_far_as_it_reaches():
    planes = _planes(Entity("underground-belt", 1, 1, 4, "input"))
    assert _tiles(planes[WANT_EXIT + EAST]) == [(x, 1) for x in range(2, 7)]
    assert _tiles(planes[ALONE_ENTRANCE]) == [(1, 1)]


def test_a_pair_wants_nothing():
    planes = _planes(Entity("underground-belt", 1, 1, 4, "input"), Entity("underground-belt", 5, 1, 4, "output"))
    assert not planes[WANT_EXIT:PICKS].any()
    assert not planes[ALONE_ENTRANCE : ALONE_EXIT + 1].any()


def test_undergrounds_of_another_tier_are_looked_past():
    planes = _planes(Entity("underground-belt", 1, 1, 4, "input"), Entity("fast-underground-belt", 3, 1, 4, "output"))
    assert _tiles(planes[WANT_EXIT + EAST]) == [(2, 1), (4, 1), (5, 1), (6, 1)]
    assert _tiles(planes[ALONE_EXIT]) == [(3, 1)]
    assert (2, 1) in _tiles(planes[WANT_ENTRANCE + EAST])


def test_an_entrance_in_between_takes_the_exit():
    planes = _planes(
        Entity("underground-belt", 1, 1, 4, "input"),
        Entity("underground-belt", 3, 1, 4, "input"),
        Entity("underground-belt", 5, 1, 4, "output"),
    )
    assert _tiles(planes[ALONE_ENTRANCE]) == [(1, 1)]
    assert _tiles(planes[WANT_EXIT + EAST]) == [(2, 1)]


def test_an_arm_picks_up_where_it_faces_and_drops_behind():
    planes = _planes(Entity("inserter", 5, 1, 12), Entity("long-handed-inserter", 8, 1, 4))
    assert _tiles(planes[PICKS + WEST]) == [(4, 1)]
    assert _tiles(planes[DROPS + WEST]) == [(6, 1)]
    assert _tiles(planes[PICKS + EAST]) == [(10, 1)]
    assert _tiles(planes[DROPS + EAST]) == [(6, 1)]


def test_a_pole_supplies_the_square_around_it():
    planes = _planes(Entity("small-electric-pole", 3, 4), Entity("inserter", 9, 4), width=12, height=9)
    assert _tiles(planes[POWERED]) == [(x, y) for y in range(2, 7) for x in range(1, 6)]
    assert _tiles(planes[UNPOWERED]) == [(9, 4)]


def test_a_substation_supplies_the_square_around_its_middle():
    planes = _planes(Entity("substation", 10, 10), width=24, height=24)
    tiles = _tiles(planes[POWERED])
    assert (min(tiles), max(tiles)) == ((2, 2), (19, 19))
    assert len(tiles) == 18 * 18
