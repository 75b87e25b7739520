import json
import subprocess
import sys

import pytest

SHARE = 2500


@pytest.mark.parametrize("seed", range(0, 4 * SHARE, SHARE))
def test_damaged_and_hostile_input_gives_reasons_in_bounded_time_and_memory(seed: int) -> None:
    command = [sys.executable, "-m", "tests.blueprints.mutants", "--count", str(SHARE), "--seed", str(seed)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout)
    assert told["slowest"][0] < 20, told
    assert told["peak_mib"] < 1024, told
    assert set(told["outcomes"]) > {"factory", "damaged", "malformed", "too-large", "planner", "no-string"}
