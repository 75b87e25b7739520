import time

import numpy as np
import pytest

from factorion_cli.training.clock import PARTS, Clock
from factorion_cli.training.monitor import EPISODES, Episode, Monitor, RewardRecord

_BUILT = {"steps": 2, "placed": 1, "invalid": 1, "entities": 10, "wanted": 10, "throughput": 7.5}
SOLVED = Episode("one", level=3, reward=0.5, score=1.0, success=True, **_BUILT)
FAILED = SOLVED._replace(
    task="other", level=4, reward=0.1, score=0.2, success=False, steps=6, placed=3, entities=8, throughput=1.5
)


def test_the_five_metrics_of_a_training_monitor():
    found = Monitor().update([SOLVED, FAILED], actions=30, seconds=60.0)
    assert found["monitor/episode_reward"] == pytest.approx(0.3)
    assert found["monitor/task_completion_rate"] == 0.5
    assert found["monitor/resource_efficiency"] == pytest.approx((1 + 0.2 * 10 / 8) / 2)
    assert found["monitor/survival_time"] == 4
    assert found["monitor/actions_per_minute"] == 30


def test_efficiency_is_of_the_tasks_that_have_a_reference():
    without = SOLVED._replace(level=5, wanted=0)
    assert Monitor().update([SOLVED, without], 1, 1.0)["monitor/resource_efficiency"] == 1
    assert Monitor().update([without], 1, 1.0)["monitor/resource_efficiency"] == 0


def test_what_was_built_and_by_level():
    found = Monitor().update([SOLVED, FAILED, FAILED], actions=30, seconds=60.0)
    assert found["success/level-3"] == 1
    assert found["success/level-4"] == 0
    assert found["charts/SPS"] == 0.5
    assert found["charts/entities"] == pytest.approx(26 / 3)
    assert found["charts/throughput"] == pytest.approx(3.5)
    assert found["charts/steps_to_finish"] == 2
    assert (found["actions/valid"], found["actions/invalid"]) == pytest.approx((7 / 3, 1))


def test_where_nothing_was_solved_no_steps_to_finish_are_made_up():
    found = Monitor().update([FAILED], actions=1, seconds=1.0)
    assert "charts/steps_to_finish" not in found
    assert set(Monitor().update([], 1, 1.0)) == {"charts/SPS"}


def test_old_episodes_are_forgotten():
    monitor = Monitor()
    monitor.update([FAILED] * EPISODES, actions=1, seconds=1.0)
    assert monitor.update([SOLVED._replace(level=4)] * EPISODES, 1, 1.0)["charts/success"] == 1
    assert Monitor(most=None).update([FAILED] * EPISODES + [SOLVED] * EPISODES, 1, 1.0)["charts/success"] == 0.5


def test_a_stream_of_rewards_sets_records_at_exactly_these_episodes():
    rewards = np.random.default_rng(0).normal(size=300).round(3).tolist()
    means = [float(np.mean(rewards[end - 10 : end])) for end in range(10, 301)]
    wanted = [9 + at for at, mean in enumerate(means) if mean > max(means[:at], default=-np.inf)]
    record = RewardRecord()
    found = [at for at, reward in enumerate(rewards) if record.add(reward)]
    assert found == wanted
    assert len(wanted) > 3


def test_a_record_goes_on_from_its_state():
    whole, first = RewardRecord(), RewardRecord()
    rewards = np.random.default_rng(1).normal(size=60).tolist()
    for reward in rewards[:25]:
        whole.add(reward)
        first.add(reward)
    second = RewardRecord(**first.state())
    assert [whole.add(reward) for reward in rewards[25:]] == [second.add(reward) for reward in rewards[25:]]


def test_time_is_booked_where_it_went():
    clock = Clock()
    clock.lap("other")
    time.sleep(0.02)
    clock.lap("forward")
    time.sleep(0.02)
    clock.skip()
    found = clock.figures()
    assert found["time/forward"] > 0.9
    assert found["time/seconds"] < 0.035
    assert sum(found[f"time/{part}"] for part in (*PARTS, "other")) == pytest.approx(1)
