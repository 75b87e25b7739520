"""Factories as arrays: what stands where, and the same arrays from Factories and from tensors."""

import sys
from pathlib import Path

import numpy as np
import pytest

from factorion_cli.arrays import GridArray
from factorion_cli.errors import DataError, FactorionError, FactoryError, SimulationError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.tensor import CHANNELS, ENTITY, PART, from_tensor, to_tensor
from factorion_cli.simulation import belt_rules, throughput
from factorion_cli.simulation.batch import ARM, CHEST_SINK, MACHINE, SPAN, FactoryBatch, item_names
from factorion_cli.simulation.flowing import flow_rates
from tests.factories.generator import random_factory

STARTER = Path(__file__).resolve().parents[2] / "datasets" / "starter"
SIDE = 64


def gear_line() -> Factory:
    """Plates by belt and arm into an assembler, gears by arm into a chest."""
    return Factory(
        8,
        3,
        (
            Entity("transport-belt", 1, 1, 4),
            Entity("inserter", 2, 1, 12),
            Entity("assembling-machine-1", 3, 0, recipe="iron-gear-wheel"),
            Entity("inserter", 6, 1, 12),
        ),
        (Source("S", "belt", 0, 1, "iron-plate", 4),),
        (Sink("K", "chest", 7, 1, "iron-gear-wheel"),),
    )


def tensors_of(factories: list[Factory], side: int = SIDE) -> GridArray:
    return np.array([to_tensor(factory, side, side) for factory in factories])


def random_tensors(seeds: range) -> GridArray:
    """Random factories, as far as tensors carry them."""
    found = []
    for seed in seeds:
        try:
            found.append(to_tensor(random_factory(seed), SIDE, SIDE))
        except FactorionError:
            # Something reaches outside, or a filter is a fluid.
            continue
    return np.array(found)


@pytest.fixture(scope="module")
def starter_tensors() -> GridArray:
    sys.path.insert(0, str(STARTER))
    try:
        import make_starter
    finally:
        sys.path.remove(str(STARTER))
    return tensors_of([design.blueprint for design in make_starter.all_designs()])


def assert_same_rates(tensors: GridArray) -> None:
    read = flow_rates(FactoryBatch.from_factories([from_tensor(tensor) for tensor in tensors]))
    straight = flow_rates(FactoryBatch.from_tensor(tensors))
    np.testing.assert_array_equal(straight.rates, read.rates)
    np.testing.assert_array_equal(straight.rounds, read.rounds)
    assert straight.crafts.sum() == pytest.approx(read.crafts.sum(), rel=1e-12)


def test_rows_say_what_stands_where_in_the_order_of_tiles() -> None:
    batch = FactoryBatch.from_factories([gear_line()])
    assert batch.rows["kind"].tolist() == [
        MACHINE,
        belt_rules.SOURCE,
        belt_rules.BELT,
        ARM,
        ARM,
        CHEST_SINK,
    ]
    assert batch.rows["x"].tolist() == [3, 0, 1, 2, 6, 7]
    assert batch.rows["index"].tolist() == [2, 0, 0, 1, 3, 0]
    span = batch.spans[0]
    assert [int(span[side]) for side in ("x", "y", "width", "height")] == [0, 0, 8, 3]
    assert [item_names()[number] for number in batch.items] == ["iron-gear-wheel", "iron-plate"]


def test_an_assembler_1_makes_a_gear_wheel_a_second() -> None:
    batch = FactoryBatch.from_factories([gear_line()])
    (plan,) = batch.plans
    assert plan["crafts"] == pytest.approx(1.0)
    assert (plan["in_amount"][0], plan["out_amount"][0]) == (2.0, 1.0)


def test_a_tensor_gives_the_very_arrays_that_its_factory_gives() -> None:
    tensors = tensors_of([gear_line(), Factory(2, 2), gear_line()], 8)
    read = FactoryBatch.from_factories([from_tensor(tensor) for tensor in tensors])
    straight = FactoryBatch.from_tensor(tensors)
    for name in straight.rows.dtype.names or ():
        if name not in ("plan", "choice", "fuel"):
            np.testing.assert_array_equal(straight.rows[name], read.rows[name], name)
    for name in SPAN.names or ():
        np.testing.assert_array_equal(straight.spans[name], read.spans[name], name)
    np.testing.assert_array_equal(straight.items, read.items)
    made = straight.rows["kind"] == MACHINE
    np.testing.assert_array_equal(
        straight.plans[straight.rows["plan"][made]], read.plans[read.rows["plan"][made]], "plans"
    )


@pytest.mark.parametrize("direction", [0, 4, 8, 12])
def test_loaders_and_drills_have_their_outlets_where_the_tensor_shows_them(direction: int) -> None:
    loader = Entity("loader", 2, 2, direction, underground_type="input")
    factory = Factory(16, 16, (Entity("electric-mining-drill", 6, 6, direction), loader, Entity("iron-chest", 11, 1)))
    tensors = tensors_of([gear_line(), factory], 16)
    read = FactoryBatch.from_factories([from_tensor(tensor) for tensor in tensors])
    straight = FactoryBatch.from_tensor(tensors)
    for name in ("kind", "x", "y", "outlet_x", "outlet_y", "index"):
        np.testing.assert_array_equal(straight.rows[name], read.rows[name], name)
    for name in ("first", "end", "x", "y", "width", "height", "nodes", "hands"):
        np.testing.assert_array_equal(straight.spans[name], read.spans[name], name)


def test_the_starter_designs_have_the_same_rates_from_tensors(starter_tensors: GridArray) -> None:
    assert_same_rates(starter_tensors)


def test_random_factories_have_the_same_rates_from_tensors() -> None:
    tensors = random_tensors(range(80))
    assert len(tensors) > 50
    assert_same_rates(tensors)


def test_tensors_with_fluids_and_labs_keep_their_places_among_the_others() -> None:
    plant = Factory(
        9,
        3,
        (Entity("storage-tank", 0, 0), Entity("pipe", 5, 0), Entity("lab", 6, 0)),
    )
    tensors = tensors_of([gear_line(), plant, gear_line()], 9)
    flow = flow_rates(FactoryBatch.from_tensor(tensors))
    assert flow.sink_rates(0, 0).sum() == flow.sink_rates(2, 0).sum() > 0
    assert flow.batch.spans["sinks"].tolist() == [1, 0, 1]


def test_the_result_of_a_factory_does_not_depend_on_the_tensors_read_before() -> None:
    tensors = random_tensors(range(30))
    alone = [flow_rates(FactoryBatch.from_tensor(tensor[None])).rates for tensor in tensors[::-1]][::-1]
    together = flow_rates(FactoryBatch.from_tensor(tensors))
    sizes = 2 * together.batch.spans["sinks"] * together.batch.spans["items"]
    for rates, base, size in zip(alone, together.batch.spans["rates"], sizes, strict=True):
        np.testing.assert_array_equal(rates[:size], together.rates[base : base + size])


def test_factories_of_a_tensor_batch_are_named_and_simulated_by_either_engine() -> None:
    batch = FactoryBatch.from_tensor(tensors_of([gear_line(), gear_line()], 8))
    assert [factory.id for factory in batch.factories] == ["tensor-0", "tensor-1"]
    for engine in ("ticks", "rates"):
        results = throughput(batch, engine=engine)
        assert [result.id for result in results] == ["tensor-0", "tensor-1"]
        for result in results:
            assert result.rate("K7_1", "iron-gear-wheel") == pytest.approx(15 / 32, rel=0.03)


def test_later_changes_to_a_tensor_do_not_reach_its_batch() -> None:
    tensors = tensors_of([gear_line()], 8)
    batch = FactoryBatch.from_tensor(tensors)
    tensors[:] = 0
    assert len(batch.factories[0].entities) == 4


@pytest.mark.parametrize(
    "batch",
    [
        FactoryBatch.from_factories([]),
        FactoryBatch.from_tensor(np.zeros((0, len(CHANNELS), 4, 4), np.int16)),
    ],
    ids=["factories", "tensors"],
)
def test_an_empty_batch_has_no_results(batch: FactoryBatch) -> None:
    assert len(batch) == len(batch.factories) == 0
    assert throughput(batch, engine="rates") == []


def test_an_empty_factory_has_a_result_without_sinks() -> None:
    for batch in (
        FactoryBatch.from_factories([Factory(3, 3)]),
        FactoryBatch.from_tensor(np.zeros((1, len(CHANNELS), 3, 3), np.int16)),
    ):
        (result,) = throughput(batch, engine="rates")
        assert (result.error, result.sinks) == (None, {})


def test_a_furnace_and_a_recycler_of_one_item_both_count_for_what_can_turn_up() -> None:
    factory = Factory(
        8,
        4,
        (Entity("recycler", 1, 0), Entity("stone-furnace", 4, 0)),
        (Source("S", "chest", 0, 0, "iron-ore"), Source("T", "chest", 7, 0, "iron-plate")),
    )
    batch = FactoryBatch.from_factories([factory])
    names = {item_names()[number] for number in batch.items}
    assert {"iron-ore", "iron-plate", "steel-plate"} <= names
    np.testing.assert_array_equal(FactoryBatch.from_tensor(tensors_of([factory], 8)).items, batch.items)


def test_an_array_of_another_shape_is_refused() -> None:
    with pytest.raises(FactoryError, match=r"shape \(10, 8, 8\), expected \(N, 10, height, width\)"):
        FactoryBatch.from_tensor(to_tensor(gear_line(), 8, 8))


def test_what_overlaps_in_a_tensor_is_named() -> None:
    tensors = tensors_of([gear_line(), gear_line()], 8)
    tensors[1, PART, 0, 4] = 1
    with pytest.raises(SimulationError, match=r"tensor-1: .* overlaps assembling-machine-1 at 3,0"):
        FactoryBatch.from_tensor(tensors)


def test_an_endpoint_that_is_no_belt_is_named() -> None:
    tensors = tensors_of([gear_line(), gear_line()], 8)
    tensors[1, ENTITY, 1, 0] = tensors[1, ENTITY, 1, 2]
    with pytest.raises(SimulationError, match="tensor-1: the belt of endpoint S0_1 is 'inserter'"):
        FactoryBatch.from_tensor(tensors)


@pytest.mark.parametrize("number", [-3, 1000, 9999])
def test_numbers_of_another_vocabulary_are_refused(number: int) -> None:
    tensors = tensors_of([gear_line()], 8)
    tensors[0, ENTITY, 1, 1] = number
    with pytest.raises(DataError, match=f"entity id is {number}"):
        FactoryBatch.from_tensor(tensors)
