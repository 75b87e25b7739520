"""Playing tasks to their end in the environment, without simulating anything on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from factorion_cli.environments.action import exact_match
from factorion_cli.environments.missing_entity import MissingEntityEnv
from factorion_cli.evaluation.outcome import Ending, Rollout
from factorion_cli.factory import Factory
from factorion_cli.policies.baselines import TaskPolicy
from factorion_cli.policies.policy import Policy
from factorion_cli.tasks.task import MissingEntityTask


class _NoReward:
    """Scores nothing: final factories are simulated together afterwards, in batches."""

    def start(self, task: MissingEntityTask) -> float:  # noqa: ARG002
        return 0.0

    def score(self, task: MissingEntityTask, factory: Factory) -> float:  # noqa: ARG002
        return 0.0


def stream(seed: int, name: str, task: MissingEntityTask) -> np.random.Generator:
    """The random stream of one policy on one task: the same whichever tasks stand around it."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), zlib.crc32(task.id.encode())])


def play(policy: Policy | TaskPolicy, tasks: Sequence[MissingEntityTask], seed: int, name: str) -> Iterator[Rollout]:
    """One rollout per task, in order, as each ends.

    Args:
        policy: acts in every task; one that wants to know the task (the oracle) is asked for its policy first.
        tasks: at least one.
        seed: with `name` and the task's id, what the random choices in a task depend on.
        name: of the policy.
    """
    environment = MissingEntityEnv(tasks, reward=_NoReward())
    for index, task in enumerate(tasks):
        actor = policy.for_task(task) if isinstance(policy, TaskPolicy) else policy
        yield _episode(environment, actor, index, stream(seed, name, task))


def _episode(environment: MissingEntityEnv, actor: Policy, index: int, rng: np.random.Generator) -> Rollout:
    observation, _ = environment.reset(options={"task": index})
    steps, over, done = 0, False, False
    while not over:
        action = actor.act(observation, environment.masks, rng)
        observation, _, terminated, truncated, _ = environment.step(action.to_row(environment.window[1]))
        steps, over, done = steps + 1, terminated or truncated, action.done
    ending: Ending = "done" if done else "step-limit" if environment.hand else "hand-empty"
    task = environment.task
    return Rollout(
        task=task,
        final=environment.factory,
        placed=tuple(environment.placed),
        steps=steps,
        invalid_actions=environment.invalid_actions,
        ending=ending,
        exact=exact_match(environment.placed, task.removed, environment.vocabulary),
    )
