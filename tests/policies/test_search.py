from dataclasses import replace

import numpy as np
import pytest
import torch

from factorion_cli.environments import builtin_tasks
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import observe
from factorion_cli.errors import UsageError
from factorion_cli.evaluation import EvaluationSettings, evaluate
from factorion_cli.policies.acting import judge
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.policies.nodes import Node
from factorion_cli.policies.proposals import ILLEGAL, propose
from factorion_cli.policies.search import SearchPolicy
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.markers import TASK_KEY
from tests.evaluation.small_tasks import small_tasks, structural
from tests.tasks.marker_lines import line_task

FEW = EvaluationSettings(resamples=20)


def rngs(count):
    return [np.random.default_rng([7, number]) for number in range(count)]


def test_one_sample_is_what_the_policy_does_without_a_search(small_network):
    tasks = builtin_tasks()
    plain = evaluate(NetworkPolicy(small_network), tasks, FEW).policy
    searched = evaluate(SearchPolicy(small_network, samples=1), tasks, FEW).policy
    assert [o.rollout.placed for o in searched.outcomes] == [o.rollout.placed for o in plain.outcomes]


@pytest.mark.parametrize("effort", [{"samples": 64}, {"beam": 64}])
def test_a_search_solves_what_a_guess_does_not(small_network, effort):
    tasks = builtin_tasks()[:3]
    plain = evaluate(NetworkPolicy(small_network), tasks, FEW).policy.estimate("normalised_throughput").value
    searched = (
        evaluate(SearchPolicy(small_network, **effort), tasks, FEW).policy.estimate("normalised_throughput").value
    )
    assert searched > plain


@pytest.mark.parametrize("effort", [{"samples": 5}, {"beam": 3}])
def test_a_plan_does_not_depend_on_the_tasks_around_it(small_network, effort):
    tasks = small_tasks()
    policy = SearchPolicy(small_network, **effort)
    whole = policy.plans(tasks, rngs(5))
    assert [policy.plans([task], [rng])[0] for task, rng in zip(tasks, rngs(5), strict=True)] == whole
    assert [len(plan) for plan in whole] == [1, 1, 2, 1, 1]


def test_the_simulator_chooses_and_the_first_of_equals_is_kept(small_network):
    asked = []

    def measure(factories):
        asked.extend(factories)
        return [SimulationResult(factory.id, {"K0": {"iron-plate": 1.0}}) for factory in factories]

    (task,) = small_tasks()[:1]
    (greedy,) = SearchPolicy(small_network, samples=1).plans([task], rngs(1))
    (plan,) = SearchPolicy(small_network, samples=20, measure=measure).plans([task], rngs(1))
    assert plan == greedy
    assert len(asked) == len({factory.entities for factory in asked}) > 5


def test_structural_tasks_are_not_measured(small_network):
    def refuse(factories):
        raise AssertionError("nothing flows in them")

    task = structural(small_tasks()[2], "structural")
    (plan,) = SearchPolicy(small_network, beam=4, measure=refuse).plans([task], rngs(1))
    assert len(plan) == 2


def test_proposals_are_legal_and_as_probable_as_they_say(small_network):
    task = small_tasks()[3]
    seen = observe(task.start, task.hand, window=(8, 8))
    grids, hands = seen["grid"][None], seen["hand"][None]
    (actions,), (logarithms,) = propose(small_network, grids, hands, 40)
    assert (logarithms > ILLEGAL).all()
    assert (np.diff(logarithms) <= 0).all()
    masks = ActionMasks(task.start, task.hand, (8, 8))
    assert all(masks.tile(row[0])[row[1]] and masks.direction(row[0], row[1])[row[2]] for row in actions)
    every = torch.from_numpy(grids).expand(40, -1, -1, -1), torch.from_numpy(hands).expand(40, -1)
    with torch.inference_mode():
        judged = judge(small_network, *every, torch.from_numpy(actions)).log_probability
    np.testing.assert_allclose(judged.numpy(), logarithms, atol=1e-4)


def test_a_search_is_of_one_kind(small_network):
    with pytest.raises(UsageError, match="not 4 samples and a beam of 2"):
        SearchPolicy(small_network, samples=4, beam=2)


@pytest.mark.parametrize("effort", [{"samples": 60}, {"beam": 60}])
def test_with_free_choice_a_way_ends_as_soon_as_every_sink_gets_what_it_wants(small_network, effort):
    task = to_build(line_task("line", width=3, metadata={TASK_KEY: {"allowed": ["transport-belt"]}}))
    (found,) = SearchPolicy(small_network, **effort).search([task], rngs(1))
    assert found.throughput > 0
    assert found.first_throughput == 0
    (outcome,) = evaluate(SearchPolicy(small_network, **effort), [task], FEW).policy.outcomes
    assert outcome.success
    assert outcome.rollout.ending == "working"


def test_a_state_that_works_is_never_ruled_out():
    task = small_tasks()[0]
    assert Node.start(0, replace(task, missing=())).may_work()
    assert not Node.start(0, replace(task, missing=(4, 5))).may_work()
    arms = replace(builtin_tasks()[3], missing=())
    assert Node.start(0, arms).may_work()
