"""Where the flow engine is in doubt: the smallest factories of each kind, which rates alone get wrong."""

from dataclasses import replace

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.doubt_measuring import MEASURE_TICKS, UNSETTLED, WARMUP_TICKS
from tests.factories import random_factory

IRON, COPPER, STEEL = "iron-plate", "copper-plate", "steel-plate"
NORTH, EAST, SOUTH, WEST = 0, 4, 8, 12


def belts(name: str, *places: tuple[int, int, int]) -> tuple[Entity, ...]:
    return tuple(Entity(f"{name}-belt", x, y, direction) for x, y, direction in places)


def chest_source(x: int, y: int, item: str = IRON) -> Source:
    return Source(f"S{x}-{y}", "chest", x, y, item)


def chest_sink(x: int, y: int, item: str | None = None) -> Sink:
    return Sink(f"K{x}-{y}", "chest", x, y, item)


def belt_source(
    x: int, y: int, direction: int, item: str = IRON, belt: str = "transport-belt", lanes: str = "both"
) -> Source:
    return Source(f"S{x}-{y}-{lanes}", "belt", x, y, item, direction=direction, belt=belt, lanes=lanes)  # type: ignore[arg-type]


def belt_sink(x: int, y: int, direction: int, belt: str = "express-transport-belt") -> Sink:
    return Sink(f"K{x}-{y}", "belt", x, y, direction=direction, belt=belt)


CATCHING = Factory(
    4, 6,
    (
        *belts("transport", (2, 3, NORTH), (0, 3, WEST), (0, 2, SOUTH), (2, 2, NORTH)),
        Entity("inserter", 2, 4, NORTH, stack_size=3),
        Entity("fast-inserter", 1, 3, WEST),
    ),
    (belt_source(0, 1, SOUTH),),
    (chest_sink(2, 5), belt_sink(2, 1, NORTH)),
)  # fmt: skip
"""What the arm below catches of the hands that the other one lays down beside it."""

BURSTS = Factory(
    6, 5,
    (
        *belts("transport", *((x, 2, EAST) for x in range(5))),
        Entity("inserter", 0, 1, NORTH, stack_size=3),
        Entity("inserter", 3, 3, NORTH),
    ),
    (chest_source(0, 0),),
    (chest_sink(3, 4), belt_sink(5, 2, EAST)),
)  # fmt: skip
"""One arm lays three items at a time, and another takes one when they come."""

LAYING = Factory(
    5, 5,
    (
        *belts("transport", (0, 0, SOUTH), (2, 1, NORTH)),
        Entity("fast-inserter", 1, 0, EAST, stack_size=4),
        Entity("splitter", 2, 0, NORTH, output_priority="right"),
        Entity("fast-inserter", 3, 1, EAST, stack_size=4),
        Entity("long-handed-inserter", 0, 2, SOUTH),
    ),
    (chest_source(4, 1), chest_source(0, 4)),
    (belt_sink(0, 1, SOUTH),),
)  # fmt: skip
"""An arm that lays hands of four onto a belt on which another lays, too."""

MIXED_RING = Factory(
    6, 6,
    (
        *belts("turbo-transport", (3, 2, WEST), (2, 2, NORTH), (2, 1, EAST), (3, 1, SOUTH)),
        Entity("fast-inserter", 4, 1, EAST, filters=(COPPER,)),
        Entity("fast-inserter", 1, 2, EAST, filters=(COPPER,)),
        Entity("inserter", 3, 3, SOUTH, stack_size=2, filters=(IRON,)),
    ),
    (belt_source(5, 1, EAST, COPPER), belt_source(3, 4, EAST, IRON, lanes="right")),
    (chest_sink(0, 2, COPPER),),
)  # fmt: skip
"""A ring onto which one item is laid that nobody takes off."""

RING = Factory(
    3, 4,
    (
        *belts("express-transport", (2, 2, SOUTH), (2, 3, WEST), (1, 3, WEST)),
        *belts("express-transport", (0, 3, NORTH), (0, 2, EAST), (1, 2, EAST)),
        Entity("stack-inserter", 2, 1, NORTH, stack_size=8),
        Entity("stack-inserter", 0, 1, SOUTH, stack_size=12),
    ),
    (chest_source(2, 0),),
    (chest_sink(0, 0),),
)  # fmt: skip
"""One arm lays onto a ring, another takes from it."""

SEVERAL = Factory(
    8, 12,
    (
        Entity("centrifuge", 3, 4, recipe="kovarex-enrichment-process"),
        Entity("long-handed-inserter", 5, 2, NORTH, stack_size=3, filters=("uranium-235",)),
        Entity("stack-inserter", 4, 3, NORTH),
        Entity("beacon", 0, 9, modules=("speed-module-2", "speed-module-2")),
        Entity("burner-inserter", 6, 6, WEST, fuel="unlimited"),
    ),
    (chest_source(5, 0, "uranium-235"), belt_source(4, 2, NORTH, "uranium-238", "express-transport-belt", "left")),
    (chest_sink(7, 6),),
)  # fmt: skip
"""Both products of a machine go through one arm."""

FILLING = Factory(
    5, 3,
    (
        *belts("transport", (1, 0, EAST), (2, 0, EAST)),
        Entity("bulk-inserter", 2, 1, NORTH),
        Entity("iron-chest", 2, 2, bar=1),
    ),
    (belt_source(0, 0, EAST),),
    (belt_sink(3, 0, EAST),),
)  # fmt: skip
"""A chest from which nothing is taken."""

SOURCE = Factory(
    7, 4,
    (
        Entity("inserter", 1, 2, SOUTH, stack_size=4),
        *belts("express-transport", (1, 1, EAST)),
        *belts("transport", (2, 3, EAST), (3, 3, EAST)),
    ),
    (belt_source(1, 3, EAST),),
    (belt_sink(2, 1, EAST), belt_sink(4, 3, EAST)),
)  # fmt: skip
"""A hand of four from the tile of a source whose belt goes on."""

JAM = Factory(
    14, 8,
    (
        Entity("assembling-machine-2", 11, 3, recipe="heat-pipe"),
        Entity("fast-inserter", 10, 5, WEST, stack_size=2),
        Entity("express-splitter", 9, 4, EAST),
        *belts("express-transport", *((x, y, EAST) for x in (6, 7, 8) for y in (4, 5))),
        Entity("burner-inserter", 6, 3, NORTH, quality="uncommon", fuel="unlimited"),
        Entity("stone-furnace", 5, 1, fuel="unlimited"),
        Entity("burner-inserter", 4, 2, WEST, stack_size=2, fuel="unlimited"),
        *belts("turbo-transport", (1, 2, EAST), (2, 2, EAST), (3, 2, EAST)),
        Entity("fast-inserter", 11, 6, NORTH),
    ),
    (
        belt_source(6, 6, NORTH, STEEL, "express-transport-belt", "left"),
        belt_source(6, 6, NORTH, COPPER, "express-transport-belt", "right"),
        belt_source(0, 2, EAST, IRON, "turbo-transport-belt"),
    ),
    (chest_sink(11, 7, "heat-pipe"),),
)  # fmt: skip
"""Iron comes to a splitter among what is wanted, and has no other way out."""

CASES = {
    "catching": CATCHING,
    "bursts": BURSTS,
    "laying": LAYING,
    "mixed ring": MIXED_RING,
    "mixture": MIXED_RING,
    "ring": RING,
    "several": SEVERAL,
    "filling": FILLING,
    "source": SOURCE,
    "jam": JAM,
    "mixed splitter": JAM,
}


def ask(engine: str, *factories: Factory, threads: int = 1) -> list[SimulationResult]:
    return throughput(factories, engine, WARMUP_TICKS, MEASURE_TICKS, threads)


def off(result: SimulationResult, ticks: SimulationResult) -> list[str]:
    """Sinks that get another rate than in ticks, by 3 % and 0.005 items per second."""
    return [sink for sink in ticks.sinks if abs(result.rate(sink) - ticks.rate(sink)) > 0.03 * ticks.rate(sink) + 0.005]


@pytest.mark.parametrize("reason", CASES)
def test_what_rates_alone_get_wrong_is_doubted_and_measured(reason: str) -> None:
    factory = CASES[reason]
    (ticks,), (rates,), (flow,) = (ask(engine, factory) for engine in ("ticks", "rates", "flow"))
    assert off(rates, ticks)
    assert flow.doubts is not None
    assert reason in {name for names in flow.doubts.values() for name in names}
    assert flow.metrics["by_ticks"] == 1
    assert off(flow, ticks) == []


def test_nothing_is_doubted_where_moments_decide_nothing() -> None:
    line = Factory(
        9, 1,
        (*belts("transport", *((x, 0, EAST) for x in (1, 2, 4))), Entity("inserter", 3, 0, WEST)),
        (belt_source(0, 0, EAST),),
        (belt_sink(5, 0, EAST),),
    )  # fmt: skip
    (rates,), (flow,) = ask("rates", line), ask("flow", line)
    assert flow.doubts == {}
    assert flow == replace(rates, doubts={}, metrics={**rates.metrics, "by_ticks": 0.0})


def test_a_doubted_part_does_not_change_what_the_others_are_found_to_do() -> None:
    machine = Entity("assembling-machine-1", 12, 0, recipe="iron-gear-wheel")
    beside = Factory(
        20, 12,
        (machine, Entity("inserter", 11, 1, WEST), Entity("inserter", 15, 1, WEST), *SEVERAL.entities),
        (*SEVERAL.sources, chest_source(10, 1)),
        (*SEVERAL.sinks, chest_sink(16, 1)),
    )  # fmt: skip
    (rates,), (flow,), (alone,) = ask("rates", beside), ask("flow", beside), ask("ticks", SEVERAL)
    assert flow.doubts == {"K7-6": ("several",)}
    assert flow.sinks["K16-1"] == rates.sinks["K16-1"]
    assert flow.sinks["K7-6"] == alone.sinks["K7-6"]
    assert [report.entity for report in flow.machines] == [0, 3]
    assert flow.machines[0] == rates.machines[0]
    assert flow.machines[1] == replace(alone.machines[0], entity=3)


def test_rates_that_do_not_settle_are_measured() -> None:
    factory = random_factory(273)
    (rates,), (flow,) = ask("rates", factory), ask("flow", factory)
    assert rates.error is not None
    assert flow.error is None
    assert set((flow.doubts or {}).values()) == {(UNSETTLED,)}
    assert set(flow.sinks) == {sink.id for sink in factory.sinks}


def test_neither_batch_nor_threads_change_what_is_measured() -> None:
    factories = [random_factory(seed) for seed in range(40)]
    together = ask("flow", *factories)
    assert any(result.doubts for result in together)
    assert ask("flow", *factories[::-1], threads=2)[::-1] == together
    assert ask("flow", factories[7]) == together[7:8]
