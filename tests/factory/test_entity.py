import pytest

from factorion_cli.errors import DataError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import DIRECTIONS, EAST, NORTH, SOUTH, WEST, opposite, step, turn_right


def test_tiles_are_the_footprint_as_it_stands() -> None:
    assert list(Entity("splitter", 2, 3, NORTH).tiles()) == [(2, 3), (3, 3)]
    assert list(Entity("splitter", 2, 3, EAST).tiles()) == [(2, 3), (2, 4)]
    assert Entity("boiler", direction=WEST).size == (2, 3)
    assert len(list(Entity("oil-refinery").tiles())) == 25


def test_modded_entity_has_no_prototype() -> None:
    with pytest.raises(DataError, match="'warp-belt'"):
        _ = Entity("warp-belt").size


def test_entities_are_values() -> None:
    assert Entity("pipe", 1, 2) == Entity("pipe", 1, 2)
    assert len({Entity("pipe", 1, 2), Entity("pipe", 1, 2)}) == 1


def test_factories_are_changed_by_copy_and_keep_their_order() -> None:
    belts = tuple(Entity("transport-belt", x) for x in range(4))
    factory = Factory(4, 1, belts)
    assert factory.without([1, 3]).entities == (belts[0], belts[2])
    assert factory.without([1]).adding(belts[1]).entities == (belts[0], belts[2], belts[3], belts[1])
    assert factory.with_entities(reversed(belts)).entities == belts[::-1]
    assert factory.entities == belts


def test_metadata_does_not_make_factories_differ() -> None:
    assert Factory(1, 1, metadata={"title": "a"}) == Factory(1, 1)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_directions_turn_full_circle(direction: int) -> None:
    assert turn_right(direction, 4) == direction
    assert opposite(opposite(direction)) == direction
    assert step(*step(5, 5, direction), opposite(direction)) == (5, 5)


def test_steps_follow_the_map() -> None:
    assert step(0, 0, NORTH) == (0, -1)
    assert step(0, 0, EAST, 3) == (3, 0)
    assert step(0, 0, SOUTH) == (0, 1)
    assert turn_right(NORTH) == EAST
