"""What can be set for proximal policy optimisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from factorion_cli.config.reward import RewardConfig

Share = Annotated[float, Field(ge=0, le=1)]
RewardTerm = Literal["throughput", "improvement", "cost", "entities_placed", "connected", "distance"]


class PPOConfig(RewardConfig):
    """Settings of `factorion train-ppo`; names are CleanRL's where it has one, docs/train-ppo.md explains each."""

    algo: Literal["ppo"] = "ppo"
    reward_engine: Literal["flow", "ticks"] = Field(
        "flow", description="what measures throughput while learning; validation asks the tick simulator in any case"
    )
    reward_terms: dict[RewardTerm, float] = Field(
        {"improvement": 1.0}, min_length=1, description="weights of what the reward is made of"
    )
    reward_dense: bool = Field(False, description="pay for throughput after every step instead of at the end")
    num_envs: int = Field(64, ge=1, le=4096)
    num_steps: int = Field(16, ge=1, le=4096, description="actions in each environment between updates")
    num_minibatches: int = Field(8, ge=1)
    update_epochs: int = Field(2, ge=1)
    learning_rate: float = Field(1e-4, gt=0, le=1, description="highest; falls to a tenth over the training")
    critic_learning_rate: float = Field(1e-3, gt=0, le=1, description="of the critic's own layers; falls likewise")
    gamma: Share = Field(1.0, description="discount; episodes are short and paid at their end")
    gae_lambda: Share = 0.95
    norm_adv: bool = Field(True, description="scale advantages to unit variance, each level by itself")
    clip_coef: float = Field(0.2, gt=0)
    ent_coef: float = Field(0.0, ge=0, description="weight of entropy at the start; falls to zero")
    vf_coef: float = Field(0.5, ge=0)
    max_grad_norm: float = Field(0.5, gt=0)
    target_kl: float | None = Field(0.02, gt=0, description="an update stops when the policy has moved so far (nats)")
    critic_warmup: int = Field(10, ge=0, description="updates in which the critic alone learns")
    kl_coef: float = Field(0.2, ge=0, description="weight of the divergence from the policy that it started from")
    kl_coef_end: float = Field(0.02, ge=0, description="the same at the end; it falls in between")
    ema: float = Field(0.995, ge=0, lt=1, description="decay of the averaged weights, which are those kept; 0: none")
    validate_every: int = Field(20, ge=1, description="updates between evaluations")
    checkpoint_every: int = Field(20, ge=1, description="updates between checkpoints")
    best_by: Literal["validation", "reward"] = Field(
        "validation", description="best checkpoint: by throughput in validation, or by the mean of the last 10 rewards"
    )

    @property
    def batch_size(self) -> int:
        """Actions in one update."""
        return self.num_envs * self.num_steps

    @model_validator(mode="after")
    def _divides(self) -> PPOConfig:
        if self.batch_size % self.num_minibatches:
            whole = f"num_envs x num_steps = {self.batch_size}"
            raise ValueError(f"num_minibatches is {self.num_minibatches}, which does not divide {whole}")
        return self
