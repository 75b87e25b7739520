import sys

import pytest

from factorion_cli.errors import UsageError
from factorion_cli.tracking import MetricsWriter
from factorion_cli.tracking.weights_and_biases import check_wandb


def test_where_it_is_not_installed_the_message_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"factorion-cli\[tracking\]"):
        check_wandb()


@pytest.mark.filterwarnings("default")
def test_metrics_go_to_an_offline_run_which_a_resumed_run_takes_up_again(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    run = tmp_path / "first"
    run.mkdir()
    for step in (0, 1):
        with MetricsWriter(run, step, project="tests", settings={"seed": 3}) as metrics:
            metrics.write(step + 1, {"train/loss": 1.5})
    (run_id,) = (run / "wandb" / "run-id").read_text().split()
    sessions = sorted((run / "wandb").glob("offline-run-*"))
    assert sessions
    assert all(session.name.endswith(run_id) for session in sessions)
    written = b"".join(path.read_bytes() for session in sessions for path in session.glob("*.wandb"))
    assert b"train/loss" in written
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 2
