"""Weights averaged over time: what is kept of a training run, for single updates are noisy."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def averaged_copy(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights, to be averaged over time."""
    return {key: value.detach().clone() for key, value in network.state_dict().items()}


@torch.no_grad()
def average(averaged: Mapping[str, Tensor], weights: Mapping[str, Tensor], decay: float) -> None:
    """Move the average: averaged = decay * averaged + (1 - decay) * weights, in place."""
    torch._foreach_lerp_(list(averaged.values()), [weights[name] for name in averaged], 1 - decay)
