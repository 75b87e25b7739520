from itertools import count

import pytest

from factorion_cli.runs import read_run
from factorion_cli.runs.diagnosis import diagnose
from factorion_cli.runs.summary import summarise
from tests.runs.folders import SHARES


def _series(metric, values, first=0, every=10):
    return [{"step": first + every * place, metric: value} for place, value in enumerate(values)]


@pytest.fixture
def findings(make_run):
    numbers = count()

    def find(*rows, **settings):
        run = read_run(make_run(str(next(numbers)), *rows, **settings))
        return diagnose(run, summarise(run))

    return find


def test_a_run_that_goes_well_is_left_alone(findings):
    rows = _series("validation/success", [0.2, 0.5, 0.6, 0.7, 0.72]) + _series("train/loss", [3, 2, 1, 0.8, 0.7])
    rows += [*_series("validation/loss", [2, 1.5, 1.2, 1.1, 1.11]), {"step": 1, **SHARES, "time/seconds": 100.0}]
    rows += _series("losses/explained_variance", [0.5] * 30)
    rows += [{"step": 41, "actions/valid": 1.9, "actions/invalid": 0.1}]
    # Two minutes of wall clock, so that no part of it is dear.
    assert findings(*rows) == []


def test_success_that_no_longer_rises(findings):
    (said,) = findings(*_series("validation/success", [0.2, 0.8, 0.79, 0.75, 0.8, 0.78], first=10))
    assert said.startswith("validation/success has not risen above the 0.800 of step 20 in the 40 steps since")
    assert not findings(*_series("validation/success", [0.2, 0.8, 0.7], first=10))


def test_a_clone_that_falls_apart(findings):
    (said,) = findings(*_series("validation/success", [0.7, 0.71, 0.5, 0.2]))
    assert said.startswith("validation/success fell from 0.700, where it started, to 0.200")
    assert not findings(*_series("validation/success", [0.70, 0.71, 0.72, 0.68]))


def test_learning_by_heart(findings):
    trained = _series("train/loss", [3, 2, 1.5, 1.0, 0.5, 0.3])
    (said,) = findings(*trained, *_series("validation/loss", [2, 1.0, 1.2, 1.4, 1.6, 1.8]))
    assert "validation/loss rose from 1 at step 10 to 1.8 while train/loss fell" in said
    # Where both rise, nothing is learnt by heart.
    risen = _series("train/loss", [3, 2, 2.5, 3.0, 3.5, 3.9])
    assert not findings(*risen, *_series("validation/loss", [2, 1.0, 1.2, 1.4, 1.6, 1.8]))


def test_a_critic_that_foresees_nothing(findings):
    (said,) = findings(*_series("losses/explained_variance", [-0.5] * 30))
    assert said.startswith("the critic foresees 0 %")
    assert not findings(*_series("losses/explained_variance", [-0.5] * 15))
    assert not findings(*_series("losses/explained_variance", [-0.5] * 10 + [0.4] * 10))


def test_actions_that_are_refused(findings):
    (said,) = findings({"step": 1, "actions/valid": 1.0, "actions/invalid": 1.0})
    assert said.startswith("50 % of the last actions were refused")


def test_time_that_goes_elsewhere(findings):
    dear = {"time/data": 0.0, "time/environment": 0.6, "time/forward": 0.2, "time/backward": 0.2, "time/other": 0.0}
    said = findings({"step": 1, **dear, "time/seconds": 60.0}, {"step": 2, "time/validation_seconds": 60.0})
    assert [one.split(":")[0] for one in said] == ["50 % of the time goes into validation"]
    (said,) = findings({"step": 1, **dear, "time/seconds": 120.0})
    assert said.startswith("60 % of the time goes into environment")
