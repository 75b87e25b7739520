"""Rewards made of several terms."""

from dataclasses import fields
from typing import get_args

import numpy as np
import pytest

from factorion_cli.config.ppo import RewardTerm
from factorion_cli.environments import MissingEntityEnv, action_for
from factorion_cli.environments.observation import shown
from factorion_cli.environments.terms import Terms, reached
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, WEST
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.building import to_build
from tests.tasks.marker_lines import line_task, straight

SOURCE, SINK = Source("S0", "belt", 0, 2, "iron-plate", EAST), Sink("K0", "belt", 9, 2, "iron-plate", EAST)


def reach_of(*entities: Entity, sources=(SOURCE,), sinks=(SINK,)) -> tuple[float, float]:
    """Share of sinks reached, and of the ways to them."""
    grid = shown(Factory(10, 5, entities, sources, sinks), 5, 10)
    connected, distance = reached(grid[None], np.zeros(1, np.int64))[0].tolist()
    return connected, distance


def belts(*columns: int, direction: int = EAST) -> list[Entity]:
    return [Entity("transport-belt", x, 2, direction) for x in columns]


def test_belts_carry_as_far_as_they_hang_together():
    assert reach_of() == (0, 0)
    assert reach_of(*belts(1, 2, 3)) == (0, pytest.approx(3 / 9))
    assert reach_of(*belts(1, 2, 4, 5)) == (0, pytest.approx(2 / 9))
    assert reach_of(*belts(*range(1, 9))) == (1, 1)


def test_a_belt_against_the_others_stops_them():
    assert reach_of(*belts(1, 2, 3), *belts(4, direction=WEST), *belts(5, 6, 7, 8)) == (0, pytest.approx(3 / 9))


def test_undergrounds_splitters_arms_machines_and_loaders_carry_on():
    under = Entity("underground-belt", 2, 2, EAST, "input"), Entity("underground-belt", 6, 2, EAST, "output")
    assert reach_of(*belts(1, 7, 8), *under) == (1, 1)
    assert reach_of(*belts(1, 7, 8), *reversed(under)) == (1, 1)
    between = Entity("underground-belt", 4, 2, EAST, "input")
    assert reach_of(*belts(1, 7, 8), *under, between)[0] == 0
    assert reach_of(*belts(1, 3, 4, 5, 6, 7, 8), Entity("splitter", 2, 1, EAST)) == (1, 1)
    arms = Entity("inserter", 2, 2, WEST), Entity("long-handed-inserter", 7, 2, WEST)
    machine = Entity("assembling-machine-1", 3, 1, recipe="iron-gear-wheel")
    assert reach_of(*belts(1), arms[0], machine, arms[1]) == (1, 1)
    assert reach_of(*belts(1), arms[0], machine, Entity("inserter", 7, 2, WEST))[0] == 0
    loaders = Entity("loader-1x1", 2, 2, EAST, "input"), Entity("loader-1x1", 4, 2, EAST, "output")
    assert reach_of(*belts(1, *range(5, 9)), loaders[0], Entity("iron-chest", 3, 2), loaders[1]) == (1, 1)
    assert reach_of(*belts(1, *range(5, 9)), Entity("iron-chest", 3, 2), loaders[1])[0] == 0


def test_chests_are_reached_by_arms_alone():
    chest = Source("S0", "chest", 0, 2, "iron-plate")
    end = Sink("K0", "chest", 9, 2, "iron-plate")
    arms = Entity("inserter", 1, 2, WEST), Entity("inserter", 8, 2, WEST)
    assert reach_of(*arms, *belts(*range(2, 8)), sources=(chest,), sinks=(end,)) == (1, 1)
    assert reach_of(*belts(*range(1, 9)), sources=(chest,), sinks=(end,))[0] == 0


def test_each_sink_counts_alike():
    other = Sink("K1", "belt", 0, 4, "iron-plate", WEST)
    assert reach_of(*belts(*range(1, 9)), sinks=(SINK, other))[0] == 0.5


def _played(env: MissingEntityEnv, actions: list[np.ndarray]) -> tuple[list[float], bool]:
    env.reset(seed=0)
    rewards, terminated = list[float](), False
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        rewards.append(reward)
        if terminated or truncated:
            break
    return rewards, terminated


def _put(x: int, direction: int = EAST) -> np.ndarray:
    return action_for(Entity("transport-belt", x, 2, direction), default_vocabulary()).to_row(6)


DONE = np.zeros(5, np.int64)


@pytest.mark.parametrize("dense", [False, True])
def test_shaping_pays_on_the_way_and_nothing_in_sum(dense: bool):
    env = MissingEntityEnv(
        [to_build(line_task("line", width=6))], window=(5, 6), terms={"connected": 2.0, "distance": 1.0}, dense=dense
    )
    rewards, terminated = _played(env, [_put(1), _put(2), _put(3), _put(4)])
    assert terminated
    assert rewards[:3] == pytest.approx([1 / 5] * 3)
    assert sum(rewards) == pytest.approx(0)
    rewards, terminated = _played(env, [_put(1), _put(2, NORTH), DONE])
    assert terminated
    assert sum(rewards) == pytest.approx(0)


def test_an_episode_that_is_cut_off_keeps_what_shaping_paid():
    env = MissingEntityEnv([to_build(line_task("line", width=6))], window=(5, 6), terms={"distance": 1.0})
    rewards, terminated = _played(env, [_put(1), *[np.array([1, 10**6, 0, 0, 0])] * 29])
    assert not terminated
    assert sum(rewards) == pytest.approx(1 / 5)


@pytest.mark.parametrize("dense", [False, True])
def test_what_is_paid_sums_to_what_the_last_state_has(dense: bool):
    task = line_task("line", width=6)
    terms = {"improvement": 1.0, "cost": 2.0, "entities_placed": 0.5}
    env = MissingEntityEnv([to_build(task)], window=(5, 6), terms=terms, dense=dense)
    rewards, _ = _played(env, [_put(x) for x in (1, 2, 3, 4)])
    raw = 4 * 1.5
    assert sum(rewards) == pytest.approx(1 - 2 * raw / 100 + 0.5 * 4 / 30)
    assert len(straight(task).entities) == 4


def test_throughput_counts_what_the_start_delivers_and_improvement_does_not():
    task = MissingEntityEnv().tasks[0]
    whole = [action_for(task.removed[0], default_vocabulary()).to_row(32)]
    sums = [
        sum(_played(MissingEntityEnv([task], terms={name: 1.0}), whole)[0]) for name in ("throughput", "improvement")
    ]
    assert sums[0] - sums[1] == pytest.approx(task.throughput_left)


def test_unknown_terms_are_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="'speed'; expected some of throughput, improvement, cost"):
        Terms.of({"speed": 1.0})


def test_settings_of_training_name_every_term():
    assert get_args(RewardTerm) == tuple(term.name for term in fields(Terms))
