"""Scripted policies that every score is read against: the floors (no-op, random) and the oracle.

The frequency prior, which learns a little, is in `policies.prior`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from factorion_cli.arrays import MaskArray
from factorion_cli.environments.action import DONE, Action, action_for
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation
from factorion_cli.factory import Entity
from factorion_cli.policies.policy import Policy
from factorion_cli.tasks.task import MissingEntityTask


@runtime_checkable
class TaskPolicy(Protocol):
    """A policy that is told the task, solution and all: only for bounds such as the oracle."""

    def for_task(self, task: MissingEntityTask) -> Policy:
        """The policy for this one task."""
        ...


@dataclass(frozen=True, slots=True)
class NoopPolicy:
    """Says "done" at once: what doing nothing scores."""

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:  # noqa: ARG002
        """Always done."""
        return DONE


def _draw(mask: MaskArray, rng: np.random.Generator) -> int:
    return int(rng.choice(np.flatnonzero(mask)))


@dataclass(frozen=True, slots=True)
class RandomPolicy:
    """Draws each head uniformly among its legal choices, in the order of the heads; the random floor.

    It says "done" only when nothing in the hand fits any more: to stop early would only lower the floor.
    """

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:  # noqa: ARG002
        """A legal action."""
        entities = masks.entity()
        entities[0] = not entities[1:].any()
        entity_id = _draw(entities, rng)
        if entity_id == 0:
            return DONE
        tile = _draw(masks.tile(entity_id), rng)
        direction = 4 * _draw(masks.direction(entity_id, tile), rng)
        variant = _draw(masks.variant(entity_id), rng)
        y, x = divmod(tile, masks.window[1])
        return Action(False, entity_id, x, y, direction, _draw(masks.content(entity_id), rng), variant)


@dataclass(slots=True)
class _Restorer:
    """Puts the entities back one after the other; lives for one episode."""

    left: list[Entity] = field(default_factory=list)

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:  # noqa: ARG002
        return action_for(self.left.pop(0), masks.vocabulary) if self.left else DONE


@dataclass(frozen=True, slots=True)
class OraclePolicy:
    """Puts everything back where it was: the score of the reference solution."""

    def for_task(self, task: MissingEntityTask) -> Policy:
        """A policy that knows what is missing from `task`."""
        return _Restorer(list(task.removed))
