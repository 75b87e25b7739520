"""What can be set for learning from reward, by whichever algorithm."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class RewardConfig(BaseModel):
    """What all algorithms of `factorion train-ppo` have in common; docs/train-ppo.md explains each.

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
    seed: int = Field(0, ge=0)
    threads: int | None = Field(None, ge=1, description="None: as many as there are cores")
    deterministic: bool = Field(False, description="same weights from the same seed and threads; timesteps only")
    validation_tasks: int = Field(256, ge=1)
    keep_checkpoints: int = Field(2, ge=1, description="newest kept, besides the best")
    track: bool = Field(False, description="send metrics to Weights & Biases as well, offline unless WANDB_MODE is set")
    wandb_project_name: str = Field("factorion", min_length=1, description="project there")

    def share_done(self, actions: int, minutes: float) -> float:
        """How much of the training is done after so many actions and minutes, 1 when it should stop."""
        by_actions = actions / self.total_timesteps if self.total_timesteps else 0.0
        by_time = minutes / self.max_minutes if self.max_minutes and not self.deterministic else 0.0
        return max(by_actions, by_time)

    @model_validator(mode="after")
    def _has_an_end(self) -> RewardConfig:
        if self.total_timesteps is None and self.max_minutes is None:
            raise ValueError("neither total_timesteps nor max_minutes is set: training would never end")
        if self.deterministic and self.total_timesteps is None:
            raise ValueError("deterministic needs total_timesteps: minutes differ from run to run")
        if self.env_id != "factorion/MissingEntity-v0":
            raise ValueError(f"no environment is called {self.env_id!r}; expected 'factorion/MissingEntity-v0'")
        return self
