"""An embedded game with the mod, behind real TCP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.rcon import RconServer

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def game() -> EmbeddedServer:
    return EmbeddedServer(mod_folder())


@pytest.fixture(scope="module")
def served(game: EmbeddedServer) -> Iterator[RconServer]:
    with rcon_server(game, PASSWORD).running() as server:
        yield server


@pytest.fixture
def live(served: RconServer) -> Iterator[LiveServer]:
    with LiveServer.connect("127.0.0.1", served.port, PASSWORD, timeout=90) as server:
        yield server
