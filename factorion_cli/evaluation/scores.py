"""Outcomes of many tasks -> figures with intervals, by slice."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from factorion_cli.evaluation.intervals import Estimate, clustered_mean, wilson
from factorion_cli.evaluation.outcome import TaskOutcome
from factorion_cli.evaluation.slices import ALL, slices_of, sorted_slices

PROPORTIONS: dict[str, Callable[[TaskOutcome], bool]] = {
    "success": lambda outcome: outcome.success,
    "exact_match": lambda outcome: outcome.rollout.exact,
}
MEANS: dict[str, Callable[[TaskOutcome], float | None]] = {
    "normalised_throughput": lambda outcome: outcome.normalised_throughput,
    "improvement": lambda outcome: outcome.improvement,
    "steps": lambda outcome: float(outcome.rollout.steps),
    "invalid_actions": lambda outcome: float(outcome.rollout.invalid_actions),
}
THROUGHPUT_METRICS = ("normalised_throughput", "improvement")
"""Metrics that structural tasks do not have."""

GATE_METRICS = (*PROPORTIONS, *THROUGHPUT_METRICS)
"""Metrics of which more is better, so that a minimum makes sense."""


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Figures over the tasks of one slice; `metrics` lacks those that no task of it has."""

    name: str
    tasks: int
    families: int
    metrics: Mapping[str, Estimate]

    def to_json(self) -> dict[str, Any]:
        """The object of this slice in JSON reports."""
        metrics = {name: estimate.to_json() for name, estimate in self.metrics.items()}
        return {"tasks": self.tasks, "families": self.families, **metrics}


@dataclass(frozen=True, slots=True)
class PolicyScore:
    """Everything about one policy on one list of tasks.

    Attributes:
        name: the policy's.
        outcomes: one per task, in task order.
        slices: figures by slice, in report order; the first is "all".
    """

    name: str
    outcomes: tuple[TaskOutcome, ...]
    slices: tuple[SliceScore, ...]

    def slice(self, name: str = ALL) -> SliceScore:
        """The slice called `name`; KeyError when no task is in it."""
        return next(score for score in self.slices if score.name == name)

    def estimate(self, metric: str, slice_name: str = ALL) -> Estimate | None:
        """A figure of a slice, None when the slice or its tasks do not have it."""
        found = [score for score in self.slices if score.name == slice_name]
        return found[0].metrics.get(metric) if found else None


def _slice_score(name: str, outcomes: Sequence[TaskOutcome], seed: int, resamples: int) -> SliceScore:
    metrics = {
        metric: wilson(sum(holds(outcome) for outcome in outcomes), len(outcomes))
        for metric, holds in PROPORTIONS.items()
    }
    for metric, value_of in MEANS.items():
        known = [(value, outcome.task.family) for outcome in outcomes if (value := value_of(outcome)) is not None]
        if known:
            # A stream of its own for each figure: adding a slice or a metric changes no other interval.
            rng = np.random.default_rng([seed, zlib.crc32(f"{name}/{metric}".encode())])
            values, clusters = [value for value, _ in known], [family for _, family in known]
            metrics[metric] = clustered_mean(values, clusters, rng, resamples)
    families = len({outcome.task.family for outcome in outcomes})
    return SliceScore(name, len(outcomes), families, metrics)


def score(name: str, outcomes: Sequence[TaskOutcome], seed: int, resamples: int) -> PolicyScore:
    """Figures of one policy over every slice that has tasks.

    Args:
        name: the policy's.
        outcomes: at least one.
        seed: of the bootstrap's streams.
        resamples: of the bootstrap.
    """
    members: dict[str, list[TaskOutcome]] = {}
    for outcome in outcomes:
        for slice_name in slices_of(outcome.task):
            members.setdefault(slice_name, []).append(outcome)
    slices = tuple(_slice_score(found, members[found], seed, resamples) for found in sorted_slices(members))
    return PolicyScore(name, tuple(outcomes), slices)
