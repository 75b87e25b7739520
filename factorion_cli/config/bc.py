"""What can be set for behavioural cloning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]


class NetworkSettings(BaseModel):
    """Sizes of the policy network (see `policies.network.NetworkConfig`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: int = Field(64, ge=8, le=512)
    blocks_in: int = Field(3, ge=0, le=16)
    blocks_middle: int = Field(2, ge=0, le=16)
    blocks_out: int = Field(2, ge=0, le=16)
    attention_blocks: int = Field(3, ge=0, le=16)
    attention_half: int = Field(1, ge=0, le=16)
    heads: int = Field(6, ge=1, le=64)
    hidden: int = Field(192, ge=8, le=2048)
    facing_channels: int = Field(32, ge=1, le=512)
    carried: bool = True
    guided: bool = True
    needs: bool = True
    outlets: bool = True


class BCConfig(BaseModel):
    """Settings of `factorion train-bc`; docs/train-bc.md explains each.

    Training ends at `steps` or after `max_minutes`, whichever comes first; the learning rate reaches its end there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int | None = Field(None, ge=1, description="updates; None: until max_minutes")
    max_minutes: float | None = Field(20.0, gt=0, description="wall-clock minutes, data loading included")
    batch_size: int = Field(32, ge=1, le=4096, description="examples per update")
    lr: float = Field(1e-3, gt=0, le=1, description="highest learning rate")
    lr_end: Share = Field(0.02, description="last learning rate as a share of the highest")
    warmup_steps: int = Field(100, ge=0, description="updates until the highest learning rate")
    weight_decay: float = Field(0.02, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    ema: float = Field(0.998, ge=0, lt=1, description="decay of the averaged weights, which are those kept; 0: none")
    value_weight: float = Field(0.5, ge=0, description="weight of the value head's squared error")
    task_share: Share = Field(0.5, description="examples that are the dataset's own tasks, not made anew")
    several_share: Share = Field(0.6, description="of the rest, those with several entities missing, all asked for")
    together_share: Share = Field(0.5, description="of those with several, runs of belts and clusters instead of any")
    order_share: Share = Field(0.25, description="batches of building orders, of a dataset that has tasks as well")
    structural_share: Share = Field(0.15, description="examples from factories without a throughput")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where there is one")
    compile: bool = Field(False, description="torch.compile the trunk of the network")
    bf16: bool = Field(True, description="matrix products in bfloat16 where the processor has it")
    seed: int = Field(0, ge=0)
    threads: int | None = Field(None, ge=1, description="None: as many as there are cores")
    deterministic: bool = Field(False, description="same weights from the same seed and threads; steps only")
    validate_every: int = Field(500, ge=1, description="updates between validations")
    validation_tasks: int = Field(256, ge=1)
    rollouts: int = Field(128, ge=0, description="validation tasks that are simulated for the success rate")
    best_by: Literal["loss", "success", "built"] = Field("loss", description="what of a validation decides the best")
    patience: int | None = Field(None, ge=1, description="validations without a better one until training stops")
    checkpoint_every: int = Field(500, ge=1, description="updates between checkpoints")
    keep_checkpoints: int = Field(2, ge=1, description="newest kept, besides the best")
    log_every: int = Field(20, ge=1)
    track: bool = Field(False, description="send metrics to Weights & Biases as well, offline unless WANDB_MODE is set")
    wandb_project_name: str = Field("factorion", min_length=1, description="project there")
    network: NetworkSettings = NetworkSettings()

    @model_validator(mode="after")
    def _has_an_end(self) -> BCConfig:
        if self.steps is None and self.max_minutes is None:
            raise ValueError("neither steps nor max_minutes is set: training would never end")
        if self.deterministic and self.steps is None:
            raise ValueError("deterministic needs steps: minutes differ from run to run")
        return self
