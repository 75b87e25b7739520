"""The doctor says what is there, what is not, and what to do."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.doctor import game, machinery, packages
from factorion_cli.errors import GateError

ANY = SpecifierSet(">=3")


def _wanted(*needed, python=ANY, **extras):
    extra_requirements = {name: [Requirement(text) for text in texts] for name, texts in extras.items()}
    return packages.Wanted(python, [Requirement(text) for text in needed], extra_requirements, "made up")


def test_this_installation_is_sound():
    asked = packages.wanted()
    assert {"numpy", "torch", "lupa"} <= {each.name for each in asked.needed}
    assert {"dask", "dev"} <= set(asked.extras)
    assert packages.python(asked).state == "ok"
    assert next(packages.packages(asked)).state == "ok"


def test_an_old_python_is_broken():
    finding = packages.python(_wanted(python=SpecifierSet("<3")))
    assert (finding.state, finding.advice) == ("broken", "use a Python <3")
    assert platform.python_version() in finding.found


def test_packages_that_are_missing_or_old_are_named_with_the_command_that_helps():
    (finding,) = packages.packages(_wanted("numpy>=2", "numpy<1", "warp-drive>=3", 'winonly; sys_platform == "plan9"'))
    assert finding.state == "broken"
    assert "numpy is" in finding.found
    assert "warp-drive is not installed" in finding.found
    assert "winonly" not in finding.found
    assert finding.advice == "pip install 'numpy<1' 'warp-drive>=3'"


def test_an_extra_that_is_not_there_breaks_nothing():
    _, here, missing = packages.packages(_wanted(a=["numpy"], b=["warp-drive"]))
    assert (here.name, here.state) == ("extra a", "ok")
    assert (missing.state, missing.advice) == ("absent", "pip install 'factorion-cli[b]'")


@pytest.mark.parametrize("examine", [machinery.cores, machinery.torch, machinery.numba, machinery.simulator])
def test_what_computes_is_sound(examine):
    finding = examine()
    assert (finding.state, finding.advice) == ("ok", "")


def test_the_embedded_servers_and_the_mod_are_sound():
    assert [finding.state for finding in machinery.embedded()] == ["ok", "ok"]
    assert machinery.mod().state == "ok"


def test_a_folder_for_state_that_cannot_be_made_is_broken(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path / "file" / "state"))
    finding = machinery.state()
    assert finding.state == "broken"
    assert "FACTORION_STATE" in finding.advice


def _program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("says", "state", "words"),
    [
        ("echo 'Version: 2.0.61 (build 82472, linux64, headless)'", "ok", "2.0"),
        ("echo 'Version: 1.1.110 (build 62357, linux64, headless)'", "absent", "is 1.1"),
        ("echo hello", "broken", "tells no version"),
    ],
)
def test_the_program_of_the_game_is_asked_for_its_version(tmp_path, says, state, words):
    finding = game.game(_program(tmp_path / "factorio", says))
    assert finding.state == state
    assert words in finding.found


def test_the_program_is_looked_for_where_it_usually_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FACTORIO", raising=False)
    place = next(each for each in game.usual_places() if tmp_path in each.parents)
    _program(place, "echo 'Version: 2.1.7 (build 1, linux64, headless)'")
    assert game.find_binary(None) == place
    monkeypatch.setenv("FACTORIO", str(tmp_path / "named"))
    assert game.find_binary(None) == tmp_path / "named"
    assert game.game(None).state == "broken"


def test_an_old_mod_in_the_game_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(game, "default_mods_folder", lambda: tmp_path)
    assert game.installed_mod().found == f"not in {tmp_path}"
    (tmp_path / "factorion_0.0.1.zip").touch()
    assert "factorion_0.0.1.zip, not" in game.installed_mod().found


def test_the_command_prints_findings_and_fails_when_something_is_broken(monkeypatch, tmp_path):
    runner = CliRunner()
    monkeypatch.setenv("FACTORIO", str(tmp_path / "nothing"))
    told = runner.invoke(app, ["doctor", "--json"])
    findings = {row["name"]: row["state"] for row in json.loads(told.stdout)}
    assert findings.pop("game") == "broken"
    assert "broken" not in findings.values()
    assert isinstance(told.exception, GateError)
    monkeypatch.setenv("FACTORIO", str(_program(tmp_path / "game", "echo 'Version: 2.0.61 (build 1)'")))
    told = runner.invoke(app, ["doctor"])
    assert told.exit_code == 0
    assert "embedded server 2.1" in told.stdout
