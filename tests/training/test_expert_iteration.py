import json

import pytest
import torch
from safetensors.torch import load_file

from factorion_cli.config import ExpertIterationConfig
from factorion_cli.environments import builtin_tasks
from factorion_cli.environments.backend import simulator
from factorion_cli.evaluation import EvaluationSettings, evaluate
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.markers import TASK_KEY
from factorion_cli.training.data import DataPart
from factorion_cli.training.examples import ExamplePool
from factorion_cli.training.expert_iteration import iterate
from factorion_cli.training.found import SolutionBook
from tests.tasks.marker_lines import detour, line_task, straight

SMALL = {"tasks": 5, "samples": 60, "updates": 10, "batch_size": 8, "threads": 1, "bf16": False, "max_minutes": None}


def _config(**changes) -> ExpertIterationConfig:
    return ExpertIterationConfig.model_validate(SMALL | {"validate_every": 1000} | changes)


def _score(network, tasks):
    score = evaluate(NetworkPolicy(network), tasks, EvaluationSettings(resamples=10)).policy
    return {"normalised_throughput": score.estimate("normalised_throughput").value}


def _train(clone, run, config, tasks=None, **more):
    tasks = tasks or builtin_tasks()
    known = [DataPart(ExamplePool.of(builtin_tasks()))]
    validate = more.pop("validate", lambda network: _score(network, tasks))
    return iterate(tasks, known, clone, run, config, simulator(), validate, about={}, **more)


def _rows(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_policy_that_knows_nothing_teaches_itself_by_what_the_simulator_says(tmp_path, clone):
    config = _config(total_timesteps=4 * 300, found_share=1.0, updates=40, learning_rate=4e-3)
    after = _train(clone, tmp_path / "run", config)
    before = _score(load_policy(clone), builtin_tasks())
    assert after["normalised_throughput"] >= before["normalised_throughput"] + 0.3
    rounds = [row for row in _rows(tmp_path / "run") if "expert/known" in row]
    assert rounds[-1]["expert/known"] >= 3
    assert sum(value for name, value in rounds[0].items() if name in SHARES) == pytest.approx(1, abs=1e-5)


SHARES = {f"time/{part}" for part in ("data", "environment", "forward", "backward", "other")}


def test_tasks_from_markers_are_built_freely_and_what_was_built_is_cloned(tmp_path, clone):
    allowed = {TASK_KEY: {"allowed": ["transport-belt"]}}
    tasks = [to_build(line_task(f"line-{row}", width=3, row=row, metadata=allowed)) for row in range(3)]
    config = _config(levels=(5,), total_timesteps=1, tasks=3, found_share=1.0, updates=20, learning_rate=4e-3)
    _train(clone, tmp_path / "run", config, tasks)
    (row,) = (row for row in _rows(tmp_path / "run") if "expert/known" in row)
    assert row["expert/known"] >= 1
    assert row["charts/success"] == pytest.approx(row["expert/known"] / 3)


def test_a_run_stopped_in_a_round_and_resumed_gives_the_same_weights(tmp_path, clone):
    config = _config(total_timesteps=3 * 300, deterministic=True, curriculum=("depth",), updates=3)
    figures = {"normalised_throughput": 0.0}
    _train(clone, tmp_path / "whole", config, validate=lambda network: figures)
    told = []

    def stop(actions, figures, done):
        told.append(actions)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _train(clone, tmp_path / "parts", config, validate=lambda network: figures, report=stop)
    _train(clone, tmp_path / "parts", config, validate=lambda network: figures, resume=True)
    one, other = (
        load_file(run / (run / "last").read_text().strip() / "training_state" / "tensors.safetensors")
        for run in (tmp_path / "whole", tmp_path / "parts")
    )
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert [r["step"] for r in _rows(tmp_path / "parts")] == [r["step"] for r in _rows(tmp_path / "whole")]


def test_only_better_solutions_are_kept():
    marker = line_task("line")
    task = to_build(marker)
    book = SolutionBook([task], 0)
    assert not book.offer(task, marker.factory, 3.0)
    assert book.offer(task, detour(marker), 7.5)
    assert not book.offer(task, straight(marker), 7.5)
    assert book.offer(task, straight(marker), 15.0)
    taken_up = SolutionBook([task], 0)
    taken_up.restore(json.loads(json.dumps(book.state())))
    assert taken_up.state() == book.state()
    lessons = taken_up.lessons(0.5)
    assert lessons.weight == 0.5
    assert lessons.orders.lengths.tolist() == [6]
    assert not lessons.pool.references
