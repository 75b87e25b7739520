import pytest

from factorion_cli.errors import DataError, UsageError
from factorion_cli.runs import find_runs, read_run


def test_a_whole_run_has_no_problems(make_run):
    run = read_run(make_run())
    assert run.problems == ()
    assert run.name == "first"
    assert run.settings == {"lr": 0.001, "seed": 0, "network.channels": 64}
    assert len(run.rows) == 11
    assert (run.best.update, run.last.minutes) == (10, 2.0)
    assert run.standing.state == "finished"


def test_runs_are_found_in_folders_and_folders_in_them(make_run, tmp_path):
    make_run("first")
    make_run("tries/second")
    assert [run.name for run in find_runs(tmp_path / "runs")] == ["first", "second"]
    assert [run.name for run in find_runs(tmp_path / "runs" / "first")] == ["first"]
    with pytest.raises(UsageError, match="there is no folder"):
        find_runs(tmp_path / "nowhere")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(DataError, match="is no run"):
        read_run(tmp_path)


def _cut(folder):
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 11, "tra')


def _half_settings(folder):
    (folder / "config.json").write_text('{"lr": 0.0')


def _no_weights(folder):
    (folder / "checkpoints" / "00000010" / "policy" / "model.safetensors").unlink()


def _lost_link(folder):
    (folder / "best").write_text("checkpoints/00000020\n")


def _diverged(folder):
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 11, "train/loss": NaN}\n{"step": 12, "train/loss": Infinity}\n')


def _failed(folder):
    (folder / "status.json").write_text('{"state": "failed", "error": "ValueError: no grid"}')


def _killed(folder):
    (folder / "status.json").write_text('{"state": "running", "started": "2026-01-01T00:00:00+00:00"}')


@pytest.mark.parametrize(
    ("broken_by", "problem"),
    [
        (_cut, "metrics.jsonl: 1 of 12 lines cannot be read, the first is line 12"),
        (_half_settings, "config.json cannot be read"),
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("[1]"), "config.json holds a list"),
        (lambda folder: (folder / "run.json").unlink(), "run.json is missing"),
        (lambda folder: (folder / "metrics.jsonl").unlink(), "metrics.jsonl is missing"),
        (lambda folder: (folder / "status.json").write_text("{"), "status.json cannot be read"),
        (lambda folder: (folder / "last").unlink(), "it has no last checkpoint"),
        (_lost_link, "best names checkpoints/00000020, which is not there"),
        (_no_weights, "its last checkpoint, lacks policy/model.safetensors"),
        (_diverged, "train/loss is no number from step 11 on"),
        (_failed, "it failed: ValueError: no grid"),
        (_killed, "its process is gone; --resume goes on from checkpoints/00000010"),
    ],
)
def test_a_broken_run_says_what_is_wrong_with_it_and_keeps_the_rest(make_run, broken_by, problem):
    folder = make_run()
    broken_by(folder)
    run = read_run(folder)
    assert any(problem in said for said in run.problems)
    assert run.rows or not (folder / "metrics.jsonl").exists()
