import numpy as np
import pytest

from factorion_cli.environments.backend import SimulatorBackend
from factorion_cli.errors import UsageError
from factorion_cli.evaluation import EvaluationSettings, Gate, evaluate, parse_gate
from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy
from tests.evaluation.small_tasks import measure, small_tasks, structural

FEW = EvaluationSettings(resamples=50)


def test_a_gate_is_a_metric_with_or_without_a_slice():
    assert parse_gate("success=0.8") == Gate("success", "all", 0.8)
    assert parse_gate("normalised_throughput/belt-in-line=1") == Gate("normalised_throughput", "belt-in-line", 1.0)
    assert parse_gate("success/level-3=0.7").name == "success/level-3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("success", "has no value"),
        ("sucess=0.8", "expected one of success, exact_match, normalised_throughput, improvement"),
        ("success=high", "'high' is no number"),
        ("success=nan", "'nan' is no number"),
        ("steps=3", "no metric is called 'steps'"),
    ],
)
def test_a_malformed_gate_says_what_was_expected(text, problem):
    with pytest.raises(UsageError, match=problem):
        parse_gate(text)


def test_gates_pass_at_their_threshold_and_fail_below():
    gates = [parse_gate("success=1.0"), parse_gate("exact_match/belt-in-line=0.5")]
    passed = evaluate(OraclePolicy(), small_tasks(), FEW, gates=gates, backend=SimulatorBackend(measure))
    failed = evaluate(NoopPolicy(), small_tasks(), FEW, gates=gates, backend=SimulatorBackend(measure))
    assert passed.passed
    assert not failed.passed
    assert failed.gates[1].message == "exact_match/belt-in-line 0.000 [0.000, 0.658] (n=2) is below 0.5"


def test_a_slice_without_tasks_is_refused_before_anything_is_played():
    class Untouched:
        def act(self, observation, masks, rng):
            raise AssertionError("played before the gates were checked")

    with pytest.raises(UsageError, match="'missing-pole'; these tasks have all, kind-throughput, level-3"):
        evaluate(
            Untouched(), small_tasks(), FEW, np.random.default_rng(0), gates=[parse_gate("success/missing-pole=0.5")]
        )


def test_structural_tasks_have_no_throughput_to_gate_on():
    tasks = [structural(small_tasks()[0], "one")]
    with pytest.raises(UsageError, match="structural"):
        evaluate(OraclePolicy(), tasks, FEW, gates=[parse_gate("normalised_throughput=0.5")])
