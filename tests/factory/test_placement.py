import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.errors import DataError, PlacementError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.placement import check, legal_directions, legal_tiles, occupied_tiles, place
from tests.strategies import ENTITY_NAMES, factories

SMALL = Factory(
    5,
    4,
    (Entity("stone-furnace", 1, 1),),
    (Source("in", "belt", 0, 0, "coal"),),
    (Sink("out", "chest", 4, 3), Sink("made", "output", of=(1, 1))),
)


def test_occupied_tiles_are_those_of_entities_and_standing_endpoints() -> None:
    assert occupied_tiles(SMALL).astype(int).tolist() == [
        [1, 0, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0, 1],
    ]


def test_occupied_tiles_leave_out_what_lies_outside() -> None:
    assert occupied_tiles(Factory(2, 2, (Entity("lab", 1, 1),))).sum() == 1


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (Entity("inserter", 2, 2), "inserter at 2,2 collides with stone-furnace at 1,1"),
        (Entity("pipe", 0, 0), "pipe at 0,0 collides with endpoint in at 0,0"),
        (Entity("lab", 3, 0), "lab at 3,0 covers 3 x 3 tiles and leaves the factory's 5 x 4"),
        (Entity("pipe", 0, -1), "pipe at 0,-1 covers 1 x 1 tiles and leaves the factory's 5 x 4"),
        (Entity("iron-chest", 3, 0, 4), "iron-chest cannot face east"),
        (Entity("inserter", 3, 0, 2), "inserter cannot face direction 2"),
        (Entity("warp-belt", 3, 0), "no vanilla entity is called 'warp-belt'"),
        (Entity("splitter", 3, 0), None),
        (Entity("splitter", 4, 0), "splitter at 4,0 covers 2 x 1 tiles and leaves the factory's 5 x 4"),
        (Entity("splitter", 4, 0, 4), None),
    ],
)
def test_check_says_why_the_game_would_refuse(entity: Entity, reason: str | None) -> None:
    assert check(SMALL, entity) == reason


def test_place_adds_what_fits_and_raises_for_the_rest() -> None:
    arm = Entity("inserter", 3, 1, 12)
    assert place(SMALL, arm).entities == (*SMALL.entities, arm)
    with pytest.raises(PlacementError, match="factory: inserter at 1,1 collides"):
        place(SMALL, Entity("inserter", 1, 1))


def test_only_entities_that_turn_have_four_directions() -> None:
    assert legal_directions("splitter") == (0, 4, 8, 12)
    assert legal_directions("recycler") == (0, 4, 8, 12)
    assert legal_directions("lab") == (0,)
    with pytest.raises(DataError, match="'warp-belt'"):
        legal_directions("warp-belt")


@settings(max_examples=40, deadline=None)
@given(factories(max_side=8), st.sampled_from(ENTITY_NAMES), st.data())
def test_legal_tiles_are_exactly_those_that_check_allows(factory: Factory, name: str, data: st.DataObject) -> None:
    direction = data.draw(st.sampled_from(legal_directions(name)))
    legal = legal_tiles(occupied_tiles(factory), name, direction)
    expected = [
        [check(factory, Entity(name, x, y, direction)) is None for x in range(factory.width)]
        for y in range(factory.height)
    ]
    assert np.array_equal(legal, np.array(expected).reshape(legal.shape))
