"""Copies of a factory in which one thing stands elsewhere are scored as if each had been read for itself."""

from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.factory import PowerMode
from factorion_cli.factory.placement import legal_directions, legal_tiles, occupied_tiles
from factorion_cli.simulation import belt_rules, throughput
from factorion_cli.simulation.batch import SPAN, FactoryBatch
from factorion_cli.simulation.batch_moves import Move, batch_of_moves, moved
from factorion_cli.simulation.flow_report import rates_of_moves
from tests.factories.generator import random_factory

BELTS = {"transport-belt", "underground-belt", "splitter", "loader", "loader-1x1"}


def gears(*more: Entity, sinks: tuple[Sink, ...] = (), power: PowerMode = "unlimited") -> Factory:
    """Plates by belt and arm into an assembler, gears by arm into a chest, with room around."""
    entities = (
        Entity("transport-belt", 1, 3, 4),
        Entity("inserter", 2, 3, 12),
        Entity("assembling-machine-2", 3, 2, recipe="iron-gear-wheel"),
        Entity("inserter", 6, 3, 12),
    )
    source, sink = Source("S", "belt", 0, 3, "iron-plate", 4), Sink("K", "chest", 7, 3, "iron-gear-wheel")
    return Factory(12, 12, (*entities, *more), (source,), (sink, *sinks), power=Power(power))


def moves_of(factory: Factory, index: int, reach: int = 1) -> list[Move]:
    """Every other legal way in which an entity may stand near its place."""
    own, free = factory.entities[index], occupied_tiles(factory.without((index,)))
    return [
        Move(index, int(x), int(y), direction)
        for direction in legal_directions(own.name)
        for y, x in np.argwhere(legal_tiles(free, own.name, direction))
        if abs(x - own.x) <= reach and abs(y - own.y) <= reach and (x, y, direction) != (own.x, own.y, own.direction)
    ]


def one_by_one(factory: Factory, moves: list[Move]) -> list[float | None]:
    results = throughput([factory, *(moved(factory, move) for move in moves)], "rates", threads=1)
    return [None if result.error is not None else result.throughput for result in results]


def test_rows_are_those_of_the_moved_factories():
    factory = gears(Entity("medium-electric-pole", 4, 5), Entity("iron-chest", 6, 5), power="poles")
    moves = [move for index in (1, 2, 4, 5) for move in moves_of(factory, index)]
    batch = batch_of_moves(factory, moves)
    assert batch is not None
    read = FactoryBatch.from_factories([factory, *(moved(factory, move) for move in moves)])
    for name in set(batch.rows.dtype.names or ()) - {"plan"}:
        np.testing.assert_array_equal(batch.rows[name], read.rows[name], name)
    for name in set(SPAN.names or ()) - {"item_base"}:
        np.testing.assert_array_equal(batch.spans[name], read.spans[name], name)


def test_arms_machines_poles_and_chests_are_scored_as_if_read_for_themselves():
    factory = gears(Entity("medium-electric-pole", 4, 5), Entity("iron-chest", 6, 5), power="poles")
    moves = [move for index in (1, 2, 3, 4, 5) for move in moves_of(factory, index, reach=2)]
    rates = rates_of_moves(factory, moves)
    assert rates == one_by_one(factory, moves)
    assert 0 < rates.count(0.0) < len(rates)


@pytest.mark.parametrize(
    "factory",
    [
        gears(Entity("beacon", 3, 6, modules=("speed-module-3",))),
        gears(sinks=(Sink("C", "output", of=(3, 2)),)),
        gears(Entity("lab", 8, 8), Entity("inserter", 8, 7)),
        gears(Entity("chemical-plant", 8, 8, recipe="sulfuric-acid"), Entity("pipe", 8, 11)),
    ],
    ids=["beacon", "counter", "lab", "fluid"],
)
def test_where_more_than_a_row_moves_each_factory_is_read(factory: Factory):
    moves = moves_of(factory, 2)
    assert batch_of_moves(factory, moves) is None
    assert rates_of_moves(factory, moves) == one_by_one(factory, moves)


def test_a_belt_is_no_row_that_could_be_moved_alone():
    assert batch_of_moves(gears(), [Move(0, 1, 5, 4)]) is None


def test_what_cannot_be_scored_has_no_rates():
    twice = replace(gears(), sources=2 * gears().sources)
    with pytest.raises(FactorionError):
        batch_of_moves(twice, [])
    assert rates_of_moves(twice, moves_of(gears(), 1)[:1]) == [None, None]


@pytest.mark.parametrize("seed", range(40))
def test_random_factories_are_scored_as_if_read_for_themselves(seed: int):
    factory = random_factory(seed)
    rng = np.random.default_rng(seed)
    able = [index for index, entity in enumerate(factory.entities) if entity.prototype.type not in BELTS]
    moves = [move for index in rng.permutation(able)[:6] for move in moves_of(factory, int(index))]
    assert rates_of_moves(factory, moves) == one_by_one(factory, moves)


def test_rows_of_belt_like_things_are_left_alone():
    batch = batch_of_moves(gears(), moves_of(gears(), 1))
    assert batch is not None
    counts = [int((batch.rows["kind"][span["first"] : span["end"]] == belt_rules.BELT).sum()) for span in batch.spans]
    assert set(counts) == {1}
