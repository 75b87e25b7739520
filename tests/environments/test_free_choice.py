"""Tasks from markers in the environment: anything allowed, as often as wanted, until it works."""

import numpy as np
import pytest

from factorion_cli.environments import MissingEntityEnv, action_for
from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import EAST, NORTH
from factorion_cli.factory.tensor import BOUNDS
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.building import freed, to_build
from factorion_cli.tasks.markers import marker_task
from tests.tasks.marker_lines import line_task

VOCABULARY = default_vocabulary()


@pytest.fixture
def env():
    found = MissingEntityEnv([to_build(line_task("line", width=6))], window=(5, 6))
    found.reset(seed=0)
    return found


def _put(env, x, direction=EAST, name="transport-belt"):
    return env.step(action_for(Entity(name, x, 2, direction), VOCABULARY).to_row(6))


def test_the_episode_ends_when_every_sink_gets_what_it_wants(env):
    for x in (1, 2, 3):
        *_, terminated, truncated, _ = _put(env, x)
        assert not terminated
        assert not truncated
    _, reward, terminated, _, info = _put(env, 4)
    assert terminated
    assert info["success"]
    assert reward == pytest.approx(1.0)  # of the bound: a belt carries no more


def test_what_is_allowed_never_runs_out(env):
    before = env.reset(seed=0)[0]["hand"].copy()
    assert {VOCABULARY.entity_name(number) for number in np.flatnonzero(before)} == set(env.task.allowed)
    observation, *_ = _put(env, 1, NORTH)
    assert np.array_equal(observation["hand"], before)
    assert env.masks.legal(action_for(Entity("transport-belt", 2, 2, EAST), VOCABULARY))
    assert not env.masks.legal(action_for(Entity("rocket-silo", 2, 2), VOCABULARY))


def test_steps_end_with_the_tiles(env):
    for step in range(env.task.most_steps):
        *_, terminated, truncated, info = env.step(np.array([1, 10**6, 0, 0, 0]))
        assert not terminated
        assert truncated == (step == 29)
    assert not info["success"]


def test_a_design_of_a_dataset_is_freed_of_its_hand_and_keeps_its_solution():
    marker = line_task("line", width=6)
    whole = to_build(marker)
    assert freed(whole).allowed == marker.allowed
    assert freed(whole).hand == marker.allowed
    mended = freed(MissingEntityEnv().tasks[0])
    assert mended.allowed == ()


def test_nothing_can_be_put_on_blocked_tiles_and_policies_see_them():
    task = to_build(marker_task(line_task("line", metadata={"task": {"blocked": [[3, 0, 1, 1]]}}).to_factory()))
    env = MissingEntityEnv([task])
    observation, _ = env.reset(seed=0)
    assert observation["grid"][BOUNDS, 0, 2:5].tolist() == [1, 0, 1]
    belt = VOCABULARY.entity_id("transport-belt")
    assert env.masks.tile(belt)[2:5].tolist() == [True, False, True]


def test_tasks_from_markers_come_as_they_are_or_by_the_name_of_a_suite():
    assert MissingEntityEnv([line_task("line")]).tasks == [to_build(line_task("line"))]
    named = MissingEntityEnv("markers:depth-1?count=3&seed=4")
    assert len(named.tasks) == 3
    assert named.reset(seed=0)[1]["task"] in {task.id for task in named.tasks}
