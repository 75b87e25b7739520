from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factorion_cli.blueprints import Print, decode, encode, encode_book, read_prints, to_factory
from factorion_cli.blueprints.encoding import blueprint_json, check_with_draftsman
from factorion_cli.blueprints.exchange import pack
from factorion_cli.errors import BlueprintError, DataError
from factorion_cli.factory import Entity, Factory, Sink, Source
from tests.blueprints.handmade import only_print, prints
from tests.strategies import factories

LINE = Factory(
    5, 3,
    (Entity("transport-belt", 1, 1, 4), Entity("fast-inserter", 2, 0, 8, filters=("iron-plate",), stack_size=3)),
    (Source("a", "belt", 0, 1, "iron-plate", 4, "left"), Source("b", "belt", 0, 1, "coal", 4, "right")),
    (Sink("k", "chest", 4, 2, "iron-plate"),),
    id="a small line",
)  # fmt: skip


def back(text: str) -> Factory:
    (found,) = read_prints(text)
    assert isinstance(found, Print), found
    return to_factory(found)


@given(factory=factories())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_factory_comes_back_from_its_string_unchanged(factory: Factory) -> None:
    assert back(encode(factory)) == factory


@given(factory=factories(max_side=30, names=("straight-rail", "rail-signal", "locomotive", "transport-belt")))
@settings(max_examples=25, deadline=None)
def test_even_rails_that_stand_in_a_factory_come_back(factory: Factory) -> None:
    assert back(encode(factory)) == factory


@given(factory=factories(), moved=st.tuples(st.integers(-2000, 2000), st.integers(-2000, 2000)))
@settings(max_examples=25, deadline=None)
def test_moving_the_print_as_the_game_does_changes_nothing(factory: Factory, moved: tuple[int, int]) -> None:
    document = decode(encode(factory))
    for row in document["blueprint"]["entities"]:
        row["position"]["x"] += moved[0]
        row["position"]["y"] += moved[1]
    if document["blueprint"]["entities"]:
        assert back(pack(document)) == factory


@given(factory=factories(max_side=20, max_entities=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_draftsman_accepts_every_string(factory: Factory) -> None:
    check_with_draftsman({"blueprint": blueprint_json(factory)})


def test_draftsman_refuses_what_is_no_blueprint() -> None:
    document = {"blueprint": blueprint_json(LINE) | {"entities": [{"name": "transport-belt", "position": "here"}]}}
    with pytest.raises(BlueprintError, match="draftsman refuses the blueprint"):
        check_with_draftsman(document)


def test_a_book_holds_the_factories_in_order() -> None:
    pages = [replace(LINE, id=f"page {number}") for number in range(3)]
    text = encode_book(pages, label="Lines", validate=True)
    found = prints(text)
    assert [to_factory(page) for page in found] == pages
    assert {page.books for page in found} == {("Lines",)}


def test_the_same_factory_gives_the_same_string_and_the_label_is_shown() -> None:
    assert encode(LINE) == encode(replace(LINE))
    assert only_print(decode(encode(LINE))).label == "a small line"
    assert only_print(decode(encode(LINE, "Shown"))).label == "Shown"


def test_endpoints_are_entities_that_work_in_the_game() -> None:
    rows = {row["name"]: row for row in decode(encode(LINE))["blueprint"]["entities"]}
    assert rows["infinity-chest"]["infinity_settings"] == {"remove_unfiltered_items": True}
    assert len(rows["transport-belt"]["tags"]["factorion"]["sources"]) == 2
    supply = replace(LINE, sources=(Source("c", "chest", 0, 0, "coal"),), sinks=())
    chest = decode(encode(supply))["blueprint"]["entities"][-1]
    assert chest["infinity_settings"]["filters"][0]["name"] == "coal"


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (LINE.adding(Entity("steel-chest", 1, 1)), "steel-chest at 1,1 overlaps transport-belt at 1,1"),
        (LINE.adding(Entity("steel-chest", 4, 2)), "infinity-chest at 4,2 overlaps steel-chest at 4,2"),
        (replace(LINE, sinks=(Sink("k", "chest", 0, 1),)), "endpoints a and k cannot share the tile 0,1"),
    ],
)
def test_what_cannot_stand_in_the_game_is_not_encoded(factory: Factory, reason: str) -> None:
    with pytest.raises(BlueprintError, match=reason):
        encode(factory)


def test_modded_entities_are_not_encoded() -> None:
    with pytest.raises(DataError, match="no vanilla entity is called 'ultra-belt'"):
        encode(LINE.adding(Entity("ultra-belt", 3, 0)))


@pytest.mark.parametrize(
    "line",
    ["factorion {broken", 'factorion {"offset":5}', 'factorion {"size":"large"}', 'factorion {"power":{"mode":"?"}}'],
)
def test_a_damaged_description_is_named(line: str) -> None:
    document = decode(encode(LINE))
    document["blueprint"]["description"] = line
    with pytest.raises(BlueprintError, match="damaged"):
        back(pack(document))


def test_a_print_whose_description_is_lost_keeps_its_endpoints() -> None:
    document = decode(encode(LINE))
    document["blueprint"]["description"] = "edited by a player"
    found = back(pack(document))
    assert [source.item for source in found.sources] == ["iron-plate", "coal"]
    assert (found.width, found.height, found.id) == (5, 3, "string#0")
