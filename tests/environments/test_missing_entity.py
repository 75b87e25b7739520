from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from factorion_cli.environments import (
    DONE,
    MISSING_ENTITY,
    Action,
    MissingEntityEnv,
    SimulatorBackend,
    action_for,
    builtin_tasks,
)
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.simulation import throughput
from factorion_cli.simulation.result import SimulationResult


def _counting(factories):
    """A stand-in for the simulator: as many items per second as entities stand there."""
    return [
        SimulationResult(factory.id, sinks={"K0": {"iron-plate": float(len(factory.entities))}})
        for factory in factories
    ]


def _tasks():
    tasks = builtin_tasks()
    return [
        replace(
            task,
            throughput_reference=float(len(task.reference.entities)),
            throughput_start=float(len(task.start.entities)),
        )
        for task in tasks
    ]


@pytest.fixture
def env():
    return MissingEntityEnv(_tasks(), backend=SimulatorBackend(_counting))


def _solution(env):
    return action_for(env.task.removed[0], env.vocabulary).to_row(env.window[1])


@pytest.mark.filterwarnings("ignore:.*render.*")
def test_passes_gymnasiums_checker():
    env = gymnasium.make(MISSING_ENTITY, backend=SimulatorBackend(_counting))
    check_env(env.unwrapped, skip_render_check=True)


def test_builtin_tasks_have_the_throughput_that_the_simulator_measures():
    tasks = builtin_tasks()
    for task, result in zip(tasks, throughput([task.reference for task in tasks]), strict=True):
        assert result.throughput == pytest.approx(task.throughput_reference, rel=0.02), task.id
    for task, result in zip(tasks, throughput([task.start for task in tasks]), strict=True):
        assert result.throughput == pytest.approx(task.throughput_start), task.id


def test_putting_back_what_was_taken_out_earns_the_whole_improvement(env):
    for index, task in enumerate(env.tasks):
        env.reset(options={"task": index})
        _, reward, terminated, truncated, info = env.step(_solution(env))
        assert reward == pytest.approx(1 - task.throughput_start / task.throughput_reference)
        assert (terminated, truncated) == (True, False)
        assert info["success"]
        assert info["exact_match"]


def test_doing_nothing_earns_nothing(env):
    env.reset(options={"task": 0})
    _, reward, terminated, _, info = env.step(DONE.to_row(32))
    assert reward == 0
    assert terminated
    assert not info["success"]


def test_an_illegal_action_is_counted_and_changes_nothing(env):
    observation, _ = env.reset(options={"task": "builtin-line"})
    occupied = Action(entity_id=env.vocabulary.entity_id("transport-belt"), x=1, y=1).to_row(32)
    after, reward, terminated, _, info = env.step(occupied)
    assert (reward, terminated, info["invalid_actions"], info["placed"]) == (0.0, False, 1, 0)
    assert np.array_equal(after["grid"], observation["grid"])


def test_repeating_illegal_actions_is_cut_off(env):
    env.reset(options={"task": "builtin-line"})
    occupied = Action(entity_id=env.vocabulary.entity_id("transport-belt"), x=1, y=1).to_row(32)
    ends = [env.step(occupied)[2:4] for _ in range(4)]
    assert ends == [(False, False)] * 3 + [(False, True)]


def test_dense_rewards_sum_to_the_sparse_one():
    task = _tasks()[0]
    task = replace(task, missing=(2, 3), throughput_start=task.throughput_start - 1)
    totals = []
    for dense in (False, True):
        env = MissingEntityEnv([task], backend=SimulatorBackend(_counting), dense=dense)
        env.reset()
        totals.append(sum(env.step(action_for(e, env.vocabulary).to_row(32))[1] for e in task.removed))
    assert totals[0] == pytest.approx(totals[1])
    assert totals[0] > 0


def test_structural_tasks_are_scored_by_exact_match():
    env = MissingEntityEnv([replace(builtin_tasks()[0], kind="structural")])
    env.reset()
    solution = _solution(env)
    assert env.step(solution)[1] == 1.0
    env.reset()
    turned = solution + np.array([0, 0, 1, 0, 0])
    assert env.step(turned)[1] == 0.0


def test_tasks_are_drawn_from_the_seed(env):
    def drawn(seed):
        return [env.reset(seed=seed if first else None)[1]["task"] for first in (True, False, False, False)]

    assert drawn(7) == drawn(7)
    assert len({*drawn(7), *drawn(8), *drawn(9)}) > 1


def test_the_hand_is_empty_once_everything_is_put_back(env):
    observation, _ = env.reset(options={"task": 0})
    assert observation["hand"].sum() == 1
    observation, *_ = env.step(_solution(env))
    assert observation["hand"].sum() == 0
    assert np.flatnonzero(env.masks.entity()).tolist() == [0]


def test_wrong_tasks_are_named(env):
    with pytest.raises(UsageError, match="no task is called 'nowhere'"):
        env.reset(options={"task": "nowhere"})
    with pytest.raises(UsageError, match="expected 0 to 4"):
        env.reset(options={"task": 9})
    with pytest.raises(DatasetError, match="empty list"):
        MissingEntityEnv([])
    with pytest.raises(UsageError, match="pass window=\\(6, 8\\)"):
        MissingEntityEnv(builtin_tasks(), window=(6, 6))


def test_renders_text():
    env = MissingEntityEnv(builtin_tasks(), render_mode="ansi")
    env.reset(options={"task": 0})
    assert env.render()
