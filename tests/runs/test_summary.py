import json

import pytest

from factorion_cli.runs import read_run
from factorion_cli.runs.summary import curve, metrics_to_draw, settings_that_differ, summarise


def test_the_best_checkpoint_has_the_scores_of_its_step(make_run):
    rows = [
        {"step": 5, "validation/success": 0.9},
        {"step": 10, "train/loss": 1.0},
        {"step": 10, "validation/success": 0.75},
    ]
    summary = summarise(read_run(make_run("first", *rows)))
    assert summary.best == {"validation/success": 0.75}
    assert summary.headline == ("validation/success", 0.75)
    assert (summary.made_by, summary.updates, summary.step) == ("train-bc", 10, 10)


def test_where_a_policy_acts_steps_are_actions(make_run):
    rows = [{"step": 320, "validation/normalised_throughput": 0.5}, {"step": 352, "charts/SPS": 3.0}]
    folder = make_run("first", *rows, total_timesteps=1000)
    state = {"step": 10, "minutes": 2.0, "best": 0.5, "more": {"logged_step": 320}}
    (folder / "checkpoints" / "00000010" / "training_state" / "state.json").write_text(json.dumps(state))
    summary = summarise(read_run(folder))
    assert summary.made_by == "train-ppo"
    assert summary.best == {"validation/normalised_throughput": 0.5}
    assert (summary.updates, summary.step) == (10, 352)


def test_shares_of_the_wall_clock_add_up(make_run):
    # Two minutes: 60 s of updates, 30 s of validation, and 30 s that no line accounts for.
    shares = summarise(read_run(make_run())).time_shares
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["data"] == pytest.approx(12 / 120)
    assert shares["backward"] == pytest.approx(24 / 120)
    assert shares["validation"] == pytest.approx(30 / 120)
    assert shares["other"] == pytest.approx((6 + 30) / 120)


def test_a_run_without_times_has_no_shares(make_run):
    assert summarise(read_run(make_run("first", {"step": 1, "train/loss": 1.0}))).time_shares == {}


def test_settings_that_differ(make_run):
    runs = [read_run(make_run("one", lr=0.1)), read_run(make_run("two", lr=0.2, ema=0.9))]
    assert settings_that_differ(runs) == {"ema": [None, 0.9], "lr": [0.1, 0.2]}


def test_curves_leave_out_lines_without_the_metric(make_run):
    run = read_run(make_run())
    assert curve(run, "train/loss").steps == tuple(range(1, 11))
    assert curve(run, "validation/success").values == (0.75,)
    assert curve(run, "nothing").steps == ()
    assert metrics_to_draw([run], 3) == ["train/loss"]
