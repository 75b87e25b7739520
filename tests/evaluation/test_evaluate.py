from dataclasses import dataclass, replace

import numpy as np
import pytest

from factorion_cli.environments.action import DONE, Action, action_for
from factorion_cli.environments.backend import SimulatorBackend
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.evaluation import EvaluationSettings, evaluate
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy, RandomPolicy
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.building import freed, to_build
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.solutions import Solution, solved_tasks
from factorion_cli.tasks.task import Provenance
from tests.evaluation.small_tasks import LINE_RATE, gears, line, measure, small_tasks, structural, task
from tests.tasks.marker_lines import line_task, straight

FEW = EvaluationSettings(resamples=50)


@dataclass
class Scripted:
    """Plays a fixed list of actions, then done."""

    actions: list[Action]

    def act(self, observation, masks, rng):
        return self.actions.pop(0) if self.actions else DONE


def placing(entity, **changes):
    return action_for(replace(entity, **changes), default_vocabulary())


def run(policy, tasks, **arguments):
    return evaluate(policy, tasks, FEW, np.random.default_rng(0), backend=SimulatorBackend(measure), **arguments)


def test_the_oracle_solves_everything_and_noop_nothing():
    report = run(OraclePolicy(), small_tasks(), baselines={"noop": NoopPolicy()})
    for metric in ("success", "exact_match", "normalised_throughput", "improvement"):
        assert report.policy.estimate(metric).value == 1.0
        assert report.baselines[0].estimate(metric).value == 0.0
    assert report.policy.estimate("steps", "level-4").value == 2.0
    assert report.policy.estimate("invalid_actions").value == 0.0


def test_factories_that_are_known_are_not_simulated_again():
    def refuse(factories):
        raise AssertionError("the reference and the start were measured with the dataset")

    report = evaluate(
        OraclePolicy(), small_tasks(), FEW, backend=SimulatorBackend(refuse), baselines={"noop": NoopPolicy()}
    )
    assert report.policy.estimate("success").value == 1.0


def test_every_slice_is_scored_over_its_own_tasks():
    score = run(OraclePolicy(), small_tasks()).policy
    assert {part.name: part.tasks for part in score.slices} == {
        "all": 5,
        "kind-throughput": 5,
        "level-3": 4,
        "level-4": 1,
        "n-2": 1,
        "category-belts": 3,
        "category-production": 2,
        "missing-belt": 3,
        "missing-inserter": 1,
        "missing-machine": 1,
        "belt-in-line": 2,
    }
    assert (score.slice().families, score.slice("belt-in-line").families) == (3, 2)


def test_the_right_tile_facing_wrong_counts_half_the_throughput_and_is_no_success():
    wanted = small_tasks()[0]
    report = run(Scripted([placing(wanted.removed[0], direction=8)]), [wanted])
    (outcome,) = report.policy.outcomes
    assert (outcome.success, outcome.rollout.exact) == (False, False)
    assert (outcome.throughput_end, outcome.normalised_throughput) == (LINE_RATE / 2, 0.5)
    assert outcome.rollout.ending == "hand-empty"


def test_another_factory_with_the_throughput_restored_is_a_success_without_exact_match():
    def generous(factories):
        return [SimulationResult(factory.id, {"K0": {"iron-plate": 0.995 * LINE_RATE}}) for factory in factories]

    wanted = small_tasks()[0]
    report = evaluate(Scripted([placing(wanted.removed[0], y=0)]), [wanted], FEW, backend=SimulatorBackend(generous))
    (outcome,) = report.policy.outcomes
    assert (outcome.success, outcome.rollout.exact) == (True, False)


def test_a_factory_that_cannot_be_simulated_counts_as_no_throughput_and_says_why():
    def broken(factories):
        return [SimulationResult(factory.id, error="two sources on one tile") for factory in factories]

    wanted = small_tasks()[0]
    report = evaluate(Scripted([placing(wanted.removed[0], y=0)]), [wanted], FEW, backend=SimulatorBackend(broken))
    (outcome,) = report.policy.outcomes
    assert (outcome.success, outcome.throughput_end, outcome.error) == (False, 0.0, "two sources on one tile")


def test_invalid_actions_are_counted_and_end_at_the_step_limit():
    wanted = small_tasks()[0]
    taken = placing(wanted.removed[0], x=1)
    report = run(Scripted([taken] * 10), [wanted])
    (outcome,) = report.policy.outcomes
    assert outcome.rollout.invalid_actions == outcome.rollout.steps == 4
    assert outcome.rollout.ending == "step-limit"
    assert outcome.throughput_end == 0.0


def test_structural_tasks_are_scored_by_exact_match_and_have_no_throughput():
    tasks = [structural(found, f"{found.id}-structural") for found in small_tasks()]
    report = run(OraclePolicy(), tasks, baselines={"noop": NoopPolicy()})
    assert report.policy.estimate("success").value == 1.0
    assert report.baselines[0].estimate("success").value == 0.0
    assert report.policy.estimate("normalised_throughput") is None


def test_two_alike_entities_put_back_in_any_order_are_exact():
    wanted = small_tasks()[2]
    report = run(Scripted([placing(entity) for entity in reversed(wanted.removed)]), [wanted])
    assert report.policy.outcomes[0].rollout.exact
    assert report.policy.outcomes[0].success


def test_the_report_depends_on_the_seed():
    tasks = small_tasks()

    def report(seed):
        rng = np.random.default_rng(seed)
        return evaluate(RandomPolicy(), tasks, FEW, rng, backend=SimulatorBackend(measure)).to_json()

    assert report(1) == report(1)
    assert report(1) != report(2)


def test_what_a_policy_does_in_a_task_does_not_depend_on_the_tasks_around_it():
    tasks = small_tasks()
    whole = run(RandomPolicy(), tasks).policy.outcomes
    assert run(RandomPolicy(), tasks[3:4]).policy.outcomes[0].rollout.placed == whole[3].rollout.placed
    assert run(RandomPolicy(), tasks[::-1]).policy.outcomes[1].rollout.placed == whole[3].rollout.placed


def test_progress_is_told_to_the_end():
    told = {}
    run(
        RandomPolicy(),
        small_tasks(),
        name="random",
        progress=lambda what, done, total: told.update({what: (done, total)}),
    )
    assert told == {"scoring random": (5, 5)}


def test_no_tasks_is_an_error():
    with pytest.raises(DatasetError, match="no tasks"):
        evaluate(NoopPolicy(), [], backend=SimulatorBackend(measure))


@pytest.mark.parametrize(("name", "value"), [("resamples", 0), ("measure_ticks", 0), ("success_share", 1.5)])
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(UsageError, match=name):
        EvaluationSettings(**{name: value})


def test_throughput_is_restored_by_the_real_simulator():
    pytest.importorskip("numba")
    tasks = [task(line(), (2,), LINE_RATE, "belt"), task(gears(), (5,), 0.8, "arm", "production")]
    spare = [placing(tasks[0].removed[0], y=0)]
    report = evaluate(OraclePolicy(), tasks, FEW)
    assert report.policy.estimate("success").value == 1.0
    apart = evaluate(Scripted(spare), tasks[:1], FEW)
    assert (apart.policy.outcomes[0].throughput_end, apart.policy.outcomes[0].error) == (0.0, None)


def test_what_is_built_freely_is_solved_when_it_delivers():
    marker = line_task("line", width=6)
    (solved,) = solved_tasks([Solution(marker, straight(marker))], MiningSettings(), Provenance("tests"))
    report = evaluate(OraclePolicy(), [freed(solved), to_build(marker)], baselines={"noop": NoopPolicy()})
    assert [outcome.success for outcome in report.policy.outcomes] == [True, False]
    assert [outcome.rollout.ending for outcome in report.policy.outcomes] == ["working", "done"]
    assert report.baselines[0].estimate("success").value == 0.0
