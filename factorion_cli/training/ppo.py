"""Proximal policy optimisation: make a cloned policy better by what the simulator says of what it builds.

    factorion train-ppo ds --init-from runs/bc -o runs/ppo                      an hour on all cores
    factorion train-ppo ds --init-from runs/bc -o runs/quick --max-minutes 5    a first impression
    factorion train-ppo ds --init-from runs/bc -o runs/exact --total-timesteps 100000 --deterministic --threads 2
    factorion train-ppo ds --init-from runs/bc -o runs/ppo --resume --max-minutes 120

A clone falls apart when a critic that knows nothing pushes it around. So the critic learns alone at first, and the
policy is held to the clone by their divergence, less and less. What is scored and kept are the weights averaged over
time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from factorion_cli.config import PPOConfig
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.errors import FactorionError
from factorion_cli.policies.acting import judge
from factorion_cli.policies.checkpoints import load_policy, save_policy
from factorion_cli.policies.precision import calculating
from factorion_cli.tracking import MetricsWriter
from factorion_cli.training.averaging import average, averaged_copy
from factorion_cli.training.callbacks import Report, Validate
from factorion_cli.training.clock import Clock
from factorion_cli.training.curriculum import PLAIN_STAGES, Curriculum
from factorion_cli.training.experience import Experience, gather
from factorion_cli.training.monitor import Monitor, RewardRecord
from factorion_cli.training.run_folder import (
    Progress,
    describe_run,
    load_checkpoint,
    open_run,
    room_for,
    save_checkpoint,
    write_json,
)
from factorion_cli.training.seeding import prepare_torch


def train_ppo(
    env: MissingEntityVectorEnv,
    init_from: Path,
    folder: Path,
    config: PPOConfig,
    validate: Validate,
    *,
    about: Mapping[str, object],
    weights: Sequence[float] | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> Mapping[str, float]:
    """Train a policy and write its run, see the module and `training.run_folder`.

    Args:
        env: `config.num_envs` environments.
        init_from: run or checkpoint of the policy to start from; a copy is kept in the run as `anchor/`.
        folder: the run.
        config: every setting.
        validate: scores the policy on other tasks, before the first update and then every so often.
        about: of the tasks, for run.json.
        weights: how often each task is drawn, relative to the others; None: all alike.
        resume: go on from the last checkpoint.
        report: told of progress.

    Returns:
        The figures of the last validation.

    Raises:
        UsageError: the folder exists without `resume`, or the other way round.
        FactorionError: training diverged.
        KeyboardInterrupt: stopped by the user, after a checkpoint was written.
    """
    started = time.monotonic()
    open_run(folder, config.model_dump(mode="json"), resume=resume)
    threads = prepare_torch(config.seed, config.threads, deterministic=config.deterministic)
    write_json(folder / "run.json", describe_run(config.seed, threads, dict(about)))
    if not resume:
        save_policy(folder / "anchor", load_policy(init_from))
    anchor, network, shadow = (load_policy(folder / "anchor") for _ in range(3))
    averaged = averaged_copy(network)  # `shadow` carries these where they are scored
    critic = list(network.value_score.parameters())
    actor = [weight for weight in network.parameters() if all(weight is not other for other in critic)]
    rates = (config.critic_learning_rate, config.learning_rate)
    groups = [{"params": params, "lr": rate} for params, rate in zip((critic, actor), rates, strict=True)]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.0)
    progress = load_checkpoint(folder, network, averaged, optimiser) if resume else Progress()
    update, best, minutes_before = progress.step, progress.best, progress.minutes
    validation: Mapping[str, float] = {}
    curriculum = Curriculum(
        env.tasks,
        config.curriculum or PLAIN_STAGES,
        in_order=bool(config.curriculum),
        drawing=config.drawing,
        weights=weights,
    )
    curriculum.restore(progress.more.get("curriculum", {}))
    monitor, record, clock = Monitor(), RewardRecord(**progress.more.get("rewards", {})), Clock()

    project, taken = config.wandb_project_name if config.track else None, update * config.batch_size
    settings = config.model_dump(mode="json")
    with room_for(folder), MetricsWriter(folder, taken, project=project, settings=settings) as metrics:

        def minutes() -> float:
            return minutes_before + (time.monotonic() - started) / 60

        def validate_and_save(*, score: bool, at_record: bool = False) -> None:
            nonlocal best, validation
            is_best = best is None or at_record
            if score:
                since = time.monotonic()
                shadow.load_state_dict(averaged)
                validation = validate(shadow)
                figures = {f"validation/{name}": value for name, value in validation.items()}
                figures["time/validation_seconds"] = time.monotonic() - since
                metrics.write(update * config.batch_size, figures)
                now = validation["normalised_throughput"]
                if best is None or now >= best:
                    best, is_best = now, is_best or config.best_by == "validation"
            more = {"rewards": record.state(), "curriculum": curriculum.state()}
            state = Progress(update, minutes(), best, more | {"logged_step": update * config.batch_size})
            save_checkpoint(folder, network, averaged, optimiser, state, config.keep_checkpoints, is_best=is_best)
            clock.skip()

        try:
            if not resume:
                validate_and_save(score=True)
            while (done := config.share_done(update * config.batch_size, minutes())) < 1:
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * (1 - 0.9 * done)
                ent_coef = config.ent_coef * (1 - done)
                kl_coef = config.kl_coef_end + (config.kl_coef - config.kl_coef_end) * (1 - done)
                warming_up = update < config.critic_warmup
                for weight in actor:
                    weight.requires_grad_(not warming_up)  # what the policy sees with stays as it is

                env.prefer(curriculum.chances())
                with calculating(critic[0].device, bf16=config.bf16):
                    experience = gather(env, network, None if warming_up else anchor, config, update, clock)
                scaled = _scaled(experience) if config.norm_adv else experience.advantages
                returns, losses = experience.returns, list[dict[str, float]]()
                for rows in _minibatches(config, update):
                    grids, hands, actions = experience.grids[rows], experience.hands[rows], experience.actions[rows]
                    with calculating(critic[0].device, bf16=config.bf16):
                        decided = judge(network, grids, hands, actions)
                    log_ratio = decided.log_probability - experience.log_probabilities[rows]
                    ratio = log_ratio.exp()
                    clipped = ratio.clamp(1 - config.clip_coef, 1 + config.clip_coef)
                    policy_loss = -torch.min(scaled[rows] * ratio, scaled[rows] * clipped).mean()
                    value_loss = 0.5 * ((decided.value - returns[rows]) ** 2).mean()
                    entropy = decided.entropy.mean()
                    held = tuple(head[rows] for head in experience.anchor) or decided.heads
                    anchor_kl = decided.divergence_from(held).mean()
                    loss = policy_loss - ent_coef * entropy + config.vf_coef * value_loss + kl_coef * anchor_kl
                    approx_kl = float(((ratio - 1) - log_ratio).detach().mean())
                    clock.lap("forward")

                    optimiser.zero_grad(set_to_none=True)
                    (value_loss if warming_up else loss).backward()  # type: ignore[no-untyped-call]
                    norm = float(torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_grad_norm))
                    if not math.isfinite(norm):
                        raise FactorionError(
                            f"training diverged at update {update}: the gradient is {norm}; lower learning_rate"
                        )
                    far = (ratio - 1).abs() > config.clip_coef
                    parts = {
                        "policy_loss": policy_loss,
                        "value_loss": value_loss,
                        "entropy": entropy,
                        "anchor_kl": anchor_kl,
                        "clipfrac": far.float().mean(),
                    }
                    losses.append({name: part.item() for name, part in parts.items()} | {"approx_kl": approx_kl})
                    if not warming_up and config.target_kl is not None and approx_kl > config.target_kl:
                        break
                    optimiser.step()
                    steps = len(losses) + update * config.num_minibatches * config.update_epochs
                    average(averaged, network.state_dict(), min(config.ema, steps / (steps + 10)))
                    clock.lap("backward")
                update += 1

                figures = {f"losses/{name}": float(np.mean([row[name] for row in losses])) for name in losses[0]}
                figures["losses/explained_variance"] = _explained_variance(experience.values, returns)
                figures |= {"charts/learning_rate": optimiser.param_groups[1]["lr"], "charts/kl_coef": kl_coef}
                curriculum.take(experience.episodes)
                figures |= curriculum.figures()
                figures |= clock.figures()
                figures |= monitor.update(experience.episodes, config.batch_size, figures["time/seconds"])
                at_record = record.take(experience.episodes) and config.best_by == "reward"
                figures |= record.figures()
                metrics.write(update * config.batch_size, figures)
                if report is not None:
                    shown = figures | {f"validation/{name}": value for name, value in validation.items()}
                    report(update * config.batch_size, shown, done)
                score = update % config.validate_every == 0
                if score or at_record or update % config.checkpoint_every == 0:
                    validate_and_save(score=score, at_record=at_record)
            if update % config.validate_every:
                validate_and_save(score=True)
        except KeyboardInterrupt:
            validate_and_save(score=False)
            raise
    return validation


def _minibatches(config: PPOConfig, update: int) -> Iterator[Tensor]:
    """Rows of the experience, each once per epoch, in an order that the seed and the update decide."""
    (seed,) = np.random.SeedSequence([config.seed, update, 1]).generate_state(1)
    generator = torch.Generator().manual_seed(int(seed))
    for _ in range(config.update_epochs):
        yield from torch.randperm(config.batch_size, generator=generator).chunk(config.num_minibatches)


def _scaled(experience: Experience) -> Tensor:
    """Advantages of mean 0 and variance 1, the tasks of each level by themselves: hard ones are no less heard."""
    scaled = torch.zeros_like(experience.advantages)
    for level in np.unique(experience.levels.numpy()).tolist():
        own = experience.levels == level
        part = experience.advantages[own]
        scaled[own] = (part - part.mean()) / (part.std(correction=0) + 1e-8)
    return scaled


def _explained_variance(values: Tensor, returns: Tensor) -> float:
    """Share of the variance of returns that the critic foresees; 1 is all, 0 none, below 0 worse than a constant."""
    spread = float(returns.var(correction=0))
    return 1 - float((returns - values).var(correction=0)) / spread if spread > 0 else 0.0
