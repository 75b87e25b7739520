"""What a run on an environment says of itself: how episodes went, and where the time went."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

import numpy as np

from factorion_cli.training.experience import Clock, Episode, Experience

EPISODES = 100
"""Means are over the last so many episodes."""


class Monitor:
    """Keeps the last episodes, in all and by level."""

    def __init__(self) -> None:
        self._last: deque[Episode] = deque(maxlen=EPISODES)
        self._by_level: dict[int, deque[Episode]] = defaultdict(lambda: deque(maxlen=EPISODES))

    def update(self, experience: Experience, clock: Clock) -> Mapping[str, float]:
        """The figures after an update: `charts/`, `success/` by level, and `time/`, shares of it that add up to 1."""
        for episode in experience.episodes:
            self._last.append(episode)
            self._by_level[episode.level].append(episode)
        count = len(experience.actions)
        figures = self._shares(experience, clock)
        seconds = sum(clock.seconds.values())
        figures["charts/SPS"] = count / seconds
        if self._last:
            mean = {name: float(np.mean([getattr(e, name) for e in self._last])) for name in Episode._fields}
            figures |= {
                "charts/episodic_return": mean["reward"],
                "charts/episodic_length": mean["placed"] + mean["invalid"],
                "charts/normalised_throughput": mean["score"],
                "charts/success": mean["success"],
                "actions/valid": mean["placed"],
                "actions/invalid": mean["invalid"],
                "actions/per_minute": 60 * count / seconds,
            }
        for level, episodes in sorted(self._by_level.items()):
            figures[f"success/level-{level}"] = float(np.mean([episode.success for episode in episodes]))
        return figures

    @staticmethod
    def _shares(experience: Experience, clock: Clock) -> dict[str, float]:
        """Where the time of the update went."""
        whole = sum(clock.seconds.values())
        spent = {
            "environment": experience.seconds["environment"],
            "forward": experience.seconds["forward"] + clock.seconds["forward"],
            "backward": clock.seconds["backward"],
        }
        shares = {f"time/{name}": seconds / whole for name, seconds in spent.items()}
        return shares | {"time/other": 1 - sum(shares.values())}
