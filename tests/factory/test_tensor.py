from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from factorion_cli.errors import DataError, FactoryError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.tensor import (
    BOUNDS,
    CHANNELS,
    DIRECTION,
    ENDPOINT,
    ENTITY,
    FILTER,
    ITEM,
    ITEM_RIGHT,
    PART,
    RECIPE,
    TWO_SOURCES,
    VARIANT,
    from_tensor,
    to_tensor,
)
from factorion_cli.factory.vocabulary import default_vocabulary
from tests.strategies import factories

VOCABULARY = default_vocabulary()


def carried(factory: Factory) -> Factory:
    """What the channels carry of a factory, in the order in which `from_tensor` reads it."""

    def entity(full: Entity) -> Entity:
        return Entity(
            full.name,
            full.x,
            full.y,
            full.direction,
            underground_type=full.underground_type,
            recipe=full.recipe,
            filters=full.filters[:1],
            filter=full.filter,
            input_priority=full.input_priority,
            output_priority=full.output_priority,
        )

    shared = [(source.x, source.y) for source in factory.sources]

    def source_id(source: Source) -> str:
        pair = shared.count((source.x, source.y)) == 2
        return f"S{source.x}_{source.y}_{source.lanes}" if pair else f"S{source.x}_{source.y}"

    return Factory(
        factory.width,
        factory.height,
        tuple(sorted(map(entity, factory.entities), key=lambda e: (e.y, e.x))),
        tuple(sorted((replace(s, id=source_id(s)) for s in factory.sources), key=lambda s: (s.y, s.x, s.lanes))),
        tuple(
            sorted(
                (replace(k, id=f"K{k.x}_{k.y}") for k in factory.sinks if k.kind != "output"), key=lambda k: (k.y, k.x)
            )
        ),
    )


@settings(max_examples=60, deadline=None)
@given(factories())
def test_tensor_gives_back_what_its_channels_carry(factory: Factory) -> None:
    tensor = to_tensor(factory, factory.height + 2, factory.width + 1)
    assert from_tensor(tensor) == carried(factory)


@settings(max_examples=30, deadline=None)
@given(factories())
def test_padding_is_empty_and_out_of_bounds(factory: Factory) -> None:
    tensor = to_tensor(factory, 16, 16)
    assert tensor.shape == (len(CHANNELS), 16, 16)
    assert tensor.dtype == np.int16
    assert not tensor[:, factory.height :].any()
    assert not tensor[:, :, factory.width :].any()
    assert tensor[BOUNDS].sum() == factory.width * factory.height
    assert np.array_equal(tensor[:, : factory.height, : factory.width], to_tensor(factory))


def test_channels_of_one_machine_a_splitter_and_an_arm() -> None:
    factory = Factory(
        6,
        3,
        (
            Entity("assembling-machine-2", 0, 0, 4, recipe="iron-gear-wheel"),
            Entity("splitter", 3, 0, 4, filter="coal", output_priority="right"),
            Entity("inserter", 4, 0, 12, filters=("iron-plate", "coal")),
            Entity("underground-belt", 5, 2, 8, underground_type="output"),
        ),
    )
    tensor = to_tensor(factory)
    assert tensor[PART, :, :3].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert (tensor[RECIPE, :, :3] == VOCABULARY.recipe_id("iron-gear-wheel")).all()
    assert (tensor[DIRECTION, :, :3] == 2).all()
    assert tensor[PART, :2, 3].tolist() == [1, 2]
    assert tensor[VARIANT, :2, 3].tolist() == [5, 5]
    assert tensor[FILTER, 0, 3] == VOCABULARY.item_id("coal")
    assert tensor[FILTER, 0, 4] == VOCABULARY.item_id("iron-plate")
    assert tensor[DIRECTION, 0, 4] == 4
    assert tensor[VARIANT, 2, 5] == 2


def test_two_sources_of_one_tile_share_it_in_either_order() -> None:
    left = Source("a", "belt", 0, 0, "iron-plate", 4, "left")
    right = Source("b", "belt", 0, 0, "coal", 4, "right")
    for sources in ((left, right), (right, left)):
        tile = to_tensor(Factory(1, 1, sources=sources))[:, 0, 0]
        assert tile[ENDPOINT] == TWO_SOURCES
        assert (tile[ITEM], tile[ITEM_RIGHT]) == (VOCABULARY.item_id("iron-plate"), VOCABULARY.item_id("coal"))


def test_chest_endpoint_stands_as_an_infinity_chest_and_an_output_sink_takes_no_tile() -> None:
    tensor = to_tensor(Factory(2, 1, sinks=(Sink("a", "chest", 1, 0, "coal"), Sink("b", "output", of=(0, 0)))))
    assert tensor[ENTITY].tolist() == [[0, VOCABULARY.entity_id("infinity-chest")]]
    assert tensor[ENDPOINT].tolist() == [[0, 7]]


def test_what_has_no_tensor_is_refused_by_name() -> None:
    with pytest.raises(FactoryError, match="lab at 1,0 reaches outside"):
        to_tensor(Factory(3, 3, (Entity("lab", 1, 0),)))
    with pytest.raises(FactoryError, match="endpoint far stands outside"):
        to_tensor(Factory(3, 3, sinks=(Sink("far", "chest", 5, 0),)))
    with pytest.raises(FactoryError, match="too large for a tensor of 2 x 2"):
        to_tensor(Factory(3, 3), 2, 2)
    with pytest.raises(DataError, match="'warp-belt'"):
        to_tensor(Factory(3, 3, (Entity("warp-belt"),)))
    with pytest.raises(FactoryError, match="expected \\(10, height, width\\)"):
        from_tensor(np.zeros((3, 2, 2), dtype=np.int16))
