import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import NeedsFinder
from factorion_cli.policies.relations import RecipeRelations

VOCABULARY = default_vocabulary()
ENTITIES, RECIPES = EntityLookup.of(VOCABULARY), RecipeLookup.of(VOCABULARY)
UNMET, NOT_TAKEN_FROM, NOT_SERVED, PICKS_FROM_GROUND, DROPS_ON_GROUND = range(5)
IRON, COPPER = Source("S0", "belt", 0, 1, "iron-plate", 4), Source("S1", "belt", 0, 3, "copper-plate", 4)
WANTED = Sink("K0", "belt", 11, 1, "electronic-circuit", 4)
CIRCUITS = Entity("assembling-machine-1", 5, 0, recipe="electronic-circuit")
CABLES = Entity("assembling-machine-1", 5, 4, recipe="copper-cable")
ARMS = (
    Entity("inserter", 4, 1, 12),  # iron from the belt before it
    Entity("inserter", 6, 3, 8),  # cables, from machine to machine
    Entity("inserter", 4, 5, 12),
    Entity("inserter", 8, 1, 12),  # circuits onto the belt behind it
)


def _grids(*of_entities, sources=(IRON, COPPER), sinks=(WANTED,)):
    factories = [Factory(12, 8, entities, sources=sources, sinks=sinks) for entities in of_entities]
    return torch.stack([torch.from_numpy(observe(factory, [])["grid"]).long() for factory in factories])


def _needs(*of_entities, **more):
    grids = _grids(*of_entities, **more)
    return NeedsFinder(ENTITIES, RECIPES)(grids, Tracer(ENTITIES)(grids))


def _tallies(*of_entities):
    return [[round(count) for count in row] for row in _needs(*of_entities).tallies.expm1().tolist()]


def test_tallies_follow_a_factory_from_its_machines_to_its_belts():
    iron = [Entity("transport-belt", x, 1, 4) for x in (1, 2, 3)]
    copper = [Entity("transport-belt", 1, 3, 8), Entity("transport-belt", 1, 4, 8)]
    copper += [Entity("transport-belt", x, 5, 4) for x in (1, 2, 3)]
    out = [Entity("transport-belt", x, 1, 4) for x in (9, 10)]
    machines = CIRCUITS, CABLES
    found = _tallies(
        (), machines, (*machines, *ARMS), (*machines, *ARMS, *iron), (*machines, *ARMS, *iron, *copper, *out)
    )
    assert found[0][UNMET] == 1
    assert found[1] == [4, 2, 2, 0, 0]  # iron, cables, copper, and circuits at the sink
    assert found[2] == [3, 0, 0, 2, 1]
    assert found[3] == [2, 0, 0, 1, 1]
    assert found[4] == [0, 0, 0, 0, 0]


def test_what_is_unmet_is_known_by_who_stands_on_a_tile():
    needs = _needs((CIRCUITS, CABLES, *ARMS))
    unmet = needs.unmet[needs.asker].view(8, 12, -1)

    def asked(x, y):
        return {int(needs.things[which]) for which in unmet[y, x].nonzero().flatten()}

    iron, copper, circuit = map(VOCABULARY.item_id, ("iron-plate", "copper-plate", "electronic-circuit"))
    assert asked(5, 0) == asked(7, 2) == {iron}  # cables come from the machine below
    assert asked(6, 5) == {copper}
    assert asked(11, 1) == {circuit}
    assert asked(0, 1) == asked(4, 1) == asked(9, 7) == set()


def test_chests_serve_and_are_served_through_arms():
    chests = Source("S0", "chest", 3, 1, "iron-plate"), Sink("K0", "chest", 9, 1, "iron-gear-wheel")
    gears = Entity("assembling-machine-1", 5, 0, recipe="iron-gear-wheel")
    ends = {"sources": chests[:1], "sinks": chests[1:]}
    arms = Entity("inserter", 4, 1, 12), Entity("inserter", 8, 1, 12)
    needs = _needs((gears,), (gears, *arms), **ends)
    assert needs.tallies[:, UNMET].expm1().tolist() == torch.tensor([2.0, 0.0]).tolist()


def test_what_no_source_and_no_machine_gives_is_lacking():
    grids = _grids((), (CIRCUITS,), (CIRCUITS, CABLES))
    _, lacking = RecipeRelations(ENTITIES, RECIPES)(grids)
    named = [[VOCABULARY.items[which - 1] for which in row.nonzero().flatten().tolist()] for row in lacking]
    assert named == [["electronic-circuit"], ["copper-cable"], []]


def test_nothing_asked_for_is_nothing_to_do():
    needs = _needs((), sources=(), sinks=())
    assert not needs.tallies.any()
    assert needs.unmet.shape == (1, 0)
