"""Probabilities under masks: what is not legal has none."""

from __future__ import annotations

import torch
from torch import Tensor

NEVER = -1e9
"""Logit of a choice that is not legal; finite, so that a row with nothing legal gives no NaN."""


def masked_log_probabilities(logits: Tensor, legal: Tensor) -> Tensor:
    """(..., N) log probabilities; `legal` is bool (..., N).

    >>> masked_log_probabilities(torch.zeros(3), torch.tensor([True, False, True])).exp().tolist()
    [0.5, 0.0, 0.5]
    """
    return torch.log_softmax(logits.masked_fill(~legal, NEVER), dim=-1)


def log_probability_of_any(logits: Tensor, legal: Tensor, right: Tensor) -> Tensor:
    """(...,) log of the total probability of the choices marked in `right`, bool (..., N)."""
    probabilities = masked_log_probabilities(logits, legal)
    return torch.logsumexp(probabilities.masked_fill(~right, NEVER), dim=-1)


def mean_log_probability(logits: Tensor, legal: Tensor, weights: Tensor) -> Tensor:
    """(...,) weighted mean log probability of the choices, weights (..., N) not all zero.

    >>> mean_log_probability(torch.zeros(2), torch.tensor([True, True]), torch.tensor([1.0, 3.0])).exp().item()
    0.5
    """
    probabilities = masked_log_probabilities(logits, legal)
    return (probabilities * weights).sum(dim=-1) / weights.sum(dim=-1)
