"""How many steps a second the vector environment does: `python -m tests.bench.bench_environment [DATASET]`.

In every step a legal action is drawn for each environment, evenly among "done" and what is in its hand, and then among
the tiles, directions, variants and contents that the masks leave; the environments do it, are scored, and begin anew
where an episode ended. Once with the reward at the end of an episode, once with the throughput after every step; on two
threads. The tasks are those of a dataset (made from the bundled blueprints if none is given), by level, and generated
ones from markers alone. What is new is read once (rows of factories and of ways to put something down), ever less
of it: that is the warm-up, and `at first` is what a step costs in the first FIRST steps of all environments.

Then states as learning meets them, measured by both engines: how often they agree, and what each costs; and what the
environments take of a whole PPO iteration.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from sys import stdout
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np

from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.reader import read_tasks
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.environments.action import action_for
from factorion_cli.environments.backend import SimulatorBackend, measure_by_flow, simulator
from factorion_cli.environments.missing_entity import MissingEntityEnv
from factorion_cli.environments.reward import SUCCESS_SHARE, measured, normalised
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.environments.vector_masks import VectorMasks
from factorion_cli.factory import Factory
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.marker_suites import suite
from factorion_cli.tasks.task import MENDING_LEVELS, MissingEntityTask

STARTER = Path(__file__).parents[2] / "datasets/starter/blueprints"
SIDES, ENVIRONMENTS, THREADS = (11, 16), 2048, 2
FIRST, WARM_UP, STEPS, ROUNDS, ENDINGS = 50, 400, 20, 5, 300
MENDING = "levels 3 and 4"
ITERATIONS = 2
PARTS = ("environment", "forward", "backward", "other")


class Speed(NamedTuple):
    """Steps per second and processor time of one in microseconds (both of the best round), that of the first ones, and
    the share of steps that ended an episode."""

    rate: float
    cost: float
    at_first: float
    ended: float


def speed(tasks: Sequence[MissingEntityTask], side: int, dense: bool) -> Speed:
    """How fast environments of these tasks are."""
    env = MissingEntityVectorEnv(
        tasks, ENVIRONMENTS, window=(side, side), dense=dense, threads=THREADS, copy=False, stacked=True
    )
    rng = np.random.default_rng(0)
    env.reset(seed=0)
    # Kernels are loaded by the first step.
    env.step(env.masks.sample(rng))
    worked = process_time()
    for step in range(WARM_UP):
        if step == FIRST:
            at_first = process_time() - worked
        env.step(env.masks.sample(rng))
    wall, busy, ended = float("inf"), float("inf"), 0
    for _ in range(ROUNDS):
        began, worked = perf_counter(), process_time()
        for _ in range(STEPS):
            _, _, terminated, truncated, _ = env.step(env.masks.sample(rng))
            ended += int((terminated | truncated).sum())
        wall, busy = min(wall, perf_counter() - began), min(busy, process_time() - worked)
    env.close()
    steps = STEPS * ENVIRONMENTS
    return Speed(steps / wall, 1e6 * busy / steps, 1e6 * at_first / FIRST / ENVIRONMENTS, ended / (ROUNDS * steps))


def sets(dataset: Path, side: int) -> dict[str, Sequence[MissingEntityTask]]:
    """The tasks of a dataset by level, and from markers."""
    tasks = [task for task in read_tasks(dataset, "train") if not task.redundant]
    mending, building = ([task for task in tasks if task.level in levels] for levels in (MENDING_LEVELS, (5,)))
    markers = [to_build(task) for task in suite(f"markers:depth-1?size={side}")]
    return {MENDING: mending, "level 5": building, "markers, depth 1": markers}


def endings(tasks: Sequence[MissingEntityTask], side: int, count: int) -> list[tuple[MissingEntityTask, Factory]]:
    """Tasks, and what stands at the end of an episode of each."""
    rng = np.random.default_rng(1)
    env = MissingEntityEnv(tasks, window=(side, side), backend=SimulatorBackend(measure_by_flow))
    found = []
    for number in rng.permutation(len(tasks))[:count].tolist():
        observation, _ = env.reset(options={"task": number})
        for wanted in env.task.removed:
            right = action_for(wanted, env.vocabulary)
            action = VectorMasks(observation["grid"][None], observation["hand"][None]).sample(rng)[0]
            if env.masks.legal(right) and rng.random() < 0.5:
                action = right.to_row(side)
            observation, _, terminated, _, _ = env.step(action)
            if terminated:
                break
        found.append((env.task, env.factory))
    return found


def agreement(tasks: Sequence[MissingEntityTask], side: int) -> str:
    """How far the engines agree on ENDINGS factories, and what they cost."""
    played = endings(tasks, side, ENDINGS)
    scores, costs = list[list[float]](), list[float]()
    for measure in (measure_by_flow, simulator()):
        began = process_time()
        results = measure([factory for _, factory in played])
        costs.append(1e6 * (process_time() - began) / len(played))
        scores.append([normalised(task, measured(result)) for (task, _), result in zip(played, results, strict=True)])
    flow, ticks = np.array(scores)
    same = ((flow >= SUCCESS_SHARE) == (ticks >= SUCCESS_SHARE)).mean()
    return (
        f"{side}x{side}, {len(played)} endings: flow and ticks agree on success in {same:.1%}, within 1 % of the "
        f"reference in {(np.abs(flow - ticks) <= 0.01).mean():.1%}; "
        f"{costs[0]:,.0f} and {costs[1]:,.0f} us each, made into arrays first"
    )


def iteration(dataset: Path, side: int, folder: Path) -> str:
    """Where the time of a whole PPO iteration goes, with the bundled policy `mender` and two threads."""
    command = [sys.executable, "-m", "factorion_cli", "train-ppo", str(dataset), "--init-from", "mender"]
    limits = ["-o", str(folder), "--total-timesteps", str((1 + ITERATIONS) * 1024), "--threads", str(THREADS)]
    settings = ["--config", "critic_warmup=1", "--config", "validation_tasks=1", "--config", f"window={side}"]
    subprocess.run([*command, *limits, *settings], check=True, stdout=subprocess.DEVNULL)
    rows = map(json.loads, (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    whole = [row for row in rows if "time/environment" in row][-ITERATIONS:]
    parts = (f"{part} {np.mean([row[f'time/{part}'] for row in whole]):.1%}" for part in PARTS)
    rate = np.mean([row["charts/SPS"] for row in whole])
    return f"{side}x{side}, a PPO iteration: {rate:.0f} steps/s; {', '.join(parts)}"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        stdout.write(f"{ENVIRONMENTS} environments on {THREADS} threads\n")
        columns = "steps/s  us/step  at first  ended"
        stdout.write(f"{'':28s}{'at the end':>38s}{'after every step':>38s}\n{'':28s}{columns:>38s}{columns:>38s}\n")
        for side in SIDES:
            dataset = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / str(side)
            if not dataset.exists():
                build_dataset([str(STARTER)], dataset, BuildSettings(window=side))
            known = sets(dataset, side)
            for name, tasks in known.items():
                stdout.write(f"{f'{side}x{side}, {name}':28s}")
                for dense in (False, True):
                    found = speed(tasks, side, dense)
                    stdout.write(f"{found.rate:13,.0f}{found.cost:9.2f}{found.at_first:9.2f}{found.ended:7.2f}")
                    stdout.flush()
                stdout.write("\n")
            stdout.write(agreement(known[MENDING], side) + "\n")
            stdout.write(iteration(dataset, side, Path(folder) / f"run-{side}") + "\n")


if __name__ == "__main__":
    main()
