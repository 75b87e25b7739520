"""RCON over real TCP: our server with our client and with factorio-rcon-py, and with what no client would send."""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
from collections.abc import Iterator

import factorio_rcon
import pytest

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.rcon import Packet, RconClient, RconServer
from factorion_cli.servers.rcon.connection import MOST_COMMAND_BYTES
from factorion_cli.servers.rcon.packets import AUTH, COMMAND, REFUSED_ID, parse, size_of

PASSWORD = "correct horse battery staple"


def answer(text: str) -> str:
    if text == "/fail":
        raise ValueError("on purpose")
    if text == "/bytes":
        return "a\0b\udcffc"
    return "x" * 100_000 if text == "/large" else text.upper() + "\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RconServer]:
    with RconServer(answer, PASSWORD).running() as running:
        yield running


def connect(server: RconServer, password: str = PASSWORD, timeout: float = 5.0) -> RconClient:
    return RconClient("127.0.0.1", server.port, password, timeout)


def raw(server: RconServer) -> socket.socket:
    """A connection that has authenticated and is about to misbehave."""
    made = socket.create_connection(("127.0.0.1", server.port), 5)
    made.sendall(Packet(1, AUTH, PASSWORD).to_bytes())
    assert receive(made).id == 1
    return made


def receive(made: socket.socket) -> Packet:
    return parse(read(made, size_of(read(made, 4))))


def read(made: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        read += made.recv(count - len(read))
    return read


def still_answers(server: RconServer) -> bool:
    with connect(server) as client:
        return client.command("hi") == "HI"


def test_commands_are_answered_one_by_one(server: RconServer):
    with connect(server) as client:
        assert [client.command(text) for text in ("/one", "zwei ✓", "")] == ["/ONE", "ZWEI ✓", ""]


def test_a_large_reply_comes_whole_in_one_packet(server: RconServer):
    with connect(server) as client:
        assert client.command("/large") == "x" * 100_000


def test_the_field_s_client_understands_us(server: RconServer):
    client = factorio_rcon.RCONClient("127.0.0.1", server.port, PASSWORD, timeout=5)
    assert client.send_command("/hello") == "/HELLO"
    assert len(client.send_command("/large")) == 100_000
    many = {number: f"/c {number}" for number in range(200)}
    assert client.send_commands(many) == {number: f"/C {number}" for number in many}
    client.close()


def test_a_wrong_password_is_refused_by_both_clients(server: RconServer):
    with pytest.raises(ServerError, match="refuses the password"):
        connect(server, "wrong").connect()
    with pytest.raises(factorio_rcon.InvalidPassword):
        factorio_rcon.RCONClient("127.0.0.1", server.port, "wrong", timeout=5)


def test_commands_before_a_password_close_the_connection(server: RconServer):
    with socket.create_connection(("127.0.0.1", server.port), 5) as made:
        made.sendall(Packet(1, COMMAND, "/secret").to_bytes())
        assert made.recv(100) == b""


def test_what_a_command_raises_is_its_reply(server: RconServer):
    with connect(server) as client:
        assert client.command("/fail") == "Cannot execute command. Error: on purpose"
        assert client.command("next") == "NEXT"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (struct.pack("<i", 10 * 2**20 + 10), f"at most {MOST_COMMAND_BYTES}"),
        (struct.pack("<i", -5), "a packet of -5 bytes"),
        (struct.pack("<i", 3), "a packet of 3 bytes"),
        (struct.pack("<iii", 12, 7, COMMAND) + b"a\0b\0", "malformed|holds a NUL"),
        (struct.pack("<iii", 13, 7, COMMAND) + b"a\0b\0\0", "holds a NUL"),
        (struct.pack("<iii", 12, 7, COMMAND) + b"\xff\xfe\0\0", "no UTF-8"),
        (struct.pack("<iii", 12, 7, COMMAND) + b"abcd", "two NULs"),
    ],
)
def test_malformed_packets_are_refused_by_name_and_the_server_lives(server: RconServer, sent: bytes, reason: str):
    with raw(server) as made:
        made.sendall(sent)
        packet = receive(made)
        assert packet.id == REFUSED_ID
        assert re.search(reason, packet.body)
        assert made.recv(10) == b""
    assert still_answers(server)


def test_noise_never_ends_the_server(server: RconServer):
    rng = random.Random(0)
    for _ in range(200):
        with raw(server) as made:
            made.sendall(rng.randbytes(rng.randrange(1, 200)))
    assert still_answers(server)


def test_an_unknown_type_is_named(server: RconServer):
    with raw(server) as made:
        made.sendall(Packet(5, 99, "?").to_bytes())
        assert receive(made) == Packet(5, 0, "packets of type 99 are not understood, expected 2")


def test_a_nul_is_never_sent(server: RconServer):
    with connect(server) as client, pytest.raises(ServerError, match="NUL"):
        client.command("a\0b")


def test_bytes_that_are_no_text_are_replaced(server: RconServer):
    with connect(server) as client:
        assert client.command("/bytes") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_nobody_there_names_the_next_step():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServerError, match="factorion serve"):
        RconClient("127.0.0.1", port, PASSWORD, 1).connect()


def test_a_server_that_does_not_answer_is_given_up_and_left():
    stuck = threading.Event()
    with RconServer(lambda text: str(stuck.wait(5)), PASSWORD).running() as server:
        client = connect(server, timeout=0.2)
        client.connect()
        with pytest.raises(ServerError, match=r"did not answer within 0\.2 s"):
            client.command("/slow")
        stuck.set()
        assert not client.connected
        with pytest.raises(ServerError, match="connect first"):
            client.command("/again")


def test_a_taken_port_is_named(server: RconServer):
    with (
        pytest.raises(ServerError, match="choose another port"),
        RconServer(answer, PASSWORD, port=server.port).running(),
    ):
        pass


def test_an_open_address_needs_a_strong_password():
    with pytest.raises(UsageError, match="16 characters or more, found 6"):
        RconServer(answer, "secret", host="0.0.0.0")
    with pytest.raises(UsageError, match="needs a password"):
        RconServer(answer, "")


def test_the_game_goes_on_between_commands():
    ticks: list[int] = []

    def background() -> float:
        ticks.append(len(ticks))
        return 0.001

    game = RconServer(lambda text: str(len(ticks)), PASSWORD, background=background)
    with game.running(), connect(game) as client:
        first = int(client.command("?"))
        while int(client.command("?")) < first + 10:
            pass
    assert ticks == list(range(len(ticks)))


def test_the_game_runs_before_the_next_command_of_those_sent_together():
    asked: list[str] = []

    def background() -> float:
        asked.append("time")
        return 1.0

    def ask(text: str) -> str:
        asked.append(text)
        return text

    game = RconServer(ask, PASSWORD, background=background)
    with game.running(), connect(game) as client:
        asked.clear()
        client.commands(["a", "b"])
    assert asked == ["a", "time", "b", "time"]


def test_a_game_that_wants_more_time_gets_it_between_commands():
    left = [0]

    def background() -> float:
        left[0] = max(left[0] - 1, 0)
        return 0.0 if left[0] else 60.0

    def ask(text: str) -> str:
        left[0] += int(text)
        return str(left[0])

    with RconServer(ask, PASSWORD, background=background).running() as server, connect(server) as client:
        assert client.commands(["5", "0"]) == ["5", "4"]
        while client.command("0") != "0":
            pass


def test_a_game_that_breaks_down_ends_the_server_and_says_why():
    asked: list[str] = []

    def background() -> float:
        if asked:
            raise ServerError("the mod failed")
        return 60.0

    def ask(text: str) -> str:
        asked.append(text)
        return text

    game = RconServer(ask, PASSWORD, background=background)
    with pytest.raises(ServerError, match="the mod failed"), game.running(), connect(game) as client:
        client.command("break")


def test_more_commands_than_a_turn_are_all_answered_while_others_are_served(server: RconServer):
    with raw(server) as many, connect(server) as other:
        many.sendall(b"".join(Packet(number, COMMAND, "/large").to_bytes() for number in range(100)))
        assert other.command("hi") == "HI"
        assert [receive(many).id for _ in range(100)] == list(range(100))


def test_a_packet_in_pieces_is_put_together(server: RconServer):
    with raw(server) as made:
        for byte in Packet(7, COMMAND, "bit by bit").to_bytes():
            made.sendall(bytes([byte]))
        assert receive(made) == Packet(7, 0, "BIT BY BIT\n")


def test_who_does_not_authenticate_is_put_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("factorion_cli.servers.rcon.connection.SECONDS_TO_AUTHENTICATE", 0.05)
    with (
        RconServer(answer, PASSWORD).running() as server,
        socket.create_connection(("127.0.0.1", server.port), 5) as made,
    ):
        assert made.recv(1) == b""
