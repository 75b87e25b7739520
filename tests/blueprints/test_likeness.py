"""Likeness does not see turns, mirror images and tiers, and does see what stands where."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.blueprints.keys import SYMMETRIES
from factorion_cli.blueprints.likeness import pair_tokens, signature, similarity, window_tokens, windows
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import mirror, rotate
from tests.strategies import factories

TIERS = {"transport-belt": "express-transport-belt", "splitter": "fast-splitter", "inserter": "bulk-inserter"}


def smelting_column(length: int) -> Factory:
    """Furnaces on both sides of an output belt, fed by two outer belts."""
    entities = []
    for row in range(length):
        entities += [Entity("transport-belt", x, row, 8) for x in (0, 5, 10)]
    for row in range(0, length - 1, 2):
        for feed, furnace, give in ((1, 2, 4), (9, 7, 6)):
            entities += [
                Entity("inserter", feed, row, 12 if feed == 1 else 4),
                Entity("stone-furnace", furnace, row),
                Entity("inserter", give, row, 12 if give == 4 else 4),
            ]
    return Factory(11, length, tuple(entities))


def gear_cell(recipe: str = "iron-gear-wheel") -> Factory:
    entities = [Entity("transport-belt", x, 0, 4) for x in range(12)] + [
        Entity("transport-belt", x, 6, 4) for x in range(12)
    ]
    for left in (0, 4, 8):
        entities += [
            Entity("inserter", left + 1, 1),
            Entity("assembling-machine-1", left, 2, recipe=recipe),
            Entity("inserter", left + 1, 5),
            Entity("small-electric-pole", left + 3, 3),
        ]
    return Factory(12, 7, tuple(entities))


def lane_weaver(width: int) -> Factory:
    """Splitters that meander with undergrounds between them."""
    entities = []
    for x in range(0, width, 4):
        entities += [
            Entity("splitter", x, 0, 0),
            Entity("transport-belt", x, 1, 0),
            Entity("transport-belt", x + 1, 1, 12),
            Entity("underground-belt", x + 2, 1, 12, underground_type="output"),
            Entity("underground-belt", x + 2, 4, 0, underground_type="input"),
            Entity("splitter", x, 2, 8),
            Entity("transport-belt", x, 3, 4),
        ]
    return Factory(width, 5, tuple(entities))


def retiered(factory: Factory) -> Factory:
    return factory.with_entities(replace(part, name=TIERS.get(part.name, part.name)) for part in factory.entities)


@given(factory=factories(endpoints=False), symmetry=st.sampled_from(SYMMETRIES))
@settings(max_examples=60, deadline=None)
def test_images_of_a_design_have_the_same_windows(factory: Factory, symmetry) -> None:
    turns, mirrored = symmetry
    image = rotate(mirror(factory) if mirrored else factory, turns)
    assert sorted(windows(image)) == sorted(windows(factory))


@given(factory=factories(endpoints=False), symmetry=st.sampled_from(SYMMETRIES))
@settings(max_examples=60, deadline=None)
def test_images_of_a_design_have_the_same_signature(factory: Factory, symmetry) -> None:
    turns, mirrored = symmetry
    image = rotate(mirror(factory) if mirrored else factory, turns)
    assert np.array_equal(signature(image), signature(factory))


def test_tiers_and_recipes_do_not_count() -> None:
    assert np.array_equal(signature(gear_cell("pipe")), signature(gear_cell()))
    assert np.array_equal(signature(retiered(lane_weaver(24))), signature(lane_weaver(24)))


def test_an_edit_of_a_small_design_leaves_most_pairs() -> None:
    cell = gear_cell()
    for index in range(len(cell.entities)):
        assert similarity(pair_tokens(cell), pair_tokens(cell.without([index]))) > 0.8


def test_pairs_see_the_offset_between_entities() -> None:
    near, far = (Factory(9, 1, (Entity("inserter", 0, 0), Entity("inserter", x, 0))) for x in (2, 5))
    assert similarity(pair_tokens(near), pair_tokens(far)) == 0
    assert len(pair_tokens(smelting_column(40))) == 0


def test_hashes_agree_as_often_as_tokens_are_shared() -> None:
    for length in (20, 26, 30):
        a, b = smelting_column(length), smelting_column(24)
        agreeing = np.mean(signature(a)[0] == signature(b)[0])
        assert abs(agreeing - similarity(window_tokens(a), window_tokens(b))) < 0.15


def test_copies_count_but_ever_less() -> None:
    few, many, more = (window_tokens(smelting_column(length)) for length in (4, 40, 44))
    assert similarity(many, more) > 0.9
    assert similarity(few, many) < 0.4
    assert similarity(many, many) == similarity(window_tokens(Factory(1, 1)), window_tokens(Factory(1, 1))) == 1.0
