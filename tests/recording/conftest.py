"""A game with the mod in this process, and a recording of the scripted player on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport
from tests.recording.scripted import record_smelting

VARIANTS = {
    "2.0": {"version": "2.0"},
    "2.1-reversed-pairs": {"version": "2.1", "reversed_pairs": True, "latched_walking": True},
}


@pytest.fixture
def transport() -> ResidentTransport:
    return ResidentTransport(EmbeddedServer(mod_folder()))


@pytest.fixture(scope="session", params=VARIANTS.values(), ids=VARIANTS)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recording of the whole smelting line."""
    return record_smelting(tmp_path_factory.mktemp("recorded") / "smelting", **request.param)
