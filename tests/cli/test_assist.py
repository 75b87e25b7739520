"""`factorion assist` on a game behind TCP, with a network that has learnt nothing."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.errors import DataError, UsageError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.checkpoints import save_policy
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork
from factorion_cli.servers.hosting import rcon_server
from tests.mod.client import Client
from tests.mod.test_assistant import Person

SMALL = NetworkConfig(channels=12, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=3, hidden=24)


@pytest.fixture
def policy(tmp_path):
    """A checkpoint."""
    save_policy(tmp_path / "policy", PolicyNetwork(default_vocabulary(), SMALL))
    return str(tmp_path)


def test_a_request_is_answered_and_reported(tmp_path, policy):
    person = Person(Client(), transport_belt=2)
    person.mark()
    person.place("factorion-source-transport-belt", 1)
    person.press("factorion-ask")
    secret = tmp_path / "secret"
    secret.write_text("a password of some length")
    secret.chmod(0o600)
    with rcon_server(person.server, secret.read_text()).running() as served:
        address = f"rcon://127.0.0.1:{served.port}"
        options = ["--server", address, "--password-file", str(secret), "--policy", policy, "--once", "--json"]
        told = CliRunner().invoke(app, ["assist", *options])
    assert told.exit_code == 0, told.output
    outcome = json.loads(told.stdout)
    assert (outcome["schema_version"], outcome["request"]["id"]) == (1, "1")
    assert outcome["reason"] == "place at least one source and one sink in the region"
    assert "place at least one source" in person.heard


def test_what_is_missing_is_told_before_anything_starts(tmp_path, policy):
    runner = CliRunner()
    no_run = runner.invoke(app, ["assist", "--server", "pool", "--policy", str(tmp_path / "x")])
    assert isinstance(no_run.exception, DataError)
    wrong = runner.invoke(app, ["assist", "--server", "nowhere", "--policy", policy])
    assert isinstance(wrong.exception, UsageError)
    assert runner.invoke(app, ["assist", "--policy", policy]).exit_code == 2
    for who in ([], ["--policy", policy, "--design"]):
        unclear = runner.invoke(app, ["assist", "--server", "embedded", *who])
        assert "either --policy RUN or --design" in str(unclear.exception)
