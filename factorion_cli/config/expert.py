"""What can be set for expert iteration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from factorion_cli.config.reward import RewardConfig

Share = Annotated[float, Field(ge=0, le=1)]


class ExpertIterationConfig(RewardConfig):
    """Settings of `factorion train-ppo --algo expert-iteration`; docs/train-ppo.md explains each."""

    algo: Literal["expert-iteration"] = "expert-iteration"
    tasks: int = Field(64, ge=1, description="searched in each round")
    samples: int = Field(16, ge=1, description="ways tried for each, the first of them the policy's best guess")
    updates: int = Field(64, ge=1, description="in each round")
    batch_size: int = Field(32, ge=1, le=4096, description="examples per update")
    found_share: Share = Field(0.5, description="batches of what was found; the rest is what the dataset knows")
    learning_rate: float = Field(2e-4, gt=0, le=1, description="highest; falls to a tenth over the training")
    weight_decay: float = Field(0.02, ge=0)
    value_weight: float = Field(0.5, ge=0, description="weight of the value head's squared error")
    max_grad_norm: float = Field(1.0, gt=0)
    validate_every: int = Field(4, ge=1, description="rounds between evaluations")
