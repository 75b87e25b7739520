"""Rollouts -> metrics -> gates -> reports: how good a policy is, and beside what."""

from factorion_cli.evaluation.evaluate import evaluate
from factorion_cli.evaluation.gates import Gate, GateResult, parse_gate
from factorion_cli.evaluation.intervals import Estimate, clustered_mean, wilson
from factorion_cli.evaluation.outcome import Rollout, TaskOutcome
from factorion_cli.evaluation.report import EvaluationReport, EvaluationSettings
from factorion_cli.evaluation.scores import PolicyScore, SliceScore
from factorion_cli.evaluation.slices import slices_of

__all__ = [
    "Estimate",
    "EvaluationReport",
    "EvaluationSettings",
    "Gate",
    "GateResult",
    "PolicyScore",
    "Rollout",
    "SliceScore",
    "TaskOutcome",
    "clustered_mean",
    "evaluate",
    "parse_gate",
    "slices_of",
    "wilson",
]
