"""What a run says of the episodes that its policy played: how they went, in all and by level."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

EPISODES = 100
"""Means of training are over the last so many episodes."""
REWARDS = 10
"""The checkpoint rule looks at the mean of the last so many rewards."""


class Episode(NamedTuple):
    """One that ended.

    Attributes:
        task: its id.
        level: of its task.
        reward: all that it was paid.
        score: share of the reference's throughput that it left behind; where there is none, whether it is a match.
        success: whether it solved the task.
        steps: actions taken, refused ones and saying "done" included.
        placed: entities put down.
        invalid: actions refused.
        entities: that stood in the end.
        wanted: entities of the reference; 0 where there is none.
        throughput: items per second in the end; 0 where the task has none.
    """

    task: str
    level: int
    reward: float
    score: float
    success: bool
    steps: int
    placed: int
    invalid: int
    entities: int
    wanted: int
    throughput: float

    @property
    def efficiency(self) -> float:
        """Score for each entity that stands, the reference's being 1."""
        return self.score * self.wanted / self.entities if self.entities else 0.0


class Monitor:
    """Keeps the last episodes, `most` of them (None: all), in all and by level."""

    def __init__(self, most: int | None = EPISODES) -> None:
        self._last: deque[Episode] = deque(maxlen=most)
        self._by_level: dict[int, deque[Episode]] = defaultdict(lambda: deque(maxlen=most))

    def update(self, episodes: Iterable[Episode], actions: int, seconds: float) -> dict[str, float]:
        """The figures after `episodes` ended, in `actions` that took `seconds` of wall clock in all."""
        for episode in episodes:
            self._last.append(episode)
            self._by_level[episode.level].append(episode)
        figures = {"charts/SPS": actions / seconds}
        if self._last:
            per_minute = 60 * actions / seconds
            figures |= episode_figures(self._last)
            figures |= {"actions/per_minute": per_minute, "monitor/actions_per_minute": per_minute}
        for level, last in sorted(self._by_level.items()):
            figures[f"success/level-{level}"] = float(np.mean([episode.success for episode in last]))
        return figures


def episode_figures(episodes: Sequence[Episode]) -> dict[str, float]:
    """Means over episodes, at least one; docs/runs.md says what each is."""

    def mean(name: str, among: Sequence[Episode] = episodes) -> float:
        return float(np.mean([getattr(episode, name) for episode in among]))

    solved = [episode for episode in episodes if episode.success]
    comparable = [episode for episode in episodes if episode.wanted]
    return {
        "charts/episodic_return": mean("reward"),
        "charts/episodic_length": mean("steps"),
        "charts/normalised_throughput": mean("score"),
        "charts/throughput": mean("throughput"),
        "charts/entities": mean("entities"),
        "charts/success": mean("success"),
        **({"charts/steps_to_finish": mean("steps", solved)} if solved else {}),
        "actions/valid": mean("placed"),
        "actions/invalid": mean("invalid"),
        "monitor/episode_reward": mean("reward"),
        "monitor/task_completion_rate": mean("success"),
        "monitor/resource_efficiency": mean("efficiency", comparable) if comparable else 0.0,
        "monitor/survival_time": mean("steps"),
    }


class RewardRecord:
    """Whether the mean of the last REWARDS rewards is the highest so far: the rule by which a checkpoint may be kept.

    >>> record = RewardRecord()
    >>> [record.add(reward) for reward in [0.0] * 9 + [1.0, 0.0, 1.0]]
    [False, False, False, False, False, False, False, False, False, True, False, True]
    """

    def __init__(self, last: Sequence[float] = (), best: float | None = None) -> None:
        self.last: deque[float] = deque(last, maxlen=REWARDS)
        self.best = best

    def add(self, reward: float) -> bool:
        """Take note of an episode's reward; true when it sets a record, which takes REWARDS of them at least."""
        self.last.append(reward)
        mean = float(np.mean(self.last))
        if len(self.last) < REWARDS or (self.best is not None and mean <= self.best):
            return False
        self.best = mean
        return True

    def take(self, episodes: Iterable[Episode]) -> bool:
        """Take note of these episodes; true when one of them set a record."""
        records = [self.add(episode.reward) for episode in episodes]
        return any(records)

    def figures(self) -> dict[str, float]:
        """The mean of the last rewards and its record, once there are enough of them."""
        if self.best is None:
            return {}
        return {"monitor/last_10_rewards": float(np.mean(self.last)), "monitor/best_10_rewards": self.best}

    def state(self) -> dict[str, Any]:
        """What `RewardRecord(**state)` goes on from."""
        return {"last": list(self.last), "best": self.best}
