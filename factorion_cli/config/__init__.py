"""Configuration models and how files, overrides and flags are put together."""

from factorion_cli.config.bc import BCConfig, NetworkSettings
from factorion_cli.config.expert import ExpertIterationConfig
from factorion_cli.config.overrides import load_config
from factorion_cli.config.ppo import PPOConfig
from factorion_cli.config.reward import RewardConfig

__all__ = ["BCConfig", "ExpertIterationConfig", "NetworkSettings", "PPOConfig", "RewardConfig", "load_config"]
