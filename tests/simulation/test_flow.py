"""The flow engine: steady rates without ticks, the same as the tick simulator's."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.symmetry import rotate
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.batch import FactoryBatch
from factorion_cli.simulation.flow_report import reports
from factorion_cli.simulation.flowing import FlowRates, flow_rates
from factorion_cli.simulation.schematic import is_schematic
from factorion_cli.simulation.wiring import BeltNode, drop_lane, wire
from tests.factories.generator import random_factory
from tests.simulation import judging

IRON, COPPER, GEAR = "iron-plate", "copper-plate", "iron-gear-wheel"
AGREES, LEAST = 0.03, 0.005


def flow(
    entities: tuple[Entity, ...], sources: tuple[Source, ...], sinks: tuple[Sink, ...], **settings: object
) -> SimulationResult:
    """What the flow engine says, having held its sinks against the tick simulator."""
    factory = replace(Factory(16, 16, entities, sources, sinks), **settings)  # type: ignore[arg-type]
    (result,) = throughput([factory], engine="rates")
    (ticks,) = throughput([factory])
    assert result.error is None
    assert disagreements(factory, result, ticks) == []
    return result


def disagreements(factory: Factory, found: SimulationResult, ticks: SimulationResult) -> list[str]:
    """Sinks whose rates differ by more than 3 %, and 0.005 items per second."""
    return [
        f"{factory.id} {sink.id}: {found.rate(sink.id):.4f}, in ticks {ticks.rate(sink.id):.4f}"
        for sink in factory.sinks
        if abs(found.rate(sink.id) - ticks.rate(sink.id)) > AGREES * ticks.rate(sink.id) + LEAST
    ]


def belts(*places: tuple[int, int, int], name: str = "transport-belt") -> tuple[Entity, ...]:
    return tuple(Entity(name, x, y, direction) for x, y, direction in places)


def row(y: int, first: int, last: int, direction: int = 4, name: str = "transport-belt") -> tuple[Entity, ...]:
    return belts(*((x, y, direction) for x in range(first, last + 1)), name=name)


APART = {
    "peerfix-mixed-belt-pickup-1": "the gap at a side-load is filled from the side; in flow the straight belt wins",
}
"""Cases that the engines answer differently, and why: docs/simulator.md."""


def test_every_golden_case_agrees_with_the_ticks_on_every_sink() -> None:
    known = {case_id: judging.factory(case_id) for case_id in judging.cases() if case_id not in APART}
    factories = [factory for factory in known.values() if not is_schematic(factory)]
    wrong = []
    for factory, result in zip(factories, throughput(factories, engine="rates"), strict=True):
        assert result.error is None, factory.id
        wrong += disagreements(factory, result, judging.results()[factory.id])
    assert len(factories) > 200
    assert wrong == []


@pytest.fixture(scope="module")
def random_batch() -> FactoryBatch:
    return FactoryBatch.from_factories([random_factory(seed) for seed in range(60)])


def assert_same_bits(one: FlowRates, other: FlowRates) -> None:
    for name in ("rates", "crafts", "plans", "rounds"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_twice_the_same_batch_gives_the_same_bits(random_batch: FactoryBatch) -> None:
    assert_same_bits(flow_rates(random_batch), flow_rates(random_batch))


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads_gives_the_same_bits(random_batch: FactoryBatch, threads: int) -> None:
    assert_same_bits(flow_rates(random_batch, threads=threads), flow_rates(random_batch, threads=1))


def test_a_factory_has_the_same_bits_in_a_batch_and_alone(random_batch: FactoryBatch) -> None:
    together = flow_rates(random_batch)
    for number, factory in enumerate(random_batch.factories[:20]):
        alone = flow_rates(FactoryBatch.from_factories([factory]))
        for sink in range(len(factory.sinks)):
            np.testing.assert_array_equal(alone.sink_rates(0, sink), together.sink_rates(number, sink))


def test_the_order_of_entities_does_not_matter(random_batch: FactoryBatch) -> None:
    shuffled = []
    for number, factory in enumerate(random_batch.factories):
        entities = list(factory.entities)
        Random(number).shuffle(entities)
        shuffled.append(factory.with_entities(entities))
    turned = flow_rates(FactoryBatch.from_factories(shuffled))
    np.testing.assert_array_equal(turned.rates, flow_rates(random_batch).rates)


@pytest.mark.parametrize("case_id", ["line-gear-am1", "belt-straight-yellow", "line-furnace-stone"])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_a_factory_changes_no_rate(case_id: str, turns: int) -> None:
    factory = judging.factory(case_id)
    upright, turned = throughput([factory, rotate(factory, turns)], engine="rates")
    for sink in factory.sinks:
        assert turned.rate(sink.id) == pytest.approx(upright.rate(sink.id), rel=1e-9)


def test_a_factory_that_did_not_settle_is_an_error_and_no_guess() -> None:
    found = flow_rates(FactoryBatch.from_factories([judging.factory("line-gear-am1")] * 2))
    unsettled = replace(found, rounds=np.array([found.rounds[0], 0], np.int32))
    good, bad = reports(unsettled)
    assert good.error is None
    assert good.sinks
    assert bad.error == "the flow engine found no steady state; ask the tick simulator (--engine ticks)"
    assert bad.sinks == {}


def test_a_bad_factory_is_an_error_among_good_ones() -> None:
    good = judging.factory("belt-straight-yellow")
    bad = Factory(2, 2, (Entity("transport-belt", 0, 0), Entity("splitter", 0, 0)), id="bad")
    first, second, third = throughput([good, bad, good], engine="rates")
    assert second.error is not None
    assert "overlaps" in second.error
    assert first.sinks == third.sinks


# Who feeds whom


def _trail(rng: Random) -> dict[tuple[int, int], Entity]:
    """Belts that lead from 1, 2 to the east edge of a sheet of 7 x 5, or into themselves."""
    trail: dict[tuple[int, int], Entity] = {}
    x, y = 1, 2
    while (x, y) not in trail and 1 <= x < 7 and 0 <= y < 5:
        heading = rng.choice((0, 4, 4, 4, 8))
        if heading == 4 and x < 5 and rng.random() < 0.2 and (x + 2, y) not in trail:
            trail[x, y] = Entity("underground-belt", x, y, 4, underground_type="input")
            trail[x + 2, y] = Entity("underground-belt", x + 2, y, 4, underground_type="output")
            x += 3
            continue
        trail[x, y] = Entity("transport-belt", x, y, heading)
        x, y = x + (heading == 4), y + {0: -1, 4: 0, 8: 1}[heading]
    return trail


def _scatter(seed: int) -> Factory:
    """A trail from a source to one of the sinks, and belts of every kind and arms thrown around it."""
    rng = Random(seed)
    trail = _trail(rng)
    entities, taken = list(trail.values()), set(trail)
    tiles = [(x, y) for y in range(5) for x in range(1, 7)]
    rng.shuffle(tiles)
    for x, y in tiles:
        kind = rng.choice(("transport-belt",) * 3 + ("underground-belt", "splitter", "inserter"))
        entity = Entity(kind, x, y, rng.choice((0, 4, 8, 12)))
        if kind == "underground-belt":
            entity = replace(entity, underground_type=rng.choice(("input", "output")))
        if taken.isdisjoint(entity.tiles()) and all(column < 7 and line < 5 for column, line in entity.tiles()):
            taken.update(entity.tiles())
            entities.append(entity)
    sinks = tuple(Sink(f"K{line}", "belt", 7, line, direction=rng.choice((0, 4, 4, 8))) for line in (0, 1, 2, 4))
    return Factory(8, 5, tuple(entities), (Source("S", "belt", 0, 2, IRON, 4),), sinks, id=f"scatter-{seed}")


def _reached(factory: Factory) -> set[str]:
    """Sinks that an item can get to by the connections of `wiring`, lane by lane."""
    wiring = wire(factory)
    ways: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for feed in wiring.feeds:
        ways.setdefault((feed.node, feed.lane), set()).add((feed.to_node, feed.to_lane))
    for number, node in enumerate(wiring.nodes):
        if node.kind == "splitter":
            for lane in (0, 1):
                # What comes into one half may leave by the other one.
                ways.setdefault((number, lane), set()).update(ways.get((node.partner, lane), set()))
    for arm in wiring.arms:
        if arm.pickup is not None and arm.drop is not None:
            target: BeltNode = wiring.nodes[arm.drop.index]
            lane = drop_lane(target, (factory.entities[arm.entity].direction + 8) % 16)
            for picked in (0, 1):
                ways.setdefault((arm.pickup.index, picked), set()).add((arm.drop.index, lane))
    start = next(number for number, node in enumerate(wiring.nodes) if node.kind == "source")
    seen, waiting = {(start, 0), (start, 1)}, [(start, 0), (start, 1)]
    while waiting:
        for found in ways.get(waiting.pop(), set()) - seen:
            seen.add(found)
            waiting.append(found)
    return {factory.sinks[wiring.nodes[number].sink].id for number, _ in seen if wiring.nodes[number].sink >= 0}


def test_items_get_to_the_sinks_that_the_wiring_of_the_ticks_leads_to() -> None:
    wrong, reached = {}, 0
    factories = [_scatter(seed) for seed in range(1000)]
    for factory, result in zip(factories, throughput(factories, engine="rates"), strict=True):
        assert result.error is None, factory.id
        found = {sink.id for sink in factory.sinks if result.rate(sink.id) > 0}
        reached += len(found)
        if found != _reached(factory):
            wrong[factory.id] = (found, _reached(factory))
    assert reached > 200
    assert wrong == {}


# What happens where things meet


def test_a_slow_belt_holds_back_a_fast_one_to_15_items_a_second() -> None:
    result = flow(
        (*row(0, 1, 3, name="express-transport-belt"), *row(0, 4, 6)),
        (Source("S", "belt", 0, 0, IRON, 4, belt="express-transport-belt"),),
        (Sink("K", "belt", 7, 0, direction=4),),
    )
    assert result.rate("K") == pytest.approx(15)


def test_a_splitter_whose_one_way_out_is_blocked_sends_all_15_the_other_way() -> None:
    result = flow(
        (*row(0, 1, 2), Entity("splitter", 3, 0, 4), *row(0, 4, 5), *row(1, 4, 5)),
        (Source("S", "belt", 0, 0, IRON, 4),),
        (Sink("K", "belt", 6, 0, direction=4),),
    )
    assert result.rate("K") == pytest.approx(15)


def test_a_splitter_halves_a_belt_to_7_5_each() -> None:
    result = flow(
        (*row(0, 1, 2), Entity("splitter", 3, 0, 4), *row(0, 4, 5), *row(1, 4, 5)),
        (Source("S", "belt", 0, 0, IRON, 4),),
        (Sink("K0", "belt", 6, 0, direction=4), Sink("K1", "belt", 6, 1, direction=4)),
    )
    assert [result.rate(sink) for sink in ("K0", "K1")] == [pytest.approx(7.5)] * 2


def test_a_priority_fills_its_side_with_15_and_leaves_the_other_15() -> None:
    splitter = Entity("express-splitter", 3, 0, 4, output_priority="right")
    result = flow(
        (*row(0, 1, 2, name="express-transport-belt"), splitter, *row(0, 4, 5), *row(1, 4, 5)),
        (Source("S", "belt", 0, 0, IRON, 4, belt="express-transport-belt"),),
        (Sink("left", "belt", 6, 0, direction=4), Sink("right", "belt", 6, 1, direction=4)),
    )
    assert (result.rate("left"), result.rate("right")) == (pytest.approx(15), pytest.approx(15))
    little = flow(
        (*row(0, 1, 2), splitter, *row(0, 4, 5), *row(1, 4, 5)),
        (Source("S", "belt", 0, 0, IRON, 4),),
        (Sink("left", "belt", 6, 0, direction=4), Sink("right", "belt", 6, 1, direction=4)),
    )
    assert (little.rate("left"), little.rate("right")) == (0, pytest.approx(15))


def test_a_filter_parts_two_lanes_into_7_5_iron_and_7_5_copper() -> None:
    result = flow(
        (*row(0, 1, 2), Entity("splitter", 3, 0, 4, filter=IRON, output_priority="left"),
         *row(0, 4, 5), *row(1, 4, 5)),
        (Source("S", "belt", 0, 0, IRON, 4, "left"), Source("T", "belt", 0, 0, COPPER, 4, "right")),
        (Sink("left", "belt", 6, 0, direction=4), Sink("right", "belt", 6, 1, direction=4)),
    )  # fmt: skip
    assert (result.rate("left", IRON), result.rate("left", COPPER)) == (pytest.approx(7.5), 0)
    assert (result.rate("right", IRON), result.rate("right", COPPER)) == (0, pytest.approx(7.5))


def test_an_unwanted_item_jams_a_belt_and_the_machine_at_its_end_gets_0() -> None:
    result = flow(
        (*row(1, 2, 3), Entity("inserter", 4, 1, 12), Entity("assembling-machine-1", 5, 0, recipe=GEAR),
         Entity("inserter", 8, 1, 12), Entity("splitter", 1, 0, 4)),
        (Source("S", "belt", 0, 0, IRON, 4), Source("T", "belt", 0, 1, COPPER, 4)),
        (Sink("K", "chest", 9, 1),),
    )  # fmt: skip
    assert result.rate("K") == 0


def test_an_arm_with_a_filter_takes_0_84_copper_of_a_mixed_belt_and_leaves_the_iron() -> None:
    result = flow(
        (*row(0, 1, 5), Entity("inserter", 3, 1, 0, filters=(COPPER,))),
        (Source("S", "belt", 0, 0, IRON, 4, "left"), Source("T", "belt", 0, 0, COPPER, 4, "right")),
        (Sink("belt", "belt", 6, 0, direction=4), Sink("chest", "chest", 3, 2)),
    )
    assert result.rate("chest", IRON) == 0
    assert result.rate("chest", COPPER) == pytest.approx(0.94, rel=0.03)
    assert result.rate("belt") + result.rate("chest") == pytest.approx(15)


def test_a_full_loop_takes_in_as_much_as_an_arm_takes_out_0_94() -> None:
    ring = belts((1, 1, 4), (2, 1, 4), (3, 1, 8), (3, 2, 8), (3, 3, 12), (2, 3, 12), (1, 3, 0), (1, 2, 0))
    result = flow(
        (*ring, Entity("inserter", 4, 2, 12)),
        (Source("S", "belt", 0, 2, IRON, 4),),
        (Sink("K", "chest", 5, 2),),
    )
    assert result.rate("K") == pytest.approx(0.94, rel=0.03)


def test_two_machines_share_the_0_83_that_one_arm_brings_from_a_chest() -> None:
    # The second machine is fed with what the first one makes, by the only arm between them.
    result = flow(
        (Entity("inserter", 1, 1, 12), Entity("assembling-machine-3", 2, 0, recipe=GEAR), Entity("inserter", 5, 1, 12)),
        (Source("S", "chest", 0, 1, IRON),),
        (Sink("K", "chest", 6, 1),),
    )
    assert result.rate("K") == pytest.approx(60 / 70 / 2, rel=0.03)


def test_the_first_of_three_arms_at_a_chest_gets_all_of_the_0_86_that_comes_in_one_by_one() -> None:
    result = flow(
        (Entity("inserter", 2, 1, 0), Entity("iron-chest", 2, 2), Entity("inserter", 1, 2, 4),
         Entity("inserter", 3, 2, 12), Entity("inserter", 2, 3, 0)),
        (Source("S", "chest", 2, 0, IRON),),
        tuple(Sink(name, "chest", x, y) for name, x, y in (("K0", 0, 2), ("K1", 4, 2), ("K2", 2, 4))),
    )  # fmt: skip
    assert [result.rate(sink) for sink in ("K0", "K1", "K2")] == [pytest.approx(60 / 70), 0, 0]


@pytest.mark.parametrize(("fuel", "rate"), [("coal", 0.3125), ("copper-plate", 0.0)])
def test_a_stone_furnace_smelts_0_3125_a_second_if_what_comes_beside_the_ore_burns(fuel: str, rate: float) -> None:
    result = flow(
        (*row(0, 1, 4), Entity("inserter", 3, 1, 0), Entity("stone-furnace", 3, 2), Entity("inserter", 3, 4, 0)),
        (Source("S", "belt", 0, 0, "iron-ore", 4, "left"), Source("T", "belt", 0, 0, fuel, 4, "right")),
        (Sink("K", "chest", 3, 5),),
    )
    assert result.rate("K", IRON) == pytest.approx(rate, rel=0.01)


def test_only_a_machine_beside_a_pole_works() -> None:
    plant = (
        Entity("fast-inserter", 1, 1, 12),
        Entity("assembling-machine-1", 2, 0, recipe=GEAR),
        Entity("fast-inserter", 5, 1, 12),
    )
    ends = (Source("S", "chest", 0, 1, IRON),), (Sink("K", "chest", 6, 1),)
    dark = flow(plant, *ends, power=Power("poles"))
    lit = flow((*plant, Entity("medium-electric-pole", 3, 3)), *ends, power=Power("poles"))
    assert (dark.rate("K"), lit.rate("K")) == (0, pytest.approx(1.0, rel=0.01))


def test_a_schematic_factory_is_left_to_the_ticks() -> None:
    factory = Factory(1, 1, (Entity("solar-panel", 0, 0),), metadata={"layout": "schematic"}, power=Power("network"))
    (result,) = throughput([factory], engine="rates")
    assert result.error is not None
    assert "--engine ticks" in result.error


def test_stacks_on_belts_are_said_to_be_left_to_the_ticks() -> None:
    stacking = Factory(8, 8, (Entity("stack-inserter", 0, 0),), research={"belt_stack_size_bonus": 3})
    plain = replace(stacking, research={})
    named, unnamed = throughput([stacking, plain], engine="rates")
    assert (named.not_simulated, unnamed.not_simulated) == (("stacks on belts",), ())


def test_packs_from_lab_to_lab_are_said_to_be_left_to_the_ticks() -> None:
    lab = Entity("lab", 0, 0)
    alone, chain = (Factory(16, 8, (lab, replace(lab, x=4), Entity("inserter", 3, y, 12))) for y in (5, 1))
    unnamed, named = throughput([alone, chain], engine="rates")
    assert (named.not_simulated, unnamed.not_simulated) == (("packs from lab to lab",), ())
