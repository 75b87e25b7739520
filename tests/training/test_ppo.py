import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from factorion_cli.config import PPOConfig
from factorion_cli.environments import builtin_tasks
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.errors import UsageError
from factorion_cli.policies.acting import act, judge
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.training.bc import train_bc
from factorion_cli.training.clock import Clock
from factorion_cli.training.experience import advantages, gather
from factorion_cli.training.ppo import train_ppo

SMALL = {
    "num_envs": 8,
    "num_steps": 4,
    "num_minibatches": 2,
    "threads": 1,
    "window": 12,
    "max_minutes": None,
    "total_timesteps": 32,
}
RARELY = {"validate_every": 1000, "checkpoint_every": 1000}


def _config(**changes) -> PPOConfig:
    return PPOConfig.model_validate(SMALL | RARELY | changes)


def _env(config: PPOConfig) -> MissingEntityVectorEnv:
    return MissingEntityVectorEnv(builtin_tasks(), config.num_envs, window=(config.window, config.window), threads=1)


def _train(clone, run, config, **more):
    validate = more.pop("validate", lambda network: {"normalised_throughput": 0.0, "success": 0.0})
    return train_ppo(_env(config), clone, run, config, validate, about={}, **more)


def _weights(run):
    return load_file(run / (run / "last").read_text().strip() / "training_state" / "tensors.safetensors")


def _rows(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_policy_gets_better_by_reward_alone(tmp_path, data, tiny):
    train_bc(data, tmp_path / "bc", tiny(steps=40, max_minutes=None, lr=4e-3, validate_every=1000))
    config = _config(
        num_envs=16,
        num_steps=4,
        total_timesteps=16 * 4 * 16,
        critic_warmup=2,
        learning_rate=2e-3,
        kl_coef=0.02,
        kl_coef_end=0.0,
        target_kl=0.1,
    )
    _train(tmp_path / "bc", tmp_path / "ppo", config)
    scores = [row["charts/normalised_throughput"] for row in _rows(tmp_path / "ppo") if "charts/SPS" in row]
    assert np.mean(scores[-5:]) > scores[1] + 0.15


def test_a_run_stopped_in_the_middle_and_resumed_gives_the_same_weights(tmp_path, clone):
    drawing = {"curriculum": ("depth",), "drawing": "progress"}
    config = _config(total_timesteps=6 * 32, deterministic=True, critic_warmup=1, **drawing)
    _train(clone, tmp_path / "whole", config)

    def stop(step, figures, done):
        if step == 3 * 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _train(clone, tmp_path / "parts", config, report=stop)
    _train(clone, tmp_path / "parts", config, resume=True)
    one, other = _weights(tmp_path / "whole"), _weights(tmp_path / "parts")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    steps = [row["step"] for row in _rows(tmp_path / "parts") if "charts/SPS" in row]
    assert steps == [32 * number for number in range(1, 7)]


def test_the_critic_warms_up_alone(tmp_path, clone):
    config = _config(total_timesteps=3 * 32, critic_warmup=3, learning_rate=1e-2)
    _train(clone, tmp_path / "run", config)
    before, after = (
        load_policy(clone).state_dict(),
        load_policy(tmp_path / "run" / "checkpoints" / "00000003").state_dict(),
    )
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert all(name.startswith("value_score.") for name in moved)


def test_tasks_of_stages_that_are_closed_are_not_drawn(tmp_path, clone):
    config = _config(total_timesteps=2 * 32, curriculum=("depth",))
    _train(clone, tmp_path / "run", config)
    rows = [row for row in _rows(tmp_path / "run") if "curriculum/stages" in row]
    assert [(row["curriculum/open_stages"], row["curriculum/stages"]) for row in rows] == [(1, 2), (1, 2)]
    assert rows[-1]["curriculum/share/depth-0"] == 1
    assert "curriculum/success/depth-1" not in rows[-1]


def test_the_best_checkpoint_is_the_one_that_validated_best(tmp_path, clone):
    found = iter([0.5, 0.7, 0.6, 0.1])
    config = _config(total_timesteps=3 * 32, validate_every=1, keep_checkpoints=1)
    figures = _train(clone, tmp_path / "run", config, validate=lambda network: {"normalised_throughput": next(found)})
    assert (tmp_path / "run" / "best").read_text().strip() == "checkpoints/00000001"
    assert figures == {"normalised_throughput": 0.1}


def test_shares_of_time_add_up(tmp_path, clone):
    config = _config(total_timesteps=32)
    _train(clone, tmp_path / "run", config)
    before, row, after = _rows(tmp_path / "run")
    shares = [row[f"time/{part}"] for part in ("data", "environment", "forward", "backward", "other")]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert min(shares[1:4]) > 0
    assert shares[0] == 0
    assert row["charts/SPS"] == pytest.approx(32 / row["time/seconds"], rel=1e-3)
    assert min(before["time/validation_seconds"], after["time/validation_seconds"]) > 0
    assert {"charts/SPS", "charts/success", "losses/anchor_kl", "losses/explained_variance"} <= set(row)


def test_what_is_said_of_episodes_fits_what_the_environment_says(tmp_path, clone):
    config = _config(num_envs=16, num_steps=4)
    found = gather(_env(config), load_policy(clone), None, config, 0, Clock()).episodes
    assert len(found) > 10
    for episode in found:
        assert episode.placed + episode.invalid <= episode.steps <= episode.placed + episode.invalid + 1
        assert episode.entities <= episode.wanted
        assert episode.success == (episode.score >= 0.99)


def test_the_best_checkpoint_can_be_kept_by_the_last_rewards(tmp_path, clone):
    config = _config(total_timesteps=6 * 32, best_by="reward", keep_checkpoints=9)
    _train(clone, tmp_path / "run", config, validate=lambda network: {"normalised_throughput": 0.0})
    rows = [row for row in _rows(tmp_path / "run") if "monitor/best_10_rewards" in row]
    best = [row["monitor/best_10_rewards"] for row in rows]
    risen = [row["step"] // 32 for row, now, before in zip(rows, best, [None, *best], strict=False) if now != before]
    assert best == sorted(best)
    assert (tmp_path / "run" / "best").read_text().strip() == f"checkpoints/{risen[-1]:08d}"


def test_a_run_in_the_way_is_refused(tmp_path, clone):
    config = _config(total_timesteps=32)
    _train(clone, tmp_path / "run", config)
    with pytest.raises(UsageError, match="already exists"):
        _train(clone, tmp_path / "run", config)
    with pytest.raises(UsageError, match="was trained with num_envs = 8, not 4"):
        _train(clone, tmp_path / "run", _config(total_timesteps=32, num_envs=4), resume=True)


def test_judging_what_was_done_finds_the_same_probabilities(clone):
    env, network = _env(_config()), load_policy(clone)
    observation, _ = env.reset(seed=0)
    grids, hands = torch.from_numpy(observation["grid"]), torch.from_numpy(observation["hand"])
    done = act(network, grids, hands, torch.Generator().manual_seed(1))
    judged = judge(network, grids, hands, done.actions)
    assert torch.equal(done.log_probability, judged.log_probability)
    assert (done.log_probability <= 0).all()
    assert torch.allclose(judged.divergence_from(done.heads), torch.zeros(len(env.tasks) + 3))
    _, _, _, _, infos = env.step(done.actions.numpy())
    assert infos.get("final_info", infos)["invalid_actions"].sum() == 0


def test_gathering_again_by_number_gives_the_same_experience(clone):
    config, network = _config(), load_policy(clone)
    one, same, other = (gather(_env(config), network, None, config, number, Clock()) for number in (4, 4, 5))
    assert torch.equal(one.actions, same.actions)
    assert torch.equal(one.advantages, same.advantages)
    assert not torch.equal(one.actions, other.actions)


def test_advantages_by_hand():
    rewards = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
    values = np.array([[0.5, 0.2], [0.4, 0.3]], np.float32)
    over = np.array([[False, True], [True, False]])
    following = np.array([[0.4, 0.0], [0.0, 0.6]], np.float32)
    found = advantages(rewards, values, following, over, 0.9, 0.5)
    last = [1 - 0.4, 0.9 * 0.6 - 0.3]
    first = [0.9 * 0.4 - 0.5 + 0.9 * 0.5 * last[0], 1 - 0.2]
    np.testing.assert_allclose(found, [first, last], rtol=1e-6)
