"""Gates: thresholds that decide the exit code, as `METRIC=VALUE` or `METRIC/SLICE=VALUE`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from factorion_cli.errors import UsageError
from factorion_cli.evaluation.intervals import Estimate
from factorion_cli.evaluation.scores import GATE_METRICS, THROUGHPUT_METRICS, PolicyScore
from factorion_cli.evaluation.slices import ALL, slices_of, sorted_slices
from factorion_cli.tasks.task import MissingEntityTask


@dataclass(frozen=True, slots=True)
class Gate:
    """The least value that a metric of a slice may have."""

    metric: str
    slice_name: str
    minimum: float

    @property
    def name(self) -> str:
        """As it is written on the command line: success, success/level-3."""
        return self.metric if self.slice_name == ALL else f"{self.metric}/{self.slice_name}"


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate, what was measured and whether that is enough (the estimate counts, not its interval)."""

    gate: Gate
    measured: Estimate

    @property
    def passed(self) -> bool:
        """Whether the measured value reaches the minimum."""
        return self.measured.value >= self.gate.minimum

    @property
    def message(self) -> str:
        """One line: figure, interval, threshold."""
        found = self.measured
        relation = "reaches" if self.passed else "is below"
        return (
            f"{self.gate.name} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}] (n={found.n}) "
            f"{relation} {self.gate.minimum:g}"
        )

    def to_json(self) -> dict[str, Any]:
        """The object of this gate in JSON reports."""
        return {
            "name": self.gate.name,
            "minimum": self.gate.minimum,
            "measured": self.measured.to_json(),
            "passed": self.passed,
        }


def parse_gate(text: str) -> Gate:
    """A gate from `METRIC[/SLICE]=VALUE`; raises UsageError that lists what there is.

    >>> parse_gate("success/level-3=0.7")
    Gate(metric='success', slice_name='level-3', minimum=0.7)
    """
    name, equals, number = text.partition("=")
    metric, _, slice_name = name.strip().partition("/")
    if not equals:
        raise UsageError(f"--min {text!r} has no value: expected METRIC=VALUE, such as success=0.8")
    if metric not in GATE_METRICS:
        raise UsageError(f"--min {text!r}: no metric is called {metric!r}, expected one of {', '.join(GATE_METRICS)}")
    try:
        minimum = float(number)
    except ValueError:
        minimum = math.nan
    if not math.isfinite(minimum):
        raise UsageError(f"--min {text!r}: {number!r} is no number, expected one such as 0.8")
    return Gate(metric, slice_name or ALL, minimum)


def check_gates(gates: Sequence[Gate], tasks: Sequence[MissingEntityTask]) -> None:
    """Raise UsageError for a gate that these tasks cannot answer, before any work is done."""
    known = {name for task in tasks for name in slices_of(task)}
    with_throughput = {name for task in tasks if task.kind == "throughput" for name in slices_of(task)}
    for gate in gates:
        if gate.slice_name not in known:
            raise UsageError(
                f"--min {gate.name}: no task is in a slice called {gate.slice_name!r}; "
                f"these tasks have {', '.join(sorted_slices(known))}"
            )
        if gate.metric in THROUGHPUT_METRICS and gate.slice_name not in with_throughput:
            raise UsageError(f"--min {gate.name}: these tasks are structural, expected success or exact_match")


def judge(gates: Sequence[Gate], score: PolicyScore) -> tuple[GateResult, ...]:
    """The result of every gate, in order; raises UsageError for a figure that the score does not have."""
    results = []
    for gate in gates:
        measured = score.estimate(gate.metric, gate.slice_name)
        if measured is None:
            raise UsageError(f"--min {gate.name}: {score.name} has no such figure on these tasks")
        results.append(GateResult(gate, measured))
    return tuple(results)
