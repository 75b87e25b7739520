"""Whether PPO makes a clone better and never much worse: `python -m tests.bench.bench_ppo DATASET RUN -o FOLDER`.

Trains from the clone RUN with three seeds, an hour each on all cores, and the same once more with neither critic
warm-up nor anchor nor a limit to the divergence; each after the other, so six hours. Runs that are there already are
resumed or left as they are, so the command can be stopped and given again. Then it scores all of them and the clone on
the held-out tasks (test split, level 4: several missing) and prints, for each run and for each way to train,

    the lowest success in any validation of a run, less that of the clone in the same validation, and
    normalised throughput on the held-out tasks less the clone's, by task, with a 95 % interval over families;

the curves of success in validation go to FOLDER/success.png.

    python -m tests.bench.bench_ppo ds runs/bc -o bench_ppo                          as published
    python -m tests.bench.bench_ppo ds runs/bc -o try --minutes 2 --seeds 1          a first impression
    python -m tests.bench.bench_ppo ds runs/bc -o ei --algo expert-iteration         the other algorithm, as it is
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from sys import stdout

import numpy as np

from factorion_cli.arrays import FloatArray
from factorion_cli.datasets import DatasetInfo, read_tasks
from factorion_cli.evaluation import EvaluationSettings, clustered_mean, evaluate
from factorion_cli.evaluation.sampling import sample
from factorion_cli.policies.checkpoints import load_policy
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.tasks.task import MissingEntityTask

BARE = ("critic_warmup=0", "kl_coef=0.0", "kl_coef_end=0.0", "target_kl=none")
"""Without what keeps a clone from falling apart."""
FACTORION = ("-c", "from factorion_cli.cli.app import main; main()")


def train(dataset: Path, clone: Path, run: Path, seed: int, asked: argparse.Namespace, settings: Sequence[str]) -> None:
    """One run, taken up where it was left; one that has had its time is left as it is."""
    options = [part for setting in (f"seed={seed}", *settings) for part in ("--config", setting)]
    if (run / "last").is_file():
        state = run / (run / "last").read_text(encoding="utf-8").strip() / "training_state" / "state.json"
        if json.loads(state.read_text(encoding="utf-8"))["minutes"] >= asked.minutes:
            return
        options.append("--resume")
    command = [sys.executable, *FACTORION, "train-ppo", str(dataset), "--init-from", str(clone), "-o", str(run)]
    limits = ["--algo", asked.algo, "--max-minutes", str(asked.minutes)]
    subprocess.run([*command, *limits, *options], check=True, stdout=subprocess.DEVNULL)


def curve(run: Path) -> list[tuple[float, float]]:
    """(minutes of training so far, success in validation) of a run; the first is the clone's."""
    found, seconds = [], 0.0
    for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        seconds += row.get("time/seconds", 0.0) + row.get("time/validation_seconds", 0.0)
        if "validation/success" in row:
            found.append((seconds / 60, row["validation/success"]))
    return found


def gains(clone: Path, runs: Sequence[Path], tasks: Sequence[MissingEntityTask], dataset: Path) -> FloatArray:
    """(runs, tasks) normalised throughput of the last weights of each run, less the clone's."""
    settings = EvaluationSettings.fitting(DatasetInfo.load(dataset).settings)
    last = {run.name: run / (run / "last").read_text(encoding="utf-8").strip() for run in runs}
    others = {name: NetworkPolicy(load_policy(path)) for name, path in last.items()}
    report = evaluate(NetworkPolicy(load_policy(clone)), tasks, settings, name="clone", baselines=others)
    scores = [[outcome.normalised_throughput for outcome in one.outcomes] for one in (report.policy, *report.baselines)]
    each = np.array(scores, np.float64)
    return each[1:] - each[0]


def row(name: str, curves: Sequence[Sequence[tuple[float, float]]], gain: FloatArray, families: Sequence[str]) -> str:
    """A row of the table: of one run, or of several, whose (runs, tasks) gains are averaged by task."""
    lowest = min(min(success for _, success in points) - points[0][1] for points in curves)
    mean = clustered_mean(gain.mean(axis=0).tolist(), families, np.random.default_rng(0))
    figures = f"{100 * mean.value:+.2f} points | {100 * mean.low:+.2f} to {100 * mean.high:+.2f}"
    return f"| {name} | {100 * lowest:+.1f} points | {figures} |\n"


def plot(curves: Mapping[str, Sequence[Sequence[tuple[float, float]]]], path: Path) -> None:
    """Success in validation by minutes, a colour for each way to train."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained", dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for (name, runs), colour in zip(curves.items(), ("#d9822b", "#7da3c4"), strict=False):
        for number, points in enumerate(runs):
            axes.plot(*zip(*points, strict=True), color=colour, label=name if number == 0 else None)
    axes.set_xlabel("minutes")
    axes.set_ylabel("success in validation")
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Software": None})


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("clone", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--algo", default="ppo")
    parser.add_argument("--tasks", type=int, default=1000, help="held-out tasks at most")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="settings of all runs")
    asked = parser.parse_args()
    ways = {"as it is": asked.set} | ({"bare": [*asked.set, *BARE]} if asked.algo == "ppo" else {})
    runs = {name: [asked.out / f"{name.replace(' ', '-')}-{seed}" for seed in range(asked.seeds)] for name in ways}
    for name, settings in ways.items():
        for seed, run in enumerate(runs[name]):
            train(asked.dataset, asked.clone, run, seed, asked, settings)
    tasks = [task for task in read_tasks(asked.dataset, "test") if task.level == 4 and not task.redundant]
    tasks = sample(tasks, asked.tasks, 0)
    curves = {name: [curve(run) for run in found] for name, found in runs.items()}
    families = [task.family for task in tasks]
    stdout.write(
        f"{asked.algo}, {asked.seeds} seeds, {asked.minutes:g} minutes each; "
        f"{len(tasks)} held-out tasks of {len(set(families))} families\n\n"
        "| way | lowest success in validation, less the clone's | throughput, less the clone's | 95 % interval |\n"
        "|---|---|---|---|\n"
    )
    for name, found in curves.items():
        gain = gains(asked.clone, runs[name], tasks, asked.dataset)
        for seed, (points, more) in enumerate(zip(found, gain, strict=True)):
            stdout.write(row(f"{name}, seed {seed}", [points], more[None], families))
        stdout.write(row(f"{name}, all", found, gain, families))
        stdout.flush()
    plot(curves, asked.out / "success.png")


if __name__ == "__main__":
    main()
