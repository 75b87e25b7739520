"""The result of an evaluation: settings, the policy's scores and those of the baselines on the same tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from factorion_cli import __version__
from factorion_cli.environments.reward import SUCCESS_SHARE
from factorion_cli.errors import UsageError
from factorion_cli.evaluation.gates import GateResult
from factorion_cli.evaluation.intervals import DEFAULT_RESAMPLES
from factorion_cli.evaluation.scores import PolicyScore
from factorion_cli.evaluation.slices import slices_of
from factorion_cli.tasks.settings import MiningSettings

SCHEMA_VERSION = 2
"""Version of the JSON form, raised when a key changes its meaning or goes away (docs/eval.md)."""


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What decides the figures, apart from the policy, the tasks and the seed.

    Attributes:
        warmup_ticks: ticks simulated before measuring; the same as the dataset's, or the figures do not compare.
        measure_ticks: ticks measured.
        success_share: throughput / the reference's from which a task counts as solved.
        resamples: of the bootstrap.
    """

    warmup_ticks: int = 1800
    measure_ticks: int = 1800
    success_share: float = SUCCESS_SHARE
    resamples: int = DEFAULT_RESAMPLES

    @classmethod
    def fitting(cls, dataset: Mapping[str, Any]) -> EvaluationSettings:
        """Those that compare with references measured with the settings of a dataset."""
        mining = MiningSettings()
        return cls(
            warmup_ticks=dataset.get("warmup_ticks", mining.warmup_ticks),
            measure_ticks=dataset.get("measure_ticks", mining.measure_ticks),
        )

    def __post_init__(self) -> None:
        least = {"warmup_ticks": 0, "measure_ticks": 1, "resamples": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise UsageError(f"{name} is {getattr(self, name)}, expected at least {minimum}")
        if not 0 < self.success_share <= 1:
            raise UsageError(f"success_share is {self.success_share}, expected more than 0 and at most 1")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Scores of a policy beside the baselines, on one list of tasks.

    Attributes:
        policy: scores of the policy under test.
        baselines: scores of each baseline on the same tasks, in the order given.
        settings: what decided the figures.
        stream_seed: number drawn from the generator, which every random stream was derived from.
        about: where policy and tasks came from, for the reader: path, split, fingerprint, backend and so on.
        gates: results of the gates, if there were any.
        left_out: why tasks could not be built by the backend, by id; no policy was scored on them.
    """

    policy: PolicyScore
    baselines: tuple[PolicyScore, ...]
    settings: EvaluationSettings
    stream_seed: int
    about: Mapping[str, Any] = field(default_factory=dict)
    gates: tuple[GateResult, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether no gate failed."""
        return all(gate.passed for gate in self.gates)

    def columns(self) -> Iterator[PolicyScore]:
        """The policy, then the baselines: what tables show from left to right."""
        yield self.policy
        yield from self.baselines

    def to_json(self, tasks: bool = True) -> dict[str, Any]:
        """The JSON form (docs/eval.md); `tasks` says whether each task of the policy gets its object."""
        result: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "tool_version": __version__,
            "about": dict(self.about),
            "settings": asdict(self.settings),
            "stream_seed": self.stream_seed,
            "passed": self.passed,
            "gates": [gate.to_json() for gate in self.gates],
            "scores": {score.name: {part.name: part.to_json() for part in score.slices} for score in self.columns()},
            "policy": self.policy.name,
            "left_out": dict(self.left_out),
        }
        if tasks:
            result["tasks"] = [outcome.to_json(slices_of(outcome.task)) for outcome in self.policy.outcomes]
        return result


def write_text(path: Path, text: str) -> None:
    """Write a report file whole or not at all; raises UsageError when its folder cannot be written."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error}") from error


def dump_json(report: EvaluationReport, tasks: bool = True) -> str:
    """The JSON form as text, ending in a newline."""
    return json.dumps(report.to_json(tasks), indent=1) + "\n"


def headline_slices(report: EvaluationReport) -> Sequence[str]:
    """Names of the policy's slices that say more than "all" does: a slice that holds every task is left out."""
    whole = report.policy.slice().tasks
    return [part.name for part in report.policy.slices if part.name == "all" or part.tasks < whole]
