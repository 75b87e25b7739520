import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup

VOCABULARY = default_vocabulary()
IRON, COPPER, GEAR = (VOCABULARY.item_id(name) for name in ("iron-plate", "copper-plate", "iron-gear-wheel"))


def _traced(*factories):
    """For each factory {tile: item ids} of what is carried and of what is asked for."""
    height, width = max(one.height for one in factories), max(one.width for one in factories)
    grids = [observe(one, [], 0, (height, width))["grid"] for one in factories]
    recipes = RecipeLookup.of(VOCABULARY)
    things = torch.eye(recipes.n_things)
    things[0] = 0  # no thing
    tables = things, torch.from_numpy(recipes.ingredients), torch.from_numpy(recipes.products)
    trace = Tracer(EntityLookup.of(VOCABULARY))(torch.stack([torch.from_numpy(one).long() for one in grids]))
    return [[_things(vectors, width) for vectors in of_state] for of_state in zip(*trace.sums(*tables), strict=True)]


def _things(vectors, width):
    found = {}
    for tile, thing in vectors.nonzero().tolist():
        found.setdefault((tile % width, tile // width), set()).add(thing)
    return found


def test_what_a_source_gives_is_carried_under_ground_and_round_corners_to_the_end():
    belts = [
        Entity("underground-belt", 1, 0, 4, "input"),
        Entity("underground-belt", 5, 0, 4, "output"),
        Entity("transport-belt", 6, 0, 8),
        Entity("transport-belt", 6, 1, 12),
        Entity("transport-belt", 3, 1, 12),
    ]
    source = Source("S0", "belt", 0, 0, "iron-plate", 4)
    (carried, asked), *_ = _traced(Factory(8, 2, tuple(belts), sources=(source,)))
    assert carried == {tile: {IRON} for tile in ((0, 0), (1, 0), (5, 0), (6, 0), (6, 1))}
    assert not asked


def test_machines_ask_through_their_arms_and_give_through_them():
    entities = [
        Entity("transport-belt", 0, 1, 4),
        Entity("inserter", 1, 1, 12),
        Entity("assembling-machine-1", 2, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 5, 1, 12),
        Entity("transport-belt", 6, 1, 8),
    ]
    (carried, asked), *_ = _traced(Factory(7, 3, tuple(entities)))
    assert asked == {(0, 1): {IRON}}
    assert carried == {(6, 1): {GEAR}}


def test_arms_bridge_belts_and_what_meets_is_carried_on_together():
    entities = [Entity("inserter", 2, 1), *(Entity("transport-belt", x, 2, 4) for x in range(1, 4))]
    sources = (
        Source("S0", "belt", 2, 0, "copper-plate", 4),
        Source("S1", "belt", 0, 2, "iron-plate", 4),
    )
    sink = Sink("K0", "belt", 4, 2, "iron-plate", 4)
    (carried, _), *_ = _traced(Factory(5, 3, tuple(entities), sources=sources, sinks=(sink,)))
    assert carried[1, 2] == {IRON}
    assert carried[2, 2] == carried[3, 2] == carried[4, 2] == {IRON, COPPER}


def test_a_ring_ends_and_nothing_leaks_into_another_state():
    ring = [Entity("transport-belt", *place) for place in ((1, 0, 4), (2, 0, 8), (2, 1, 12), (1, 1, 0))]
    filled = Factory(3, 2, tuple(ring), sources=(Source("S0", "belt", 0, 0, "iron-plate", 4),))
    (none, _), (carried, _) = _traced(Factory(3, 2, tuple(ring)), filled)
    assert not none
    assert len(carried) == 5
