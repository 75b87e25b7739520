"""What every policy is: a function from what is seen and what is legal to one action."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from factorion_cli.environments.action import Action
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation


class Policy(Protocol):
    """A builder. Randomness enters as `rng` only, so the same generator gives the same action."""

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:
        """The next action; it must be legal by `masks`."""
        ...
