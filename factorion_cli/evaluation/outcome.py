"""What a policy made of one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from factorion_cli.environments.backend import Plot
from factorion_cli.factory import Entity, Factory
from factorion_cli.tasks.task import MissingEntityTask

Ending = Literal["done", "hand-empty", "working", "step-limit"]


@dataclass(frozen=True, slots=True)
class Rollout:
    """How one episode went, before anything is simulated.

    Attributes:
        task: what was to be solved.
        plot: where the policy has built.
        placed: what the policy put down, in order.
        steps: actions taken, "done" included.
        invalid_actions: actions that the masks forbid; each is refused and costs a step.
        ending: why the episode was over.
        exact: whether what was put down is what was taken out, as far as an action can say.
    """

    task: MissingEntityTask
    plot: Plot
    placed: tuple[Entity, ...]
    steps: int
    invalid_actions: int
    ending: Ending
    exact: bool

    @property
    def final(self) -> Factory:
        """The factory as the policy left it."""
        return self.plot.factory


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """One rollout with its score.

    Attributes:
        rollout: how the episode went.
        success: throughput restored to `EvaluationSettings.success_share` of the reference; structural tasks: exact;
            tasks with free choice: every sink gets what it wants.
        throughput_end: items per second into the sinks of the final factory; None for structural tasks.
        error: why the final factory could not be simulated, which counts as a throughput of zero.
    """

    rollout: Rollout
    success: bool
    throughput_end: float | None
    error: str | None = None

    @property
    def task(self) -> MissingEntityTask:
        """The task."""
        return self.rollout.task

    @property
    def normalised_throughput(self) -> float | None:
        """Throughput at the end / the reference's; None for structural tasks."""
        return self._share(0.0)

    @property
    def improvement(self) -> float | None:
        """(Throughput at the end - at the start) / the reference's; None for structural tasks."""
        return self._share(self.task.throughput_start)

    def _share(self, less: float) -> float | None:
        if self.throughput_end is None or self.task.throughput_reference <= 0:
            return None
        return (self.throughput_end - less) / self.task.throughput_reference

    def to_json(self, slices: Sequence[str] = ()) -> dict[str, Any]:
        """The object of this task in JSON reports."""
        return {
            "id": self.task.id,
            "family": self.task.family,
            "source": self.task.provenance.source,
            "slices": list(slices),
            "success": self.success,
            "exact_match": self.rollout.exact,
            "throughput_start": self.task.throughput_start,
            "throughput_end": self.throughput_end,
            "throughput_reference": self.task.throughput_reference,
            "normalised_throughput": self.normalised_throughput,
            "improvement": self.improvement,
            "steps": self.rollout.steps,
            "invalid_actions": self.rollout.invalid_actions,
            "ending": self.rollout.ending,
            "error": self.error,
        }
