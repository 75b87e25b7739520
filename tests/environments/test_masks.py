import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.environments import Action, ActionMasks, n_contents
from factorion_cli.environments.action import VARIANTS
from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Sink
from factorion_cli.factory.placement import check
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.prototypes import load_table

VOCABULARY = default_vocabulary()
NAMES = (
    "transport-belt",
    "splitter",
    "underground-belt",
    "assembling-machine-2",
    "iron-chest",
    "stone-furnace",
    "pump",
)


@st.composite
def factories(draw):
    factory = Factory(draw(st.integers(1, 7)), draw(st.integers(1, 7)))
    if draw(st.booleans()):
        factory = Factory(factory.width, factory.height, sinks=(Sink("K0", "chest", 0, 0),))
    for _ in range(draw(st.integers(0, 6))):
        name = draw(st.sampled_from(NAMES))
        directions = (0, 4, 8, 12) if load_table().entity(name).rotatable else (0,)
        entity = Entity(name, draw(st.integers(0, 6)), draw(st.integers(0, 6)), draw(st.sampled_from(directions)))
        if check(factory, entity) is None:
            factory = factory.adding(entity)
    return factory


@settings(max_examples=40, deadline=None)
@given(factory=factories(), name=st.sampled_from(NAMES), window=st.sampled_from([(7, 7), (9, 8)]))
def test_masks_allow_exactly_where_the_placement_rules_let_it_stand(factory, name, window):
    masks = ActionMasks(factory, [name], window)
    entity_id = VOCABULARY.entity_id(name)
    allowed = {
        (tile % window[1], tile // window[1], 4 * quarter)
        for tile in np.flatnonzero(masks.tile(entity_id)).tolist()
        for quarter in np.flatnonzero(masks.direction(entity_id, tile)).tolist()
    }
    everywhere = itertools.product(range(window[1]), range(window[0]), (0, 4, 8, 12))
    expected = {place for place in everywhere if check(factory, Entity(name, *place)) is None}
    assert allowed == expected
    assert masks.entity()[entity_id] == bool(expected)


@settings(max_examples=30, deadline=None)
@given(factory=factories(), data=st.data())
def test_an_action_is_legal_exactly_when_every_mask_lets_it_through(factory, data):
    window = (7, 7)
    masks = ActionMasks(factory, ["splitter", "underground-belt", "assembling-machine-2"], window)
    name = data.draw(st.sampled_from(("splitter", "underground-belt", "assembling-machine-2", "inserter")))
    action = Action(
        entity_id=VOCABULARY.entity_id(name),
        x=data.draw(st.integers(0, 6)),
        y=data.draw(st.integers(0, 6)),
        direction=data.draw(st.sampled_from((0, 4, 8, 12))),
        variant=data.draw(st.integers(0, 2)),
        content_id=data.draw(
            st.sampled_from((0, VOCABULARY.recipe_id("iron-gear-wheel"), VOCABULARY.recipe_id("iron-plate")))
        ),
    )
    entity_id, tile, quarter, variant, content = action.to_row(7).tolist()
    passes = (
        masks.entity()[entity_id]
        and masks.tile(entity_id)[tile]
        and masks.direction(entity_id, tile)[quarter]
        and masks.variant(entity_id)[variant]
        and masks.content(entity_id)[content]
    )
    assert masks.legal(action) == bool(passes)


def test_only_what_is_in_the_hand_and_done_can_be_chosen():
    masks = ActionMasks(Factory(4, 4), ["splitter"])
    assert np.flatnonzero(masks.entity()).tolist() == [0, VOCABULARY.entity_id("splitter")]


def test_undergrounds_are_inputs_or_outputs_and_nothing_else_is():
    masks = ActionMasks(Factory(4, 4), [])
    for name in NAMES:
        allowed = [VARIANTS[index] for index in np.flatnonzero(masks.variant(VOCABULARY.entity_id(name)))]
        assert allowed == (["input", "output"] if name == "underground-belt" else [None])


def test_a_machine_is_set_to_a_recipe_that_it_can_craft():
    masks = ActionMasks(Factory(4, 4), [])
    contents = np.flatnonzero(masks.content(VOCABULARY.entity_id("chemical-plant"))).tolist()
    assert 0 not in contents
    assert {VOCABULARY.recipe_name(content) for content in contents} == {
        recipe.name for recipe in load_table().recipes_for("chemical-plant")
    }


@pytest.mark.parametrize("name", ["electric-furnace", "transport-belt", "splitter", "iron-chest"])
def test_what_has_no_choice_is_set_to_nothing(name):
    masks = ActionMasks(Factory(4, 4), [])
    assert np.flatnonzero(masks.content(VOCABULARY.entity_id(name))).tolist() == [0]


def test_an_arm_filters_any_item_or_none():
    content = ActionMasks(Factory(4, 4), []).content(VOCABULARY.entity_id("inserter"))
    assert content[0]
    assert not content[1 : VOCABULARY.n_recipes].any()
    assert content[VOCABULARY.n_recipes :].all()
    assert content.shape == (n_contents(VOCABULARY),)


def test_done_is_legal_with_an_empty_hand():
    masks = ActionMasks(Factory(4, 4), [])
    assert masks.legal(Action(done=True))
    assert masks.tile(0).sum() == masks.direction(0, 0).sum() == masks.content(0).sum() == 1


def test_a_window_smaller_than_the_factory_is_refused():
    with pytest.raises(FactoryError, match="9 x 4 tiles, larger than the window's 8 x 8"):
        ActionMasks(Factory(9, 4), [], (8, 8))
