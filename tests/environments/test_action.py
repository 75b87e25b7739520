import pytest

from factorion_cli.environments import DONE, Action, action_for, entity_for, exact_match
from factorion_cli.errors import DataError
from factorion_cli.factory import Entity
from factorion_cli.factory.vocabulary import default_vocabulary

VOCABULARY = default_vocabulary()
ENTITIES = (
    Entity("transport-belt", 3, 2, 4),
    Entity("underground-belt", 1, 0, 8, "output"),
    Entity("assembling-machine-2", 4, 4, recipe="iron-gear-wheel"),
    Entity("fast-inserter", 5, 1, 12, filters=("coal",)),
    Entity("splitter", 2, 2, 0),
    Entity("stone-furnace", 2, 2, 0),
)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_action_and_entity_are_inverses(entity):
    assert entity_for(action_for(entity, VOCABULARY), VOCABULARY) == entity


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_action_survives_its_row(entity):
    action = action_for(entity, VOCABULARY)
    assert Action.from_row(action.to_row(16), 16) == action


def test_done_is_a_row_of_zeros():
    assert Action.from_row(DONE.to_row(32), 32) == DONE
    assert not DONE.to_row(32).any()


def test_what_an_action_cannot_say_comes_along_from_the_hand():
    held = Entity("splitter", 9, 9, 4, output_priority="left", filter="coal", quality="rare")
    put = entity_for(Action(entity_id=VOCABULARY.entity_id("splitter"), x=1, y=2, direction=8), VOCABULARY, held)
    assert put == Entity("splitter", 1, 2, 8, output_priority="left", filter="coal", quality="rare")


def test_an_arm_keeps_its_further_filters_only_when_its_first_is_named():
    held = Entity("bulk-inserter", 0, 0, filters=("coal", "stone"))
    coal = action_for(held, VOCABULARY)
    assert entity_for(coal, VOCABULARY, held).filters == ("coal", "stone")
    stone = action_for(Entity("bulk-inserter", filters=("stone",)), VOCABULARY)
    assert entity_for(stone, VOCABULARY, held).filters == ("stone",)


def test_a_wrong_hand_is_named():
    with pytest.raises(DataError, match="puts down 'splitter' but the hand holds 'pipe'"):
        entity_for(Action(entity_id=VOCABULARY.entity_id("splitter")), VOCABULARY, Entity("pipe"))


def test_exact_match_ignores_order_and_what_an_action_cannot_say():
    placed = [Entity("pipe", 1, 1, 4), Entity("splitter", 0, 0, output_priority="left")]
    assert exact_match(placed, [Entity("splitter", 0, 0), Entity("pipe", 1, 1)], VOCABULARY)
    assert not exact_match(placed[:1], [Entity("splitter", 0, 0), Entity("pipe", 1, 1)], VOCABULARY)
