import pytest
import torch

from factorion_cli.config import BCConfig
from factorion_cli.environments import builtin_tasks
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.checkpoints import save_policy
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork
from factorion_cli.training.data import DataPart, TrainingData
from factorion_cli.training.examples import ExamplePool

TINY = {
    "batch_size": 4,
    "warmup_steps": 5,
    "validation_tasks": 5,
    "rollouts": 0,
    "threads": 1,
    "bf16": False,
    "log_every": 2,
    "network": {
        "channels": 12,
        "blocks_in": 1,
        "blocks_middle": 1,
        "blocks_out": 1,
        "attention_blocks": 1,
        "heads": 3,
        "hidden": 24,
    },
}


@pytest.fixture
def data():
    tasks = builtin_tasks()
    return TrainingData((DataPart(ExamplePool.of(tasks)),), tuple(tasks), (), (), {"path": "built in"})


@pytest.fixture
def tiny():
    def make(**changes):
        return BCConfig.model_validate(TINY | changes)

    return make


@pytest.fixture
def clone(tmp_path):
    """A policy that knows nothing yet."""
    torch.manual_seed(0)
    network = PolicyNetwork(default_vocabulary(), NetworkConfig(**TINY["network"]))
    save_policy(tmp_path / "clone" / "policy", network)
    return tmp_path / "clone"
