import json

import pytest

from factorion_cli.errors import DataError
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table

VOCABULARY = default_vocabulary()


def test_ids_count_from_one_in_table_order_and_zero_is_none() -> None:
    table = load_table()
    assert [VOCABULARY.entity_id(name) for name in table.entities] == list(range(1, VOCABULARY.n_entities))
    assert [VOCABULARY.recipe_name(number) for number in range(1, VOCABULARY.n_recipes)] == list(table.recipes)
    assert VOCABULARY.item_id(None) == VOCABULARY.entity_id(None) == 0
    assert VOCABULARY.item_name(0) is None
    assert VOCABULARY.item_name(VOCABULARY.n_items - 1) == list(table.items)[-1]


def test_stored_vocabulary_is_the_same_one() -> None:
    stored = Vocabulary.from_json(json.loads(json.dumps(VOCABULARY.to_json())))
    assert stored == VOCABULARY
    assert stored.fingerprint == VOCABULARY.fingerprint


def test_fingerprint_changes_with_the_order_of_names() -> None:
    small = Vocabulary("2.1", ("a", "b"), (), ())
    assert small.fingerprint != Vocabulary("2.1", ("b", "a"), (), ()).fingerprint
    assert len(small.fingerprint) == 16


def test_unknown_names_and_ids_are_data_errors() -> None:
    with pytest.raises(DataError, match=r"no entity of the vocabulary .* is called 'warp-belt'"):
        VOCABULARY.entity_id("warp-belt")
    with pytest.raises(DataError, match=f"item id is 9999, expected 0 to {VOCABULARY.n_items - 1}"):
        VOCABULARY.item_name(9999)
    with pytest.raises(DataError, match="has no 'items'"):
        Vocabulary.from_json({"game_version": "2", "entities": [], "recipes": []})
