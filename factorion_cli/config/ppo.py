"""What can be set for proximal policy optimisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]


class PPOConfig(BaseModel):
    """Settings of `factorion train-ppo`; names are CleanRL's where it has one, docs/train-ppo.md explains each.

    Training ends at `total_timesteps` or after `max_minutes`, whichever comes first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    env_id: str = Field("factorion/MissingEntity-v0", description="the environment; there is one so far")
    total_timesteps: int | None = Field(None, ge=1, description="actions in all environments; None: until max_minutes")
    max_minutes: float | None = Field(60.0, gt=0, description="wall-clock minutes, data loading included")
    levels: tuple[int, ...] = Field((3, 4), description="levels of the tasks that are learnt from")
    window: int = Field(16, ge=4, le=64, description="tasks of at most so many tiles a side are learnt from")
    curriculum: tuple[Literal["level", "size", "depth", "missing"], ...] = Field(
        (), description="tasks are opened stage by stage, in the order of these; nothing: all from the start"
    )
    drawing: Literal["even", "progress"] = Field(
        "even", description="how tasks of open stages are drawn: all alike, or by how much is being learnt from them"
    )
    bf16: bool = Field(True, description="matrix products in bfloat16 where the processor has it")
    num_envs: int = Field(64, ge=1, le=4096)
    num_steps: int = Field(16, ge=1, le=4096, description="actions in each environment between updates")
    num_minibatches: int = Field(8, ge=1)
    update_epochs: int = Field(2, ge=1)
    learning_rate: float = Field(5e-5, gt=0, le=1, description="highest; falls to a tenth over the training")
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
    seed: int = Field(0, ge=0)
    threads: int | None = Field(None, ge=1, description="None: as many as there are cores")
    deterministic: bool = Field(False, description="same weights from the same seed and threads; timesteps only")
    validate_every: int = Field(20, ge=1, description="updates between evaluations")
    validation_tasks: int = Field(256, ge=1)
    checkpoint_every: int = Field(20, ge=1, description="updates between checkpoints")
    best_by: Literal["validation", "reward"] = Field(
        "validation", description="best checkpoint: by throughput in validation, or by the mean of the last 10 rewards"
    )
    keep_checkpoints: int = Field(2, ge=1, description="newest kept, besides the best")
    track: bool = Field(False, description="send metrics to Weights & Biases as well, offline unless WANDB_MODE is set")
    wandb_project_name: str = Field("factorion", min_length=1, description="project there")

    @property
    def batch_size(self) -> int:
        """Actions in one update."""
        return self.num_envs * self.num_steps

    @model_validator(mode="after")
    def _can_run(self) -> PPOConfig:
        if self.total_timesteps is None and self.max_minutes is None:
            raise ValueError("neither total_timesteps nor max_minutes is set: training would never end")
        if self.deterministic and self.total_timesteps is None:
            raise ValueError("deterministic needs total_timesteps: minutes differ from run to run")
        if self.batch_size % self.num_minibatches:
            whole = f"num_envs x num_steps = {self.batch_size}"
            raise ValueError(f"num_minibatches is {self.num_minibatches}, which does not divide {whole}")
        if self.env_id != "factorion/MissingEntity-v0":
            raise ValueError(f"no environment is called {self.env_id!r}; expected 'factorion/MissingEntity-v0'")
        return self
