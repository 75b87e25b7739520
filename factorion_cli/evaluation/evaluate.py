"""A policy, a list of tasks -> the report: play, simulate what came out, score, beside the baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from factorion_cli.environments.reward import Measure
from factorion_cli.errors import DatasetError
from factorion_cli.evaluation.gates import Gate, check_gates, judge
from factorion_cli.evaluation.outcome import Rollout, TaskOutcome
from factorion_cli.evaluation.report import EvaluationReport, EvaluationSettings
from factorion_cli.evaluation.rollouts import play
from factorion_cli.evaluation.scores import PolicyScore, score
from factorion_cli.factory import Factory
from factorion_cli.policies.baselines import TaskPolicy
from factorion_cli.policies.policy import Policy
from factorion_cli.tasks.task import MissingEntityTask

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def simulator(settings: EvaluationSettings) -> Measure:
    """The tick simulator with the ticks of these settings."""

    def measure(factories: Sequence[Factory]) -> Sequence[Any]:
        # The simulator brings numba along: only those who simulate pay for that.
        from factorion_cli.simulation import throughput

        return throughput(factories, warmup_ticks=settings.warmup_ticks, measure_ticks=settings.measure_ticks)

    return measure


def _ignore_progress(what: str, done: int, total: int) -> None:  # noqa: ARG001
    return


def _known_throughput(rollout: Rollout) -> float | None:
    """Throughput of a final factory that was measured with the dataset: the reference or the untouched start.

    Entity order changes no result of the simulator, so the same entities in another order are the same factory.
    """
    if not rollout.placed:
        return rollout.task.throughput_start
    if Counter(rollout.placed) == Counter(rollout.task.removed):
        return rollout.task.throughput_reference
    return None


class _Scorer:
    """Turns rollouts into outcomes; remembers no factory, holds the simulator and the settings."""

    def __init__(self, settings: EvaluationSettings, measure: Measure, progress: Progress) -> None:
        self.settings, self.measure, self.progress = settings, measure, progress

    def outcomes(self, name: str, rollouts: Sequence[Rollout]) -> list[TaskOutcome]:
        """One outcome per rollout, in order."""
        unknown = [
            index
            for index, rollout in enumerate(rollouts)
            if rollout.task.kind == "throughput" and _known_throughput(rollout) is None
        ]
        measured: dict[int, tuple[float, str | None]] = {}
        for first in range(0, len(unknown), self.settings.chunk):
            self.progress(f"simulating {name}", first, len(unknown))
            chunk = unknown[first : first + self.settings.chunk]
            results = self.measure([rollouts[index].final for index in chunk])
            for index, result in zip(chunk, results, strict=True):
                measured[index] = (0.0 if result.error else result.throughput, result.error)
        self.progress(f"simulating {name}", len(unknown), len(unknown))
        return [self._outcome(rollout, measured.get(index)) for index, rollout in enumerate(rollouts)]

    def _outcome(self, rollout: Rollout, measured: tuple[float, str | None] | None) -> TaskOutcome:
        if rollout.task.kind == "structural":
            return TaskOutcome(rollout, rollout.exact, None)
        end, error = measured or (_known_throughput(rollout) or 0.0, None)
        reference = rollout.task.throughput_reference
        restored = error is None and end >= self.settings.success_share * reference
        return TaskOutcome(rollout, restored, end, error)


def _play(
    policy: Policy | TaskPolicy, tasks: Sequence[MissingEntityTask], seed: int, name: str, progress: Progress
) -> Iterable[Rollout]:
    progress(f"playing {name}", 0, len(tasks))
    for done, rollout in enumerate(play(policy, tasks, seed, name), start=1):
        progress(f"playing {name}", done, len(tasks))
        yield rollout


def evaluate(
    policy: Policy | TaskPolicy,
    tasks: Sequence[MissingEntityTask],
    settings: EvaluationSettings | None = None,
    rng: np.random.Generator | None = None,
    *,
    name: str = "policy",
    baselines: Mapping[str, Policy | TaskPolicy] | None = None,
    gates: Sequence[Gate] = (),
    about: Mapping[str, Any] | None = None,
    measure: Measure | None = None,
    progress: Progress = _ignore_progress,
) -> EvaluationReport:
    """Score a policy, and baselines beside it, on the same tasks.

    The same generator state, tasks and settings give the same report, whatever the chunk size and the thread count.
    What a policy draws in a task depends on its name and the task's id only, so tasks can be added or left out.

    Args:
        policy: to be scored.
        tasks: at least one; their `throughput_reference` must have been measured with the ticks of `settings`.
        settings: defaults of EvaluationSettings when None.
        rng: one number is drawn from it, which seeds every stream; None: seed 0.
        name: of the policy in the report.
        baselines: by name.
        gates: checked against the tasks before any work, judged on the policy.
        about: where policy and tasks came from; goes into the report untouched.
        measure: the simulator; the tick simulator when None.
        progress: called along the way.

    Raises:
        DatasetError: there are no tasks.
        UsageError: a gate asks for a figure that these tasks do not have.
    """
    if not tasks:
        raise DatasetError("there are no tasks to evaluate on; expected at least one")
    check_gates(gates, tasks)
    settings = settings or EvaluationSettings()
    seed = int((rng or np.random.default_rng(0)).integers(2**32))
    scorer = _Scorer(settings, measure or simulator(settings), progress)

    def scored(who: str, actor: Policy | TaskPolicy) -> PolicyScore:
        rollouts = list(_play(actor, tasks, seed, who, progress))
        return score(who, scorer.outcomes(who, rollouts), seed, settings.resamples)

    found = scored(name, policy)
    beside = tuple(scored(who, actor) for who, actor in (baselines or {}).items())
    return EvaluationReport(found, beside, settings, seed, about or {}, judge(gates, found))
