"""`factorion parity` from the outside: exit codes, stdout, stderr."""

from __future__ import annotations

import json
from dataclasses import replace

from factorion_cli.factory import write_factories
from tests.servers.test_live import LINE

SHORT = ("--server", "embedded", "--warmup-ticks", 300, "--measure-ticks", 600)


def test_agreement_exits_0_and_is_counted(factorion, tmp_path):
    write_factories(tmp_path / "line.yaml", [LINE])
    code, out, _ = factorion("parity", tmp_path / "line.yaml", *SHORT)
    assert code == 0
    assert out.startswith("embedded server 2.0.75 and the simulator: 1 agree, 0 differ, ")


def test_what_is_not_as_known_exits_1_and_is_in_the_json(factorion, tmp_path):
    expect = [{"sink": "out", "rate": 1.0, "tol_rel": 0.01}]
    path = tmp_path / "known.json"
    write_factories(path, [replace(LINE, id="known", metadata={"status": "exact", "expect": expect})])
    code, out, _ = factorion("parity", path, *SHORT, "--json")
    assert code == 1
    told = json.loads(out)
    assert told["counts"] == {"unexpected": 1}
    (reason,) = told["cases"][0]["reasons"]
    assert reason.endswith(", expected 1.0")


def test_a_server_is_needed_and_files_that_hold_factories(factorion, tmp_path):
    assert factorion("parity")[0] == 2
    (tmp_path / "empty.txt").write_text("nothing")
    code, _, err = factorion("parity", tmp_path / "empty.txt", *SHORT)
    assert code == 2
    assert "nothing to compare" in err
