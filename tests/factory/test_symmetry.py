import pytest
from hypothesis import given, settings

from factorion_cli.factory import Entity, Factory, Resource, Sink, Source
from factorion_cli.factory.placement import check, occupied_tiles
from factorion_cli.factory.symmetry import mirror, rotate
from tests.strategies import factories


@settings(max_examples=40, deadline=None)
@given(factories())
def test_four_quarter_turns_and_two_mirrors_are_the_identity(factory: Factory) -> None:
    assert rotate(rotate(rotate(rotate(factory)))) == factory
    assert rotate(rotate(factory, 3), 1) == factory
    assert mirror(mirror(factory)) == factory


@settings(max_examples=40, deadline=None)
@given(factories())
def test_turning_a_mirror_image_back_is_the_mirror_of_the_turned(factory: Factory) -> None:
    assert mirror(rotate(mirror(factory))) == rotate(factory, 3)


@settings(max_examples=30, deadline=None)
@given(factories())
def test_images_stand_where_the_original_stood(factory: Factory) -> None:
    tiles = occupied_tiles(factory)
    assert (occupied_tiles(rotate(factory)) == tiles[::-1].T).all()
    assert (occupied_tiles(mirror(factory)) == tiles[:, ::-1]).all()
    for image in (rotate(factory), mirror(factory)):
        for index, entity in enumerate(image.entities):
            assert check(image.without([index]), entity) is None


def test_mirror_exchanges_lanes_sides_and_facings() -> None:
    factory = Factory(
        4,
        2,
        (
            Entity("splitter", 0, 0, 0, input_priority="left", output_priority="right"),
            Entity("inserter", 3, 0, 4),
            Entity("transport-belt", 3, 1, 8),
        ),
        (Source("a", "belt", 2, 0, "coal", 12, "left"), Source("b", "belt", 2, 1, "coal", 12)),
    )
    image = mirror(factory)
    assert image.entities == (
        Entity("splitter", 2, 0, 0, input_priority="right", output_priority="left"),
        Entity("inserter", 0, 0, 12),
        Entity("transport-belt", 0, 1, 8),
    )
    assert [(source.x, source.direction, source.lanes) for source in image.sources] == [(1, 4, "right"), (1, 4, "both")]


def test_rotation_turns_footprints_areas_and_the_machines_of_output_sinks() -> None:
    factory = Factory(
        6,
        4,
        (Entity("assembling-machine-1", 0, 1, recipe="pipe"), Entity("splitter", 4, 0, 8)),
        sinks=(Sink("made", "output", of=(0, 1)),),
        resources=(Resource("iron-ore", (0, 0, 2, 1)),),
    )
    turned = rotate(factory)
    assert (turned.width, turned.height) == (4, 6)
    assert turned.entities[0] == Entity("assembling-machine-1", 0, 0, recipe="pipe")
    assert turned.entities[1] == Entity("splitter", 3, 4, 12)
    assert turned.sinks[0].of == (0, 0)
    assert turned.resources[0].area == (3, 0, 1, 2)


def test_mirrored_storage_tank_is_the_turned_one() -> None:
    tank = Factory(3, 3, (Entity("storage-tank"),))
    assert mirror(tank).entities[0].direction == 4


@pytest.mark.parametrize("turns", [-1, 3, 7])
def test_turns_count_modulo_four(turns: int) -> None:
    factory = Factory(3, 1, (Entity("transport-belt", 0, 0, 4),))
    assert rotate(factory, turns).entities[0] == Entity("transport-belt", 0, 2, 0)
