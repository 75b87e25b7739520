"""`factorion train-bc`: behavioural cloning on a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorion_cli.cli.training import (
    AsJson,
    Data,
    Dataset,
    LearningRate,
    Out,
    Resume,
    Settings,
    Threads,
    Track,
    WandbProject,
    check_tracking,
    print_result,
    progress_bar,
    weighed,
)

if TYPE_CHECKING:
    from factorion_cli.config import BCConfig
    from factorion_cli.evaluation.outcome import TaskOutcome
    from factorion_cli.tasks.task import MissingEntityTask
    from factorion_cli.training.monitor import Episode
    from factorion_cli.training.validation import Build

_SHOWN = {
    "train/loss": "loss",
    "train/examples_per_second": "examples/s",
    "validation/exact": "exact",
    "validation/success": "success",
    "validation/built": "built",
}


def train_bc(
    out: Out,
    dataset: Dataset = None,
    data: Data = None,
    init_from: Annotated[
        Path | None, typer.Option(help="Begin with this policy: a run, a checkpoint, or builder or mender (bundled).")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Updates at most.", min=1)] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="Wall-clock minutes at most; 20 unless --steps is given.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per update.", min=1)] = None,
    lr: LearningRate = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and examples.", min=0)] = None,
    threads: Threads = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda; auto takes a GPU where there is one.")] = None,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Same weights every time (needs --steps; fix --threads too).")
    ] = False,
    track: Track = False,
    wandb_project_name: WandbProject = None,
    resume: Resume = False,
    config: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Train a policy to put back what is missing or to build from markers; writes a run with its checkpoints."""
    from factorion_cli.config import BCConfig, load_config

    flags: dict[str, Any] = {
        "steps": steps,
        "max_minutes": max_minutes,
        "batch_size": batch_size,
        "lr": lr,
        "seed": seed,
        "threads": threads,
        "device": device,
        "deterministic": deterministic or None,
        "track": track or None,
        "wandb_project_name": wandb_project_name,
    }
    # Asked for steps alone, nobody wants the default time limit to cut them short.
    default = ["max_minutes=none"] if steps is not None and max_minutes is None else []
    settings = load_config(BCConfig, [*default, *(config or [])], flags)
    if init_from is not None:
        settings = _sized_as(init_from, settings)

    from factorion_cli.training.bc import train_bc as train
    from factorion_cli.training.data import TrainingData
    from factorion_cli.training.distributed import joined
    from factorion_cli.training.run_folder import check_run
    from factorion_cli.training.seeding import choose_device

    check_tracking(settings.track)
    datasets = weighed(dataset, data or [])
    chosen = choose_device(settings.device, deterministic=settings.deterministic)
    with joined(chosen.type) as ranks:
        if ranks.is_first:
            check_run(out, settings.model_dump(mode="json"), resume=resume)
        ranks.wait()
        read = TrainingData.read(datasets, settings.rollouts)
        build = _building(read.building) if read.building else None
        with progress_bar(_SHOWN) if ranks.is_first else nullcontext() as report:
            figures = train(
                read, out, settings, build=build, init_from=init_from, ranks=ranks, resume=resume, report=report
            )
        if ranks.is_first:
            print_result(out, figures, as_json=as_json)


def _sized_as(policy: Path, settings: BCConfig) -> BCConfig:
    """The settings with the network sizes of a policy, or those asked for where they only add to them.

    Raises UsageError for any others.
    """
    from factorion_cli.config import NetworkSettings
    from factorion_cli.errors import UsageError
    from factorion_cli.policies.checkpoints import load_policy
    from factorion_cli.policies.network import SIZES_BEFORE

    sizes, asked = NetworkSettings(**load_policy(policy).config.to_json()), settings.network
    if asked == NetworkSettings():
        return settings.model_copy(update={"network": sizes})
    grown = {name: getattr(sizes, name) for name in SIZES_BEFORE}
    if asked.model_copy(update=grown) != sizes or any(getattr(asked, name) < had for name, had in grown.items()):
        raise UsageError(
            f"--init-from {policy} has a network of its own size; leave network.* out of --config, "
            f"or repeat its sizes and add to {', '.join(grown)}"
        )
    return settings


def _building(tasks: Sequence[MissingEntityTask]) -> Build:
    """Has a network build tasks from markers, as `factorion eval` does."""
    from factorion_cli.evaluation import evaluate
    from factorion_cli.policies.network_policy import NetworkPolicy
    from factorion_cli.tasks.building import freed

    free = [freed(task) for task in tasks]
    return lambda network: [_episode(outcome) for outcome in evaluate(NetworkPolicy(network), free).policy.outcomes]


def _episode(outcome: TaskOutcome) -> Episode:
    from factorion_cli.training.monitor import Episode

    rollout, score = outcome.rollout, outcome.normalised_throughput or 0.0
    return Episode(
        task=outcome.task.id,
        level=outcome.task.level,
        reward=outcome.improvement or 0.0,
        score=score,
        success=outcome.success,
        steps=rollout.steps,
        placed=len(rollout.placed),
        invalid=rollout.invalid_actions,
        entities=len(rollout.final.entities),
        wanted=len(outcome.task.reference.entities),
        throughput=outcome.throughput_end or 0.0,
    )
