"""Behavioural cloning: learn to put back what was taken out of working factories.

    factorion train-bc ds -o runs/first                              20 minutes on all cores
    factorion train-bc ds -o runs/quick --max-minutes 3 --seed 1     a first impression
    factorion train-bc ds -o runs/exact --steps 2000 --deterministic --threads 2
    factorion train-bc ds -o runs/first --resume --max-minutes 40    go on
    factorion train-bc --data designs=0.7 --data ds=0.3 -o runs/both from markers as well as mending
    factorion train-bc ds --init-from mender -o runs/mine            begin with what another policy knows
    torchrun --nproc-per-node 2 -m factorion_cli train-bc ds -o runs/two     by two processes

Each update draws a batch of complete factories with entities taken out, or of factories half built, asks the network
head by head for what is missing or comes next, and raises the probability of the right answers. What is kept are the
weights averaged over time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from factorion_cli.config import BCConfig
from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork
from factorion_cli.scheduling import stop_on_interrupt
from factorion_cli.tracking import MetricsWriter
from factorion_cli.training.averaging import average, averaged_copy
from factorion_cli.training.clock import Clock
from factorion_cli.training.data import TrainingData
from factorion_cli.training.distributed import ALONE, Ranks
from factorion_cli.training.losses import imitation_loss
from factorion_cli.training.mixture import batches_of
from factorion_cli.training.run_folder import (
    Best,
    Progress,
    describe_run,
    load_checkpoint,
    open_run,
    room_for,
    save_checkpoint,
    write_json,
)
from factorion_cli.training.seeding import choose_device, prepare_torch
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
    init_from: Path | None = None,
    ranks: Ranks = ALONE,
    resume: bool = False,
    report: Report | None = None,
) -> dict[str, float]:
    """Train a policy and write its run; see the module.

    Args:
        data: tasks to train and validate on.
        folder: the run, see `training.run_folder`.
        config: every setting.
        build: has a network build tasks from markers, for validation.
        init_from: policy to start from, with the sizes of `config.network` or parts fewer; None: random weights.
        ranks: the processes that train together; the first of them validates and writes.
        resume: go on from the last checkpoint.
        report: told of progress.

    Returns:
        The figures of the last validation; nothing in processes other than the first.

    Raises:
        UsageError: the folder exists without `resume`, or the other way round; there is no such device.
        FactorionError: training diverged.
        StorageError: the disk is full.
        KeyboardInterrupt: stopped by the user, after a checkpoint was written.
    """
    started = time.monotonic() - data.seconds
    device = choose_device(config.device, deterministic=config.deterministic, number=ranks.local)
    threads = prepare_torch(config.seed, config.threads, deterministic=config.deterministic)
    if ranks.is_first:
        about = describe_run(config.seed, threads, data.about) | {"ranks": ranks.size, "device": str(device)}
        about |= {} if init_from is None else {"init_from": str(init_from)}
        with room_for(folder):
            open_run(folder, config.model_dump(mode="json"), resume=resume)
            write_json(folder / "run.json", about)

    network = PolicyNetwork(default_vocabulary(), NetworkConfig(**config.network.model_dump())).to(device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if init_from is not None and not resume:
        # What that policy does not have begins at zero and changes nothing.
        network.load_state_dict(load_policy(init_from).state_dict(), strict=False)
    shadow = PolicyNetwork(network.vocabulary, network.config).to(device)  # carries the averaged weights
    network.train()
    optimiser = _optimiser(network, config)
    averaged = averaged_copy(network)
    ranks.wait()  # for the folder of the run
    progress = load_checkpoint(folder, network, averaged, optimiser) if resume else Progress()
    if config.compile:
        network.encode = torch.compile(network.encode, dynamic=True)

    source = batches_of(data.parts, config, ranks.part)
    validation = Validation.of(
        data.validation,
        config.validation_tasks,
        config.rollouts,
        config.seed,
        orders=data.validation_orders,
        build=build,
    )
    autocast = _autocast(device, config.bf16)
    step, minutes_before = progress.step, progress.minutes
    best = Best(progress.best, progress.more.get("stale", 0))
    figures: dict[str, float] = {}
    last_validation: dict[str, float] = {}
    examples, clock = 0, Clock()

    with (
        stop_on_interrupt(insists=ranks.size == 1) as stop,
        room_for(folder),
        _metrics(folder, step, config) if ranks.is_first else nullcontext() as metrics,
    ):

        def minutes() -> float:
            return minutes_before + (time.monotonic() - started) / 60

        def validate_and_save(*, validate: bool) -> None:
            nonlocal last_validation
            if metrics is None:
                return
            is_best = best.score is None
            if validate:
                since = time.monotonic()
                shadow.load_state_dict(averaged)
                with autocast():
                    last_validation, played = validation.score(shadow)
                found = {f"validation/{name}": value for name, value in last_validation.items()}
                metrics.write(step, found | played | {"time/validation_seconds": time.monotonic() - since})
                is_best = best.take(_worth(last_validation, config))
            now = Progress(step, minutes(), best.score, {"stale": best.stale})
            save_checkpoint(folder, network, averaged, optimiser, now, config.keep_checkpoints, is_best=is_best)
            clock.skip()

        try:
            while True:
                share = 1.0 if best.is_stale(config.patience) else _share_done(step, minutes(), config)
                done, stopped = ranks.agreed(share, stop.is_wanted)
                if stopped:
                    raise KeyboardInterrupt
                if done >= 1:
                    break
                for group in optimiser.param_groups:
                    group["lr"] = _learning_rate(step, done, config)

                clock.lap("other")
                batch = source.batch(step).to(device)
                clock.lap("data")
                with autocast():
                    loss, parts = imitation_loss(network, batch, config.value_weight, ranks.mean(batch.counts))
                clock.lap("forward")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                ranks.average_gradients(network.parameters())
                norm = float(torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_grad_norm))
                if not math.isfinite(norm):
                    raise FactorionError(_diverged(folder, step, norm, config))
                optimiser.step()
                step += 1
                average(averaged, network.state_dict(), min(config.ema, step / (step + 10)))
                examples += config.batch_size
                clock.lap("backward")

                if step % config.log_every == 0:
                    figures = {f"train/{name}": float(ranks.mean(part)) for name, part in parts.items()}
                    figures |= clock.figures()
                    figures |= {
                        "train/lr": optimiser.param_groups[0]["lr"],
                        "train/grad_norm": norm,
                        "train/examples_per_second": examples / figures["time/seconds"],
                        "train/steps_per_second": examples / config.batch_size / figures["time/seconds"],
                        "train/minutes": minutes(),
                    }
                    examples = 0
                    if metrics is not None:
                        metrics.write(step, figures)
                if report is not None:
                    report(step, figures | {f"validation/{k}": v for k, v in last_validation.items()}, done)
                validate = step % config.validate_every == 0
                if validate or step % config.checkpoint_every == 0:
                    validate_and_save(validate=validate)
            if step % config.validate_every or not last_validation:
                validate_and_save(validate=True)
        except KeyboardInterrupt:
            validate_and_save(validate=False)
            raise
    return last_validation


def _optimiser(network: PolicyNetwork, config: BCConfig) -> torch.optim.Optimizer:
    """AdamW that lets matrices decay, and neither biases nor norms."""
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    plain = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))


def _metrics(folder: Path, step: int, config: BCConfig) -> MetricsWriter:
    project = config.wandb_project_name if config.track else None
    return MetricsWriter(folder, step, project=project, settings=config.model_dump(mode="json"))


def _worth(validation: Mapping[str, float], config: BCConfig) -> float:
    """What decides which checkpoint is the best; more is better.

    The loss by itself: on a few hundred tasks success moves more by chance than by learning.
    """
    if config.best_by == "loss":
        return -validation.get("loss", 0.0)
    if config.best_by not in validation:
        raise UsageError(f"best_by is {config.best_by}, but the validation split has no tasks to tell it by; take loss")
    return validation[config.best_by]


def _diverged(folder: Path, step: int, norm: float, config: BCConfig) -> str:
    last = folder / "last"
    kept = (
        f"the last good checkpoint is {folder / last.read_text(encoding='utf-8').strip()}"
        if last.is_file()
        else ("there is no checkpoint yet")
    )
    return f"training diverged at step {step}: the gradient is {norm}; {kept}; start again with lr below {config.lr:g}"


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


def _autocast(device: torch.device, bf16: bool) -> Callable[[], AbstractContextManager[object]]:
    if not bf16:
        return nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16)
