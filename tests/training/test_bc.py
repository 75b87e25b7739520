import json

import pytest
import torch
from safetensors.torch import load_file

from factorion_cli.environments import action_for, builtin_tasks, observe
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.errors import UsageError
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.network import SIZES_BEFORE
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.training.bc import train_bc
from factorion_cli.training.run_folder import check_run
from factorion_cli.training.validation import Validation

FOREVER = {"validate_every": 1000, "checkpoint_every": 1000}


def _weights(run):
    return load_file(run / (run / "last").read_text().strip() / "training_state" / "tensors.safetensors")


def test_fifty_steps_and_fifty_more_are_a_hundred(tmp_path, data, tiny):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    settings = {"deterministic": True, "max_minutes": None, **FOREVER}
    train_bc(data, whole, tiny(steps=100, **settings))
    train_bc(data, parts, tiny(steps=50, **settings))
    train_bc(data, parts, tiny(steps=100, **settings), resume=True)
    one, other = _weights(whole), _weights(parts)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    steps = [json.loads(line)["step"] for line in (parts / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)


def test_a_run_stopped_in_the_middle_and_resumed_gives_the_same_weights(tmp_path, data, tiny):
    settings = {"deterministic": True, "max_minutes": None, "steps": 30, **FOREVER}
    train_bc(data, tmp_path / "whole", tiny(**settings))

    def stop(step, figures, done):
        if step == 13:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_bc(data, tmp_path / "parts", tiny(**settings), report=stop)
    assert (tmp_path / "parts" / "last").read_text().strip() == "checkpoints/00000013"
    train_bc(data, tmp_path / "parts", tiny(**settings), resume=True)
    one, other = _weights(tmp_path / "whole"), _weights(tmp_path / "parts")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_may_begin_with_what_another_policy_knows(tmp_path, data, tiny):
    train_bc(data, tmp_path / "first", tiny(steps=5, max_minutes=None, **FOREVER))
    hardly = tiny(steps=1, max_minutes=None, lr=1e-9, seed=7, **FOREVER)
    train_bc(data, tmp_path / "second", hardly, init_from=tmp_path / "first")
    known = load_policy(tmp_path / "first").state_dict()
    for name, weight in load_policy(tmp_path / "second").state_dict().items():
        assert torch.allclose(weight, known[name], atol=1e-6), name
    assert json.loads((tmp_path / "second" / "run.json").read_text())["init_from"] == str(tmp_path / "first")


def test_a_small_network_learns_eight_tasks_by_heart(tmp_path, data, tiny):
    network = {"channels": 24, "blocks_in": 1, "blocks_middle": 1, "blocks_out": 1, "attention_blocks": 1, "hidden": 48}
    config = tiny(
        steps=250, max_minutes=None, batch_size=16, lr=4e-3, task_share=1.0, ema=0.95, network=network, **FOREVER
    )
    figures = train_bc(data, tmp_path / "run", config)
    assert figures["exact"] == 1.0
    policy = NetworkPolicy(load_policy(tmp_path / "run"))
    tasks = builtin_tasks()
    actions = policy.act_batch(
        [observe(task.start, task.hand) for task in tasks],
        [ActionMasks(task.start, task.hand) for task in tasks],
        None,
    )
    assert actions == [action_for(task.removed[0], policy.network.vocabulary) for task in tasks]
    assert Validation.of(tasks, 5, 5, 0).score(policy.network)[0]["success"] == 1.0


def test_a_run_says_what_it_was_made_with(tmp_path, data, tiny):
    train_bc(data, tmp_path / "run", tiny(steps=4, validate_every=2, checkpoint_every=2, keep_checkpoints=1))
    run = tmp_path / "run"
    about = json.loads((run / "run.json").read_text())
    assert about["threads"] == 1
    assert about["dataset"] == {"path": "built in"}
    assert json.loads((run / "config.json").read_text())["steps"] == 4
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert any("validation/exact" in row for row in rows)
    kept = {path.name for path in (run / "checkpoints").iterdir()}
    assert kept == {(run / name).read_text().strip().split("/")[1] for name in ("last", "best")}


def test_an_existing_run_is_not_touched(tmp_path, data, tiny):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="already exists; --resume continues it"):
        train_bc(data, tmp_path, tiny(steps=1))
    with pytest.raises(UsageError, match="no checkpoint to resume from"):
        train_bc(data, tmp_path / "new", tiny(steps=1), resume=True)


def test_a_run_is_resumed_with_its_own_settings_only(tmp_path, data, tiny):
    train_bc(data, tmp_path / "run", tiny(steps=2))
    with pytest.raises(UsageError, match=r"was trained with lr = 0\.001, not 0\.1"):
        train_bc(data, tmp_path / "run", tiny(steps=4, lr=0.1), resume=True)


def test_a_run_made_before_a_setting_existed_is_resumed(tmp_path, data, tiny):
    train_bc(data, tmp_path / "run", tiny(steps=2))
    path = tmp_path / "run" / "config.json"
    known = json.loads(path.read_text())
    del known["ema"]
    path.write_text(json.dumps(known))
    check_run(tmp_path / "run", tiny(steps=3).model_dump(mode="json"), resume=True)


def test_a_run_of_a_network_without_its_younger_parts_is_resumed_without_them(tmp_path, data, tiny):
    sizes = tiny().network.model_dump()
    plain = sizes | SIZES_BEFORE
    train_bc(data, tmp_path / "run", tiny(steps=2, network=plain))
    path = tmp_path / "run" / "config.json"
    written = json.loads(path.read_text())
    written["network"] = {name: size for name, size in sizes.items() if plain[name] == size}
    path.write_text(json.dumps(written))
    with pytest.raises(UsageError, match=r"was trained with network = .*'carried': False"):
        train_bc(data, tmp_path / "run", tiny(steps=3), resume=True)
    train_bc(data, tmp_path / "run", tiny(steps=3, network=plain), resume=True)


def test_a_run_says_where_its_time_went_and_how_its_policy_plays(tmp_path, data, tiny):
    train_bc(data, tmp_path / "run", tiny(steps=4, max_minutes=None, rollouts=4))
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    row, last = rows[0], rows[-1]
    shares = [row[f"time/{part}"] for part in ("data", "environment", "forward", "backward", "other")]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert min(shares[0], *shares[2:4]) > 0
    names = ("episode_reward", "task_completion_rate", "resource_efficiency", "survival_time", "actions_per_minute")
    assert {f"monitor/{name}" for name in names} <= set(last)
    assert {"actions/valid", "actions/invalid", "charts/entities", "charts/throughput", "success/level-3"} <= set(last)
    assert last["time/validation_seconds"] > 0


def test_training_ends_when_validations_bring_nothing_better(tmp_path, data, tiny):
    config = tiny(steps=1000, max_minutes=None, lr=0.1, warmup_steps=0, ema=0, validate_every=1, patience=2)
    train_bc(data, tmp_path / "run", config)
    run = tmp_path / "run"
    losses = [row["validation/loss"] for row in _rows(run) if "validation/loss" in row]
    assert len(losses) < 100
    assert min(losses) < min(losses[-2:])
    best = int((run / "best").read_text().strip().rpartition("/")[2])
    assert losses.index(min(losses)) + 1 == best
    trained = [row["step"] for row in _rows(run) if "train/loss" in row]
    train_bc(data, run, config, resume=True)  # patience is over, and stays so
    assert [row["step"] for row in _rows(run) if "train/loss" in row] == trained


def test_without_averaging_the_weights_are_kept_as_they_are(tmp_path, data, tiny):
    train_bc(data, tmp_path / "run", tiny(steps=3, ema=0))
    tensors = _weights(tmp_path / "run")
    names = [name.removeprefix("averaged.") for name in tensors if name.startswith("averaged.")]
    assert names
    assert all(torch.equal(tensors[f"weights.{name}"], tensors[f"averaged.{name}"]) for name in names)


def test_the_best_is_decided_by_what_there_is_only(tmp_path, data, tiny):
    with pytest.raises(UsageError, match="best_by is built, but the validation split has no tasks"):
        train_bc(data, tmp_path / "run", tiny(steps=1, best_by="built"))


def _rows(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
