"""A policy, a list of tasks -> the report: play, simulate what came out, score, beside the baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from factorion_cli.environments.backend import Backend, SimulatorBackend, simulator, watched
from factorion_cli.environments.reward import is_solved
from factorion_cli.errors import DatasetError, UnbuildableError
from factorion_cli.evaluation.gates import Gate, check_gates, judge
from factorion_cli.evaluation.outcome import Rollout, TaskOutcome
from factorion_cli.evaluation.report import EvaluationReport, EvaluationSettings
from factorion_cli.evaluation.rollouts import AnyPolicy, play
from factorion_cli.evaluation.scores import PolicyScore, score
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.task import MissingEntityTask

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def _ignore_progress(what: str, done: int, total: int) -> None:  # noqa: ARG001
    return


class _Scorer:
    """Plays and scores policies on tasks; final factories are measured and given up before the next tasks begin."""

    def __init__(self, settings: EvaluationSettings, backend: Backend, seed: int, progress: Progress) -> None:
        self.settings, self.backend, self.seed, self.progress = settings, backend, seed, progress

    def outcomes(self, name: str, policy: AnyPolicy, tasks: Sequence[MissingEntityTask]) -> list[TaskOutcome]:
        """One outcome per task, in order."""
        outcomes: list[TaskOutcome] = []
        self.progress(f"scoring {name}", 0, len(tasks))
        for together in play(policy, tasks, self.seed, name, self.backend):
            outcomes += self._scored(together)
            self.progress(f"scoring {name}", len(outcomes), len(tasks))
        return outcomes

    def _scored(self, rollouts: Sequence[Rollout]) -> Iterator[TaskOutcome]:
        known = [self._known(rollout) for rollout in rollouts]
        measured = iter(
            self._measured([rollout for rollout, outcome in zip(rollouts, known, strict=True) if not outcome])
        )
        for rollout, outcome in zip(rollouts, known, strict=True):
            yield outcome or self._outcome(rollout, next(measured))
            self.backend.close(rollout.plot)

    def _known(self, rollout: Rollout) -> TaskOutcome | None:
        """The outcome where the final factory need not be measured: it was with the dataset, or does not matter.

        Entity order changes no result of the simulator, so the same entities in another order are the same factory.
        """
        task = rollout.task
        if task.kind == "structural":
            return TaskOutcome(rollout, rollout.exact, None)
        is_start, is_reference = not rollout.placed, Counter(rollout.placed) == Counter(task.removed)
        if not self.backend.is_reference or not (is_start or is_reference):
            return None
        throughput = task.throughput_start if is_start else task.throughput_reference
        solved = (
            throughput > 0 if task.allowed else throughput >= self.settings.success_share * task.throughput_reference
        )
        return TaskOutcome(rollout, solved, throughput)

    def _measured(self, rollouts: Sequence[Rollout]) -> list[SimulationResult]:
        """What the final factories deliver; those that were built freely have no reference to be as quick as."""
        apart = [self.backend.is_reference and bool(rollout.task.allowed) for rollout in rollouts]
        plots = [rollout.plot for rollout, alone in zip(rollouts, apart, strict=True) if not alone]
        together = iter(self.backend.measure(plots) if plots else ())
        return [
            watched(rollout.final) if alone else next(together) for rollout, alone in zip(rollouts, apart, strict=True)
        ]

    def _outcome(self, rollout: Rollout, result: SimulationResult) -> TaskOutcome:
        solved = is_solved(rollout.task, rollout.final, result, self.settings.success_share)
        return TaskOutcome(rollout, solved, 0.0 if result.error else result.throughput, result.error)


def _buildable(
    tasks: Sequence[MissingEntityTask], backend: Backend, progress: Progress
) -> tuple[list[MissingEntityTask], dict[str, str]]:
    """The tasks that can be built, references included, and why others cannot, by id."""
    found: list[MissingEntityTask] = []
    left_out: dict[str, str] = {}
    for done, task in enumerate(tasks, start=1):
        try:
            backend.close(backend.open(task.reference))
            found.append(task)
        except UnbuildableError as error:
            left_out[task.id] = "; ".join(error.reasons)
        progress("building", done, len(tasks))
    if not found:
        raise DatasetError(f"none of {len(tasks)} tasks can be built there; the first: {left_out[tasks[0].id]}")
    return found, left_out


def evaluate(
    policy: AnyPolicy,
    tasks: Sequence[MissingEntityTask],
    settings: EvaluationSettings | None = None,
    rng: np.random.Generator | None = None,
    *,
    name: str = "policy",
    baselines: Mapping[str, AnyPolicy] | None = None,
    gates: Sequence[Gate] = (),
    about: Mapping[str, Any] | None = None,
    backend: Backend | None = None,
    progress: Progress = _ignore_progress,
) -> EvaluationReport:
    """Score a policy, and baselines beside it, on the same tasks.

    The same generator state, tasks and settings give the same report, whatever the thread count.
    What a policy draws in a task depends on its name and the task's id only, so tasks can be added or left out.

    Args:
        policy: to be scored.
        tasks: at least one; their `throughput_reference` must have been measured with the ticks of `settings`.
        settings: defaults of EvaluationSettings when None.
        rng: one number is drawn from it, which seeds every stream; None: seed 0.
        name: of the policy in the report.
        baselines: by name.
        gates: checked against the tasks before any work, judged on the policy.
        about: where policy and tasks came from; goes into the report, with the backend's name.
        backend: where policies build and are measured; None: the tick simulator with the ticks of `settings`. What
            another one cannot build is left out, for every policy.
        progress: called along the way.

    Raises:
        DatasetError: there are no tasks, or none that the backend can build.
        UsageError: a gate asks for a figure that these tasks do not have.
    """
    if not tasks:
        raise DatasetError("there are no tasks to evaluate on; expected at least one")
    settings = settings or EvaluationSettings()
    backend = backend or SimulatorBackend(simulator(settings.warmup_ticks, settings.measure_ticks))
    left_out: dict[str, str] = {}
    if not backend.is_reference:
        tasks, left_out = _buildable(tasks, backend, progress)
    check_gates(gates, tasks)
    seed = int((rng or np.random.default_rng(0)).integers(2**32))
    scorer = _Scorer(settings, backend, seed, progress)

    def scored(who: str, actor: AnyPolicy) -> PolicyScore:
        return score(who, scorer.outcomes(who, actor, tasks), seed, settings.resamples)

    found = scored(name, policy)
    beside = tuple(scored(who, actor) for who, actor in (baselines or {}).items())
    about = {**(about or {}), "backend": backend.name}
    return EvaluationReport(found, beside, settings, seed, about, judge(gates, found), left_out)
