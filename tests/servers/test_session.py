"""The wire with the real mod on the embedded server: nothing lost, nothing done twice."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence

import pytest

from factorion_cli.errors import ConnectionLostError, RefusedError, ServerError
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.rcon import RconClient, RconServer
from factorion_cli.servers.session import Operation, Session
from tests.servers.conftest import PASSWORD
from tests.servers.cutting import CuttingProxy

KILLS = 1000


def chest_of(live: LiveServer) -> None:
    """A scenario with a chest that coal can be put into piece by piece."""
    live.pause()
    live.scenario("construction_training")
    live.session.ask("mode", {"honest": False})
    live.act("place", name="wooden-chest", x=34, y=32)


def coal_in(live: LiveServer) -> int:
    """Takes all coal out of the chest and counts it."""
    return int(live.act("transfer", x=34, y=32, item="coal", to="self", count=10000)["moved"])


class Direct:
    """A game in this process, without TCP."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server, self.connected = server, False

    def connect(self) -> None:
        self.connected = True

    def close(self) -> None:
        self.connected = False

    def command(self, text: str) -> str:
        return self._server.command(text)

    def commands(self, texts: Sequence[str]) -> list[str]:
        return [self._server.command(text) for text in texts]


def test_hello_tells_what_stands_behind_the_wire(live: LiveServer, game: EmbeddedServer):
    assert (live.hello.api, live.hello.factorio) == ("2.0", game.api.game_version)
    assert {"observe", "act", "put", "build", "measure", "step"} <= set(live.hello.operations)


def test_a_thousand_cut_connections_lose_and_repeat_no_action(live: LiveServer, served: RconServer):
    chest_of(live)
    proxy = CuttingProxy(served.port, seed=0, probability=0.12)
    one = ("act", {"kind": "transfer", "x": 34, "y": 32, "item": "coal", "count": 1})
    back = ("act", {"kind": "transfer", "x": 34, "y": 32, "item": "coal", "count": 1, "to": "self"})
    rng = random.Random(1)
    with LiveServer(RconClient("127.0.0.1", proxy_free(proxy), PASSWORD, 5)) as client:
        proxy.is_cutting = True
        inside = steps = 0
        first = client.session.tick
        while proxy.cuts < KILLS:
            kind = rng.random()
            if kind < 0.6 and inside < 90:
                assert client.session.batch([one]) == [{"moved": 1}]
                inside += 1
            elif kind < 0.9 and inside:
                assert client.session.batch([back]) == [{"moved": 1}]
                inside -= 1
            else:
                client.step(1)
                steps += 1
        proxy.is_cutting = False
        assert coal_in(client) == inside
        assert client.session.tick - first == steps
        assert client.session.reconnects >= KILLS * 0.5
    proxy.close()


def proxy_free(proxy: CuttingProxy) -> int:
    """The proxy's port, with its cutting off for a first connection."""
    proxy.is_cutting = False
    return proxy.port


def test_uploads_survive_cut_connections(live: LiveServer, served: RconServer):
    chest_of(live)
    proxy = CuttingProxy(served.port, seed=2, probability=0.1)
    names = random.Random(1)  # so that it stays long when it is compressed
    many: list[Operation] = []
    for _ in range(90):
        many.append(("act", {"kind": "transfer", "x": 34, "y": 32, "item": "coal", "count": 1}))
        many.append(("undo", {"surface": "scenario", "id": names.randbytes(80).hex()}))
    assert len(zlib.compress(json.dumps(many).encode())) > live.hello.command_characters
    with LiveServer(RconClient("127.0.0.1", proxy_free(proxy), PASSWORD, 5)) as client:
        proxy.is_cutting = True
        while proxy.cuts < 20:
            assert client.session.batch(many) == [{"moved": 1}, {"removed": False}] * 90
            assert coal_in(client) == 90
    proxy.close()


@pytest.mark.parametrize("flags", [{}, {"segmented": True}, {"version": "2.1", "reversed_pairs": True}])
def test_the_wire_is_the_same_without_tcp_and_with_commands_in_segments(flags: dict[str, object]):
    session = Session(Direct(EmbeddedServer(mod_folder(), **flags)))  # type: ignore[arg-type]
    session.open()
    wanted = [("surface", {"name": f"a{number}", "width": 3, "height": 3}) for number in range(3)]
    wanted += [("put", {"id": "é €", "name": "transport-belt", "x": 1, "y": 1})] * 100
    results = session.batch(wanted)
    assert [result.get("again", False) for result in results[3:]] == [False] + [True] * 99


def test_a_batch_stops_at_a_failure_when_asked(live: LiveServer):
    asked = [("surface", {"name": "s", "width": 4, "height": 4}), ("nonsense", {}), ("clear", {})]
    assert [("err" in result) for result in live.session.batch(asked)] == [False, True, False]
    assert [("err" in result) for result in live.session.batch(asked, stop=True)] == [False, True]


def test_what_the_mod_refuses_carries_its_code(live: LiveServer):
    with pytest.raises(RefusedError, match="nonsense") as caught:
        live.session.ask("nonsense")
    assert caught.value.code == "unknown_operation"
    with pytest.raises(RefusedError) as caught:
        live.session.request("s many")
    assert caught.value.code == "bad_request"
    live.session.ask("mode")  # and the numbers go on


def test_requests_that_are_sent_together_are_all_carried_out(live: LiveServer):
    wanted = not live.session.ask("mode")["honest"]
    second = json.dumps({"ops": [["mode", {"honest": wanted}]]})
    with pytest.raises(RefusedError) as caught:
        live.session.requests(["s many", f"j {second}"])
    assert caught.value.code == "bad_request"
    assert live.session.ask("mode")["honest"] is wanted


def test_a_step_of_one_tick_takes_no_further_question(live: LiveServer, monkeypatch: pytest.MonkeyPatch):
    live.pause()
    monkeypatch.setattr(LiveServer, "_until_done", lambda *_: pytest.fail("asked again"))
    first = live.session.tick
    for _ in range(20):
        live.step(1)
    assert live.session.tick - first == 20


def test_a_client_is_told_when_another_takes_its_server(live: LiveServer, served: RconServer):
    live.session.ask("mode")
    with LiveServer.connect("127.0.0.1", served.port, PASSWORD) as other:
        other.session.ask("mode")
        with pytest.raises(RefusedError, match="another client"):
            live.session.ask("mode")
        other.session.ask("mode")


def test_a_restarted_server_ends_the_session_by_name():
    transport = Direct(EmbeddedServer(mod_folder()))
    session = Session(transport)
    session.open()
    transport._server = EmbeddedServer(mod_folder())
    transport._server.tick(5)  # another name: it holds the tick
    transport.close()
    with pytest.raises(ServerError, match="no longer knows session"):
        session.ask("mode")


def test_patience_ends(served: RconServer):
    proxy = CuttingProxy(served.port, seed=3, probability=1.0)
    with LiveServer(RconClient("127.0.0.1", proxy_free(proxy), PASSWORD, 5), patience=0.3) as client:
        proxy.is_cutting = True
        with pytest.raises(ConnectionLostError, match=r"given up after 0\.3 s"):
            client.session.ask("mode")
    proxy.close()


def test_a_server_without_the_mod_is_named():
    with (
        RconServer(lambda text: 'Unknown command "ff".', PASSWORD).running() as bare,
        pytest.raises(ServerError, match="is the mod installed there"),
    ):
        LiveServer.connect("127.0.0.1", bare.port, PASSWORD)
