"""Experience: what a policy did in many environments, and how much better than expected it turned out.

Every gathering starts all environments anew, from the seed and its number alone: a resumed run sees the same tasks and
draws the same actions, and nothing of the episodes on the way needs to be stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.config import PPOConfig
from factorion_cli.environments.observation import Observation
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.policies.acting import Decisions, act, judge
from factorion_cli.policies.network import PolicyNetwork
from factorion_cli.training.clock import Clock
from factorion_cli.training.monitor import Episode

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Experience:
    """M = num_steps x num_envs actions.

    Attributes:
        grids: int16 (M, C, H, W) states.
        hands: int16 (M, n_entities).
        actions: int64 (M, 5).
        log_probabilities: (M,) of the actions when they were taken.
        values: (M,) what the critic expected.
        advantages: (M,) generalised advantage estimates.
        anchor: by head, (M, K) log probabilities of the policy that training started from; empty without one.
        levels: int64 (M,) of the tasks.
        episodes: those that ended.
    """

    grids: Tensor
    hands: Tensor
    actions: Tensor
    log_probabilities: Tensor
    values: Tensor
    advantages: Tensor
    anchor: tuple[Tensor, ...]
    levels: Tensor
    episodes: tuple[Episode, ...]

    @property
    def returns(self) -> Tensor:
        """(M,) what the critic should have expected."""
        return self.values + self.advantages


def advantages(
    rewards: Floats, values: Floats, following: Floats, over: MaskArray, gamma: float, gae_lambda: float
) -> Floats:
    """Generalised advantage estimates (Schulman et al. 2016), all arrays (T, N).

    Args:
        rewards: paid for each action.
        values: expected before it.
        following: expected after it: zero where the episode terminated, the value of its last state where it was cut
            off, else of the next state.
        over: whether it ended the episode, either way.
        gamma: discount.
        gae_lambda: how far ahead rewards are believed rather than the critic.

    >>> one, none = np.ones((1, 1), np.float32), np.zeros((1, 1), np.bool_)
    >>> advantages(one, one, 2 * one, none, 0.5, 0.9).item()
    1.0
    """
    found = np.zeros_like(rewards)
    ahead = np.zeros(rewards.shape[1], np.float32)
    for step in reversed(range(len(rewards))):
        surprise = rewards[step] + gamma * following[step] - values[step]
        ahead = surprise + gamma * gae_lambda * ~over[step] * ahead
        found[step] = ahead
    return found


class _Moment(NamedTuple):
    """One action in every environment; `cut_off` (N,) is the value of the last states of episodes that were cut off."""

    grids: Tensor
    hands: Tensor
    decided: Decisions
    anchor: tuple[Tensor, ...]
    levels: Tensor
    rewards: Floats
    over: MaskArray
    cut_off: Floats
    episodes: list[Episode]


@torch.no_grad()
def gather(
    env: MissingEntityVectorEnv,
    network: PolicyNetwork,
    anchor: PolicyNetwork | None,
    config: PPOConfig,
    number: int,
    clock: Clock,
) -> Experience:
    """Act for `config.num_steps` in every environment; `number` counts the gatherings of a run."""
    seeds = np.random.SeedSequence([config.seed, number]).generate_state(2)
    generator = torch.Generator().manual_seed(int(seeds[0]))
    observation, _ = env.reset(seed=int(seeds[1]))
    clock.lap("environment")
    moments = []
    for _ in range(config.num_steps):
        grids, hands = torch.from_numpy(observation["grid"]), torch.from_numpy(observation["hand"])
        tasks = env.task_numbers.copy()
        decided = act(network, grids, hands, generator)
        held = judge(anchor, grids, hands, decided.actions).heads if anchor is not None else ()
        clock.lap("forward")
        observation, rewards, terminated, truncated, infos = env.step(decided.actions.cpu().numpy())
        clock.lap("environment")
        over = terminated | truncated
        cut_off = _cut_off_values(network, truncated, infos)
        ended = _ended(env, tasks, infos, over)
        levels = torch.tensor([env.tasks[task].level for task in tasks])
        moments.append(_Moment(grids, hands, decided, held, levels, rewards.astype(np.float32), over, cut_off, ended))
    values = np.stack([moment.decided.value.cpu().numpy() for moment in moments] + [_values(network, observation)])
    over, cut_off = np.stack([moment.over for moment in moments]), np.stack([moment.cut_off for moment in moments])
    following = np.where(over, cut_off, values[1:])
    found = advantages(
        np.stack([moment.rewards for moment in moments]), values[:-1], following, over, config.gamma, config.gae_lambda
    )
    clock.lap("forward")
    return _joined(moments, values[:-1], found)


def _joined(moments: list[_Moment], values: Floats, found: Floats) -> Experience:
    return Experience(
        grids=torch.cat([moment.grids for moment in moments]),
        hands=torch.cat([moment.hands for moment in moments]),
        actions=torch.cat([moment.decided.actions for moment in moments]),
        log_probabilities=torch.cat([moment.decided.log_probability for moment in moments]),
        values=torch.from_numpy(values).flatten(),
        advantages=torch.from_numpy(found).flatten(),
        anchor=tuple(torch.cat(heads) for heads in zip(*(moment.anchor for moment in moments), strict=True)),
        levels=torch.cat([moment.levels for moment in moments]),
        episodes=tuple(episode for moment in moments for episode in moment.episodes),
    )


def _values(network: PolicyNetwork, observation: Observation) -> Floats:
    """(N,) what the critic expects of these states."""
    device = network.content_bias.device
    grids, hands = (torch.from_numpy(observation[name]).to(device) for name in ("grid", "hand"))
    return np.asarray(network.value(network.encode(grids, hands)).cpu().numpy(), np.float32)


def _cut_off_values(network: PolicyNetwork, truncated: MaskArray, infos: Mapping[str, Any]) -> Floats:
    values = np.zeros(len(truncated), np.float32)
    if truncated.any():
        last = infos["final_obs"][truncated]
        stacked = {name: np.stack([observation[name] for observation in last]) for name in ("grid", "hand")}
        values[truncated] = _values(network, stacked)  # type: ignore[arg-type]
    return values


def _ended(env: MissingEntityVectorEnv, tasks: LongArray, infos: Mapping[str, Any], over: MaskArray) -> list[Episode]:
    """The episodes that ended, of the tasks that the environments were on."""
    final = infos.get("final_info", {})
    episodes = []
    for number in np.flatnonzero(over).tolist():
        task, score, placed = env.tasks[tasks[number]], float(final["score"][number]), int(final["placed"][number])
        wanted = len(task.reference.entities)
        episodes.append(
            Episode(
                task=task.id,
                level=task.level,
                reward=float(final["return"][number]),
                score=score,
                success=bool(final["success"][number]),
                steps=int(task.most_steps - infos["final_obs"][number]["steps_left"][0]),
                placed=placed,
                invalid=int(final["invalid_actions"][number]),
                entities=wanted - len(task.missing) + placed,
                wanted=wanted,
                throughput=score * task.throughput_reference,
            )
        )
    return episodes
