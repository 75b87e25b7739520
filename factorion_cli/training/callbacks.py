"""What whoever starts a training hands in, to follow and to judge it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from factorion_cli.policies.network import PolicyNetwork

Report = Callable[[int, Mapping[str, float], float], None]
"""Called with the actions taken, the latest figures and the share of the training that is done."""

Validate = Callable[[PolicyNetwork], Mapping[str, float]]
"""Scores a network; "normalised_throughput" decides which checkpoint is the best."""
