"""Factories repeat themselves: the period is the true one and its rates are exact."""

from fractions import Fraction

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Resource, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.building import build_world
from factorion_cli.simulation.compiling import compile_factory
from factorion_cli.simulation.layout import STATE, WorldArrays, as_words, state_words
from factorion_cli.simulation.running import run, start
from factorion_cli.simulation.steady import FIRST_CHECKPOINT, Search
from tests.factories import random_factory
from tests.simulation.judging import cases, factory, results

IRON = Source("S", "chest", 0, 0, "iron-plate")


def _state(world: WorldArrays) -> bytes:
    """Everything that decides the future of a world of one factory, told apart from the kernels' comparison."""
    parts = [as_words(getattr(world, name))[:, state_words(name)].tobytes() for name in STATE if name != "deposits"]
    for line in world.lines:
        slots = world.slots[line["head"] : line["head"] + line["count"]]
        parts += [(slots["position"] + line["shift"]).tobytes(), slots["item"].tobytes()]
    return b"".join(parts)


def _first_repetition(drawn: Factory, most: int) -> tuple[int, int] | None:
    """When the first state comes that comes again, and after how many ticks it does: every state is remembered."""
    world, _ = build_world([compile_factory(drawn)])
    start(world)
    seen: dict[bytes, int] = {}
    for tick in range(most):
        state = _state(world)
        if state in seen:
            return seen[state], tick - seen[state]
        seen[state] = tick
        run(world, 1)
    return None


SOME = ("belt-merge-three", "split-1-2-yellow", "line-gear-am1", "line-furnace-stone", "line-filter", "line-wrong-item")


@pytest.mark.parametrize("case_id", SOME)
def test_the_period_is_the_one_that_remembering_every_state_finds(case_id: str) -> None:
    repetition = _first_repetition(factory(case_id), 3000)
    assert repetition is not None
    assert results()[case_id].period_ticks == repetition[1]


def test_periods_of_random_factories_are_the_true_ones_and_found_in_time() -> None:
    drawn = [one for one in map(random_factory, range(40)) if len(one.entities) < 12]
    periods = 0
    for one, result in zip(drawn, throughput(drawn), strict=True):
        repetition = None if result.error else _first_repetition(one, 600)
        if repetition is not None:
            begin, period = repetition
            assert result.period_ticks == period
            latest = 3 * max(FIRST_CHECKPOINT, begin, 2 * period) // 2 + period
            assert throughput([one], warmup_ticks=latest, measure_ticks=1)[0].period_ticks == period
            periods += 1
    assert periods > 5


def test_rates_are_fractions() -> None:
    # The plain arm takes 70 ticks from chest to chest.
    line = Factory(3, 1, (Entity("inserter", 1, 0, 12),), (IRON,), (Sink("K", "chest", 2, 0),))
    (result,) = throughput([line])
    assert result.period_ticks == 70
    assert result.exact("K") == result.exact("K", "iron-plate") == Fraction(6, 7)
    assert result.exact("K", "coal") == result.exact("nowhere") == 0
    assert result.rate("K") == 60 / 70
    assert result.metrics["measured_ticks"] == 70
    assert result.metrics["relative_error"] == 0


def test_both_lanes_count() -> None:
    result = results()["belt-straight-yellow"]
    assert [result.exact(sink) for sink in result.sinks] == [15]


def test_a_period_agrees_with_a_long_window() -> None:
    chosen = [case_id for case_id in list(cases())[::7] if results()[case_id].period_ticks is not None]
    assert len(chosen) > 20
    windows = throughput([factory(case_id) for case_id in chosen], measure_ticks=72_000, steady=False)
    for case_id, window in zip(chosen, windows, strict=True):
        assert window.period_ticks is None
        assert results()[case_id].throughput == pytest.approx(window.throughput, rel=2e-3, abs=1e-9), case_id


def test_a_factory_that_never_moves_repeats_itself_every_tick() -> None:
    dead = Factory(3, 1, (Entity("inserter", 1, 0, 12),), (IRON,), ())
    assert throughput([dead])[0].period_ticks == 1


def test_a_period_is_found_before_the_warm_up_is_over() -> None:
    search_ends = throughput([factory("line-gear-am1")], warmup_ticks=1_000_000_000, measure_ticks=1)
    assert search_ends[0].period_ticks is not None


def test_a_long_period_is_left_to_a_window_with_its_error() -> None:
    # Eight beacons and four productivity modules: 1,000 crafts and more until craft and tick meet again.
    odd = "machine-iron-plate-electric-furnace-2xproductivity-module-3-8beacons-speed-module-3"
    result = results()[odd]
    assert result.period_ticks is None
    assert result.exact(next(iter(result.sinks))) is None
    assert result.metrics["measured_ticks"] >= 7200
    assert 0 <= result.metrics["relative_error"] < 0.01


def test_a_chest_that_fills_is_no_steady_state_until_it_is_full() -> None:
    entities = (Entity("fast-inserter", 1, 0, 12, stack_size=3), Entity("wooden-chest", 2, 0))
    buffer = Factory(3, 1, entities, (IRON,))
    assert throughput([buffer], warmup_ticks=600, measure_ticks=600)[0].period_ticks is None
    # 1,600 plates by threes, 24 ticks each: full after 12,800 ticks.
    assert throughput([buffer], max_ticks=30_000)[0].period_ticks == 1


def test_the_error_shows_that_a_rate_still_changes() -> None:
    belt = tuple(Entity("transport-belt", x, 0, 4) for x in range(1, 40))
    source, sink = Source("S", "belt", 0, 0, "iron-plate", 4), Sink("K", "belt", 40, 0, direction=4)
    line = Factory(41, 1, belt, (source,), (sink,))
    (filling,) = throughput([line], warmup_ticks=0, measure_ticks=2400, steady=False)
    assert filling.metrics["relative_error"] > 0.3
    (settled,) = throughput([line], warmup_ticks=2400, measure_ticks=2400, steady=False)
    assert settled.metrics["relative_error"] == 0


def test_ore_counts_as_endless_if_it_lasts_for_warm_up_and_window() -> None:
    drill = Entity("electric-mining-drill", 4, 4)

    def mine(amount: int) -> Fraction | None:
        ore = Resource("iron-ore", (4, 4, 1, 1), amount=amount)
        one = Factory(12, 12, (drill,), sinks=(Sink("K", "chest", 5, 3),), resources=(ore,))
        return throughput([one])[0].exact("K")

    # One piece in 120 ticks: 90 pieces are mined in 10,800.
    assert mine(100) == Fraction(1, 2)
    assert mine(30) == 0


def test_counts_of_a_machines_output_are_exact() -> None:
    case_id = next(case_id for case_id in cases() if case_id.startswith("machine-") and results()[case_id].period_ticks)
    result = results()[case_id]
    sink = next(iter(result.sinks))
    exact = result.exact(sink)
    assert exact is not None
    assert float(exact) == pytest.approx(result.rate(sink), rel=1e-12)


def test_threads_and_batches_change_no_period() -> None:
    batch = [factory(case_id) for case_id in (*SOME, *SOME)]
    together = [(result.period_ticks, result.counts) for result in throughput(batch, threads=2)]
    alone = [(result.period_ticks, result.counts) for one in batch for result in throughput([one], threads=1)]
    assert together == alone


def test_what_is_found_stands_still() -> None:
    world, _ = build_world([compile_factory(factory("belt-straight-yellow"))])
    start(world)
    search = Search(world)
    search.run(np.array([2000]))
    before = _state(world)
    search.run(np.array([2000]))
    assert list(search.found) == [0]
    assert _state(world) == before


def test_json_names_the_period() -> None:
    written = results()["belt-straight-yellow"].to_json()
    assert written["period_ticks"] == results()["belt-straight-yellow"].period_ticks
    assert sum(sum(items.values()) for items in written["counts"].values()) > 0
