"""A real pool of embedded servers in processes of their own: started, leased, emptied, freed, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from factorion_cli.errors import RefusedError, ServerError, UsageError
from factorion_cli.servers.fleet import start_embedded
from factorion_cli.servers.live import LiveServer, Placement
from factorion_cli.servers.pool import ServerPool
from factorion_cli.servers.records import ServerRecord, answers, is_leased, named, records, servers_folder, stop

HOLDER = """
import time
from factorion_cli.servers.pool import ServerPool
with ServerPool().lease() as live:
    live.surface("left-behind", 5, 5)
    live.put([])
    live.scenario("construction_training")
    print("leased", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def pool_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACTORION_STATE", str(folder))
        yield folder
        stop(records())


@pytest.fixture(scope="module")
def two(pool_folder: Path) -> list[ServerRecord]:
    started, tie = start_embedded(2)
    assert tie is None
    return started


def test_servers_have_a_port_and_a_password_each_and_answer(two: list[ServerRecord]):
    assert len({server.port for server in two}) == len({server.password for server in two}) == 2
    assert all(answers(server) for server in two)
    assert records() == two


def test_only_the_user_can_read_what_is_written_down(two: list[ServerRecord], pool_folder: Path):
    modes = {path.stat().st_mode & 0o077 for path in [pool_folder, *servers_folder().rglob("*")]}
    assert modes == {0}


def test_a_lease_is_one_client_s_alone_and_a_busy_pool_says_so_in_time(two: list[ServerRecord]):
    pool = ServerPool()
    with pool.lease(), pool.lease():
        assert [is_leased(server) for server in two] == [True, True]
        before = time.monotonic()
        with pytest.raises(ServerError, match="no idle server: all 2"), pool.lease(timeout=0.3):
            pass
        assert time.monotonic() - before < 1.5
    assert [is_leased(server) for server in two] == [False, False]


def test_the_next_client_finds_nothing_of_the_one_before(two: list[ServerRecord]):
    pool = ServerPool()
    with pool.lease() as live:
        live.surface("mine", 5, 5)
        assert live.put([Placement("a", "transport-belt", 1, 1)])[0].is_placed
        live.scenario("mining_training")
        live.session.ask("mode", {"honest": False})
        live.pause()
    with pool.lease() as live:
        with pytest.raises(RefusedError, match="mine"):
            live.digest("mine")
        with pytest.raises(RefusedError, match="no character"):
            live.observe()
        assert live.session.ask("mode") == {"honest": True, "fast": 0}


def test_the_lease_of_a_killed_client_is_free_and_its_server_empty(two: list[ServerRecord]):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"leased\n"
    assert sum(is_leased(server) for server in two) == 1
    holder.kill()
    holder.wait()
    holder.stdout.close()
    pool = ServerPool()
    with pool.lease(timeout=5) as one, pool.lease(timeout=5) as other:
        for live in (one, other):
            with pytest.raises(RefusedError, match="left-behind"):
                live.digest("left-behind")


def test_an_extra_server_ends_with_its_lease(two: list[ServerRecord]):
    pool = ServerPool()
    with pool.lease(), pool.lease():
        with pool.lease(extra=True) as extra:
            extra.surface("a", 3, 3)
            (temporary,) = [server for server in records() if server.is_temporary]
            assert temporary.port not in {server.port for server in two}
        wait_until(lambda: records() == two)


def test_a_server_that_died_is_not_offered(two: list[ServerRecord]):
    started, _ = start_embedded(1)
    os.kill(started[0].pid, signal.SIGKILL)
    wait_until(lambda: records() == two)
    with pytest.raises(UsageError, match=f"no server is called {started[0].name}"):
        named([started[0].name])


def test_servers_that_cannot_start_say_why(tmp_path: Path, pool_folder: Path):
    with pytest.raises(ServerError, match=r"has no info\.json"):
        start_embedded(2, mod=tmp_path)


def test_an_empty_pool_names_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path))
    with pytest.raises(ServerError, match="factorion servers up"), ServerPool().lease():
        pass


def test_sixteen_servers_start_and_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FACTORION_STATE", str(tmp_path))
    started, _ = start_embedded(16)
    try:
        for server in started:
            with LiveServer.connect(server.host, server.port, server.password) as live:
                assert live.hello.api == "2.0"
    finally:
        stop(started)
    assert records() == []


def wait_until(is_so) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
