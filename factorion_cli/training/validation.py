"""How good a network is on what it is not trained on: the loss, exact matches, and success in the simulator."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from factorion_cli.environments.action import action_for, entity_for
from factorion_cli.environments.backend import Measure, simulator
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import observe
from factorion_cli.environments.reward import is_solved, normalised
from factorion_cli.factory import Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.network import PolicyNetwork
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.removal import kind_of
from factorion_cli.tasks.task import LEVEL_ONE_MISSING, MissingEntityTask
from factorion_cli.training.batch import Batch
from factorion_cli.training.batches import Example, stack
from factorion_cli.training.examples import ExamplePool
from factorion_cli.training.losses import imitation_loss
from factorion_cli.training.monitor import Episode, Monitor
from factorion_cli.training.orders import BuildingOrders, OrderSource

BATCH = 64

Build = Callable[[PolicyNetwork], list[Episode]]
"""Has a network build tasks from markers, at least one."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Fixed tasks with one entity missing and fixed steps of building orders, and the means to score a network on them.

    Attributes:
        tasks: what the policy is let loose on.
        batches: the same as batches, and the steps of building orders, for the loss.
        rollouts: how many of the tasks are simulated.
        build: has a network build tasks from markers; None: there are none.
        measure: the simulator.
    """

    tasks: tuple[MissingEntityTask, ...]
    batches: tuple[Batch, ...]
    rollouts: int
    build: Build | None = None
    measure: Measure = field(default_factory=simulator)

    @classmethod
    def of(
        cls,
        tasks: Sequence[MissingEntityTask],
        count: int,
        rollouts: int,
        seed: int,
        *,
        orders: Sequence[BuildingOrders] = (),
        build: Build | None = None,
        measure: Measure | None = None,
    ) -> Validation:
        """A draw of `count` tasks with one entity missing, and about as many steps of each of the building orders."""
        single = [task for task in tasks if task.level == LEVEL_ONE_MISSING and not task.redundant]
        order = np.random.default_rng(np.random.SeedSequence([seed, 1])).permutation(len(single))
        chosen = tuple(single[index] for index in order[:count])
        pool = ExamplePool.of(chosen)
        examples = [
            Example(pool.references[removal.reference], 0, removal.missing, removal.value) for removal in pool.removals
        ]
        examples.sort(key=lambda example: (example.reference.factory.height, example.reference.factory.width))
        batches = tuple(stack(examples[start : start + BATCH]) for start in range(0, len(examples), BATCH))
        steps = [OrderSource(some, BATCH, seed).batch(n) for some in orders for n in range(-(-count // BATCH))]
        return cls(chosen, (*batches, *steps), rollouts, build, measure or simulator())

    def score(self, network: PolicyNetwork) -> tuple[dict[str, float], dict[str, float]]:
        """How good a network is, and what is said of the episodes that it played (see `training.monitor`).

        Losses and accuracies by head, "exact" (share put back exactly), "success" (share of the rollouts) and "built",
        the share of tasks from markers whose sinks get what they want. What there are no tasks for is left out.
        """
        network.eval()
        figures = self._losses(network)
        since = time.monotonic()
        acted, episodes = self._acted(NetworkPolicy(network)) if self.tasks else ({}, [])
        built = self.build(network) if self.build is not None else []
        if built:
            acted["built"] = float(np.mean([episode.success for episode in built]))
        actions = len(self.tasks) + sum(episode.steps for episode in built)
        played = Monitor(most=None).update([*episodes, *built], actions, time.monotonic() - since)
        network.train()
        return figures | acted, played

    @torch.inference_mode()
    def _losses(self, network: PolicyNetwork) -> dict[str, float]:
        totals: dict[str, float] = defaultdict(float)
        count = sum(len(batch.entity) for batch in self.batches)
        for batch in self.batches:
            _, figures = imitation_loss(network, batch, 0.0)
            for name, figure in figures.items():
                totals[name] += float(figure) * len(batch.entity) / count
        return dict(totals)

    def _acted(self, policy: NetworkPolicy) -> tuple[dict[str, float], list[Episode]]:
        built = rebuild(policy, self.tasks)
        exact = [
            action is not None and action == _solution(task)
            for task, (_, action) in zip(self.tasks, built, strict=True)
        ]
        figures = {"exact": float(np.mean(exact))}
        tried = self.tasks[: self.rollouts]
        factories = [factory for factory, _ in built[: len(tried)]]
        episodes = played(tried, factories, self.measure(factories)) if tried else []
        if tried:
            solved = [episode.success for episode in episodes]
            figures["success"] = float(np.mean(solved))
            figures |= {f"success/{kind}": share for kind, share in by_kind(tried, solved).items()}
        return figures, episodes


def rebuild(policy: NetworkPolicy, tasks: Sequence[MissingEntityTask]) -> list[tuple[Factory, object]]:
    """What the policy makes of tasks with one entity missing: each factory, and the action (None for "done")."""
    vocabulary = default_vocabulary()
    starts = [task.start for task in tasks]
    observations = [observe(start, task.hand, 1) for start, task in zip(starts, tasks, strict=True)]
    masks = [ActionMasks(start, task.hand) for start, task in zip(starts, tasks, strict=True)]
    actions = policy.act_batch(observations, masks, np.random.default_rng(0))
    return [
        (start, None) if action.done else (start.adding(entity_for(action, vocabulary, task.removed[0])), action)
        for start, task, action in zip(starts, tasks, actions, strict=True)
    ]


def played(
    tasks: Sequence[MissingEntityTask], factories: Sequence[Factory], results: Sequence[SimulationResult]
) -> list[Episode]:
    """The episodes that these factories came from, and what they deliver: an action for each entity, at least one."""
    episodes = []
    for task, factory, result in zip(tasks, factories, results, strict=True):
        # One that cannot be simulated delivers nothing.
        score = normalised(task, result.throughput) if result.error is None else 0.0
        wanted, entities = len(task.reference.entities), len(factory.entities)
        placed = entities - (wanted - len(task.missing))
        episodes.append(
            Episode(
                task=task.id,
                level=task.level,
                reward=score - normalised(task, task.throughput_start),
                score=score,
                success=is_solved(task, factory, result),
                steps=max(placed, 1),
                placed=placed,
                invalid=0,
                entities=entities,
                wanted=wanted,
                throughput=score * task.throughput_reference,
            )
        )
    return episodes


def by_kind(tasks: Sequence[MissingEntityTask], solved: Sequence[bool]) -> Mapping[str, float]:
    """Share solved by the kind of the missing entity."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for task, done in zip(tasks, solved, strict=True):
        groups[kind_of(task.removed[0]) or "other"].append(done)
    return {kind: float(np.mean(groups[kind])) for kind in sorted(groups)}


def _solution(task: MissingEntityTask) -> object:
    return action_for(task.removed[0], default_vocabulary())
