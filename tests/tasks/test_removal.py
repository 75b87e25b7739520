"""Which entities are taken out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from factorion_cli.factory import Entity, Power
from factorion_cli.factory.geometry import EAST, WEST
from factorion_cli.tasks import eligible, is_expressible, kind_of, take_out_one, take_out_several
from tests.tasks import designs


def test_kinds_take_turns():
    cell = replace(designs.powered_gear_cell(), power=Power("poles"))
    chosen = take_out_one(cell, 4, np.random.default_rng(0))
    assert Counter(kind_of(cell.entities[index]) for (index,) in chosen) == Counter(
        ("belt", "inserter", "machine", "pole")
    )


def test_never_more_than_there_are_and_none_twice():
    cell = designs.gear_cell()
    chosen = take_out_one(cell, 100, np.random.default_rng(0))
    assert sorted(chosen) == [(index,) for index in range(len(cell.entities))]


def test_same_generator_same_choice():
    cell = designs.smelter_column()
    for take in (take_out_one, take_out_several):
        assert take(cell, 5, np.random.default_rng(3)) == take(cell, 5, np.random.default_rng(3))


def test_several_are_two_to_four_in_ascending_order():
    for missing in take_out_several(designs.smelter_column(), 30, np.random.default_rng(1)):
        assert 2 <= len(missing) <= 4
        assert list(missing) == sorted(set(missing))


def test_a_design_of_two_entities_is_never_emptied():
    pair = designs.design(*designs.line(0, 0, EAST, 2))
    assert take_out_several(pair, 5, np.random.default_rng(0)) == []


def test_settings_that_no_action_says_are_not_taken_out():
    assert is_expressible(Entity("inserter", filters=("coal",)))
    for entity in (
        Entity("inserter", filters=("coal", "stone")),
        Entity("inserter", stack_size=1),
        Entity("assembling-machine-3", modules=("speed-module",)),
        Entity("fast-inserter", quality="rare"),
        Entity("splitter", output_priority="left"),
        Entity("splitter", filter="coal", output_priority="left"),
    ):
        assert not is_expressible(entity)


def test_poles_are_taken_out_only_where_power_needs_them():
    cell = designs.powered_gear_cell()
    assert "pole" not in eligible(cell)
    assert "pole" in eligible(replace(cell, power=Power("poles")))


def test_scenery_is_not_taken_out():
    scene = designs.design(Entity("small-lamp", 0, 0), Entity("pipe", 1, 0), Entity("inserter", 2, 0, WEST))
    assert eligible(scene) == {"inserter": (2,)}
