"""`factorion train-ppo`: make a cloned policy better by the simulator's reward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    from factorion_cli.config import PPOConfig, RewardConfig
    from factorion_cli.environments.backend import Measure
    from factorion_cli.environments.vector import MissingEntityVectorEnv
    from factorion_cli.evaluation import EvaluationSettings
    from factorion_cli.policies.network import PolicyNetwork
    from factorion_cli.tasks.task import MissingEntityTask
    from factorion_cli.training.callbacks import Validate

ALGORITHMS = ("ppo", "expert-iteration")
_SHOWN = {
    "charts/SPS": "steps/s",
    "charts/success": "success",
    "losses/anchor_kl": "from the clone",
    "expert/known": "solutions",
    "validation/success": "validation",
}


def train_ppo(
    init_from: Annotated[
        Path,
        typer.Option(
            help="Policy to start from: a run, a checkpoint, or builder or mender (bundled).", show_default=False
        ),
    ],
    out: Out,
    dataset: Dataset = None,
    data: Data = None,
    algo: Annotated[str, typer.Option(help=f"{' or '.join(ALGORITHMS)}.")] = "ppo",
    total_timesteps: Annotated[int | None, typer.Option(help="Actions at most.", min=1)] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="Wall-clock minutes at most; 60 unless --total-timesteps is given.")
    ] = None,
    num_envs: Annotated[int | None, typer.Option(help="Environments stepped together.", min=1)] = None,
    num_steps: Annotated[int | None, typer.Option(help="Actions in each between updates.", min=1)] = None,
    learning_rate: LearningRate = None,
    curriculum: Annotated[
        str | None, typer.Option(help="Open tasks stage by stage: level, missing, size, depth, joined by commas.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of tasks, actions and order.", min=0)] = None,
    threads: Threads = None,
    deterministic: Annotated[
        bool,
        typer.Option("--deterministic", help="Same weights every time (needs --total-timesteps; fix --threads too)."),
    ] = False,
    env_id: Annotated[str | None, typer.Option(help="The environment.", show_default=False)] = None,
    track: Track = False,
    wandb_project_name: WandbProject = None,
    resume: Resume = False,
    config: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Make a policy better by what the simulator says of what it builds; writes a run with checkpoints and metrics."""
    from factorion_cli.config import ExpertIterationConfig, PPOConfig, load_config
    from factorion_cli.errors import UsageError

    if algo not in ALGORITHMS:
        raise UsageError(f"--algo is {algo!r}, expected {' or '.join(ALGORITHMS)}")
    flags: dict[str, Any] = {
        "total_timesteps": total_timesteps,
        "max_minutes": max_minutes,
        "num_envs": num_envs,
        "num_steps": num_steps,
        "learning_rate": learning_rate,
        "curriculum": None if curriculum is None else tuple(name.strip() for name in curriculum.split(",")),
        "seed": seed,
        "threads": threads,
        "deterministic": deterministic or None,
        "track": track or None,
        "wandb_project_name": wandb_project_name,
        "env_id": env_id,
    }
    default = ["max_minutes=none"] if total_timesteps is not None and max_minutes is None else []
    model: type[PPOConfig | ExpertIterationConfig] = PPOConfig if algo == "ppo" else ExpertIterationConfig
    settings = load_config(model, [*default, *(config or [])], flags)

    from factorion_cli.policies.checkpoints import policy_folder
    from factorion_cli.training.run_folder import check_run

    check_tracking(settings.track)
    check_run(out, settings.model_dump(mode="json"), resume=resume)
    policy_folder(init_from)
    datasets = weighed(dataset, data or [])
    given = _Given.read(datasets, settings)
    with progress_bar(_SHOWN) as report:
        more: dict[str, Any] = {"about": given.about, "weights": given.weights, "resume": resume, "report": report}
        if isinstance(settings, PPOConfig):
            from factorion_cli.training.ppo import train_ppo as train

            figures = train(given.environments(settings), init_from, out, settings, given.validate, **more)
        else:
            from factorion_cli.training.data import TrainingData
            from factorion_cli.training.expert_iteration import iterate

            known = TrainingData.read(datasets).parts
            figures = iterate(given.tasks, known, init_from, out, settings, given.measure, given.validate, **more)
    print_result(out, figures, as_json=as_json)


@dataclass(frozen=True)
class _Given:
    """What datasets give: tasks to train on, how often each is drawn, what measures them, what scores a network."""

    tasks: list[MissingEntityTask]
    weights: list[float]
    measure: Measure
    validate: Validate
    about: dict[str, Any]

    @classmethod
    def read(cls, datasets: Mapping[Path, float], config: RewardConfig) -> _Given:
        from factorion_cli.environments.backend import simulator

        parts = [_Part.read(dataset, config) for dataset in datasets]
        settings = _one_way_to_measure({dataset: part.settings for dataset, part in zip(datasets, parts, strict=True)})
        tasks = [task for part in parts for task in part.tasks]
        shares = [weight / len(part.tasks) for weight, part in zip(datasets.values(), parts, strict=True)]
        weights = [share for share, part in zip(shares, parts, strict=True) for _ in part.tasks]
        # A small dataset may have no validation tasks: better a score on tasks that were seen than none, and run.json
        # says so.
        split, held_out = "validation", [task for part in parts for task in part.held_out]
        if not held_out:
            split, held_out = "train", tasks
        about = {
            "datasets": [
                {
                    "path": str(dataset),
                    "fingerprint": part.fingerprint,
                    "weight": weight,
                    "train_tasks": len(part.tasks),
                }
                for (dataset, weight), part in zip(datasets.items(), parts, strict=True)
            ],
            "train_tasks": len(tasks),
            "validation": f"{min(len(held_out), config.validation_tasks)} of {split}",
        }
        measure = simulator(settings.warmup_ticks, settings.measure_ticks)
        return cls(tasks, weights, measure, _validation(held_out, config, settings), about)

    def environments(self, config: PPOConfig) -> MissingEntityVectorEnv:
        from factorion_cli.environments.vector import MissingEntityVectorEnv

        return MissingEntityVectorEnv(
            self.tasks,
            config.num_envs,
            window=(config.window, config.window),
            measure=self.measure if config.reward_engine == "ticks" else None,
            terms={str(name): weight for name, weight in config.reward_terms.items()},
            dense=config.reward_dense,
            threads=config.threads,
        )


@dataclass(frozen=True)
class _Part:
    """What one dataset gives: tasks of the train and the validation split, and how their figures were measured."""

    tasks: list[MissingEntityTask]
    held_out: list[MissingEntityTask]
    settings: EvaluationSettings
    fingerprint: str

    @classmethod
    def read(cls, dataset: Path, config: RewardConfig) -> _Part:
        from factorion_cli.datasets import DatasetInfo
        from factorion_cli.errors import DatasetError
        from factorion_cli.evaluation import EvaluationSettings

        info = DatasetInfo.load(dataset)
        tasks = _fitting(dataset, "train", config)
        if not tasks:
            levels = ", ".join(map(str, config.levels))
            raise DatasetError(
                f"{dataset} has no train task of level {levels} within {config.window} x {config.window} tiles; "
                "try --config window=32, or other levels"
            )
        held_out = _fitting(dataset, "validation", config) if info.rows("throughput", "validation") else []
        return cls(tasks, held_out, EvaluationSettings.fitting(info.settings), info.fingerprint)


def _one_way_to_measure(settings: Mapping[Path, EvaluationSettings]) -> EvaluationSettings:
    """The settings that all datasets agree on; raises DatasetError where figures would not be comparable."""
    from factorion_cli.errors import DatasetError

    (first, wanted), *others = settings.items()
    for dataset, found in others:
        if found != wanted:
            raise DatasetError(f"{dataset} was measured over other periods than {first}; train on them one by one")
    return wanted


def _fitting(dataset: Path, split: str, config: RewardConfig) -> list[MissingEntityTask]:
    from factorion_cli.datasets import read_tasks
    from factorion_cli.tasks.building import freed

    return [
        freed(task)
        for task in read_tasks(dataset, split)
        if task.level in config.levels
        and not task.redundant
        and max(task.reference.width, task.reference.height) <= config.window
    ]


def _validation(tasks: list[MissingEntityTask], config: RewardConfig, settings: EvaluationSettings) -> Validate:
    import numpy as np

    from factorion_cli.evaluation import evaluate
    from factorion_cli.policies.network_policy import NetworkPolicy

    order = np.random.default_rng(np.random.SeedSequence([config.seed, 2])).permutation(len(tasks))
    chosen = [tasks[index] for index in order[: config.validation_tasks]]

    def validate(network: PolicyNetwork) -> dict[str, float]:
        scores = evaluate(NetworkPolicy(network), chosen, settings).policy.slices
        figures = {name: scores[0].metrics[name].value for name in ("success", "normalised_throughput")}
        by_level = [part for part in scores if part.name.startswith("level-")]
        return figures | {f"success/{part.name}": part.metrics["success"].value for part in by_level}

    return validate
