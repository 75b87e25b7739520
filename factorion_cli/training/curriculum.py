"""Which tasks are drawn while training: easy ones first, and those most from which most is being learnt.

Tasks are sorted into stages by what makes them hard. The first stage is open; the next opens once SOLVED of the last
EPISODES episodes of the newest open stage are a success, never with fewer. Among the open stages tasks are drawn
evenly, or by learning progress: how far the success of a stage's newer half of episodes is from that of the older half,
up or down, so that what is forgotten comes back as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.tasks.recipe_tree import steps_to
from factorion_cli.tasks.task import MissingEntityTask
from factorion_cli.training.monitor import EPISODES, Episode

SOLVED = 0.8
"""Share of success that opens the next stage."""
LEAST_SHARE = 0.1
"""Of the draws that learning progress decides about, so much is spread evenly over the open stages."""

Measure = Literal["level", "size", "depth", "missing"]
Drawing = Literal["even", "progress"]
PLAIN_STAGES: tuple[Measure, ...] = ("level", "missing")
"""What tasks are told apart by where no curriculum says it."""


def depth_of(task: MissingEntityTask) -> int:
    """Crafting steps, one after another, from what the sources give to what the sinks want."""
    from factorion_cli.prototypes import load_table

    reference = task.reference
    used = {entity.recipe for entity in reference.entities if entity.recipe is not None}
    steps = steps_to((source.item for source in reference.sources), map(load_table().recipe, sorted(used)))
    return max((steps.get(sink.item, 0) for sink in reference.sinks if sink.item is not None), default=0)


def _size(task: MissingEntityTask) -> int:
    """The longer side, in steps of four tiles."""
    return 4 * -(-max(task.reference.width, task.reference.height) // 4)


def _missing(task: MissingEntityTask) -> int:
    """How many are missing, rounded up to a power of two."""
    return int(2 ** np.ceil(np.log2(max(len(task.hand), 1))))


MEASURES: Mapping[Measure, Callable[[MissingEntityTask], int]] = {
    "level": lambda task: task.level,
    "size": _size,
    "depth": depth_of,
    "missing": _missing,
}
"""What can make a task hard, by name."""


class Curriculum:
    """Keeps the score of each stage.

    Args:
        tasks: that may be drawn.
        by: what makes stages, the first counting most; nothing: all tasks are one stage.
        in_order: open one stage after another; False: all are open from the start.
        drawing: "even": every task of the open stages alike; "progress": see the module.
        weights: (tasks,) how often each is drawn, relative to the others of its stage; None: all alike.
    """

    def __init__(
        self,
        tasks: Sequence[MissingEntityTask],
        by: Sequence[Measure],
        *,
        in_order: bool,
        drawing: Drawing = "even",
        weights: Sequence[float] | None = None,
    ) -> None:
        keys = [tuple(MEASURES[name](task) for name in by) for task in tasks]
        stages = sorted(set(keys))
        self.names = ["-".join(f"{name}-{value}" for name, value in zip(by, key, strict=True)) for key in stages]
        self._stage = np.array([stages.index(key) for key in keys])
        self._numbers = {task.id: number for number, task in enumerate(tasks)}
        self._weights = np.ones(len(tasks)) if weights is None else np.array(weights, np.float64)
        self._sizes = np.bincount(self._stage, self._weights, minlength=len(stages))
        self._last: list[deque[bool]] = [deque(maxlen=EPISODES) for _ in stages]
        self._drawing = drawing
        self.open = 1 if in_order else len(stages)

    def take(self, episodes: Iterable[Episode]) -> None:
        """Take note of episodes; opens the next stage when the newest is mastered."""
        for episode in episodes:
            self._last[self._stage[self._numbers[episode.task]]].append(episode.success)
        newest = self._last[self.open - 1]
        if self.open < len(self._last) and len(newest) == EPISODES and np.mean(newest) >= SOLVED:
            self.open += 1

    def chances(self) -> AnyArray:
        """(tasks,) how probable each is to be drawn; they add up to 1."""
        shares = self._shares()
        chances: AnyArray = (shares / self._sizes)[self._stage] * self._weights
        return chances

    def _shares(self) -> AnyArray:
        """(stages,) of the draws."""
        is_open = np.arange(len(self._sizes)) < self.open
        even: AnyArray = is_open * self._sizes / self._sizes[is_open].sum()
        spread: AnyArray = is_open / is_open.sum()
        if self._drawing == "even":
            return even
        progress = is_open * np.array([_progress(last) for last in self._last])
        if not progress.any():
            return spread
        chosen: AnyArray = LEAST_SHARE * spread + (1 - LEAST_SHARE) * progress / progress.sum()
        return chosen

    def figures(self) -> dict[str, float]:
        """What a run logs."""
        found = {"curriculum/open_stages": float(self.open), "curriculum/stages": float(len(self.names))}
        for name, share, last in zip(self.names, self._shares(), self._last, strict=True):
            if name and last:
                found[f"curriculum/success/{name}"] = float(np.mean(last))
                found[f"curriculum/share/{name}"] = float(share)
        return found

    def state(self) -> dict[str, Any]:
        """What `restore` goes on from."""
        return {"open": self.open, "last": [list(last) for last in self._last]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where another left off; nothing to go on from changes nothing."""
        if state:
            self.open = int(state["open"])
            self._last = [deque(last, maxlen=EPISODES) for last in state["last"]]


def _progress(last: Sequence[bool]) -> float:
    """How far the newer half is from the older half; 1 while too few have been seen to say."""
    if len(last) < EPISODES:
        return 1.0
    half = np.array(last, np.float64).reshape(2, -1).mean(axis=1)
    return float(abs(half[1] - half[0]))
