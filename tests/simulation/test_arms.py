"""Arms that burn fuel, and chests that may not be filled."""

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.running import run, start


def _burner(item: str, **more: object) -> Factory:
    arm = Entity("burner-inserter", 1, 0, 12, **more)  # type: ignore[arg-type]
    return Factory(
        3,
        1,
        (arm,),
        (Source("S", "chest", 0, 0, item),),
        (
            Sink(
                "K",
                "chest",
                2,
                0,
            ),
        ),
    )


def _moved(factory: Factory, ticks: int) -> int:
    world, _ = build_world([compile_factory(factory)])
    start(world)
    run(world, ticks)
    return int(world.tallies["taken"].sum())


def test_a_burner_arm_stops_when_a_quarter_of_a_piece_of_wood_is_burnt() -> None:
    # 0.5 MJ at 66.9 kJ a cycle.
    assert [_moved(_burner("iron-plate"), ticks) for ticks in (400, 2000, 20000)] == [5, 7, 7]


def test_a_burner_arm_goes_on_when_it_is_given_fuel() -> None:
    assert throughput([_burner("iron-plate", fuel="unlimited")])[0].rate("K") == pytest.approx(60 / 76, rel=1e-3)


def test_a_burner_arm_burns_some_of_the_coal_that_it_carries() -> None:
    factory = _burner("coal")
    assert throughput([factory])[0].rate("K") == pytest.approx(60 / 76, rel=0.01)
    world, _ = build_world([compile_factory(factory)])
    start(world)
    run(world, 76_000)
    # 1,000 cycles of 66.9 kJ are 16.7 pieces of 4 MJ, an eighth of which it had.
    burnt = int(world.chests["given"].sum()) - int(world.tallies["taken"].sum())
    assert burnt in (16, 17, 18)


def test_a_burner_arm_takes_fuel_off_the_belt_that_it_takes_ore_from() -> None:
    entities = (
        *(Entity("transport-belt", x, 1, 4) for x in (1, 2)),
        Entity("burner-inserter", 2, 2, 0),
        Entity("stone-furnace", 2, 3, fuel="unlimited"),
    )
    sources = (
        Source("O", "belt", 0, 1, "iron-ore", 4, "left"),
        Source("C", "belt", 0, 1, "coal", 4, "right"),
    )
    result = throughput([Factory(5, 6, entities, sources, (Sink("K", "output", of=(2, 3)),))])[0]
    assert result.rate("K", "iron-plate") == pytest.approx(0.3125, rel=0.01)


@pytest.mark.parametrize(("bar", "stacks"), [(None, 16), (3, 3), (0, 0), (99, 16)])
def test_a_chest_is_filled_up_to_its_bar(bar: int | None, stacks: int) -> None:
    entities = (Entity("fast-inserter", 1, 0, 12, stack_size=12), Entity("wooden-chest", 2, 0, bar=bar))
    factory = Factory(3, 1, entities, (Source("S", "chest", 0, 0, "iron-plate"),))
    world, _ = build_world([compile_factory(factory)])
    run(world, 20_000)
    assert int(world.content.sum()) == 100 * stacks
