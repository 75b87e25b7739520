"""`factorion train-bc`: behavioural cloning on a dataset."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from factorion_cli.cli.training import (
    AsJson,
    Dataset,
    LearningRate,
    Out,
    Resume,
    Settings,
    Threads,
    print_result,
    progress_bar,
)

_SHOWN = {
    "train/loss": "loss",
    "train/examples_per_second": "examples/s",
    "validation/exact": "exact",
    "validation/success": "success",
}


def train_bc(
    dataset: Dataset,
    out: Out,
    steps: Annotated[int | None, typer.Option(help="Updates at most.", min=1)] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="Wall-clock minutes at most; 20 unless --steps is given.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per update.", min=1)] = None,
    lr: LearningRate = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and examples.", min=0)] = None,
    threads: Threads = None,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Same weights every time (needs --steps; fix --threads too).")
    ] = False,
    resume: Resume = False,
    config: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Train a policy to put back what is missing; writes a run with checkpoints and metrics."""
    from factorion_cli.config import BCConfig, load_config

    flags: dict[str, Any] = {
        "steps": steps,
        "max_minutes": max_minutes,
        "batch_size": batch_size,
        "lr": lr,
        "seed": seed,
        "threads": threads,
        "deterministic": deterministic or None,
    }
    # Asked for steps alone, nobody wants the default time limit to cut them short.
    default = ["max_minutes=none"] if steps is not None and max_minutes is None else []
    settings = load_config(BCConfig, [*default, *(config or [])], flags)

    from factorion_cli.training.bc import train_bc as train
    from factorion_cli.training.data import TrainingData
    from factorion_cli.training.run_folder import check_run

    check_run(out, settings.model_dump(mode="json"), resume=resume)
    data = TrainingData.read(dataset)
    with progress_bar(_SHOWN) as report:
        figures = train(data, out, settings, resume=resume, report=report)
    print_result(out, figures, as_json=as_json)
