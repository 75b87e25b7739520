"""Behavioural cloning: learn to put back what was taken out of working factories.

    factorion train-bc ds -o runs/first                              20 minutes on all cores
    factorion train-bc ds -o runs/quick --max-minutes 3 --seed 1     a first impression
    factorion train-bc ds -o runs/exact --steps 2000 --deterministic --threads 2
    factorion train-bc ds -o runs/first --resume --max-minutes 40    go on

    factorion train-bc --data designs=0.7 --data ds=0.3 -o runs/both        from markers as well as mending

Each update draws a batch of complete factories with entities taken out, or of factories half built, asks the network
head by head for what is missing or comes next, and raises the probability of the right answers. What is kept are the
weights averaged over time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor

from factorion_cli.config import BCConfig
from factorion_cli.errors import FactorionError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork
from factorion_cli.tracking import MetricsWriter
from factorion_cli.training.clock import Clock
from factorion_cli.training.data import TrainingData
from factorion_cli.training.losses import imitation_loss
from factorion_cli.training.mixture import batches_of
from factorion_cli.training.run_folder import (
    Progress,
    averaged_copy,
    describe_run,
    load_checkpoint,
    open_run,
    save_checkpoint,
    write_json,
)
from factorion_cli.training.seeding import prepare_torch
from factorion_cli.training.validation import Build, Validation

Report = Callable[[int, dict[str, float], float], None]
"""Called with the step, the latest figures and the share of the training that is done."""

_PLATEAU_STEPS = 500
"""Updates at the highest learning rate before it falls, in deterministic runs."""


def train_bc(
    data: TrainingData,
    folder: Path,
    config: BCConfig,
    *,
    build: Build | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> dict[str, float]:
    """Train a policy and write its run; see the module.

    Args:
        data: tasks to train and validate on.
        folder: the run, see `training.run_folder`.
        config: every setting.
        build: has a network build tasks from markers, for validation.
        resume: go on from the last checkpoint.
        report: told of progress.

    Returns:
        The figures of the last validation.

    Raises:
        UsageError: the folder exists without `resume`, or the other way round.
        KeyboardInterrupt: stopped by the user, after a checkpoint was written.
    """
    started = time.monotonic() - data.seconds
    open_run(folder, config.model_dump(mode="json"), resume=resume)
    threads = prepare_torch(config.seed, config.threads, deterministic=config.deterministic)
    write_json(folder / "run.json", describe_run(config.seed, threads, data.about))
    device = torch.device("cuda" if torch.cuda.is_available() and not config.deterministic else "cpu")

    network = PolicyNetwork(default_vocabulary(), NetworkConfig(**config.network.model_dump())).to(device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    shadow = PolicyNetwork(network.vocabulary, network.config).to(device)  # carries the averaged weights
    network.train()
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    plain = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
    averaged = averaged_copy(network)
    progress = load_checkpoint(folder, network, averaged, optimiser) if resume else Progress()

    source = batches_of(data.parts, config)
    validation = Validation.of(
        data.validation,
        config.validation_tasks,
        config.rollouts,
        config.seed,
        orders=data.validation_orders,
        build=build,
    )
    autocast = _autocast(device, config.bf16)
    minutes_before, best, step = progress.minutes, progress.best, progress.step
    figures: dict[str, float] = {}
    last_validation: dict[str, float] = {}
    examples, clock = 0, Clock()

    project = config.wandb_project_name if config.track else None
    with MetricsWriter(folder, step, project=project, settings=config.model_dump(mode="json")) as metrics:

        def validate_and_save(*, validate: bool) -> None:
            nonlocal best, last_validation
            is_best = best is None
            if validate:
                since = time.monotonic()
                shadow.load_state_dict(averaged)
                with autocast():
                    last_validation, played = validation.score(shadow)
                found = {f"validation/{name}": value for name, value in last_validation.items()}
                metrics.write(step, found | played | {"time/validation_seconds": time.monotonic() - since})
                # The loss, not success: on a few hundred tasks success moves more by chance than by learning.
                score = -last_validation.get("loss", 0.0)
                is_best = best is None or score >= best
                best = score if is_best else best
            now = Progress(step, minutes_before + (time.monotonic() - started) / 60, best)
            save_checkpoint(folder, network, averaged, optimiser, now, config.keep_checkpoints, is_best=is_best)
            clock.skip()

        try:
            while True:
                minutes = minutes_before + (time.monotonic() - started) / 60
                done = _share_done(step, minutes, config)
                if done >= 1:
                    break
                for group in optimiser.param_groups:
                    group["lr"] = _learning_rate(step, done, config)

                clock.lap("other")
                batch = source.batch(step).to(device)
                clock.lap("data")
                with autocast():
                    loss, parts = imitation_loss(network, batch, config.value_weight)
                clock.lap("forward")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                norm = torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_grad_norm)
                if not math.isfinite(float(norm)):
                    raise FactorionError(f"training diverged at step {step}: the gradient is {float(norm)}; lower lr")
                optimiser.step()
                step += 1
                _average(averaged, network.state_dict(), min(config.ema_decay, step / (step + 10)))
                examples += config.batch_size
                clock.lap("backward")

                if step % config.log_every == 0:
                    figures = {f"train/{name}": float(part) for name, part in parts.items()}
                    figures |= clock.figures()
                    figures |= {
                        "train/lr": optimiser.param_groups[0]["lr"],
                        "train/grad_norm": float(norm),
                        "train/examples_per_second": examples / figures["time/seconds"],
                        "train/steps_per_second": examples / config.batch_size / figures["time/seconds"],
                        "train/minutes": minutes,
                    }
                    examples = 0
                    metrics.write(step, figures)
                if report is not None:
                    report(step, figures | {f"validation/{k}": v for k, v in last_validation.items()}, done)
                validate = step % config.validate_every == 0
                if validate or step % config.checkpoint_every == 0:
                    validate_and_save(validate=validate)
            validate_and_save(validate=True)
        except KeyboardInterrupt:
            validate_and_save(validate=False)
            raise
    return last_validation


def _share_done(step: int, minutes: float, config: BCConfig) -> float:
    """How much of the training is done, 1 when it should stop."""
    by_steps = step / config.steps if config.steps else 0.0
    by_time = minutes / config.max_minutes if config.max_minutes and not config.deterministic else 0.0
    return max(by_steps, by_time)


def _learning_rate(step: int, done: float, config: BCConfig) -> float:
    """Linear warm-up by steps, then half a cosine over what is done.

    Deterministic runs fall with the inverse square root of the step instead: the rate then does not depend on when the
    run will end, so 50 steps and 50 more are the same as 100.
    """
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    if config.deterministic:
        return config.lr * warm * math.sqrt(_PLATEAU_STEPS / max(step, _PLATEAU_STEPS))
    fall = config.lr_end + (1 - config.lr_end) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return config.lr * warm * fall


@torch.no_grad()
def _average(averaged: dict[str, Tensor], weights: dict[str, Tensor], decay: float) -> None:
    """Move the average: averaged = decay * averaged + (1 - decay) * weights, in place."""
    torch._foreach_lerp_(list(averaged.values()), [weights[name] for name in averaged], 1 - decay)


def _autocast(device: torch.device, bf16: bool) -> Callable[[], AbstractContextManager[object]]:
    if not bf16:
        return nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16)
