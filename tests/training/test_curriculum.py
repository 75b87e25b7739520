from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.environments import builtin_tasks
from factorion_cli.training.curriculum import Curriculum, depth_of
from factorion_cli.training.monitor import EPISODES, Episode
from tests.evaluation.small_tasks import small_tasks


def episodes(task, successes):
    one = Episode(task, 3, 0.0, 0.0, False, 1, 1, 0, 5, 5, 0.0)
    return [one._replace(success=success) for success in successes]


def test_the_next_stage_opens_at_80_percent_of_the_last_100_and_never_before_100():
    tasks = small_tasks()
    curriculum = Curriculum(tasks, ["level"], in_order=True)
    easy = np.array([task.level == 3 for task in tasks])
    assert curriculum.names == ["level-3", "level-4"]
    np.testing.assert_allclose(curriculum.chances(), easy / 4)
    curriculum.take(episodes(tasks[0].id, [True] * (EPISODES - 1)))
    assert curriculum.open == 1
    curriculum.take(episodes(tasks[1].id, [False] * 21))
    assert curriculum.open == 1
    curriculum.take(episodes(tasks[1].id, [True] * 80))
    assert curriculum.open == 2
    np.testing.assert_allclose(curriculum.chances(), 1 / 5)


def test_what_is_being_learnt_or_forgotten_is_drawn_more():
    tasks = small_tasks()
    curriculum = Curriculum(tasks, ["level"], in_order=False, drawing="progress")
    np.testing.assert_allclose(curriculum.chances()[[0, 2]], [0.5 / 4, 0.5])
    half = EPISODES // 2
    curriculum.take(episodes(tasks[0].id, [True] * EPISODES))
    curriculum.take(episodes(tasks[2].id, [True] * half + [False] * half))
    np.testing.assert_allclose(curriculum.chances()[[0, 2]], [0.05 / 4, 0.95])
    curriculum.take(episodes(tasks[2].id, [False] * half))
    np.testing.assert_allclose(curriculum.chances().sum(), 1)
    np.testing.assert_allclose(curriculum.chances()[[0, 2]], [0.5 / 4, 0.5])


def test_without_measures_every_task_is_drawn_alike():
    np.testing.assert_allclose(Curriculum(builtin_tasks(), [], in_order=True).chances(), 0.2)


def test_tasks_are_drawn_by_weight_within_their_stage():
    tasks = builtin_tasks()
    weights = [3.0, *[1.0] * (len(tasks) - 1)]
    chances = Curriculum(tasks, [], in_order=True, weights=weights).chances()
    np.testing.assert_allclose(chances, np.array(weights) / sum(weights))


def test_tasks_are_measured_by_size_and_by_what_is_missing():
    tasks = small_tasks()
    curriculum = Curriculum(tasks, ["missing", "size"], in_order=True)
    assert curriculum.names == ["missing-1-size-8", "missing-1-size-12", "missing-2-size-8"]


def test_depth_counts_crafting_steps():
    line, *_, gears = small_tasks()
    assert (depth_of(line), depth_of(gears)) == (0, 1)
    lost = replace(gears, reference=gears.reference.with_entities(()))
    assert depth_of(replace(lost, missing=())) == 0


def test_a_restored_curriculum_goes_on_where_it_was():
    tasks = small_tasks()
    one, other = (Curriculum(tasks, ["level"], in_order=True, drawing="progress") for _ in range(2))
    one.take(episodes(tasks[0].id, [True, False] * EPISODES))
    one.take(episodes(tasks[0].id, [True] * EPISODES))
    assert one.open == 2
    other.restore(one.state())
    assert other.figures() == one.figures()
    assert other.chances() == pytest.approx(one.chances())
