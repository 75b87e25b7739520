"""Expert iteration: search with the policy, keep what the simulator finds best, clone it, and search again.

    factorion train-ppo ds --algo expert-iteration --init-from runs/bc -o runs/ei
    factorion train-ppo ds --algo expert-iteration --init-from runs/bc -o runs/quick --max-minutes 5
    factorion train-ppo ds --algo expert-iteration --init-from runs/bc -o runs/ei --resume --max-minutes 120

What a factory delivers can be verified, so of many ways drawn by the policy the best is a better teacher than the
policy is. The search is not told the dataset's solutions; a share of the batches still comes from them, so that nothing
that was known is forgotten.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from factorion_cli.config import BCConfig, ExpertIterationConfig
from factorion_cli.environments.backend import Measure, watched
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Factory
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.precision import calculating
from factorion_cli.policies.search import Found, SearchPolicy
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.task import MissingEntityTask
from factorion_cli.tracking import MetricsWriter
from factorion_cli.training.averaging import averaged_copy
from factorion_cli.training.callbacks import Report, Validate
from factorion_cli.training.clock import Clock
from factorion_cli.training.curriculum import PLAIN_STAGES, Curriculum
from factorion_cli.training.data import DataPart
from factorion_cli.training.found import SolutionBook
from factorion_cli.training.losses import imitation_loss
from factorion_cli.training.mixture import Mixture, batches_of
from factorion_cli.training.monitor import Monitor
from factorion_cli.training.run_folder import (
    Progress,
    describe_run,
    load_checkpoint,
    open_run,
    save_checkpoint,
    write_json,
)
from factorion_cli.training.seeding import prepare_torch
from factorion_cli.training.validation import played


def iterate(
    tasks: Sequence[MissingEntityTask],
    known: Sequence[DataPart],
    init_from: Path,
    folder: Path,
    config: ExpertIterationConfig,
    measure: Measure,
    validate: Validate,
    *,
    about: Mapping[str, object],
    weights: Sequence[float] | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> Mapping[str, float]:
    """Train a policy and write its run, see the module and `training.run_folder`.

    Args:
        tasks: that are searched.
        known: what datasets teach.
        init_from: run or checkpoint of the policy to start from.
        folder: the run.
        config: every setting.
        measure: says what the best way of each search delivers.
        validate: scores the policy on other tasks, before the first round and then every so often.
        about: of the tasks, for run.json.
        weights: how often each task is drawn, relative to the others; None: all alike.
        resume: go on from the last checkpoint.
        report: told of progress.

    Returns:
        The figures of the last validation.

    Raises:
        UsageError: the folder exists without `resume`, or the other way round.
        FactorionError: training diverged.
        KeyboardInterrupt: stopped by the user; what came after the last round is lost.
    """
    started = time.monotonic()
    open_run(folder, config.model_dump(mode="json"), resume=resume)
    threads = prepare_torch(config.seed, config.threads, deterministic=config.deterministic)
    write_json(folder / "run.json", describe_run(config.seed, threads, dict(about)))
    network = load_policy(init_from)
    device = network.content_bias.device
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    plain = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate)
    progress = load_checkpoint(folder, network, network.state_dict(), optimiser) if resume else Progress()
    number, best, minutes_before = progress.step, progress.best, progress.minutes
    actions = int(progress.more.get("logged_step", 0))
    book = SolutionBook(tasks, config.seed)
    book.restore(progress.more.get("found", {}))
    curriculum = Curriculum(
        tasks,
        config.curriculum or PLAIN_STAGES,
        in_order=bool(config.curriculum),
        drawing=config.drawing,
        weights=weights,
    )
    curriculum.restore(progress.more.get("curriculum", {}))
    search = SearchPolicy(network, config.samples)
    monitor, clock = Monitor(), Clock()
    validation: Mapping[str, float] = {}

    project = config.wandb_project_name if config.track else None
    with MetricsWriter(folder, actions, project=project, settings=config.model_dump(mode="json")) as metrics:

        def minutes() -> float:
            return minutes_before + (time.monotonic() - started) / 60

        def validate_and_save(*, score: bool) -> None:
            nonlocal best, validation
            is_best = best is None
            if score:
                since = time.monotonic()
                validation = validate(network)
                figures = {f"validation/{name}": value for name, value in validation.items()}
                figures["time/validation_seconds"] = time.monotonic() - since
                metrics.write(actions, figures)
                now = validation["normalised_throughput"]
                is_best = best is None or now >= best
                best = now if is_best else best
            more = {"logged_step": actions, "found": book.state(), "curriculum": curriculum.state()}
            state = Progress(number, minutes(), best, more)
            weights = averaged_copy(network)
            save_checkpoint(folder, network, weights, optimiser, state, config.keep_checkpoints, is_best=is_best)
            clock.skip()

        if not resume:
            validate_and_save(score=True)
        while (done := config.share_done(actions, minutes())) < 1:
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * (1 - 0.9 * done)

            chosen = _drawn(tasks, curriculum, config, number)
            with calculating(device, bf16=config.bf16):
                ways = search.search(chosen, _streams(config, number, len(chosen)))
            taken = config.samples * sum(len(way.actions) for way in ways)
            actions += taken
            results = _results(chosen, [way.factory for way in ways], measure)
            episodes = played(chosen, [way.factory for way in ways], results)
            better = [
                episode.success and book.offer(task, way.factory, result.throughput)
                for task, way, result, episode in zip(chosen, ways, results, episodes, strict=True)
            ]
            curriculum.take(episodes)
            clock.lap("environment")
            source = _batches(known, book, config, number)
            clock.lap("data")

            network.train()
            losses: list[dict[str, float]] = []
            for update in range(config.updates):
                batch = source.batch(update).to(device)
                clock.lap("data")
                with calculating(device, bf16=config.bf16):
                    loss, parts = imitation_loss(network, batch, config.value_weight)
                clock.lap("forward")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                norm = float(torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_grad_norm))
                if not math.isfinite(norm):
                    raise FactorionError(
                        f"training diverged in round {number}: the gradient is {norm}; lower learning_rate"
                    )
                optimiser.step()
                losses.append({name: float(part) for name, part in parts.items()})
                clock.lap("backward")
            number += 1
            network.eval()

            figures = {f"losses/{name}": float(np.mean([row[name] for row in losses])) for name in losses[0]}
            figures |= {
                "charts/learning_rate": optimiser.param_groups[0]["lr"],
                "expert/better": float(np.mean(better)),
                "expert/known": float(len(book)),
                "expert/ways": float(np.mean([way.ways for way in ways])),
                "expert/first_guess": float(np.mean([_share_of_best(way) for way in ways])),
            }
            figures |= curriculum.figures() | clock.figures()
            figures |= monitor.update(episodes, taken, figures["time/seconds"])
            metrics.write(actions, figures)
            if report is not None:
                shown = figures | {f"validation/{name}": value for name, value in validation.items()}
                report(actions, shown, done)
            validate_and_save(score=number % config.validate_every == 0)
        if number % config.validate_every:
            validate_and_save(score=True)
    return validation


def _drawn(
    tasks: Sequence[MissingEntityTask], curriculum: Curriculum, config: ExpertIterationConfig, number: int
) -> list[MissingEntityTask]:
    """Different tasks for a round, as many as there are at most."""
    rng = np.random.default_rng(np.random.SeedSequence([config.seed, number]))
    chances = curriculum.chances()
    count = min(config.tasks, int(np.count_nonzero(chances)))
    return [tasks[place] for place in rng.choice(len(tasks), size=count, replace=False, p=chances).tolist()]


def _streams(config: ExpertIterationConfig, number: int, count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(np.random.SeedSequence([config.seed, number, 1 + place])) for place in range(count)]


def _results(
    tasks: Sequence[MissingEntityTask], factories: Sequence[Factory], measure: Measure
) -> list[SimulationResult]:
    """What the factories deliver; those that were built freely have no reference to be as quick as."""
    mended = [factory for task, factory in zip(tasks, factories, strict=True) if not task.allowed]
    together = iter(measure(mended) if mended else ())
    return [
        watched(factory) if task.allowed else next(together) for task, factory in zip(tasks, factories, strict=True)
    ]


def _batches(known: Sequence[DataPart], book: SolutionBook, config: ExpertIterationConfig, number: int) -> Mixture:
    """What is cloned in a round: what was found so far, and what datasets teach."""
    parts = list(known)
    if config.found_share and (found := book.lessons(config.found_share)) is not None:
        whole, rest = sum(part.weight for part in known), 1 - config.found_share
        parts = [found, *(replace(part, weight=rest * part.weight / whole) for part in known if rest)]
    (seed,) = np.random.SeedSequence([config.seed, number]).generate_state(1)
    return batches_of(parts, BCConfig(batch_size=config.batch_size, seed=int(seed)))


def _share_of_best(way: Found) -> float:
    """What the policy's first guess delivers as a share of the best way's; 1 where nothing delivers."""
    return way.first_throughput / way.throughput if way.throughput > 0 else 1.0
