"""What every policy is: a function from what is seen and what is legal to one action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from factorion_cli.environments.action import Action
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation
from factorion_cli.tasks.task import MissingEntityTask


class Policy(Protocol):
    """A builder. Randomness enters as `rng` only, so the same generator gives the same action."""

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:
        """The next action; it must be legal by `masks`."""
        ...


@runtime_checkable
class BatchPolicy(Protocol):
    """A policy that is faster when asked about many states at once."""

    def act_batch(
        self, observations: Sequence[Observation], masks: Sequence[ActionMasks], rng: np.random.Generator
    ) -> list[Action]:
        """One action per state, the same that `act` would choose."""
        ...


@runtime_checkable
class Planner(Protocol):
    """A policy that decides about whole tasks before it acts in them."""

    def plans(self, tasks: Sequence[MissingEntityTask], rngs: Sequence[np.random.Generator]) -> list[list[Action]]:
        """All actions for each task, the last of which ends it; a generator for each."""
        ...
