import pytest
import torch

from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork


@pytest.fixture(scope="session")
def small_network():
    """A policy that has learnt nothing."""
    torch.manual_seed(1)
    sizes = NetworkConfig(
        channels=12, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=3, hidden=24
    )
    return PolicyNetwork(default_vocabulary(), sizes).eval()
