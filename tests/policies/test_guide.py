import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.guide import Guide, facing_guides
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import NeedsFinder

NORTH, EAST, SOUTH, WEST, UNDER, NEAR, HERE = 0, 1, 2, 3, 4, 8, 9
IRON = Source("S0", "belt", 0, 1, "iron-plate", 4)
VOCABULARY = default_vocabulary()


def _guides(*entities, width=8, height=3, sources=(IRON,), sinks=()):
    grid = observe(Factory(width, height, entities, sources=sources, sinks=sinks), [])["grid"]
    grids = torch.from_numpy(grid)[None].long()
    entities = EntityLookup.of(VOCABULARY)
    trace = Tracer(entities)(grids)
    return Guide()(grids, trace, NeedsFinder(entities, RecipeLookup.of(VOCABULARY))(grids, trace))[0]


def _tiles(plane):
    return [(x, y) for y, x in plane.nonzero().tolist()]


def test_what_comes_out_of_a_belt_is_shown_the_way_to_the_sink_that_wants_it():
    guides = _guides(sinks=(Sink("K0", "belt", 4, 0, "iron-plate"), Sink("K1", "belt", 1, 2, "coal", 8)))
    assert _tiles(guides[EAST]) == [(1, 1)]
    assert _tiles(guides[NORTH]) == [(1, 1)]  # as short
    assert not guides[[SOUTH, WEST]].any()
    assert guides[NEAR, 1, 1] == 1 / (1 + 4)


def test_arms_ask_for_what_their_machine_lacks_until_it_comes():
    machine = Entity("assembling-machine-1", 5, 0, recipe="iron-gear-wheel"), Entity("inserter", 4, 1, 12)
    assert _tiles(_guides(*machine)[EAST]) == [(1, 1)]
    laid = [Entity("transport-belt", x, 1, 4) for x in (1, 2)]
    assert _tiles(_guides(*machine, *laid)[HERE]) == [(3, 1)]
    assert not _guides(*machine, *laid, Entity("transport-belt", 3, 1)).any()


def test_walls_are_passed_under_ground_and_exits_sought_in_the_shadow_of_an_entrance():
    wall = [Entity("stone-wall", x, y) for x in (2, 3) for y in range(3)]
    sink = Sink("K0", "belt", 7, 1, "iron-plate", 4)
    guides = _guides(*wall, sinks=(sink,))
    assert _tiles(guides[UNDER + EAST]) == [(1, 1)]
    assert not guides[:UNDER].any()
    guides = _guides(*wall, Entity("underground-belt", 1, 1, 4, "input"), sinks=(sink,))
    assert _tiles(guides[EAST]) == [(4, 1), (5, 1), (6, 1)]
    assert guides[NEAR, 1].argmax() == 6


def test_what_nobody_can_reach_has_no_guide():
    wall = [Entity("stone-wall", x, y) for x in range(2, 7) for y in range(3)]
    assert not _guides(*wall, sinks=(Sink("K0", "belt", 7, 1, "iron-plate", 4),)).any()


def test_facing_each_way_sees_the_direction_it_faces_first():
    guides = torch.zeros(1, 10)
    guides[0, EAST] = guides[0, UNDER + SOUTH] = guides[0, NEAR] = 1
    seen = facing_guides(guides)[0]
    assert seen[EAST, 0] == 1
    assert seen[SOUTH, 4] == 1
    assert (seen[:, 8] == 1).all()
