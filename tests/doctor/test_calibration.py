"""A game is asked what it does; the embedded server does what this project relies on, whichever way it is set."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.doctor.calibration import bench_at, bench_of_binary, calibrate, write_calibration
from factorion_cli.doctor.calibration.report import QUESTIONS
from factorion_cli.doctor.game import minor_version
from factorion_cli.errors import GateError, UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source

ROOT = Path(__file__).parents[2]
LINE = Factory(
    4,
    1,
    (Entity("transport-belt", 1, 0, 4), Entity("transport-belt", 2, 0, 4)),
    sources=(Source("in", "belt", 0, 0, "coal", 4),),
    sinks=(Sink("out", "belt", 3, 0, direction=4),),
    id="a line of belts",
)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_the_embedded_server_is_as_expected(version, tmp_path):
    told = []
    with bench_at("embedded", version=version) as bench:
        found = calibrate(bench, [LINE], told.append)
    assert found.game.startswith(f"embedded server {version}")
    assert [answer.found for answer in found.answers if answer.found.startswith("failed")] == []
    assert found.disagreements == []
    assert sorted({answer.number for answer in found.answers}) == [*range(1, 12), 13]
    assert [case.verdict for case in found.cases] == ["agrees"]
    assert len(told) == len(QUESTIONS) + 1
    markdown, document = write_calibration(found, tmp_path / "report")
    assert "a line of belts" not in markdown.read_text()
    assert "1 agrees" in markdown.read_text()
    assert json.loads(document.read_text())["cases"][0]["id"] == "a line of belts"


def test_a_question_that_fails_is_a_disagreement_and_costs_no_other(monkeypatch):
    with bench_at("embedded") as bench:
        operations = bench.live.session.ask

        def without_observing(name, arguments=None):
            if name == "observe":
                raise ValueError("nothing to see")
            return operations(name, arguments)

        monkeypatch.setattr(bench.live.session, "ask", without_observing)
        found = calibrate(bench, [])
    failed = [answer for answer in found.answers if answer.found.startswith("failed: ValueError: nothing to see")]
    assert [answer.number for answer in failed] == [5, 6, 6, 6]
    assert len(found.disagreements) == 4
    assert found.disagreements[0].startswith("question 5: ")


@pytest.fixture
def stand_in(tmp_path):
    """A program that behaves like the game's (tests/servers/standin.py)."""
    binary = tmp_path / "game" / "bin" / "x64" / "factorio"
    binary.parent.mkdir(parents=True)
    version = 'if [ "$1" = --version ]; then echo "Version: 2.0.61 (build 1)"; exit; fi'
    serve = f'cd "{ROOT}" && exec "{sys.executable}" -m tests.servers.standin "$@"'
    binary.write_text(f"#!/bin/sh\n{version}\n{serve}\n")
    binary.chmod(0o755)
    return binary


def test_a_program_is_started_asked_and_stopped(stand_in):
    with bench_of_binary(stand_in, minor_version(stand_in)) as bench:
        assert bench.start_seconds > 0
        assert bench.value("1 + 1").startswith("2")


def test_the_command_writes_a_report_and_fails_on_disagreement(monkeypatch, tmp_path):
    monkeypatch.setattr("factorion_cli.simulation.known_cases.known_cases", lambda: iter([LINE]))
    runner, out = CliRunner(), tmp_path / "out"
    told = runner.invoke(app, ["doctor", "--calibrate", "--server", "embedded", "-o", str(out), "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["disagreements"] == []
    assert {path.name for path in out.iterdir()} == {"calibration.md", "calibration.json"}
    monkeypatch.setattr("factorion_cli.doctor.calibration.wire.LARGE", -1)
    told = runner.invoke(app, ["doctor", "--calibrate", "--server", "embedded", "-o", str(out)])
    assert isinstance(told.exception, GateError)
    assert "Is a reply of 1 MB one packet?" in str(told.exception)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--server", "embedded"], "add --calibrate"),
        (["--calibrate"], "give either --server ADDRESS or --binary PATH"),
        (["--calibrate", "--server", "embedded", "--binary", "x"], "give either"),
        (["--calibrate", "--server", "pool"], "servers status"),
        (["--calibrate", "--server", "nowhere"], "expected embedded, pool or rcon"),
        (["--calibrate", "--binary", "/nowhere/factorio"], "cannot be used"),
    ],
)
def test_unclear_commands_are_told_what_is_missing(options, words):
    told = CliRunner().invoke(app, ["doctor", *options])
    assert isinstance(told.exception, UsageError)
    assert words in str(told.exception)
