"""Factories that could not stand in the game: a clear error, or a reading that docs/formats.md states."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Power, Resource, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput

COAL = Source("S", "belt", 0, 0, "coal", 4)
BELTS = (Entity("transport-belt", 1, 0, 4), Entity("transport-belt", 2, 0, 4))
SINK = Sink("K", "belt", 3, 0, direction=4)
LINE = Factory(9, 9, BELTS, (COAL,), (SINK,), id="line")


def _result(design: Factory) -> SimulationResult:
    (result,) = throughput([design], warmup_ticks=600, measure_ticks=600)
    return result


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entities": (*BELTS, BELTS[0])}, "line: entity 2 (transport-belt at 1,0) overlaps transport-belt at 1,0"),
        ({"entities": (*BELTS, Entity("lab", 2, -1))}, "entity 2 (lab at 2,-1) overlaps transport-belt at 2,0; move"),
        ({"entities": (Entity("angels-belt", 4, 4),)}, "line: entity 0 is called angels-belt at 4,4, which vanilla"),
        ({"sources": (replace(COAL, x=1),)}, "endpoint S stands on transport-belt at 1,0; move one"),
        ({"sinks": (SINK, replace(SINK, id="L"))}, "endpoints K and L both stand at 3,0; move one"),
        ({"sinks": (SINK, replace(SINK, x=5))}, "two sinks are called 'K'; give each an id of its own"),
        ({"sources": (COAL, replace(COAL, x=5))}, "two sources are called 'S'"),
        ({"sources": (COAL, replace(COAL, id="T"))}, "endpoints S and T both stand at 0,0"),
        ({"sources": (replace(COAL, belt="inserter"),)}, "the belt of endpoint S is 'inserter', expected one such as"),
        ({"sinks": (replace(SINK, belt="hyper-belt"),)}, "the belt of endpoint K is 'hyper-belt'"),
        ({"sinks": (Sink("K", "output", of=(5, 5)),)}, "sink K counts what a machine at 5,5 makes, but none has its"),
        ({"sinks": (Sink("K", "output", of=(1, 0)),)}, "sink K counts what a machine at 1,0 makes, but none has its"),
        ({"resources": (Resource("mithril", (0, 0, 9, 9)),), "entities": (Entity("electric-mining-drill", 4, 4),)},
         "no vanilla resource is called 'mithril'"),
    ],
)  # fmt: skip
def test_what_could_not_stand_so_is_an_error_that_names_it(change: dict, message: str) -> None:
    result = _result(replace(LINE, **change))
    assert message in (result.error or "")
    assert result.sinks == {}


@pytest.mark.parametrize(
    ("entity", "name"),
    [
        (Entity("assembling-machine-1", 4, 4, recipe="unobtainium"), "recipe unobtainium in assembling-machine-1"),
        (Entity("stone-furnace", 4, 4, recipe="iron-gear-wheel"), "recipe iron-gear-wheel in stone-furnace"),
        (Entity("assembling-machine-2", 4, 4, recipe="pipe", modules=("turbo-module",)), "module turbo-module"),
        (Entity("assembling-machine-2", 4, 4, recipe="pipe", beacons=(("coal",),)), "module coal"),
        (Entity("assembling-machine-2", 4, 4, recipe="pipe", quality="mythic"), "quality mythic"),
        (Entity("stone-furnace", 4, 4, fuel="plutonium"), "fuel plutonium"),
        (Entity("inserter", 4, 4, filters=("unobtainium",)), "filter unobtainium"),
        (Entity("splitter", 4, 4, filter="unobtainium"), "filter unobtainium"),
    ],
)
def test_names_that_the_game_does_not_know_are_listed_and_harm_nobody(entity: Entity, name: str) -> None:
    result = _result(LINE.adding(entity))
    assert result.error is None
    assert name in result.not_simulated
    assert result.throughput == pytest.approx(15, rel=0.001)


def test_a_machine_does_not_make_what_it_cannot_make() -> None:
    arms = (Entity("inserter", 1, 0, 12), Entity("stone-furnace", 2, 0, recipe="iron-gear-wheel", fuel="unlimited"),
            Entity("inserter", 4, 0, 12))  # fmt: skip
    design = Factory(6, 2, arms, (Source("S", "chest", 0, 0, "iron-plate"),), (Sink("K", "chest", 5, 0),))
    result = _result(design)
    assert result.throughput == 0
    assert result.machines[0].waits_for == "recipe"


def test_an_item_that_the_game_does_not_know_is_moved_like_any_other_and_listed() -> None:
    result = _result(replace(LINE, sources=(replace(COAL, item="unobtainium"),)))
    assert result.rate("K", "unobtainium") == pytest.approx(15, rel=0.001)
    assert result.not_simulated == ("item unobtainium",)


def test_an_underground_without_its_other_end_holds_what_comes_in() -> None:
    alone = (BELTS[0], Entity("underground-belt", 2, 0, 4, underground_type="input"))
    assert _result(replace(LINE, entities=alone)).throughput == 0


def test_an_underground_that_does_not_say_which_end_it_is_is_an_entrance() -> None:
    ends = (Entity("underground-belt", 1, 0, 4), Entity("underground-belt", 2, 0, 4, underground_type="output"))
    assert _result(replace(LINE, entities=ends)).throughput == pytest.approx(15, rel=0.001)


@pytest.mark.parametrize(("dx", "dy"), [(-40, -7), (500, 900), (999_000, -999_000)])
def test_where_the_rectangle_lies_does_not_matter(dx: int, dy: int) -> None:
    belts = tuple(replace(belt, x=belt.x + dx, y=belt.y + dy) for belt in BELTS)
    source, sink = replace(COAL, x=dx, y=dy), replace(SINK, x=3 + dx, y=dy)
    assert _result(replace(LINE, entities=belts, sources=(source,), sinks=(sink,))).throughput == pytest.approx(
        15, rel=0.001
    )


def test_a_factory_without_anything_is_simulated() -> None:
    void = _result(Factory(1, 1, id="void"))
    assert (void.error, void.sinks, void.machines, void.bottleneck) == (None, {}, (), None)
    assert _result(Factory(0, 0, (), (), (SINK,))).throughput == 0


def test_power_that_is_next_to_nothing_stops_everything_and_nothing_breaks() -> None:
    design = replace(LINE, power=Power("satisfaction", 1e-300)).adding(
        Entity("assembling-machine-1", 4, 4, recipe="pipe")
    )
    result = _result(design)
    assert result.error is None
    assert result.machines[0].utilisation == 0


def test_a_hand_larger_than_any_still_moves_whole_items() -> None:
    arm = (Entity("inserter", 1, 0, 12, stack_size=255),)
    design = Factory(3, 1, arm, (Source("S", "chest", 0, 0, "coal"),), (Sink("K", "chest", 2, 0),))
    assert _result(design).throughput == pytest.approx(255 * 60 / 70, rel=0.15)


def test_one_bad_factory_stops_no_other() -> None:
    bad = replace(LINE, entities=(*BELTS, BELTS[0]))
    answers = throughput([bad, LINE, bad], warmup_ticks=600, measure_ticks=600)
    assert [answer.error is None for answer in answers] == [False, True, False]
    assert answers[1].throughput == pytest.approx(15, rel=0.001)
