import subprocess
import sys

import pytest

from factorion_cli.errors import FactorionError, UsageError
from factorion_cli.tracking import MetricsWriter, standing


def test_a_run_says_that_it_goes_on_and_that_it_finished(tmp_path):
    assert standing(tmp_path).state == "unknown"
    with MetricsWriter(tmp_path):
        assert standing(tmp_path).state == "running"
    found = standing(tmp_path)
    assert found.state == "finished"
    assert found.started is not None
    assert found.ended is not None
    assert found.started <= found.ended


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (KeyboardInterrupt(), "interrupted", None),
        (ValueError("no grid"), "failed", "ValueError: no grid"),
        (FactorionError("training diverged"), "failed", "training diverged"),
    ],
)
def test_a_run_says_what_stopped_it(tmp_path, error, state, said):
    with pytest.raises(type(error)), MetricsWriter(tmp_path):
        raise error
    assert (standing(tmp_path).state, standing(tmp_path).error) == (state, said)


def test_a_run_whose_process_is_gone_was_killed(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from factorion_cli.tracking.standing import Session; "
        "held = Session(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    assert standing(tmp_path).state == "killed"


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    with MetricsWriter(tmp_path), pytest.raises(UsageError, match="another process is training in"):
        MetricsWriter(tmp_path)
    assert standing(tmp_path).state == "finished"
