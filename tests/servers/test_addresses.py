"""One word for a server, and its password found where it was written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.addresses import connected
from factorion_cli.servers.rcon import RconServer
from factorion_cli.servers.state_folder import password_path, write_private
from tests.servers.conftest import PASSWORD
from tests.servers.test_live import LINE


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path / "state"))


def test_embedded_is_a_server_of_this_process_that_measures():
    with connected("embedded") as live:
        assert live.build(LINE) == []
        assert live.measure(warmup=300, ticks=600)["out"].rates == pytest.approx({"iron-plate": 15.0}, rel=0.01)


def test_a_password_is_found_where_serve_wrote_it_down(served: RconServer):
    write_private(password_path(served.port), PASSWORD + "\n")
    with connected(f"rcon://127.0.0.1:{served.port}") as live:
        assert live.hello.api == "2.0"


def test_a_password_file_is_read_and_never_made(served: RconServer, tmp_path: Path):
    file = tmp_path / "secret"
    address = f"rcon://127.0.0.1:{served.port}"
    with pytest.raises(UsageError, match="no password file"), connected(address, file):
        pass
    assert not file.exists()
    write_private(file, PASSWORD)
    with connected(address, file) as live:
        assert live.hello.operations


def test_an_unknown_password_names_the_next_step():
    with pytest.raises(UsageError, match="--password-file"), connected("rcon://127.0.0.1:9"):
        pass


def test_an_empty_pool_names_the_next_step():
    with pytest.raises(ServerError, match="factorion servers up"), connected("pool"):
        pass


@pytest.mark.parametrize(
    "address", ["", "rcon://", "rcon://host", "rcon://host:x", "rcon://host:0", "rcon://host:99999", "http://host:1",
                "rcon://user:secret@host:1", "rcon://host:1/path", "127.0.0.1:1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_what_is(address: str):
    with pytest.raises(UsageError, match="expected embedded, pool or rcon://HOST:PORT"), connected(address):
        pass


def test_a_password_file_for_what_needs_none_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="embedded needs no password"), connected("embedded", tmp_path / "x"):
        pass
