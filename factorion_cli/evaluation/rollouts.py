"""Playing tasks to their end in the environment, without measuring anything on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from factorion_cli.environments.action import DONE, Action, exact_match
from factorion_cli.environments.backend import Backend
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.missing_entity import MissingEntityEnv
from factorion_cli.environments.observation import Observation
from factorion_cli.evaluation.outcome import Ending, Rollout
from factorion_cli.factory import Factory
from factorion_cli.policies.baselines import TaskPolicy
from factorion_cli.policies.policy import BatchPolicy, Planner, Policy
from factorion_cli.tasks.task import MissingEntityTask

AnyPolicy = Policy | TaskPolicy | Planner
"""Whatever can be played."""
_TOGETHER = 32
"""Tasks played in lockstep, so that a network decides for many at once.

Not a setting: a network's sums may differ in the last bit with the size of the batch. A game has room for so many at
once: each has a surface and a force of its own, and there are 64 forces at most.
"""


class _NoReward:
    """Scores nothing: final factories are measured together afterwards, in batches."""

    def start(self, task: MissingEntityTask) -> float:  # noqa: ARG002
        return 0.0

    def score(self, task: MissingEntityTask, factory: Factory, measure: object) -> float:  # noqa: ARG002
        return 0.0


def stream(seed: int, name: str, task: MissingEntityTask) -> np.random.Generator:
    """The random stream of one policy on one task: the same whichever tasks stand around it."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), zlib.crc32(task.id.encode())])


class _Episode:
    """One task while it is played."""

    def __init__(
        self, task: MissingEntityTask, policy: Policy | TaskPolicy, rng: np.random.Generator, backend: Backend
    ) -> None:
        self.task, self.rng = task, rng
        self.policy = policy.for_task(task) if isinstance(policy, TaskPolicy) else policy
        self.environment = MissingEntityEnv([task], reward=_NoReward(), backend=backend)
        self.observation, _ = self.environment.reset(options={"task": 0})
        self.steps, self.over = 0, False
        self.ending: Ending = "step-limit"

    def choose(self) -> Action:
        """What the policy does next."""
        return self.policy.act(self.observation, self.environment.masks, self.rng)

    def apply(self, action: Action) -> None:
        """Do it."""
        row = action.to_row(self.environment.window[1])
        self.observation, _, terminated, truncated, _ = self.environment.step(row)
        self.steps += 1
        self.over = terminated or truncated
        if terminated:
            self.ending = "done" if action.done else "working" if self.task.allowed else "hand-empty"

    def rollout(self) -> Rollout:
        """How it went, once it is over."""
        environment = self.environment
        return Rollout(
            task=self.task,
            plot=environment.plot,
            placed=tuple(environment.placed),
            steps=self.steps,
            invalid_actions=environment.invalid_actions,
            ending=self.ending,
            exact=exact_match(environment.placed, self.task.removed, environment.vocabulary),
        )


@dataclass(slots=True)
class _Script:
    """Does what was planned for one task, and then is done: a game may differ from the simulator in when it works."""

    left: list[Action] = field(default_factory=list)

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:  # noqa: ARG002
        return self.left.pop(0) if self.left else DONE


def _episodes(
    policy: AnyPolicy, tasks: Sequence[MissingEntityTask], seed: int, name: str, backend: Backend
) -> list[_Episode]:
    rngs = [stream(seed, name, task) for task in tasks]
    if isinstance(policy, Planner):
        actors: list[Policy | TaskPolicy] = [_Script(plan) for plan in policy.plans(tasks, rngs)]
    else:
        actors = [policy] * len(tasks)
    return [_Episode(task, actor, rng, backend) for task, actor, rng in zip(tasks, actors, rngs, strict=True)]


def _actions(policy: AnyPolicy, playing: Sequence[_Episode]) -> list[Action]:
    if not isinstance(policy, BatchPolicy):
        return [episode.choose() for episode in playing]
    observations = [episode.observation for episode in playing]
    return policy.act_batch(observations, [episode.environment.masks for episode in playing], playing[0].rng)


def play(
    policy: AnyPolicy, tasks: Sequence[MissingEntityTask], seed: int, name: str, backend: Backend
) -> Iterator[list[Rollout]]:
    """One rollout per task, in order, as many together as are played together.

    Their plots are open: whoever gets them closes them before asking for more.

    Args:
        policy: acts in every task; one that wants to know the task (the oracle) is asked for its policy first, and one
            that plans for its plan.
        tasks: to be played.
        seed: with `name` and the task's id, what the random choices in a task depend on.
        name: of the policy.
        backend: where it builds.
    """
    for first in range(0, len(tasks), _TOGETHER):
        group = tasks[first : first + _TOGETHER]
        episodes = _episodes(policy, group, seed, name, backend)
        while playing := [episode for episode in episodes if not episode.over]:
            for episode, action in zip(playing, _actions(policy, playing), strict=True):
                episode.apply(action)
        yield [episode.rollout() for episode in episodes]
