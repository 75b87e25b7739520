"""What holds of every world, however it came to be."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import World
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.running import run, start
from tests.factories.generator import random_factory

seeds = st.integers(0, 1_000_000)
few = settings(max_examples=25, deadline=None, derandomize=True)
TICKS = 600


def counted_in_a_batch(factory: Factory) -> dict[str, dict[str, int]]:
    """What each standing sink has taken after TICKS when the factory runs as `throughput` runs it."""
    try:
        compiled = compile_factory(factory)
    except FactorionError:
        assume(False)
    arrays, (place,) = build_world([compiled])
    start(arrays)
    run(arrays, TICKS, 1)
    found = {}
    for index, first in place.taken.items():
        lanes = 2 if factory.sinks[index].kind == "belt" else 1
        counts = arrays.tallies["taken"][first : first + lanes * len(compiled.items)].reshape(lanes, -1).sum(axis=0)
        found[factory.sinks[index].id] = {
            name: int(count) for name, count in zip(compiled.items, counts, strict=True) if count
        }
    return found


def add(world: World, thing: Entity | Source | Sink) -> int:
    """Whatever it is; without the checks that a random factory need not pass."""
    return world._put(thing)


def built_by_edits(factory: Factory, rng: Random) -> World:
    """The factory put together in any order; some things are taken out and put back, some runs of edits are settled."""
    world = World(replace(factory, entities=(), sources=(), sinks=()))
    things: list[Entity | Source | Sink] = [*factory.entities, *factory.sources, *factory.sinks]
    rng.shuffle(things)
    there: list[tuple[int, Entity | Source | Sink]] = []
    for thing in things:
        there.append((add(world, thing), thing))
        if rng.random() < 0.2:
            world.digest()
        if rng.random() < 0.2:
            chosen = rng.randrange(len(there))
            number, again = there[chosen]
            world.remove(number)
            there[chosen] = (add(world, again), again)
    return world


@few
@given(seeds)
def test_a_world_built_by_edits_in_any_order_runs_as_the_batch_engine(seed: int) -> None:
    factory = random_factory(seed)
    expected = counted_in_a_batch(factory)
    whole, edited = World(factory), built_by_edits(factory, Random(seed))
    for world in (whole, edited):
        world.step(TICKS)
        counts = world.counts()
        assert {sink: counts[sink] for sink in expected} == expected
    assert edited.digest() == whole.digest()


@few
@given(seeds, st.integers(1, TICKS - 1))
def test_a_run_split_by_a_snapshot_ends_in_the_same_state(seed: int, split: int) -> None:
    try:
        world = World(random_factory(seed))
    except FactorionError:
        assume(False)
    other = World(world.factory)
    world.step(split)
    kept = world.snapshot()
    world.step(TICKS - split)
    whole = world.digest()
    for number in list(world.ids)[::3]:
        world.remove(number)
    world.step(7)
    world.restore(kept)
    assert world.digest() == kept.digest
    world.step(TICKS - split)
    other.restore(kept)
    other.step(TICKS - split)
    assert world.digest() == other.digest() == whole


@few
@given(seeds)
def test_what_is_taken_out_and_put_back_at_once_changes_nothing_that_is_far(seed: int) -> None:
    factory = random_factory(seed)
    try:
        world = World(factory)
    except FactorionError:
        assume(False)
    world.step(200)
    empty = [(x, y) for x in range(factory.width) for y in range(factory.height) if not world.at(x, y)]
    assume(empty)
    before, (x, y) = world.digest(), empty[seed % len(empty)]
    number = add(world, Entity("small-lamp", x, y))
    world.remove(number)
    assert world.digest() == before
