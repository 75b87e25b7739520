"""Gymnasium environments over the simulator or a server with the mod; importing this package registers them."""

from gymnasium.envs.registration import register, registry

from factorion_cli.environments.action import DONE, Action, action_for, entity_for, exact_match, n_contents
from factorion_cli.environments.backend import Backend, Measure, Plot, SimulatorBackend, simulator
from factorion_cli.environments.builtin_tasks import builtin_tasks
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.missing_entity import MissingEntityEnv, take_from_hand
from factorion_cli.environments.observation import Observation, observe
from factorion_cli.environments.reward import SUCCESS_SHARE, ImprovementReward, Reward

MISSING_ENTITY = "factorion/MissingEntity-v0"

if MISSING_ENTITY not in registry:
    register(
        MISSING_ENTITY,
        entry_point="factorion_cli.environments.missing_entity:MissingEntityEnv",
        vector_entry_point="factorion_cli.environments.vector:MissingEntityVectorEnv",
    )

__all__ = [
    "DONE",
    "MISSING_ENTITY",
    "SUCCESS_SHARE",
    "Action",
    "ActionMasks",
    "Backend",
    "ImprovementReward",
    "Measure",
    "MissingEntityEnv",
    "Observation",
    "Plot",
    "Reward",
    "SimulatorBackend",
    "action_for",
    "builtin_tasks",
    "entity_for",
    "exact_match",
    "n_contents",
    "observe",
    "simulator",
    "take_from_hand",
]
