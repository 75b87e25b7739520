import pytest
import torch

from factorion_cli.environments import observe
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.guide import Guide
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import NeedsFinder
from factorion_cli.policies.network import NetworkConfig
from factorion_cli.policies.outlets import Outlets
from factorion_cli.policies.planes import Planes

VOCABULARY = default_vocabulary()
ENTITIES, RECIPES = EntityLookup.of(VOCABULARY), RecipeLookup.of(VOCABULARY)
STUCK, NOTHING_GIVES, CANNOT_LEAVE, BY_BELT, UNDER_GROUND, ENTRANCES, EXITS, POWERLESS = range(8)
IRON, COPPER = Source("S0", "belt", 0, 1, "iron-plate", 4), Source("S1", "belt", 0, 5, "copper-plate", 4)
WANTED = Sink("K0", "belt", 11, 1, "electronic-circuit", 4)
CIRCUITS = Entity("assembling-machine-1", 5, 0, recipe="electronic-circuit")
CABLES = Entity("assembling-machine-1", 5, 4, recipe="copper-cable")
IRON_IN, COPPER_IN = Entity("inserter", 4, 1, 12), Entity("inserter", 4, 5, 12)
CABLES_OVER = Entity("inserter", 6, 3, 8)  # from machine to machine
CIRCUITS_OUT = Entity("inserter", 8, 1, 12)
MACHINES = CIRCUITS, CABLES
COMPLETE = *MACHINES, IRON_IN, COPPER_IN, CABLES_OVER, CIRCUITS_OUT


def _outlets(*of_entities, ends=None):
    ends = ends or {"sources": (IRON, COPPER), "sinks": (WANTED,)}
    factories = [Factory(12, 8, entities, **ends) for entities in of_entities]
    grids = torch.stack([torch.from_numpy(observe(factory, [])["grid"]).long() for factory in factories])
    trace = Tracer(ENTITIES)(grids)
    needs = NeedsFinder(ENTITIES, RECIPES)(grids, trace)
    guides = Guide()(grids, trace, needs)
    stuck, tallies = Outlets(ENTITIES, RECIPES)(grids, Planes(ENTITIES)(grids), trace, needs, guides)
    return stuck, tallies.expm1().round().int().tolist(), needs


def _tallies(*of_entities, **more):
    return _outlets(*of_entities, **more)[1]


def test_what_no_arm_takes_out_is_stuck_and_marked_on_the_machine_that_makes_it():
    stuck, tallies, needs = _outlets((*MACHINES, CABLES_OVER))
    assert tallies[0][STUCK] == 1
    tiles = stuck[needs.asker].view(8, 12, -1)
    circuit = VOCABULARY.item_id("electronic-circuit")
    marked = {(x, y): int(needs.things[thing]) for y, x, thing in tiles.nonzero().tolist()}
    assert marked == {(x, y): circuit for x in (5, 6, 7) for y in (0, 1, 2)}


def test_what_drops_on_another_arm_or_into_a_machine_that_does_not_want_it_is_still_stuck():
    wrong_way = Entity("inserter", 6, 3, 0)  # circuits to the cables' machine
    onto_arm = CIRCUITS_OUT, Entity("inserter", 9, 1, 12)
    tallies = _tallies(MACHINES, (*MACHINES, wrong_way), (*MACHINES, *onto_arm), COMPLETE)
    assert [one[STUCK] for one in tallies] == [2, 2, 2, 0]


def test_chests_take_what_a_machine_makes():
    gears = Entity("assembling-machine-1", 5, 0, recipe="iron-gear-wheel")
    here = Sink("K0", "chest", 9, 1, "iron-gear-wheel"), Sink("K1", "chest", 9, 5, "copper-cable")
    there = Sink("K0", "chest", 9, 5, "iron-gear-wheel"), Sink("K1", "chest", 9, 1, "copper-cable")
    for sinks, stuck in ((here, 0), (there, 1)):
        assert _tallies((gears, CIRCUITS_OUT), ends={"sources": (IRON,), "sinks": sinks})[0][STUCK] == stuck


def test_needs_are_told_apart_by_whether_anything_here_gives_them():
    walled = Entity("small-electric-pole", 1, 1)
    tallies = _tallies((), MACHINES, COMPLETE, (*COMPLETE, walled))
    assert [one[NOTHING_GIVES] for one in tallies] == [1, 2, 0, 0]  # circuits; circuits and cables
    assert [one[CANNOT_LEAVE] for one in tallies] == [0, 0, 0, 1]  # iron


def test_a_belt_that_gives_the_same_on_both_lanes_gives_it_once():
    lanes = [Source(f"S-{lanes}", "belt", 0, 1, "iron-plate", 4, lanes) for lanes in ("left", "right")]
    gears = Entity("assembling-machine-1", 5, 0, recipe="iron-gear-wheel")
    ends = {"sources": (*lanes,), "sinks": (Sink("K0", "belt", 11, 1, "iron-gear-wheel", 4),)}
    assert _tallies((gears, IRON_IN), ends=ends)[0][:BY_BELT] == [1, 1, 0]  # gears, and nothing gives them


def test_ways_on_are_counted_by_how_they_go_on():
    wall = [Entity("small-electric-pole", 2, y) for y in range(8)]
    tallies = _tallies(COMPLETE, (*COMPLETE, *wall))
    assert tallies[0][BY_BELT:ENTRANCES] == [3, 0]  # of iron, copper and circuits
    assert tallies[1][BY_BELT:ENTRANCES] == [1, 2]


def test_what_is_not_complete_is_counted():
    entrance = Entity("underground-belt", 1, 1, 4, "input")
    exit_ = Entity("underground-belt", 3, 1, 4, "output")
    pole = Entity("medium-electric-pole", 4, 2)
    tallies = _tallies((*COMPLETE, entrance), (*COMPLETE, exit_), (*COMPLETE, entrance, exit_, pole))
    assert [one[ENTRANCES:] for one in tallies] == [[1, 0, 22], [0, 1, 22], [0, 0, 1]]  # but for one arm


def test_outlets_are_not_to_be_had_without_what_they_ask():
    with pytest.raises(UsageError, match="outlets"):
        NetworkConfig(needs=False)
