import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.errors import DataError, DatasetError, UsageError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.checkpoints import save_policy
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork

STARTER = Path(__file__).parents[2] / "datasets" / "starter"


CLEANRL = ("--env-id", "factorion/MissingEntity-v0", "--wandb-project-name", "mine")


def _run(*arguments):
    return CliRunner().invoke(app, ["train-ppo", *map(str, arguments)])


@pytest.fixture
def clone(tmp_path):
    torch.manual_seed(0)
    sizes = NetworkConfig(
        channels=12, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=3, hidden=24
    )
    save_policy(tmp_path / "clone", PolicyNetwork(default_vocabulary(), sizes))
    return tmp_path / "clone"


def test_a_dataset_and_a_clone_give_a_run(tmp_path, clone):
    made = CliRunner().invoke(
        app, ["build-dataset", str(STARTER / "blueprints"), "-o", str(tmp_path / "ds"), "--limit", "20"]
    )
    assert made.exit_code == 0, made.output
    small = ["--num-envs", 4, "--num-steps", 2, "--total-timesteps", 16, "--threads", 1]
    settings = ["num_minibatches=2", "validation_tasks=2", "window=32", "critic_warmup=1"]
    config = [part for setting in settings for part in ("--config", setting)]
    run = tmp_path / "run"
    result = _run(tmp_path / "ds", "--init-from", clone, "-o", run, *small, *config, "--json")
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)["validation"]) >= {"success", "normalised_throughput"}
    twice = ["--data", f"{tmp_path / 'ds'}=3", "--data", f"{tmp_path / 'other'}=1"]
    (tmp_path / "other").symlink_to(tmp_path / "ds")
    both = _run("--init-from", clone, "-o", tmp_path / "both", *twice, *small, *config)
    assert both.exit_code == 0, both.output
    read = json.loads((tmp_path / "both" / "run.json").read_text())["dataset"]["datasets"]
    assert [part["weight"] for part in read] == [3.0, 1.0]
    about = json.loads((run / "run.json").read_text())
    assert about["dataset"]["train_tasks"] > 0
    assert about["dataset"]["validation"] == "2 of train"
    assert (run / "best").is_file()
    search = ["--algo", "expert-iteration", "--total-timesteps", 1, "--threads", 1, "--config", "window=32"]
    settings = ["tasks=2", "samples=2", "updates=1", "batch_size=2", "validation_tasks=2"]
    config = [part for setting in settings for part in ("--config", setting)]
    result = _run(tmp_path / "ds", "--init-from", run, "-o", tmp_path / "ei", *search, *config, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "ei" / "config.json").read_text())["algo"] == "expert-iteration"
    too_small = _run(tmp_path / "ds", "--init-from", clone, "-o", tmp_path / "no", "--config", "window=4")
    assert isinstance(too_small.exception, DatasetError)
    assert "try --config window=32" in str(too_small.exception)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--total-timesteps", 8, "--config", "clip=3"], UsageError),
        (["--total-timesteps", 8, "--num-envs", 3, "--num-steps", 5], UsageError),
        (["--deterministic"], UsageError),
        (["--env-id", "CartPole-v1"], UsageError),
        (["--algo", "dqn"], UsageError),
        (["--algo", "expert-iteration", "--num-envs", 4], UsageError),
        (["--total-timesteps", 8, "--curriculum", "level,hardness"], UsageError),
        (["--total-timesteps", 8], DatasetError),
        (["--total-timesteps", 8, "--seed", 3, *CLEANRL], DatasetError),
    ],
)
def test_what_cannot_be_run_is_an_error_of_usage_or_data(tmp_path, clone, arguments, error):
    result = _run(tmp_path / "nowhere", "--init-from", clone, "-o", tmp_path / "run", *arguments)
    assert isinstance(result.exception, error)
    assert error.exit_code == 2
    assert not (tmp_path / "run").exists()


def test_weights_and_biases_are_asked_for_before_any_work(tmp_path, clone, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = _run(tmp_path / "nowhere", "--init-from", clone, "-o", tmp_path / "run", "--track", *CLEANRL)
    assert isinstance(result.exception, UsageError)
    assert "factorion-cli[tracking]" in str(result.exception)


def test_a_policy_that_is_not_there_is_named(tmp_path):
    result = _run(tmp_path, "--init-from", tmp_path / "gone", "-o", tmp_path / "run")
    assert isinstance(result.exception, DataError)
    assert "gone" in str(result.exception)
