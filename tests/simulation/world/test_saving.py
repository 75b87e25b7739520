"""Snapshots as bytes: what is read back goes on to the same bits, and what is damaged is refused."""

from __future__ import annotations

from random import Random

import pytest

from factorion_cli.errors import DataError, FactorionError
from factorion_cli.factory import Entity, Factory, Sink, Source, factory_to_json
from factorion_cli.simulation import World
from factorion_cli.simulation.world import Snapshot
from tests.factories.generator import random_factory
from tests.property.test_world import built_by_edits

LINE = Factory(
    5,
    1,
    tuple(Entity("transport-belt", x, 0, direction=4) for x in (1, 2, 3)),
    (Source("in", "belt", 0, 0, "iron-ore", direction=4),),
    (Sink("out", "belt", 4, 0, direction=4),),
)


def _saved(ticks: int = 100) -> bytes:
    world = World(LINE)
    world.step(ticks)
    return world.snapshot().to_bytes()


@pytest.mark.parametrize("seed", range(20))
def test_a_world_that_was_saved_goes_on_as_if_it_had_not_been(seed: int) -> None:
    try:
        world = built_by_edits(random_factory(seed), Random(seed))
        world.step(200 + seed)
    except FactorionError:
        pytest.skip("this one cannot be simulated")
    kept = world.snapshot()
    read = World(width=1, height=1)
    read.restore(Snapshot.from_bytes(kept.to_bytes()))
    assert (read.tick, read.digest()) == (world.tick, kept.digest)
    assert factory_to_json(read.factory) == factory_to_json(world.factory)
    for one in (world, read):
        one.step(300)
    assert read.digest() == world.digest()
    assert read.counts() == world.counts()
    assert list(read.ids) == sorted(world.ids)
    assert [read.state(number) for number in read.ids] == [world.state(number) for number in read.ids]


def test_a_world_that_was_read_can_be_edited_and_saved_again() -> None:
    world = World(width=1, height=1)
    world.restore(Snapshot.from_bytes(_saved()))
    assert world.remove(1) == {"iron-ore": 8}
    assert world.add(Entity("transport-belt", 2, 0, direction=4)) == 5
    world.step(60)
    assert Snapshot.from_bytes(world.snapshot().to_bytes()).digest == world.digest()


def test_the_same_world_gives_the_same_bytes() -> None:
    assert _saved() == _saved()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", "no saved world"),
        (lambda data: b"0eNq" + data, "no saved world"),
        (lambda data: data[:8] + b"\x07\x00" + data[10:], "version 7 cannot be read, expected 1"),
        (lambda data: data[:10] + b"\xff" * 8 + data[18:], "damaged"),
        (lambda data: data[:-5], "damaged"),
        (lambda data: data[:40], "damaged"),
    ],
)
def test_what_is_no_saved_world_is_refused_by_name(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=message):
        Snapshot.from_bytes(change(_saved()))


def test_no_flipped_bit_goes_unnoticed() -> None:
    data, rng = _saved(), Random(1)
    for _ in range(300):
        place = rng.randrange(len(data))
        flipped = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
        with pytest.raises(DataError):
            Snapshot.from_bytes(flipped)
